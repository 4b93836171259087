/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/drawing.h"

#include "client/field.h"
#include "core/codec/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool drawing_read_region(const json_t *object, struct region *ret)
{
	struct region region;

	if (!field_number(object, "first", &region.first) ||
		!field_number(object, "last", &region.last) || region.first > region.last)
		return false;
	*ret = region;
	return true;
}

static int drawing_read_usable(struct drawing *drawing, const json_t *usable)
{
	const json_t *ranges = field_list(usable, "ranges");
	const json_t *aperture = json_object_get(usable, "aperture");
	struct region *regions;
	size_t n = 0;

	regions = arena_array(drawing->arena, json_array_size(ranges) + 1, sizeof(*regions));
	if (!regions)
		return -ENOMEM;
	for (size_t i = 0; i < json_array_size(ranges); i++)
		if (drawing_read_region(json_array_get(ranges, i), &regions[n]))
			n++;
	/* Past the most that is possible is out of reach for sure, past the last that is sure is
	 * not. */
	drawing->reach_known = field_number(aperture, "at_most", &drawing->reach_last) ||
			       field_number(aperture, "last", &drawing->reach_last);
	return region_set_from(drawing->arena, regions, n, &drawing->usable);
}

static const json_t *drawing_find_group(const json_t *groups, const json_t *id)
{
	const json_t *list = field_list(groups, "groups");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *group = json_array_get(list, i);

		if (json_is_integer(id) && json_equal(json_object_get(group, "id"), id))
			return group;
	}
	return NULL;
}

static int drawing_read_reserved(struct drawing *drawing, const json_t *group)
{
	const json_t *list = field_list(group, "reserved");

	drawing->reserved =
		arena_array(drawing->arena, json_array_size(list) + 1, sizeof(*drawing->reserved));
	if (!drawing->reserved)
		return -ENOMEM;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);
		struct drawing_range *range = &drawing->reserved[drawing->n_reserved];
		const char *type = field_text(item, "type");

		if (!drawing_read_region(item, &range->region))
			continue;
		range->what = type && text_is_printable(type, strlen(type)) ? type : "reserved";
		drawing->n_reserved++;
	}
	return 0;
}

int drawing_init(struct drawing *drawing, struct arena *arena, const struct guest *guest,
	const json_t *usable, const json_t *groups)
{
	int r;

	*drawing = (struct drawing){ .arena = arena, .guest = guest };
	r = drawing_read_usable(drawing, usable);
	if (r < 0)
		return r;
	return drawing_read_reserved(
		drawing, drawing_find_group(groups, json_object_get(usable, "group")));
}

int drawing_init_map(struct drawing *drawing, struct arena *arena, const struct guest *guest,
	const json_t *headroom)
{
	const json_t *sides[] = { field_list(headroom, "below_4g"),
		field_list(headroom, "above_4g") };
	struct region *regions;
	size_t n = 0;

	*drawing = (struct drawing){ .arena = arena, .guest = guest, .map = true };
	regions = arena_array(
		arena, json_array_size(sides[0]) + json_array_size(sides[1]) + 1, sizeof(*regions));
	if (!regions)
		return -ENOMEM;
	for (size_t side = 0; side < 2; side++)
		for (size_t i = 0; i < json_array_size(sides[side]); i++)
			if (drawing_read_region(json_array_get(sides[side], i), &regions[n]))
				n++;
	if (guest->address_bits > 0 && guest->address_bits < 64) {
		drawing->reach_known = true;
		drawing->reach_last = (1ULL << guest->address_bits) - 1;
	}
	return region_set_from(arena, regions, n, &drawing->usable);
}

struct drawing_edges { /* addresses where something may change */
	size_t n;
	uint64_t *items;
};

static void drawing_add_edges(struct drawing_edges *edges, struct region region)
{
	edges->items[edges->n++] = region.first;
	if (region.last < UINT64_MAX)
		edges->items[edges->n++] = region.last + 1;
}

