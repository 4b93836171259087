/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fills and compares structs by their shape, so that a test can say "every fact unknown" or "random
 * facts" without naming a member: a member that is added to a table is tested from then on.
 */
#pragma once

#include "core/arena.h"
#include "core/codec/shape.h"

enum fill_mode {
	FILL_VALUES,  /* every fact has a value, lists have two items */
	FILL_NULLS,   /* every fact is null but objects and lists, which are as above */
	FILL_UNKNOWN, /* the same with unknown, the reasons in turn */
	FILL_RANDOM,  /* any state and any value that the table allows */
};

struct fill {
	struct arena *arena;
	enum fill_mode mode;
	uint64_t state; /* of the random numbers, or a counter */
};

/* Fills the zeroed struct of @shape at @ret. In lists keys always have values, each another. */
void fill_object(struct fill *fill, const struct shape *shape, void *ret);

/* The name of the first member by which the structs of @shape at @a and @b differ, or NULL. */
const char *fill_difference(const struct shape *shape, const void *a, const void *b);
