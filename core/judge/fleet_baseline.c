/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Causes are found once a class: a class's own are listed, and then said of all its members.
 */
#include "core/judge/fleet_baseline.h"

#include "core/judge/host_view.h"
#include "core/judge/subject.h"

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
	size_t *starts;			   /* of each class in of_class, and the end */
	size_t *of_class;		   /* indices in fleet.members */
	struct fleet_baseline result;
	size_t n_rows;
	size_t capacity;
	struct fleet_baseline_row *rows;
};

/* The class of the @i-th member, -1: nobody knows it, or it is too long ago that it was known. */
static int32_t fleet_baseline_index(const struct fleet_baseline_work *work, size_t i)
{
	const struct fleet_member *member = &work->fleet->members[work->members[i]];

	return fleet_is_stale(work->fleet, member) ? -1 : member->class_index;
}

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
static int fleet_baseline_shape(
	struct fleet_baseline_work *work, size_t index, const struct class_shape *shape)
{
	const struct class_region *regions = shape->regions.items;
	int r = 0;

	for (size_t i = 0; r == 0 && i < facts_count(shape->regions); i++) {
		struct region region = { regions[i].first.value, regions[i].last.value };

		if (usable_is_carved(regions[i].type.value))
			r = fleet_baseline_add(work, region, regions[i].type.value, index);
	}
	if (!fact_is_value(shape->regions.fact) || !fact_is_value(shape->aperture.fact))
		work->states[index] = FLEET_BASELINE_UNKNOWN;
	else if (r == 0 && shape->aperture.value != UINT64_MAX)
		r = fleet_baseline_add(work,
			(struct region){ shape->aperture.value + 1, UINT64_MAX }, "beyond-aperture",
			index);
	return r;
}

static int fleet_baseline_windows(struct fleet_baseline_work *work, size_t index,
	const struct fact_list *list, const char *type)
{
	const struct class_window *windows = list->items;
	int r = 0;

	for (size_t i = 0; r == 0 && i < facts_count(*list); i++)
		r = fleet_baseline_add(work,
			(struct region){ windows[i].first.value, windows[i].last.value }, type,
			index);
	return r;
}

/* All that is not in one of the windows of the host bridge. */
static int fleet_baseline_inbound(
	struct fleet_baseline_work *work, size_t index, const struct fact_list *inbound)
{
	const struct class_window *windows = inbound->items;
	struct region *inside = arena_array(work->arena, facts_count(*inbound), sizeof(*inside));
	struct region_set outside;
	int r;

	if (fact_is_null(inbound->fact))
		return 0;
	if (!inside)
		return -ENOMEM;
	if (!fact_is_value(inbound->fact)) {
		work->states[index] = FLEET_BASELINE_UNKNOWN;
		return 0;
	}
	for (size_t i = 0; i < inbound->n; i++)
		inside[i] = (struct region){ windows[i].first.value, windows[i].last.value };
	r = region_set_without(work->arena, REGION_ALL, inside, inbound->n, &outside);
	for (size_t i = 0; r == 0 && i < outside.n; i++)
		r = fleet_baseline_add(work, outside.items[i], "outside-dma-ranges", index);
	return r;
}

static int fleet_baseline_member(
	struct fleet_baseline_work *work, size_t index, const struct class_member *member)
{
	int r = fleet_baseline_windows(work, index, &member->peers, "peer-window");

	if (r == 0)
		r = fleet_baseline_windows(
			work, index, &member->peers_doubtful, "perhaps-peer-window");
	if (r == 0)
		r = fleet_baseline_inbound(work, index, &member->inbound);
	if (!fact_is_yes(member->peers_complete))
		work->states[index] = FLEET_BASELINE_UNKNOWN;
	return r;
}

/* What one device that can be assigned, or may be, stands for; shapes that were @seen are in. */
static int fleet_baseline_device(
	struct fleet_baseline_work *work, size_t index, size_t device, bool *seen)
{
	const struct host *host = work->fleet->classes[index];
	struct project_place place = host->project.places[device];
	const struct class_shape *shape = host_view_shape(host, place.shape);
	int r = 0;

	if (work->states[index] == FLEET_BASELINE_UNABLE)
		work->states[index] = FLEET_BASELINE_ABLE;
	if (!shape) {
		work->states[index] = FLEET_BASELINE_UNKNOWN;
		return 0;
	}
	if (!seen[place.shape])
		r = fleet_baseline_shape(work, index, shape);
	seen[place.shape] = true;
	if (r < 0)
		return r;
	return fleet_baseline_member(
		work, index, (const struct class_member *)shape->members.items + place.member);
}

