/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Causes are found once a class: a class's own are listed, and then said of all its members.
 */
#include "core/judge/fleet_baseline.h"

#include "core/judge/host_view.h"
#include "core/model/limits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum fleet_baseline_state {
	FLEET_BASELINE_UNSEEN,
	FLEET_BASELINE_ABLE,
	FLEET_BASELINE_UNABLE,
	FLEET_BASELINE_UNKNOWN,
};

struct fleet_baseline_work {
	const struct fleet *fleet;
	const size_t *members;
	size_t n_members;
	struct arena *arena;
	enum fleet_baseline_state *states; /* for each class */
	struct fleet_baseline result;
	size_t n_rows;
	size_t capacity;
	struct fleet_baseline_row *rows;
};

/* One hole of one class. */
struct fleet_baseline_row {
	struct region region;
	const char *type;
	size_t class_index;
};

static int fleet_baseline_add(
	struct fleet_baseline_work *work, struct region region, const char *type, size_t index)
{
	if (work->n_rows == work->capacity) {
		size_t capacity = work->capacity ? work->capacity * 2 : 64;
		struct fleet_baseline_row *rows = arena_array(work->arena, capacity, sizeof(*rows));

		if (!rows)
			return -ENOMEM;
		if (work->n_rows)
			memcpy(rows, work->rows, work->n_rows * sizeof(*rows));
		work->rows = rows;
		work->capacity = capacity;
	}
	work->rows[work->n_rows++] = (struct fleet_baseline_row){ region, type, index };
	return 0;
}

/* The holes that one group shape makes. */
static int fleet_baseline_shape(struct fleet_baseline_work *work, size_t index,
	const struct class_shape *shape, const struct usable *usable)
{
	const struct class_region *regions = shape->regions.items;
	int r = 0;

	if (!usable->regions_known || !usable->floor_known) {
		work->states[index] = FLEET_BASELINE_UNKNOWN;
		return 0;
	}
	for (size_t i = 0; r == 0 && i < shape->regions.n; i++) {
		struct region region = { regions[i].first.value, regions[i].last.value };

		if (usable_is_carved(regions[i].type.value))
			r = fleet_baseline_add(work, region, regions[i].type.value, index);
	}
	if (r == 0 && usable->floor_last != UINT64_MAX)
		r = fleet_baseline_add(work, (struct region){ usable->floor_last + 1, UINT64_MAX },
			"beyond-aperture", index);
	return r;
}

/* Each shape of which a device can be assigned, once. */
static int fleet_baseline_class(struct fleet_baseline_work *work, size_t index)
{
	const struct host *host = work->fleet->classes[index];
	const struct class *class_ = &host->project.class_;
	const struct class_shape *shapes = class_->shapes.items;
	size_t n_shapes = facts_count(class_->shapes);
	bool *seen = arena_array(work->arena, n_shapes, sizeof(*seen));
	int r = seen ? 0 : -ENOMEM;

	work->states[index] =
		fact_is_value(class_->shapes.fact) && fact_is_value(class_->devices_known.fact)
			? FLEET_BASELINE_UNABLE
			: FLEET_BASELINE_UNKNOWN;
	for (size_t i = 0; r == 0 && i < facts_count(host->facts->devices); i++) {
		int32_t shape = host->project.places[i].shape;

		if (shape < 0 || seen[shape] || host->assignable_after_rebind[i] == TRI_NO)
			continue;
		seen[shape] = true;
		if (work->states[index] == FLEET_BASELINE_UNABLE)
			work->states[index] = FLEET_BASELINE_ABLE;
		r = fleet_baseline_shape(work, index, &shapes[shape], &host->usables[shape]);
	}
	return r;
}

static int fleet_baseline_compare(const void *a, const void *b)
{
	const struct fleet_baseline_row *x = a, *y = b;
	int order = region_compare(&x->region, &y->region);

	if (order == 0)
		order = strcmp(x->type, y->type);
	if (order == 0)
		order = (x->class_index > y->class_index) - (x->class_index < y->class_index);
	return order;
}

static bool fleet_baseline_alike(
	const struct fleet_baseline_row *a, const struct fleet_baseline_row *b)
{
	return region_compare(&a->region, &b->region) == 0 && strcmp(a->type, b->type) == 0;
}

