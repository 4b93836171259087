/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a person names on one host: a group by its number, or a device by its address. */
#pragma once

#include "core/codec/refusal.h"
#include "core/judge/assignable.h"

struct answer_target {
	const char *text; /* as it was named */
	ptrdiff_t device; /* index in facts.devices, or -1: a group is meant */
	ptrdiff_t group;  /* index in facts.groups, or -1: the device has none */
	int32_t shape;	  /* of the group in the class, or -1 */
	struct assignable assignable;
	struct report report; /* what speaks against giving it to a guest, sorted */
};

enum answer_target_outcome {
	ANSWER_TARGET_DONE,
	ANSWER_TARGET_E_NONE, /* no such group or device here; the refusal says so */
};

/* Finds @text on @host in @ret and judges it. Memory is of @arena. -ENOMEM. */
int answer_target_find(const struct host *host, const char *text, struct arena *arena,
	struct answer_target *ret, struct refusal *refusal);
