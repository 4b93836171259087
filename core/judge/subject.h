/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a question is about: one device of the host, or a kind of device that it does not have. */
#pragma once

#include "core/judge/rule.h"

struct subject {
	const char *target;   /* as shown: the address, or what was asked for */
	const char *identity; /* "8086:10d3", or NULL: not a PCI device, or not known */
	ptrdiff_t device;     /* index in facts.devices, or -1: not there */
	int64_t group;	      /* -1: none, or not known */
};

/* The device at @index of the host's facts. Strings in @arena. -ENOMEM. */
int subject_of_device(
	const struct host *host, size_t index, struct arena *arena, struct subject *ret);

/* Points @context at @subject, which is there. */
void subject_enter(const struct subject *subject, struct rule_context *context);

/*
 * The device that is best to give of those that match @wanted and are not @taken, judged in
 * @context; its index, or -1 when there is none.
 */
ptrdiff_t subject_pick(
	const struct rule_context *context, const struct guest_device *wanted, const bool *taken);

/* Reports that nothing on the host matches @wanted: absent, or a VF that could be made. */
void subject_absent(const struct rule_context *context, const struct guest_device *wanted);

/* Reports that no member of @group is known. */
void subject_absent_in(const struct rule_context *context, const struct facts_group *group);

/*
 * Marks in @taken, for each of facts.devices, what @question and its guest name by address or by
 * group: no identity is to be answered with those.
 */
void subject_reserve(const struct host *host, const struct verdict_question *question, bool *taken);

/* True for what is offered when nothing is named: a PCI function that is no bridge of any kind. */
bool subject_is_candidate(const struct host *host, size_t index);
