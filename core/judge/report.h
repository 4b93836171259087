/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where rules put what they have to say. It grows in the verdict's arena; memory that runs out is
 * remembered and found by the one who asks last, so that no rule has to look.
 */
#pragma once

#include "core/arena.h"
#include "core/model/fact.h"
#include "core/model/finding.h"

/* Findings that one rule gives of one device at most: more say nothing new. */
#define REPORT_PER_RULE 16U

struct report {
	struct arena *arena;
	int error; /* 0 or -ENOMEM */
	size_t n;
	size_t capacity;
	struct finding *items;
	struct finding scratch; /* written to when memory is short */
	unsigned unreadable;	/* questions for which a rule needed what could not be read */
};

/*
 * A new finding of @code for @questions, otherwise empty but for the severity of its kind, group
 * -1. Never NULL. Valid until the next report_add().
 */
struct finding *report_add(struct report *report, enum finding_code code,
	enum finding_answer answer, unsigned questions);

/* Sets the sentence of @finding. */
void report_say(struct report *report, struct finding *finding, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Adds a path into the facts document, at most four; more are left out. */
void report_fact(struct report *report, struct finding *finding, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Copies of the two ranges that @finding is about; either may be NULL. */
void report_ranges(struct report *report, struct finding *finding, const struct region *guest,
	const struct region *region);

/* Notes that a blocking rule could not tell for @questions because of @fact. */
void report_ignorance(struct report *report, unsigned questions, struct fact fact);

/*
 * Makes one of findings that differ in group and device only, and says how many it stands for: an
 * answer about every device of a host would repeat what is wrong with the host for each.
 */
void report_fold(struct report *report);

/* Orders by weight: blocking before degrading before informing, violated first, then by code. */
void report_sort(struct report *report);
