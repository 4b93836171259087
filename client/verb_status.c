/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* status and digests: the host as a whole. */
#include "client/field.h"
#include "client/table.h"
#include "client/verb.h"
#include "core/cleanup.h"

#include <stdio.h>

CLEANUP_DEFINE(json_t *, json_decref, verb_status_decrefp);
CLEANUP_DEFINE(struct table *, table_free, verb_status_table_freep);

static const struct table_column verb_status_facts[] = { { "", 0 }, { "", TABLE_WRAP } };

static int verb_status_problem(const struct display *display, const char *text, const char *remedy)
{
	int r;

	display_say(display, DISPLAY_BAD, "!! ");
	r = display_paragraph(display, 3, false, text);
	if (r < 0 || !remedy)
		return r;
	fputs("   -> ", display->out);
	return display_paragraph(display, 6, false, remedy);
}

/* What is wrong with the daemon first: the rest may be old because of it. */
static int verb_status_problems(const struct display *display, const json_t *document)
{
	const json_t *problems = field_list(document, "problems");
	const char *trouble = field_text(json_object_get(document, "daemon"), "trouble");
	int r = trouble ? verb_status_problem(display, trouble, NULL) : 0;

	if (r < 0)
		return r;
	for (size_t i = 0; i < json_array_size(problems); i++) {
		const json_t *problem = json_array_get(problems, i);
		const char *text = field_text(problem, "text");

		r = verb_status_problem(display, text ? text : "", field_text(problem, "remedy"));
		if (r < 0)
			return r;
	}
	if (trouble || json_array_size(problems) > 0)
		fputc('\n', display->out);
	return 0;
}

static void verb_status_units(struct table *table, const json_t *document)
{
	const json_t *units = field_list(document, "iommus");
	char name[FIELD_BYTES], kind[FIELD_BYTES], last[FIELD_BYTES], by[FIELD_BYTES];

	if (!units)
		return;
	if (json_array_size(units) == 0) {
		table_cell(table, "IOMMU");
		table_cell(table, "none");
	}
	for (size_t i = 0; i < json_array_size(units); i++) {
		const json_t *unit = json_array_get(units, i);

		table_cell(table, "%s", i == 0 ? "IOMMU" : "");
		table_cell(table, "%s, %s, reaches %s (known by: %s)",
			field_format(unit, "name", name), field_format(unit, "kind", kind),
			field_format(unit, "last", last), field_format(unit, "known_by", by));
	}
}

static void verb_status_daemon(struct table *table, const json_t *daemon)
{
	char version[FIELD_BYTES], collection[FIELD_BYTES], store[FIELD_BYTES];

	table_cell(table, "Daemon");
	table_cell(table, "%s, collection: %s, store: %s", field_format(daemon, "version", version),
		field_format(daemon, "collection", collection),
		field_format(daemon, "store", store));
}

static int verb_status_table(const struct verb_call *call, const json_t *document)
{
	static const char *const rows[][2] = {
		{ "host", "Host" },
		{ "arch", "Architecture" },
		{ "kernel", "Kernel" },
		{ "virtual", "Itself a guest" },
		{ "groups", "Groups" },
		{ "devices", "Devices" },
		{ "assignable", "Assignable" },
	};
	_cleanup_(verb_status_table_freep) struct table *table = NULL;
	const json_t *interrupts = json_object_get(document, "interrupts");
	const json_t *digests = json_object_get(document, "digests");
	struct display display = *call->display;
	char text[FIELD_BYTES], by[FIELD_BYTES];
	int r;

	r = table_new(verb_status_facts, 2, &table);
	if (r < 0)
		return r;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		table_cell(table, "%s", rows[i][1]);
		table_cell(table, "%s", field_format(document, rows[i][0], text));
	}
	verb_status_units(table, document);
	table_cell(table, "Interrupts isolated");
	table_cell(table, "%s (known by: %s)", field_format(interrupts, "isolated", text),
		field_format(interrupts, "known_by", by));
	if (json_object_get(document, "daemon"))
		verb_status_daemon(table, json_object_get(document, "daemon"));
	if (json_is_integer(json_object_get(document, "collected_at"))) {
		table_cell(table, "Collected");
		table_cell(table, "%s", field_time(document, "collected_at", text));
	}
	/* Enough to see that two hosts differ; the verb digests has all of it. */
	table_cell(table, "Class");
	table_cell(table, "%.32s...", field_format(digests, "class", text));
	table_cell(table, "Map");
	table_cell(table, "%.32s...", field_format(digests, "map", text));
	display.legend = false;
	return table_print(table, &display, 0);
}

int verb_status_run(const struct verb_call *call, enum verb_exit *ret_exit)
{
	_cleanup_(verb_status_decrefp) json_t *document = NULL;
	bool shown;
	int r;

	r = verb_report(call, "status", "", &shown, &document);
	if (r != 0)
		return r;
	*ret_exit = VERB_DONE;
	if (shown)
		return 0;
	r = verb_status_problems(call->display, document);
	if (r < 0)
		return r;
	return verb_status_table(call, document);
}

int verb_status_digests(const struct verb_call *call, enum verb_exit *ret_exit)
{
	static const char *const names[] = { "facts", "class", "map" };
	_cleanup_(verb_status_decrefp) json_t *document = NULL;
	_cleanup_(verb_status_table_freep) struct table *table = NULL;
	struct display display = *call->display;
	bool shown;
	int r;

	r = verb_report(call, "digests", "", &shown, &document);
	if (r != 0)
		return r;
	*ret_exit = VERB_DONE;
	if (shown)
		return 0;
	r = table_new(verb_status_facts, 2, &table);
	if (r < 0)
		return r;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char text[FIELD_BYTES];

		table_cell(table, "%s", names[i]);
		table_cell(table, "%s", field_format(document, names[i], text));
	}
	display.legend = false;
	return table_print(table, &display, 0);
}
