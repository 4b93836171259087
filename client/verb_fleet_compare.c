/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* compare: what differs between two hosts, and for whom. */
#include "client/field.h"
#include "client/fleet_ask.h"
#include "client/table.h"
#include "client/verb.h"
#include "core/cleanup.h"

#include <stdio.h>
#include <string.h>

CLEANUP_DEFINE(json_t *, json_decref, verb_fleet_compare_decrefp);
CLEANUP_DEFINE(struct table *, table_free, verb_fleet_compare_table_freep);

#define VERB_FLEET_COMPARE_LINES 8U /* of one value */

/* One item of a list: a range, with what it is, or what field_format_value() makes of it. */
static void verb_fleet_compare_item(const json_t *item, char line[FIELD_BYTES])
{
	char first[FIELD_BYTES], last[FIELD_BYTES], type[FIELD_BYTES];

	if (!json_object_get(item, "first"))
		snprintf(line, FIELD_BYTES, "%.300s", field_format_value(item, first));
	else
		snprintf(line, FIELD_BYTES, "%.60s-%.60s %.100s",
			field_format(item, "first", first), field_format(item, "last", last),
			json_object_get(item, "type") ? field_format(item, "type", type) : "");
}

/* One side of a difference. A whole group, or a list of devices, is named and not spelled out. */
static void verb_fleet_compare_value(struct table *table, const json_t *value)
{
	size_t n = json_array_size(value);
	char line[FIELD_BYTES];

	if (!value)
		table_cell(table, "has none");
	else if (json_object_get(value, "members"))
		table_cell(table, "has it");
	else if (json_object_get(json_array_get(value, 0), "bus"))
		table_cell(table, n == 1 ? "%zu kind of device" : "%zu kinds of devices", n);
	else if (json_is_array(value) && n == 0)
		table_cell(table, "none");
	else if (!json_is_array(value))
		table_cell(table, "%s", field_format_value(value, line));
	for (size_t i = 0; i < n && !json_object_get(json_array_get(value, i), "bus"); i++) {
		if (i == VERB_FLEET_COMPARE_LINES) {
			table_line(table, "... and %zu more; --json=pretty lists them", n - i);
			return;
		}
		verb_fleet_compare_item(json_array_get(value, i), line);
		if (i == 0)
			table_cell(table, "%s", line);
		else
			table_line(table, "%s", line);
	}
}

/* "migrate, hotplug: guests with devices". */
static void verb_fleet_compare_whom(struct table *table, const json_t *difference)
{
	const json_t *questions = field_list(difference, "questions");
	char line[2 * FIELD_BYTES] = "", whom[FIELD_BYTES];

	for (size_t i = 0; i < json_array_size(questions); i++) {
		const char *word = json_string_value(json_array_get(questions, i));
		size_t used = strlen(line);

		snprintf(line + used, sizeof(line) - used, "%s%.40s", i ? ", " : "",
			word ? word : "?");
	}
	table_cell(
		table, "%s%s%s", line, line[0] ? ": " : "", field_format(difference, "for", whom));
}

/* What it is about, without the group: "aperture" of "group of 8086:10d3: aperture". */
static const char *verb_fleet_compare_key(const json_t *difference)
{
	const char *what = field_text(difference, "what"), *key = what;

	for (const char *at = what; at && (at = strstr(at, ": ")); at += 2)
		key = at + 2;
	return key ? key : "?";
}

/* Groups often differ all in one thing: the unit's, or the kernel's. */
static bool verb_fleet_compare_alike(const json_t *a, const json_t *b)
{
	static const char *const sides[] = { "a", "b" };

	for (size_t i = 0; i < 2; i++) {
		const json_t *x = json_object_get(a, sides[i]), *y = json_object_get(b, sides[i]);

		/* A whole group is none other. */
		if (!x || !y || !json_equal(x, y))
			return false;
	}
	return strcmp(verb_fleet_compare_key(a), verb_fleet_compare_key(b)) == 0;
}

