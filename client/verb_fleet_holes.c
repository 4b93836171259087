/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/verb_fleet_holes.h"

#include "client/basis.h"
#include "client/field.h"
#include "client/table.h"
#include "core/arena.h"
#include "core/cleanup.h"
#include "core/model/region.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

CLEANUP_DEFINE(struct arena *, arena_free, verb_fleet_holes_arena_freep);
CLEANUP_DEFINE(struct table *, table_free, verb_fleet_holes_table_freep);
CLEANUP_DEFINE(json_t *, json_decref, verb_fleet_holes_decrefp);

struct verb_fleet_holes_one {
	struct region region;
	const json_t *hole;
};

struct verb_fleet_holes {
	struct table *table;
	struct arena *arena;
	size_t n;
	struct verb_fleet_holes_one *holes; /* by where they begin */
	size_t n_edges;
	uint64_t *edges; /* where pieces begin, sorted, each once */
	size_t n_open;
	const struct verb_fleet_holes_one **open; /* those that go on at the edge */
	struct region piece;
	json_t *causes; /* of piece, which may go on; NULL: none */
};

static int verb_fleet_holes_by_first(const void *a, const void *b)
{
	const struct verb_fleet_holes_one *x = a, *y = b;

	return region_compare(&x->region, &y->region);
}

static int verb_fleet_holes_by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Where something begins, or where something has ended. */
static void verb_fleet_holes_find_edges(struct verb_fleet_holes *work)
{
	size_t n = 0;

	for (size_t i = 0; i < work->n; i++) {
		work->edges[n++] = work->holes[i].region.first;
		if (work->holes[i].region.last < UINT64_MAX)
			work->edges[n++] = work->holes[i].region.last + 1;
	}
	if (n)
		qsort(work->edges, n, sizeof(*work->edges), verb_fleet_holes_by_value);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || work->edges[i] != work->edges[work->n_edges - 1])
			work->edges[work->n_edges++] = work->edges[i];
}

/* What is no range comes from a daemon that lies, and is left out. */
static int verb_fleet_holes_load(struct verb_fleet_holes *work, const json_t *list)
{
	size_t all = json_array_size(list);

	work->holes = arena_array(work->arena, all, sizeof(*work->holes));
	work->edges = arena_array(work->arena, 2 * all, sizeof(*work->edges));
	work->open = arena_array(work->arena, all, sizeof(*work->open));
	if (!work->holes || !work->edges || !work->open)
		return -ENOMEM;
	for (size_t i = 0; i < all; i++) {
		const json_t *hole = json_array_get(list, i);
		struct verb_fleet_holes_one one = { .hole = hole };

		if (field_number(hole, "first", &one.region.first) &&
			field_number(hole, "last", &one.region.last) &&
			one.region.first <= one.region.last)
			work->holes[work->n++] = one;
	}
	if (work->n)
		qsort(work->holes, work->n, sizeof(*work->holes), verb_fleet_holes_by_first);
	verb_fleet_holes_find_edges(work);
	return 0;
}

static const char *verb_fleet_holes_type(const struct verb_fleet_holes *work, size_t index)
{
	const char *type = field_text(work->open[index]->hole, "type");

	return type ? type : "?";
}

static int verb_fleet_holes_by_name(const void *a, const void *b)
{
	return strcmp(
		json_string_value(*(json_t *const *)a), json_string_value(*(json_t *const *)b));
}

/* The @n @names in order, each once. NULL: -ENOMEM. */
static json_t *verb_fleet_holes_list(json_t **names, size_t n)
{
	json_t *list = json_array();

	if (n)
		qsort(names, n, sizeof(json_t *), verb_fleet_holes_by_name);
	for (size_t i = 0; list && i < n; i++) {
		if (i > 0 && verb_fleet_holes_by_name(&names[i - 1], &names[i]) == 0)
			continue;
		if (json_array_append(list, names[i]) < 0) {
			json_decref(list);
			list = NULL;
		}
	}
	return list;
}

/* The hosts of all that is open and of the type of the one at @first. NULL: -ENOMEM. */
static json_t *verb_fleet_holes_makers(const struct verb_fleet_holes *work, size_t first)
{
	_cleanup_(cleanup_freep) json_t **names = NULL;
	size_t n = 0, most = 1;

	for (size_t i = first; i < work->n_open; i++)
		most += json_array_size(field_list(work->open[i]->hole, "hosts"));
	names = calloc(most, sizeof(json_t *));
	for (size_t i = first; names && i < work->n_open; i++) {
		const json_t *hosts = field_list(work->open[i]->hole, "hosts");

		if (strcmp(verb_fleet_holes_type(work, i), verb_fleet_holes_type(work, first)) != 0)
			continue;
		for (size_t j = 0; j < json_array_size(hosts); j++)
			if (json_is_string(json_array_get(hosts, j)))
				names[n++] = json_array_get(hosts, j);
	}
	return names ? verb_fleet_holes_list(names, n) : NULL;
}

