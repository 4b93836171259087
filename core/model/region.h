/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ranges of addresses and sets of them. A range is inclusive at both ends, as in the kernel's
 * reserved_regions, so that the whole 64-bit space is a range and no end ever overflows. A set is
 * canonical: sorted, and no two ranges overlap or touch, so that equal sets have equal arrays.
 */
#pragma once

#include "core/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct region { /* first <= last, in bytes */
	uint64_t first;
	uint64_t last;
};

struct region_set {
	size_t n;
	struct region *items;
};

#define REGION_ALL ((struct region){ 0, UINT64_MAX })

static inline bool region_overlaps(struct region a, struct region b)
{
	return a.first <= b.last && b.first <= a.last;
}

/* True when @inner lies wholly in @outer. */
static inline bool region_covers(struct region outer, struct region inner)
{
	return outer.first <= inner.first && inner.last <= outer.last;
}

/*
 * The set of the @n ranges at @regions, in any order, overlapping or not, in @ret, in @arena.
 * -ENOMEM.
 */
int region_set_from(
	struct arena *arena, const struct region *regions, size_t n, struct region_set *ret);

/* All of @space that is in none of the @n ranges at @holes, in any order. -ENOMEM. */
int region_set_without(struct arena *arena, struct region space, const struct region *holes,
	size_t n, struct region_set *ret);

/* The range of @set that wholly covers @region, or NULL: VFIO takes a mapping only inside one. */
const struct region *region_set_covers(const struct region_set *set, struct region region);

/* The first range of @set that meets @region, or NULL. */
const struct region *region_set_meets(const struct region_set *set, struct region region);

bool region_set_equal(const struct region_set *a, const struct region_set *b);

/* Orders by first, then by last: for sorting arrays of struct region. */
int region_compare(const void *a, const void *b);
