/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The canonical order puts what is not known before what is, so that among the known ones a binary
 * search by key works whatever else is in the list.
 */
#include "core/model/facts.h"
#include "core/model/limits.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

typedef int (*facts_compare_t)(const void *a, const void *b);

int facts_new(struct facts **ret)
{
	struct arena *arena;
	struct facts *facts;
	int r;

	r = arena_new(LIMIT_ARENA_BYTES, &arena);
	if (r < 0)
		return r;
	facts = arena_alloc(arena, sizeof(*facts));
	if (!facts) {
		arena_free(arena);
		return -ENOMEM;
	}

	facts->references = 1;
	facts->arena = arena;
	facts->minor = FACTS_MINOR;
	*ret = facts;
	return 0;
}

struct facts *facts_ref(struct facts *facts)
{
	assert(facts->references > 0 && facts->references < UINT_MAX);
	facts->references++;
	return facts;
}

struct facts *facts_unref(struct facts *facts)
{
	if (!facts)
		return NULL;

	assert(facts->references > 0);
	facts->references--;
	if (facts->references == 0)
		arena_free(facts->arena); /* and with it the struct itself */
	return NULL;
}

static int facts_compare_state(struct fact a, struct fact b)
{
	if (a.state != b.state)
		return a.state < b.state ? -1 : 1;
	if (a.state != FACT_UNKNOWN || a.why == b.why)
		return 0;
	return a.why < b.why ? -1 : 1;
}

static int facts_compare_number(struct fact_number a, struct fact_number b)
{
	int r = facts_compare_state(a.fact, b.fact);

	if (r != 0 || !fact_is_value(a.fact) || a.value == b.value)
		return r;
	return a.value < b.value ? -1 : 1;
}

static int facts_compare_text(struct fact_text a, struct fact_text b)
{
	int r = facts_compare_state(a.fact, b.fact);

	return r != 0 || !fact_is_value(a.fact) ? r : strcmp(a.value, b.value);
}

static int facts_compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int facts_compare_regions(const void *a, const void *b)
{
	const struct facts_region *x = a;
	const struct facts_region *y = b;
	int r = facts_compare_number(x->first, y->first);

	if (r == 0)
		r = facts_compare_number(x->last, y->last);
	return r != 0 ? r : facts_compare_text(x->type, y->type);
}

static int facts_compare_groups(const void *a, const void *b)
{
	const struct facts_group *x = a;
	const struct facts_group *y = b;

	return facts_compare_number(x->id, y->id);
}

static int facts_compare_devices(const void *a, const void *b)
{
	const struct facts_device *x = a;
	const struct facts_device *y = b;

	return facts_compare_text(x->address, y->address);
}

static int facts_compare_iommus(const void *a, const void *b)
{
	const struct facts_iommu *x = a;
	const struct facts_iommu *y = b;

	return facts_compare_text(x->name, y->name);
}

static int facts_compare_bars(const void *a, const void *b)
{
	const struct facts_bar *x = a;
	const struct facts_bar *y = b;

	return facts_compare_number(x->index, y->index);
}

static int facts_compare_windows(const void *a, const void *b)
{
	const struct facts_window *x = a;
	const struct facts_window *y = b;
	int r = facts_compare_number(x->first, y->first);

	return r != 0 ? r : facts_compare_number(x->last, y->last);
}

static int facts_compare_bridge_windows(const void *a, const void *b)
{
	const struct facts_bridge_window *x = a;
	const struct facts_bridge_window *y = b;
	int r = facts_compare_text(x->bus, y->bus);

	if (r == 0)
		r = facts_compare_text(x->direction, y->direction);
	if (r == 0)
		r = facts_compare_number(x->first, y->first);
	return r != 0 ? r : facts_compare_number(x->last, y->last);
}

static void facts_sort_list(struct fact_list *list, size_t size, facts_compare_t compare)
{
	if (facts_count(*list) > 1)
		qsort(list->items, list->n, size, compare);
}

static void facts_sort_texts(struct fact_texts *texts)
{
	if (fact_is_value(texts->fact) && texts->n > 1)
		qsort(texts->items, texts->n, sizeof(*texts->items), facts_compare_names);
}

void facts_sort(struct facts *facts)
{
	struct facts_group *groups = facts->groups.items;
	struct facts_device *devices = facts->devices.items;
	struct facts_iommu *iommus = facts->iommus.items;

	for (size_t i = 0; i < facts_count(facts->groups); i++) {
		facts_sort_list(
			&groups[i].reserved, sizeof(struct facts_region), facts_compare_regions);
		facts_sort_texts(&groups[i].devices);
	}
	for (size_t i = 0; i < facts_count(facts->devices); i++) {
		facts_sort_list(&devices[i].bars, sizeof(struct facts_bar), facts_compare_bars);
		facts_sort_list(
			&devices[i].windows, sizeof(struct facts_window), facts_compare_windows);
	}
	for (size_t i = 0; i < facts_count(facts->iommus); i++)
		facts_sort_texts(&iommus[i].formats);

	facts_sort_list(&facts->groups, sizeof(*groups), facts_compare_groups);
	facts_sort_list(&facts->devices, sizeof(*devices), facts_compare_devices);
	facts_sort_list(&facts->iommus, sizeof(*iommus), facts_compare_iommus);
	facts_sort_list(
		&facts->windows, sizeof(struct facts_bridge_window), facts_compare_bridge_windows);
}

static const void *facts_find(
	const struct fact_list *list, const void *key, size_t size, facts_compare_t compare)
{
	size_t n = facts_count(*list);

	return n > 0 ? bsearch(key, list->items, n, size, compare) : NULL;
}

const struct facts_group *facts_find_group(const struct facts *facts, uint64_t id)
{
	struct facts_group key = { .id = fact_number(id) };

	return facts_find(&facts->groups, &key, sizeof(key), facts_compare_groups);
}

const struct facts_device *facts_find_device(const struct facts *facts, const char *address)
{
	struct facts_device key = { .address = fact_text(address) };

	return facts_find(&facts->devices, &key, sizeof(key), facts_compare_devices);
}

const struct facts_iommu *facts_find_iommu(const struct facts *facts, const char *name)
{
	struct facts_iommu key = { .name = fact_text(name) };

	return facts_find(&facts->iommus, &key, sizeof(key), facts_compare_iommus);
}
