/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/model/region.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int region_compare(const void *a, const void *b)
{
	const struct region *x = a;
	const struct region *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	if (x->last != y->last)
		return x->last < y->last ? -1 : 1;
	return 0;
}

/* True when @next, which does not begin before @range, overlaps it or begins right behind it. */
static bool region_joins(struct region range, struct region next)
{
	return range.last == UINT64_MAX || next.first <= range.last + 1;
}

int region_set_from(
	struct arena *arena, const struct region *regions, size_t n, struct region_set *ret)
{
	struct region *items = arena_array(arena, n, sizeof(*items));
	size_t kept = 0;

	if (!items)
		return -ENOMEM;
	if (n > 0) {
		memcpy(items, regions, n * sizeof(*items));
		qsort(items, n, sizeof(*items), region_compare);
	}

	for (size_t i = 0; i < n; i++) {
		if (kept == 0 || !region_joins(items[kept - 1], items[i]))
			items[kept++] = items[i];
		else if (items[i].last > items[kept - 1].last)
			items[kept - 1].last = items[i].last;
	}
	*ret = (struct region_set){ .n = kept, .items = items };
	return 0;
}

int region_set_without(struct arena *arena, struct region space, const struct region *holes,
	size_t n, struct region_set *ret)
{
	struct region_set cut;
	struct region *items;
	uint64_t next = space.first; /* the first address not yet decided */
	size_t kept = 0;
	int r;

	r = region_set_from(arena, holes, n, &cut);
	if (r < 0)
		return r;
	items = arena_array(arena, cut.n + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;

	for (size_t i = 0; i < cut.n; i++) {
		if (!region_overlaps(cut.items[i], space))
			continue;
		if (cut.items[i].first > next)
			items[kept++] = (struct region){ next, cut.items[i].first - 1 };
		if (cut.items[i].last >= space.last) {
			*ret = (struct region_set){ .n = kept, .items = items };
			return 0;
		}
		next = cut.items[i].last + 1;
	}
	items[kept++] = (struct region){ next, space.last };
	*ret = (struct region_set){ .n = kept, .items = items };
	return 0;
}

const struct region *region_set_meets(const struct region_set *set, struct region region)
{
	size_t low = 0;
	size_t high = set->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (set->items[middle].last < region.first)
			low = middle + 1;
		else
			high = middle;
	}
	return low < set->n && region_overlaps(set->items[low], region) ? &set->items[low] : NULL;
}

const struct region *region_set_covers(const struct region_set *set, struct region region)
{
	const struct region *item = region_set_meets(set, region);

	return item && region_covers(*item, region) ? item : NULL;
}

bool region_set_equal(const struct region_set *a, const struct region_set *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		if (region_compare(&a->items[i], &b->items[i]) != 0)
			return false;
	}
	return true;
}