/* "aperture, in 14 groups", or the group and, if it is one of several in it, the device. */
static int verb_fleet_compare_title(
	const struct display *display, const json_t *difference, size_t n)
{
	char line[FIELD_BYTES], text[FIELD_BYTES];
	int r;

	if (n > 1)
		snprintf(line, sizeof(line), "%.200s, in %zu places",
			verb_fleet_compare_key(difference), n);
	else
		snprintf(line, sizeof(line), "%.310s", field_format(difference, "what", text));
	display_start(display, DISPLAY_STRONG);
	r = display_paragraph(display, 4, false, line);
	display_plain(display);
	return r;
}

static int verb_fleet_compare_one(
	const struct verb_call *call, const json_t *document, const json_t *difference, size_t n)
{
	static const struct table_column columns[] = { { "", 0 }, { "", TABLE_WRAP } };
	static const char *const sides[] = { "a", "b" };
	_cleanup_(verb_fleet_compare_table_freep) struct table *table = NULL;
	struct display plain = *call->display;
	char text[FIELD_BYTES];
	int r = table_new(columns, sizeof(columns) / sizeof(columns[0]), &table);

	if (r < 0)
		return r;
	plain.legend = false;
	fputc('\n', plain.out);
	r = verb_fleet_compare_title(&plain, difference, n);
	for (size_t i = 0; r == 0 && i < 2; i++) {
		table_cell(table, "%s",
			field_format(json_object_get(document, sides[i]), "host", text));
		verb_fleet_compare_value(table, json_object_get(difference, sides[i]));
	}
	table_cell(table, "matters to");
	verb_fleet_compare_whom(table, difference);
	return r < 0 ? r : table_print(table, &plain, 4);
}

/* "node1 was collected 3 h ago, stale." */
static int verb_fleet_compare_age(const struct display *display, const json_t *side)
{
	char host[FIELD_BYTES], text[FIELD_BYTES], line[3 * FIELD_BYTES];
	const char *age = field_age(side, "collected_at", text);
	bool stale = json_is_true(json_object_get(side, "stale"));

	if (!display->legend || (!age && !stale))
		return 0;
	snprintf(line, sizeof(line), "%.255s was collected %s%s.", field_format(side, "host", host),
		age ? age : "nobody knows when",
		!age	? ""
		: stale ? " ago, stale"
			: " ago");
	return display_paragraph(display, 0, false, line);
}

static int verb_fleet_compare_show(const struct verb_call *call, const json_t *document)
{
	const json_t *differences = field_list(document, "differences");
	bool class_ = json_is_true(json_object_get(document, "same_class"));
	bool map = json_is_true(json_object_get(document, "same_map"));
	int r;

	display_say(call->display, class_ ? DISPLAY_GOOD : DISPLAY_DOUBT, "%s",
		class_ ? "Same class"
		: map  ? "Same map, other class"
		       : "They differ");
	r = display_paragraph(call->display, 0, false,
		class_ ? ": every guest gets the same answers on both."
		: map  ? ": memory of every guest fits both or neither."
		       : ": answers can differ for the guests below.");
	if (r == 0)
		r = verb_fleet_compare_age(call->display, json_object_get(document, "a"));
	if (r == 0)
		r = verb_fleet_compare_age(call->display, json_object_get(document, "b"));
	for (size_t i = 0; r == 0 && i < json_array_size(differences); i++) {
		const json_t *difference = json_array_get(differences, i);
		size_t before = 0, n = 1;

		while (before < i &&
			!verb_fleet_compare_alike(difference, json_array_get(differences, before)))
			before++;
		if (before < i)
			continue;
		for (size_t j = i + 1; j < json_array_size(differences); j++)
			n += verb_fleet_compare_alike(difference, json_array_get(differences, j));
		r = verb_fleet_compare_one(call, document, difference, n);
	}
	return r;
}

int verb_fleet_compare(const struct verb_call *call, enum verb_exit *ret_exit)
{
	_cleanup_(verb_fleet_compare_decrefp) json_t *document = NULL;
	int r = fleet_ask_compare(call->options, call->arguments, call->trouble, &document);

	if (r != 0)
		return r;
	*ret_exit = VERB_DONE;
	if (call->display->json != DISPLAY_JSON_OFF)
		return display_document(call->display, document);
	return verb_fleet_compare_show(call, document);
}
