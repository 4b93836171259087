/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* baseline: the addresses that are usable on all hosts. */
#include "client/basis.h"
#include "client/drawing.h"
#include "client/field.h"
#include "client/fleet_ask.h"
#include "client/table.h"
#include "client/verb.h"
#include "client/verb_fleet_holes.h"
#include "core/cleanup.h"
#include "core/model/limits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

CLEANUP_DEFINE(json_t *, json_decref, verb_fleet_baseline_decrefp);
CLEANUP_DEFINE(struct arena *, arena_free, verb_fleet_baseline_arena_freep);
CLEANUP_DEFINE(struct table *, table_free, verb_fleet_baseline_table_freep);

/* Hosts that are told apart from the rest, and why. */
static int verb_fleet_baseline_apart(
	const struct display *display, const char *why, const json_t *names)
{
	char list[1024], line[1280];

	if (json_array_size(names) == 0)
		return 0;
	basis_format_names(names, list, sizeof(list));
	snprintf(line, sizeof(line), "%s: %s", why, list);
	return display_paragraph(display, 4, false, line);
}

static void verb_fleet_baseline_range(struct table *table, const json_t *range)
{
	char first[FIELD_BYTES], last[FIELD_BYTES], size[FIELD_BYTES];
	uint64_t from = 0, to = 0;

	table_cell(table, "%s-%s", field_format(range, "first", first),
		field_format(range, "last", last));
	if (field_number(range, "first", &from) && field_number(range, "last", &to) && from <= to)
		table_cell(table, "%s", field_size(to - from + (to - from < UINT64_MAX), size));
	else
		table_cell(table, "?");
}

static int verb_fleet_baseline_ranges(const struct display *display, const json_t *ranges)
{
	static const struct table_column columns[] = {
		{ "USABLE", 0 },
		{ "SIZE", TABLE_RIGHT },
	};
	_cleanup_(verb_fleet_baseline_table_freep) struct table *table = NULL;
	int r;

	if (json_array_size(ranges) == 0)
		return 0;
	r = table_new(columns, sizeof(columns) / sizeof(columns[0]), &table);
	for (size_t i = 0; r == 0 && i < json_array_size(ranges); i++)
		verb_fleet_baseline_range(table, json_array_get(ranges, i));
	return r < 0 ? r : table_print(table, display, 0);
}

/* All hosts together, drawn as if they were one. */
static int verb_fleet_baseline_draw(const struct display *display, const json_t *document)
{
	_cleanup_(verb_fleet_baseline_arena_freep) struct arena *arena = NULL;
	_cleanup_(verb_fleet_baseline_decrefp) json_t *usable =
		json_pack("{s:O, s:i}", "ranges", json_object_get(document, "usable"), "group", 0);
	_cleanup_(verb_fleet_baseline_decrefp) json_t *groups = json_pack("{s:[{s:i, s:O}]}",
		"groups", "id", 0, "reserved", json_object_get(document, "holes"));
	struct drawing drawing;
	int r;

	if (!usable || !groups)
		return -ENOMEM;
	r = arena_new(LIMIT_ARENA_BYTES, &arena);
	if (r == 0)
		r = drawing_init(&drawing, arena, NULL, usable, groups);
	if (r < 0)
		return r;
	fputc('\n', display->out);
	return drawing_print(&drawing, display);
}

/* One host that does not tell is enough for no address to be sure. */
static enum verb_exit verb_fleet_baseline_exit(const json_t *document)
{
	if (json_array_size(field_list(document, "usable")) > 0)
		return VERB_DONE;
	return json_array_size(field_list(document, "unknown")) > 0 ? VERB_UNKNOWN : VERB_UNSAFE;
}

static int verb_fleet_baseline_headline(const struct display *display, const json_t *document)
{
	size_t unable = json_array_size(field_list(document, "unable"));
	uint64_t hosts = 0;
	char line[256];

	(void)field_number(document, "hosts", &hosts);
	switch (verb_fleet_baseline_exit(document)) {
	case VERB_DONE:
		snprintf(line, sizeof(line),
			"Memory of a guest at these addresses fits every device of %" PRIu64
			" hosts.",
			hosts - (unable < hosts ? unable : hosts));
		break;
	case VERB_UNSAFE:
		snprintf(line, sizeof(line), "%s",
			unable < hosts ? "No address is usable on all hosts."
				       : "On no host a device can be given to a guest.");
		break;
	case VERB_UNKNOWN:
	case VERB_FAILED:
	case VERB_USAGE:
		snprintf(line, sizeof(line),
			"No address is usable on all hosts for sure: some do not tell. The rest "
			"have in common:");
		break;
	}
	return display_paragraph(display, 0, false, line);
}

static int verb_fleet_baseline_show(const struct verb_call *call, const json_t *document)
{
	const struct display *display = call->display;
	int r = verb_fleet_baseline_headline(display, document);

	if (r == 0)
		r = verb_fleet_baseline_apart(display, "Nothing can be given to a guest on",
			field_list(document, "unable"));
	if (r == 0)
		r = verb_fleet_baseline_apart(
			display, "What is usable is not known of", field_list(document, "unknown"));
	if (r < 0)
		return r;
	fputc('\n', display->out);
	r = verb_fleet_baseline_ranges(display, field_list(document, "usable_on_known"));
	if (r == 0)
		r = verb_fleet_holes_print(display, field_list(document, "holes"));
	if (r == 0 && verb_fleet_baseline_exit(document) == VERB_DONE)
		r = verb_fleet_baseline_draw(display, document);
	return r < 0 ? r : basis_print_age(display, document);
}

int verb_fleet_baseline(const struct verb_call *call, enum verb_exit *ret_exit)
{
	_cleanup_(verb_fleet_baseline_decrefp) json_t *document = NULL;
	int r = fleet_ask_baseline(
		call->options, call->n_arguments, call->arguments, call->trouble, &document);

	if (r != 0)
		return r;
	*ret_exit = verb_fleet_baseline_exit(document);
	if (call->display->json != DISPLAY_JSON_OFF)
		return display_document(call->display, document);
	return verb_fleet_baseline_show(call, document);
}