static int fleet_baseline_class(struct fleet_baseline_work *work, size_t index)
{
	const struct host *host = work->fleet->classes[index];
	const struct class *class_ = &host->project.class_;
	bool *seen = arena_array(work->arena, facts_count(class_->shapes), sizeof(*seen));
	int r = seen ? 0 : -ENOMEM;

	work->states[index] = FLEET_BASELINE_UNABLE;
	for (size_t i = 0; r == 0 && i < facts_count(host->facts->devices); i++)
		if (subject_is_candidate(host, i) && host->assignable_after_rebind[i] != TRI_NO)
			r = fleet_baseline_device(work, index, i, seen);
	/* There may be devices that are not seen, and what is not read may matter. */
	if (!fact_is_value(class_->shapes.fact) || !fact_is_yes(class_->devices_known) ||
		!fact_is_no(class_->unread))
		work->states[index] = FLEET_BASELINE_UNKNOWN;
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

/* Sorts the members by class, so that a hole costs no more than the hosts that make it. */
static int fleet_baseline_by_class(struct fleet_baseline_work *work)
{
	size_t *next;

	work->starts = arena_array(work->arena, work->fleet->n_classes + 1, sizeof(*work->starts));
	work->of_class = arena_array(work->arena, work->n_members, sizeof(*work->of_class));
	next = arena_array(work->arena, work->fleet->n_classes + 1, sizeof(*next));
	if (!work->starts || !work->of_class || !next)
		return -ENOMEM;
	for (size_t i = 0; i < work->n_members; i++) {
		int32_t index = fleet_baseline_index(work, i);

		if (index >= 0)
			work->starts[index + 1]++;
	}
	for (size_t i = 0; i < work->fleet->n_classes; i++)
		next[i + 1] = work->starts[i + 1] += work->starts[i];
	for (size_t i = 0; i < work->n_members; i++) {
		int32_t index = fleet_baseline_index(work, i);

		if (index >= 0)
			work->of_class[next[index]++] = work->members[i];
	}
	return 0;
}

static int fleet_baseline_by_index(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return (x > y) - (x < y);
}

/* The names of all members of the classes of the rows from @first to before @end. */
static int fleet_baseline_makers(struct fleet_baseline_work *work, size_t first, size_t end,
	struct fleet_baseline_hosts *ret)
{
	size_t *members, n = 0;
	int32_t before = -1;

	for (size_t i = first; i < end; i++)
		n += work->starts[work->rows[i].class_index + 1] -
		     work->starts[work->rows[i].class_index];
	members = arena_array(work->arena, n, sizeof(*members));
	ret->names = arena_array(work->arena, n, sizeof(*ret->names));
	if (!members || !ret->names)
		return -ENOMEM;
	n = 0;
	for (size_t i = first; i < end; i++) {
		size_t index = work->rows[i].class_index;

		if ((int32_t)index == before)
			continue;
		before = (int32_t)index;
		for (size_t j = work->starts[index]; j < work->starts[index + 1]; j++)
			members[n++] = work->of_class[j];
	}
	if (n)
		qsort(members, n, sizeof(*members), fleet_baseline_by_index);
	for (size_t i = 0; i < n; i++)
		ret->names[i] = work->fleet->members[members[i]].name;
	ret->n = n;
	return 0;
}

/* Equal holes of several classes are one cause. */
static int fleet_baseline_causes(struct fleet_baseline_work *work)
{
	struct fleet_baseline *result = &work->result;
	int r = fleet_baseline_by_class(work);

	result->causes = arena_array(work->arena, work->n_rows, sizeof(*result->causes));
	if (r < 0 || !result->causes)
		return -ENOMEM;
	if (work->n_rows)
		qsort(work->rows, work->n_rows, sizeof(*work->rows), fleet_baseline_compare);
	for (size_t i = 0, end; r == 0 && i < work->n_rows; i = end) {
		struct fleet_baseline_cause *cause = &result->causes[result->n_causes++];

		for (end = i; end < work->n_rows &&
			      fleet_baseline_alike(&work->rows[i], &work->rows[end]);)
			end++;
		cause->region = work->rows[i].region;
		cause->type = work->rows[i].type;
		r = fleet_baseline_makers(work, i, end, &cause->hosts);
	}
	return r;
}

/* The names of the members in @state. */
static int fleet_baseline_in_state(struct fleet_baseline_work *work,
	enum fleet_baseline_state state, struct fleet_baseline_hosts *ret)
{
	ret->names = arena_array(work->arena, work->n_members, sizeof(*ret->names));
	if (!ret->names)
		return -ENOMEM;
	for (size_t i = 0; i < work->n_members; i++) {
		int32_t index = fleet_baseline_index(work, i);
		enum fleet_baseline_state own =
			index < 0 ? FLEET_BASELINE_UNKNOWN : work->states[index];

		if (own == state)
			ret->names[ret->n++] = work->fleet->members[work->members[i]].name;
	}
	return 0;
}

/* The names of the members that are stale. */
static int fleet_baseline_stale(struct fleet_baseline_work *work)
{
	struct fleet_baseline_hosts *ret = &work->result.stale;

	ret->names = arena_array(work->arena, work->n_members, sizeof(*ret->names));
	if (!ret->names)
		return -ENOMEM;
	for (size_t i = 0; i < work->n_members; i++) {
		const struct fleet_member *member = &work->fleet->members[work->members[i]];

		if (fleet_is_stale(work->fleet, member))
			ret->names[ret->n++] = member->name;
	}
	work->result.oldest_us = fleet_oldest(work->fleet, work->members, work->n_members);
	return 0;
}

/* What no cause takes. */
static int fleet_baseline_ranges(struct fleet_baseline_work *work)
{
	struct region *holes = arena_array(work->arena, work->n_rows, sizeof(*holes));
	struct fleet_baseline *result = &work->result;
	size_t n = 0;
	int r;

	if (!holes)
		return -ENOMEM;
	for (size_t i = 0; i < work->n_rows; i++)
		if (work->states[work->rows[i].class_index] == FLEET_BASELINE_ABLE)
			holes[n++] = work->rows[i].region;
	if (result->unable.n + result->unknown.n == work->n_members)
		return 0;
	r = region_set_without(work->arena, REGION_ALL, holes, n, &result->known);
	if (r == 0 && !result->unknown.n)
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
		int32_t index = fleet_baseline_index(work, i);

		if (index >= 0 && work->states[index] == FLEET_BASELINE_UNSEEN)
			r = fleet_baseline_class(work, (size_t)index);
	}
	if (r == 0)
		r = fleet_baseline_in_state(work, FLEET_BASELINE_UNKNOWN, &result->unknown);
	if (r == 0)
		r = fleet_baseline_in_state(work, FLEET_BASELINE_UNABLE, &result->unable);
	if (r == 0)
		r = fleet_baseline_stale(work);
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