/* True if one before the one at @index has its type. */
static bool verb_fleet_holes_is_said(const struct verb_fleet_holes *work, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (strcmp(verb_fleet_holes_type(work, i), verb_fleet_holes_type(work, index)) == 0)
			return true;
	return false;
}

/* What makes addresses unusable at the edge: [[type, hosts], ...]. NULL: -ENOMEM. */
static json_t *verb_fleet_holes_causes(const struct verb_fleet_holes *work)
{
	_cleanup_(verb_fleet_holes_decrefp) json_t *causes = json_array();

	for (size_t i = 0; causes && i < work->n_open; i++) {
		json_t *names;

		if (verb_fleet_holes_is_said(work, i))
			continue;
		names = verb_fleet_holes_makers(work, i);
		if (!names ||
			json_array_append_new(causes,
				json_pack("[s, o]", verb_fleet_holes_type(work, i), names)) < 0)
			return NULL;
	}
	return cleanup_take(causes);
}

/* The rows of the piece that is complete, if any: one for each type. */
static void verb_fleet_holes_show(struct verb_fleet_holes *work)
{
	uint64_t bytes = work->piece.last - work->piece.first;
	char size[FIELD_BYTES], line[1024];

	for (size_t i = 0; i < json_array_size(work->causes); i++) {
		const json_t *cause = json_array_get(work->causes, i);

		if (i == 0) {
			table_cell(work->table, "0x%" PRIx64 "-0x%" PRIx64, work->piece.first,
				work->piece.last);
			table_cell(
				work->table, "%s", field_size(bytes + (bytes < UINT64_MAX), size));
		} else {
			table_cell(work->table, "%s", "");
			table_cell(work->table, "%s", "");
		}
		table_cell(work->table, "%s", json_string_value(json_array_get(cause, 0)));
		basis_format_names(json_array_get(cause, 1), line, sizeof(line));
		table_cell(work->table, "%s", line);
	}
	json_decref(work->causes);
	work->causes = NULL;
}

/* Pieces side by side that have the same causes are one. */
static int verb_fleet_holes_add(struct verb_fleet_holes *work, struct region piece)
{
	_cleanup_(verb_fleet_holes_decrefp) json_t *causes = verb_fleet_holes_causes(work);

	if (!causes)
		return -ENOMEM;
	if (work->causes && json_equal(causes, work->causes)) {
		work->piece.last = piece.last;
		return 0;
	}
	verb_fleet_holes_show(work);
	work->piece = piece;
	work->causes = cleanup_take(causes);
	return 0;
}

/* From edge to edge: what has ended goes, what begins comes. */
static int verb_fleet_holes_pieces(struct verb_fleet_holes *work)
{
	size_t next = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < work->n_edges; i++) {
		uint64_t first = work->edges[i];
		struct region piece = { first,
			i + 1 < work->n_edges ? work->edges[i + 1] - 1 : UINT64_MAX };
		size_t kept = 0;

		for (size_t j = 0; j < work->n_open; j++)
			if (work->open[j]->region.last >= first)
				work->open[kept++] = work->open[j];
		for (; next < work->n && work->holes[next].region.first == first; next++)
			work->open[kept++] = &work->holes[next];
		work->n_open = kept;
		r = verb_fleet_holes_add(work, piece);
	}
	verb_fleet_holes_show(work);
	return r;
}

int verb_fleet_holes_print(const struct display *display, const json_t *holes)
{
	static const struct table_column columns[] = {
		{ "HOLE", 0 },
		{ "SIZE", TABLE_RIGHT },
		{ "WHAT", 0 },
		{ "HOSTS", TABLE_WRAP },
	};
	_cleanup_(verb_fleet_holes_arena_freep) struct arena *arena = NULL;
	_cleanup_(verb_fleet_holes_table_freep) struct table *table = NULL;
	struct verb_fleet_holes work = { 0 };
	int r;

	if (json_array_size(holes) == 0)
		return 0;
	r = arena_new(SIZE_MAX, &arena);
	if (r == 0)
		r = table_new(columns, sizeof(columns) / sizeof(columns[0]), &table);
	if (r < 0)
		return r;
	work.arena = arena;
	work.table = table;
	r = verb_fleet_holes_load(&work, holes);
	if (r == 0)
		r = verb_fleet_holes_pieces(&work);
	if (r < 0)
		return r;
	fputc('\n', display->out);
	return table_print(table, display, 0);
}