/* The names of the members whose class is marked in @among. */
static int fleet_baseline_names(
	const struct fleet_baseline_work *work, const bool *among, size_t *ret_n, const char ***ret)
{
	const char **names = arena_array(work->arena, work->n_members, sizeof(*names));
	size_t n = 0;

	if (!names)
		return -ENOMEM;
	for (size_t i = 0; i < work->n_members; i++) {
		const struct fleet_member *member = &work->fleet->members[work->members[i]];

		if (member->class_index >= 0 && among[member->class_index])
			names[n++] = member->name;
	}
	*ret_n = n;
	*ret = names;
	return 0;
}

/* Equal holes of several classes are one cause. */
static int fleet_baseline_causes(struct fleet_baseline_work *work)
{
	bool *among = arena_array(work->arena, work->fleet->n_classes, sizeof(*among));
	struct fleet_baseline *result = &work->result;

	result->causes = arena_array(work->arena, work->n_rows, sizeof(*result->causes));
	if (!among || !result->causes)
		return -ENOMEM;
	if (work->n_rows)
		qsort(work->rows, work->n_rows, sizeof(*work->rows), fleet_baseline_compare);
	for (size_t i = 0, end; i < work->n_rows; i = end) {
		struct fleet_baseline_cause *cause = &result->causes[result->n_causes];
		int r;

		memset(among, 0, work->fleet->n_classes * sizeof(*among));
		for (end = i; end < work->n_rows &&
			      fleet_baseline_alike(&work->rows[i], &work->rows[end]);
			end++)
			among[work->rows[end].class_index] = true;
		cause->region = work->rows[i].region;
		cause->type = work->rows[i].type;
		r = fleet_baseline_names(work, among, &cause->n_hosts, &cause->hosts);
		if (r < 0)
			return r;
		result->n_causes++;
	}
	return 0;
}

/* The members in @state, and, of FLEET_BASELINE_UNKNOWN, those whose class is not known at all. */
static int fleet_baseline_in_state(struct fleet_baseline_work *work,
	enum fleet_baseline_state state, size_t *ret_n, const char ***ret)
{
	const char **names = arena_array(work->arena, work->n_members, sizeof(*names));
	size_t n = 0;

	if (!names)
		return -ENOMEM;
	for (size_t i = 0; i < work->n_members; i++) {
		const struct fleet_member *member = &work->fleet->members[work->members[i]];
		enum fleet_baseline_state own = member->class_index < 0
							? FLEET_BASELINE_UNKNOWN
							: work->states[member->class_index];

		if (own == state)
			names[n++] = member->name;
	}
	*ret_n = n;
	*ret = names;
	return 0;
}

/* What no cause takes. */
static int fleet_baseline_ranges(struct fleet_baseline_work *work)
{
	struct region *holes = arena_array(work->arena, work->n_rows, sizeof(*holes));
	struct fleet_baseline *result = &work->result;
	int r;

	if (!holes)
		return -ENOMEM;
	for (size_t i = 0; i < work->n_rows; i++)
		holes[i] = work->rows[i].region;
	if (result->n_unable + result->n_unknown == work->n_members)
		return 0;
	r = region_set_without(work->arena, REGION_ALL, holes, work->n_rows, &result->known);
	if (r == 0 && !result->n_unknown)
		result->usable = result->known;
	return r;
}

static int fleet_baseline_run(struct fleet_baseline_work *work)
{
	struct fleet_baseline *result = &work->result;
	int r = 0;

	work->states = arena_array(work->arena, work->fleet->n_classes, sizeof(*work->states));
	if (!work->states)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < work->n_members; i++) {
		int32_t index = work->fleet->members[work->members[i]].class_index;

		if (index >= 0 && work->states[index] == FLEET_BASELINE_UNSEEN)
			r = fleet_baseline_class(work, (size_t)index);
	}
	if (r == 0)
		r = fleet_baseline_in_state(
			work, FLEET_BASELINE_UNKNOWN, &result->n_unknown, &result->unknown);
	if (r == 0)
		r = fleet_baseline_in_state(
			work, FLEET_BASELINE_UNABLE, &result->n_unable, &result->unable);
	if (r == 0)
		r = fleet_baseline_causes(work);
	return r < 0 ? r : fleet_baseline_ranges(work);
}

int fleet_baseline_compute(
	const struct fleet *fleet, const size_t *members, size_t n, struct fleet_baseline *ret)
{
	struct fleet_baseline_work work = {
		.fleet = fleet,
		.members = members,
		.n_members = n,
		.result = { .n_hosts = n },
	};
	int r = arena_new(SIZE_MAX, &work.arena);

	if (r < 0)
		return r;
	work.result.arena = work.arena;
	r = fleet_baseline_run(&work);
	if (r < 0) {
		arena_free(work.arena);
		return r;
	}
	*ret = work.result;
	return 0;
}
