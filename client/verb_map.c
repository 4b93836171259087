/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* map: the physical memory map that a guest has, or would get on a host. */
#include "client/drawing.h"
#include "client/field.h"
#include "client/source.h"
#include "client/table.h"
#include "client/verb.h"
#include "core/cleanup.h"
#include "core/codec/guest_json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

CLEANUP_DEFINE(json_t *, json_decref, verb_map_decrefp);
CLEANUP_DEFINE(struct arena *, arena_free, verb_map_arena_freep);
CLEANUP_DEFINE(struct guest *, guest_free, verb_map_guest_freep);
CLEANUP_DEFINE(struct source *, source_close, verb_map_source_closep);
CLEANUP_DEFINE(struct table *, table_free, verb_map_table_freep);

#define VERB_MAP_LABEL 16 /* columns */
/* The name that a document gives to a host that has none. */
#define VERB_MAP_NOBODY "?"

/* The guest that the document @map describes; one that a daemon made up is refused. */
static int verb_map_decode(const json_t *map, struct trouble *trouble, struct guest **ret)
{
	_cleanup_(cleanup_freep) char *text = json_dumps(map, JSON_COMPACT);
	struct refusal refusal = { 0 };
	int r;

	if (!text)
		return -ENOMEM;
	r = guest_json_decode(text, strlen(text), ret, &refusal);
	if (r == GUEST_JSON_E_REFUSED)
		return trouble_set(trouble, "the map makes no sense: %s%s%s", refusal.where,
			refusal.where[0] ? ": " : "", refusal.text);
	return r;
}

int verb_map_guest(struct source *source, const struct input *input, struct trouble *trouble,
	struct guest **ret)
{
	_cleanup_(verb_map_decrefp) json_t *map = NULL;
	int r = source_map(source, input, trouble, &map);

	return r != 0 ? r : verb_map_decode(map, trouble, ret);
}

/* "machine         pc-q35-7.2": nothing where there is no text. */
static int verb_map_line(const struct display *display, const char *label,
	enum display_colour colour, const char *text)
{
	int r;

	if (!text)
		return 0;
	fprintf(display->out, "%-*s", VERB_MAP_LABEL, label);
	display_start(display, colour);
	r = display_paragraph(display, VERB_MAP_LABEL, false, text);
	display_plain(display);
	return r;
}

/* The host and what is assumed of it: "facts.json, with cpu-bits=48", "any host with cpu-bits=48".
 */
static int verb_map_place(const struct display *display, const json_t *map)
{
	const json_t *place = json_object_get(map, "laid_out_for");
	json_t *assumed = json_object_get(place, "assumed");
	const char *host = field_text(place, "host"), *key;
	char line[1024];
	json_t *value;

	snprintf(line, sizeof(line), "%.255s", host ? host : "any host");
	if (json_object_size(assumed) > 0)
		snprintf(line + strlen(line), sizeof(line) - strlen(line), ", assuming");
	json_object_foreach(assumed, key, value)
	{
		char text[FIELD_BYTES];

		snprintf(line + strlen(line), sizeof(line) - strlen(line), " %.60s=%.100s", key,
			field_format_value(value, text));
	}
	return verb_map_line(display,
		json_object_get(map, "machine") ? "Laid out for" : "Looked at on", DISPLAY_PLAIN,
		line);
}

/* "0000:01:00.0", "0000:01:00.0 of node1": an address of a host that nobody named is shown as that.
 */
static const char *verb_map_item(const json_t *item, char line[2 * FIELD_BYTES])
{
	const char *address = field_text(item, "address"), *host = field_text(item, "host");
	char text[FIELD_BYTES];

	if (!address)
		snprintf(line, 2 * FIELD_BYTES, "%.300s", field_format_value(item, text));
	else if (!host || strcmp(host, VERB_MAP_NOBODY) == 0)
		snprintf(line, 2 * FIELD_BYTES, "%.255s of the host it is defined on", address);
	else
		snprintf(line, 2 * FIELD_BYTES, "%.255s of %.255s", address, host);
	return line;
}

/* One line for each item of the list @name. */
static int verb_map_items(
	const struct display *display, const char *label, const json_t *map, const char *name)
{
	const json_t *list = field_list(map, name);
	int r = 0;

	for (size_t i = 0; r == 0 && i < json_array_size(list); i++) {
		char line[2 * FIELD_BYTES];

		r = verb_map_line(display, i == 0 ? label : "", DISPLAY_PLAIN,
			verb_map_item(json_array_get(list, i), line));
	}
	return r;
}

static int verb_map_headlines(const struct display *display, const json_t *map)
{
	char line[2 * FIELD_BYTES], arch[FIELD_BYTES], bits[FIELD_BYTES];
	const char *machine = field_text(map, "machine");
	bool assumed = json_is_true(json_object_get(map, "machine_assumed"));
	int r;

	r = verb_map_line(display, "QEMU refuses", DISPLAY_BAD, field_text(map, "refused"));
	if (r == 0)
		r = verb_map_line(display, "Cannot tell", DISPLAY_DOUBT, field_text(map, "open"));
	if (r < 0)
		return r;
	snprintf(line, sizeof(line), "%.255s%s%.255s%s", machine ? machine : "",
		machine ? ", " : "", field_format(map, "arch", arch),
		assumed ? " (an alias: the newest version that is known)" : "");
	r = verb_map_line(display, machine ? "Machine" : "Architecture", DISPLAY_PLAIN, line);
	if (r == 0)
		r = verb_map_place(display, map);
	if (r == 0 && json_object_get(map, "address_bits"))
		r = verb_map_line(display, "Address bits", DISPLAY_PLAIN,
			field_format(map, "address_bits", bits));
	if (r == 0)
		r = verb_map_items(display, "Devices", map, "devices");
	if (r == 0)
		r = verb_map_items(display, "Not modelled", map, "opaque");
	return r;
}

