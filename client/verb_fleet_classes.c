/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* classes: hosts that are interchangeable. */
#include "client/basis.h"
#include "client/field.h"
#include "client/fleet_ask.h"
#include "client/table.h"
#include "client/verb.h"
#include "core/cleanup.h"

#include <stdio.h>

CLEANUP_DEFINE(json_t *, json_decref, verb_fleet_classes_decrefp);
CLEANUP_DEFINE(struct table *, table_free, verb_fleet_classes_table_freep);

#define VERB_FLEET_CLASSES_DIGITS 12
#define VERB_FLEET_CLASSES_NAMES  3U /* that are shown of one class */

static void verb_fleet_classes_digest(struct table *table, const json_t *object, const char *name)
{
	const char *digest = field_text(object, name);

	table_cell(table, "%.*s", VERB_FLEET_CLASSES_DIGITS, digest ? digest : "?");
}

static void verb_fleet_classes_names(struct table *table, const json_t *names)
{
	size_t n = json_array_size(names), shown = n;
	char text[FIELD_BYTES];

	if (n == 0)
		table_cell(table, "-");
	if (n > VERB_FLEET_CLASSES_NAMES + 1)
		shown = VERB_FLEET_CLASSES_NAMES;
	for (size_t i = 0; i < shown; i++) {
		const char *name = field_format_value(json_array_get(names, i), text);

		if (i == 0)
			table_cell(table, "%s", name);
		else
			table_line(table, "%s", name);
	}
	if (shown < n)
		table_line(table, "and %zu more", n - shown);
}

/* How far units reach, one line each: "0x7fffffffff (register)". */
static void verb_fleet_classes_reaches(struct table *table, const json_t *class_)
{
	const json_t *reaches = field_list(class_, "reaches");
	char last[FIELD_BYTES], by[FIELD_BYTES];

	if (json_array_size(reaches) == 0)
		table_cell(table, "no IOMMU");
	for (size_t i = 0; i < json_array_size(reaches); i++) {
		const json_t *reach = json_array_get(reaches, i);

		const char *end = field_format(reach, "last", last);
		const char *known_by = field_format(reach, "known_by", by);

		if (i == 0)
			table_cell(table, "%s (%s)", end, known_by);
		else
			table_line(table, "%s (%s)", end, known_by);
	}
}

static int verb_fleet_classes_show(const struct verb_call *call, const json_t *document)
{
	static const struct table_column columns[] = {
		{ "CLASS", 0 },
		{ "MAP", 0 },
		{ "HOSTS", TABLE_RIGHT },
		{ "AGE", 0 },
		{ "ARCH", TABLE_GO },
		{ "REACHES", TABLE_WRAP },
		{ "NAMES", TABLE_WRAP },
	};
	_cleanup_(verb_fleet_classes_table_freep) struct table *table = NULL;
	const json_t *classes = field_list(document, "classes");
	const json_t *unknown = field_list(document, "unknown");
	int r = table_new(columns, sizeof(columns) / sizeof(columns[0]), &table);

	for (size_t i = 0; r == 0 && i < json_array_size(classes); i++) {
		const json_t *class_ = json_array_get(classes, i);
		const json_t *names = field_list(class_, "hosts");
		char arch[FIELD_BYTES], age[FIELD_BYTES];
		const char *oldest = field_age(class_, "collected_at", age);

		verb_fleet_classes_digest(table, class_, "class");
		verb_fleet_classes_digest(table, class_, "map");
		table_cell(table, "%zu", json_array_size(names));
		table_cell(table, "%s", oldest ? oldest : "-");
		table_cell(table, "%s", field_format(class_, "arch", arch));
		verb_fleet_classes_reaches(table, class_);
		verb_fleet_classes_names(table, names);
	}
	if (r == 0 && json_array_size(unknown) > 0) {
		table_cell(table, "?");
		table_cell(table, "?");
		table_cell(table, "%zu", json_array_size(unknown));
		table_cell(table, "-");
		table_cell(table, "?");
		table_cell(table, "class not known here");
		verb_fleet_classes_names(table, unknown);
	}
	if (r == 0)
		r = table_print(table, call->display, 0);
	return r < 0 ? r : basis_print_age(call->display, document);
}

int verb_fleet_classes(const struct verb_call *call, enum verb_exit *ret_exit)
{
	_cleanup_(verb_fleet_classes_decrefp) json_t *document = NULL;
	int r = fleet_ask_classes(call->options, call->trouble, &document);

	if (r != 0)
		return r;
	*ret_exit = VERB_DONE;
	if (call->display->json != DISPLAY_JSON_OFF)
		return display_document(call->display, document);
	return verb_fleet_classes_show(call, document);
}