static int drawing_compare_edges(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int drawing_find_edges(const struct drawing *drawing, struct drawing_edges *ret)
{
	size_t n_guest = drawing->guest ? drawing->guest->n_ranges : 0, unique = 0;
	struct drawing_edges edges = { 0 };

	edges.items = arena_array(drawing->arena,
		2 * (n_guest + drawing->n_reserved + drawing->usable.n + 2), sizeof(uint64_t));
	if (!edges.items)
		return -ENOMEM;
	drawing_add_edges(&edges, REGION_ALL);
	for (size_t i = 0; i < n_guest; i++)
		drawing_add_edges(&edges, drawing->guest->ranges[i].region);
	for (size_t i = 0; i < drawing->n_reserved; i++)
		drawing_add_edges(&edges, drawing->reserved[i].region);
	for (size_t i = 0; i < drawing->usable.n; i++)
		drawing_add_edges(&edges, drawing->usable.items[i]);
	if (drawing->reach_known)
		drawing_add_edges(&edges, (struct region){ 0, drawing->reach_last });
	qsort(edges.items, edges.n, sizeof(uint64_t), drawing_compare_edges);
	for (size_t i = 0; i < edges.n; i++)
		if (i == 0 || edges.items[i] != edges.items[unique - 1])
			edges.items[unique++] = edges.items[i];
	edges.n = unique;
	*ret = edges;
	return 0;
}

/* What the guest has in the row: what takes the addresses for itself wins over a window around it,
 * a narrow window over a wide one. */
static void drawing_see_guest(const struct drawing *drawing, struct drawing_row *row)
{
	const struct guest_range *best = NULL;

	for (size_t i = 0; drawing->guest && i < drawing->guest->n_ranges; i++) {
		const struct guest_range *range = &drawing->guest->ranges[i];

		if (!region_covers(range->region, row->region))
			continue;
		if (!best || guest_range_is_solid(range) ||
			(!guest_range_is_solid(best) && region_covers(best->region, range->region)))
			best = range;
	}
	row->guest_what = best ? guest_kind_word(best->kind) : "";
	if (!best)
		row->guest = DRAWING_NOTHING;
	else if (guest_kind_is_mapped(best->kind) && guest_range_is_solid(best))
		row->guest = DRAWING_MAPPED;
	else
		row->guest = best->kind == GUEST_HOTPLUG ? DRAWING_LATER : DRAWING_WINDOW;
}

static void drawing_see_free(const struct drawing *drawing, struct drawing_row *row)
{
	if (region_set_covers(&drawing->usable, row->region)) {
		row->host = DRAWING_FREE;
		row->host_what = "free";
	} else if (drawing->reach_known && row->region.first > drawing->reach_last) {
		row->host = DRAWING_BEYOND;
		row->host_what = "beyond its CPU";
	} else {
		row->host = DRAWING_UNSAID;
		row->host_what = "";
	}
}

static void drawing_see_host(const struct drawing *drawing, struct drawing_row *row)
{
	const char *type = NULL;

	for (size_t i = 0; i < drawing->n_reserved && !type; i++)
		if (region_covers(drawing->reserved[i].region, row->region))
			type = drawing->reserved[i].what;
	if (region_set_covers(&drawing->usable, row->region)) {
		row->host = DRAWING_USABLE;
		row->host_what = type ? type : "";
	} else if (type) {
		row->host = DRAWING_RESERVED;
		row->host_what = type;
	} else if (drawing->reach_known && row->region.first > drawing->reach_last) {
		row->host = DRAWING_BEYOND;
		row->host_what = "beyond its reach";
	} else {
		row->host = DRAWING_UNKNOWN;
		row->host_what = "not known";
	}
}

static bool drawing_same(const struct drawing_row *a, const struct drawing_row *b)
{
	return a->guest == b->guest && a->host == b->host &&
	       strcmp(a->guest_what, b->guest_what) == 0 && strcmp(a->host_what, b->host_what) == 0;
}

enum drawing_mark drawing_mark(const struct drawing_row *row)
{
	if (row->host == DRAWING_USABLE || row->host == DRAWING_FREE || row->host == DRAWING_UNSAID)
		return DRAWING_FINE;
	if (row->guest == DRAWING_LATER)
		return row->host == DRAWING_UNKNOWN ? DRAWING_FINE : DRAWING_LATER_CONFLICT;
	if (row->guest != DRAWING_MAPPED)
		return DRAWING_FINE;
	return row->host == DRAWING_UNKNOWN ? DRAWING_DOUBT : DRAWING_CONFLICT;
}

/* What is lost when two neighbours become one row; the least is given up first: what the guest has
 * nothing in, then what is alike and still of few pieces, so that no row swallows all others. */
static unsigned drawing_loss(const struct drawing_row *a, const struct drawing_row *b)
{
	if (a->guest == DRAWING_NOTHING && b->guest == DRAWING_NOTHING)
		return a->host != b->host;
	if (drawing_mark(a) != drawing_mark(b))
		return 20 + a->pieces + b->pieces;
	return (a->guest != b->guest ? 8U : 0U) + (a->host != b->host ? 2U : 0U) + a->pieces +
	       b->pieces;
}

/* The row that both make shows the one that matters more, as a whole: a guest's range of the one
 * beside a host's of the other would show what is nowhere. */
static void drawing_join(struct drawing_row *a, const struct drawing_row *b)
{
	struct drawing_row joined = *a;
	bool wider = b->region.last - b->region.first > a->region.last - a->region.first;

	if (drawing_mark(a) != drawing_mark(b)) {
		if (drawing_mark(b) > drawing_mark(a))
			joined = *b;
	} else if ((a->guest == DRAWING_NOTHING) != (b->guest == DRAWING_NOTHING)) {
		if (a->guest == DRAWING_NOTHING)
			joined = *b;
	} else if (wider) {
		joined = *b;
	}
	joined.region = (struct region){ a->region.first, b->region.last };
	joined.pieces = a->pieces + b->pieces;
	*a = joined;
}

static size_t drawing_shorten(struct drawing_row *rows, size_t n)
{
	while (n > DRAWING_ROWS) {
		unsigned least = UINT32_MAX;
		size_t at = 0;

		for (size_t i = 0; i + 1 < n; i++) {
			unsigned loss = drawing_loss(&rows[i], &rows[i + 1]);

			if (loss < least) {
				least = loss;
				at = i;
			}
		}
		drawing_join(&rows[at], &rows[at + 1]);
		memmove(&rows[at + 1], &rows[at + 2], (n - at - 2) * sizeof(*rows));
		n--;
	}
	return n;
}

int drawing_compute(const struct drawing *drawing, struct drawing_row **ret, size_t *ret_n)
{
	struct drawing_edges edges;
	struct drawing_row *rows;
	size_t n = 0;
	int r;

	r = drawing_find_edges(drawing, &edges);
	if (r < 0)
		return r;
	rows = arena_array(drawing->arena, edges.n, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < edges.n; i++) {
		struct drawing_row *row = &rows[n];

		row->region.first = edges.items[i];
		row->region.last = i + 1 < edges.n ? edges.items[i + 1] - 1 : UINT64_MAX;
		row->pieces = 1;
		drawing_see_guest(drawing, row);
		if (drawing->map)
			drawing_see_free(drawing, row);
		else
			drawing_see_host(drawing, row);
		if (n > 0 && drawing_same(&rows[n - 1], row))
			rows[n - 1].region.last = row->region.last;
		else
			n++;
	}
	*ret_n = drawing_shorten(rows, n);
	*ret = rows;
	return 0;
}