static const char *verb_map_size(const struct region *region, char buffer[FIELD_BYTES])
{
	return region->last - region->first == UINT64_MAX
		       ? "16E"
		       : field_size(region->last - region->first + 1, buffer);
}

static int verb_map_ranges(const struct display *display, const struct guest *guest)
{
	static const struct table_column columns[] = {
		{ "FIRST", TABLE_RIGHT },
		{ "LAST", TABLE_RIGHT },
		{ "SIZE", TABLE_RIGHT },
		{ "KIND", 0 },
		{ "NAME", TABLE_WRAP },
	};
	_cleanup_(verb_map_table_freep) struct table *table = NULL;
	int r;

	r = table_new(columns, sizeof(columns) / sizeof(columns[0]), &table);
	if (r < 0)
		return r;
	for (size_t i = 0; i < guest->n_ranges; i++) {
		const struct guest_range *range = &guest->ranges[i];
		char size[FIELD_BYTES];

		table_cell(table, "0x%" PRIx64, range->region.first);
		table_cell(table, "0x%" PRIx64, range->region.last);
		table_cell(table, "%s", verb_map_size(&range->region, size));
		table_cell(table, "%s%s", guest_kind_word(range->kind),
			range->placed ? "" : ", not placed yet");
		table_cell(table, "%s", range->name ? range->name : "-");
	}
	fputc('\n', display->out);
	return table_print(table, display, 0);
}

/* The windows of one side, largest first: "0xc0000000-0xfebfffff (1004M)". */
static int verb_map_side(
	const struct display *display, const char *label, const json_t *headroom, const char *name)
{
	const json_t *windows = field_list(headroom, name);
	int r = 0;

	if (!windows)
		return verb_map_line(display, label, DISPLAY_DOUBT, "not known");
	if (json_array_size(windows) == 0)
		return verb_map_line(display, label, DISPLAY_PLAIN, "nothing");
	for (size_t i = 0; r == 0 && i < json_array_size(windows); i++) {
		const json_t *window = json_array_get(windows, i);
		char line[3 * FIELD_BYTES + 8], first[FIELD_BYTES], last[FIELD_BYTES];
		char size[FIELD_BYTES];
		uint64_t bytes = 0;

		(void)field_number(window, "bytes", &bytes);
		snprintf(line, sizeof(line), "%s-%s (%s)", field_format(window, "first", first),
			field_format(window, "last", last), field_size(bytes, size));
		r = verb_map_line(display, i == 0 ? label : "", DISPLAY_PLAIN, line);
	}
	return r;
}

static int verb_map_headroom(const struct display *display, const json_t *headroom)
{
	int r;

	if (!headroom)
		return 0;
	fputc('\n', display->out);
	r = verb_map_side(display, "Free below 4G", headroom, "below_4g");
	return r < 0 ? r : verb_map_side(display, "Free above 4G", headroom, "above_4g");
}

static int verb_map_draw(
	const struct display *display, const json_t *map, const struct guest *guest)
{
	_cleanup_(verb_map_arena_freep) struct arena *arena = NULL;
	struct drawing drawing;
	int r;

	r = arena_new(LIMIT_ARENA_BYTES, &arena);
	if (r < 0)
		return r;
	r = drawing_init_map(&drawing, arena, guest, json_object_get(map, "headroom"));
	if (r < 0)
		return r;
	fputc('\n', display->out);
	return drawing_print(&drawing, display);
}

static int verb_map_show(const struct verb_call *call, const json_t *map, const struct guest *guest)
{
	int r = verb_map_headlines(call->display, map);

	/* A board that is not modelled has no map to show. */
	if (r < 0 || guest->n_ranges == 0)
		return r;
	r = verb_map_ranges(call->display, guest);
	if (r == 0)
		r = verb_map_headroom(call->display, json_object_get(map, "headroom"));
	return r < 0 ? r : verb_map_draw(call->display, map, guest);
}

/* A guest that QEMU would not start has no map; one of several that are possible is not the map. */
static enum verb_exit verb_map_exit(const struct guest *guest)
{
	if (guest->refused)
		return VERB_UNSAFE;
	return guest->open || guest->n_ranges == 0 ? VERB_UNKNOWN : VERB_DONE;
}

int verb_map_run(const struct verb_call *call, enum verb_exit *ret_exit)
{
	_cleanup_(verb_map_source_closep) struct source *source = NULL;
	_cleanup_(input_done) struct input input = { 0 };
	_cleanup_(verb_map_decrefp) json_t *map = NULL;
	_cleanup_(verb_map_guest_freep) struct guest *guest = NULL;
	int r;

	r = input_read(call->options, "map", call->trouble, &input);
	if (r != 0)
		return r;
	r = source_is_assumed(call->options)
		    ? source_open_assumed(call->options, call->trouble, &source)
		    : source_open(call->options, call->trouble, &source);
	if (r != 0)
		return r;
	r = source_map(source, &input, call->trouble, &map);
	if (r != 0)
		return r;
	r = verb_map_decode(map, call->trouble, &guest);
	if (r != 0)
		return r;
	*ret_exit = verb_map_exit(guest);
	if (call->display->json != DISPLAY_JSON_OFF)
		return display_document(call->display, map);
	return verb_map_show(call, map, guest);
}
