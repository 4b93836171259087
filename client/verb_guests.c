/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guests: who runs here, as the daemon was told, and whether they still fit. */
#include "client/field.h"
#include "client/remote.h"
#include "client/table.h"
#include "client/verb.h"
#include "core/cleanup.h"

#include <string.h>

CLEANUP_DEFINE(json_t *, json_decref, verb_guests_decrefp);
CLEANUP_DEFINE(struct table *, table_free, verb_guests_table_freep);

#define VERB_GUESTS_INPUT                                                                          \
	(ARGUMENTS_DOMAIN | ARGUMENTS_CMDLINE | ARGUMENTS_MTREE | ARGUMENTS_QMP | ARGUMENTS_MAP)

static void verb_guests_devices(struct table *table, const json_t *guest)
{
	const json_t *devices = field_list(guest, "devices");
	char text[FIELD_BYTES];

	if (json_array_size(devices) == 0)
		table_cell(table, "-");
	for (size_t i = 0; i < json_array_size(devices); i++) {
		const char *address = field_format_value(json_array_get(devices, i), text);

		if (i == 0)
			table_cell(table, "%s", address);
		else
			table_line(table, "%s", address);
	}
}

/* One that was not judged, or by nobody who says so, has no answer. */
static void verb_guests_answer(struct table *table, const json_t *guest, const char *question)
{
	const char *word = field_text(json_object_get(guest, "answers"), question);

	table_cell(table, "%s", word ? word : "?");
}

static int verb_guests_show(const struct verb_call *call, const json_t *guests)
{
	static const struct table_column columns[] = {
		{ "GUEST", 0 },
		{ "MIGRATE", TABLE_WORD },
		{ "HOTPLUG", TABLE_WORD },
		{ "MEMORY", TABLE_WORD },
		{ "SINCE", TABLE_GO },
		{ "DEVICES", 0 },
		{ "UUID", TABLE_GO },
	};
	_cleanup_(verb_guests_table_freep) struct table *table = NULL;
	int r;

	if (json_array_size(guests) == 0)
		return display_paragraph(call->display, 0, false,
			"The daemon was told of no guest that runs here: libvirt's hook tells it, "
			"or \"guests add\".");
	r = table_new(columns, sizeof(columns) / sizeof(columns[0]), &table);
	for (size_t i = 0; r == 0 && i < json_array_size(guests); i++) {
		const json_t *guest = json_array_get(guests, i);
		char text[FIELD_BYTES];

		table_cell(table, "%s", field_format(guest, "name", text));
		verb_guests_answer(table, guest, "migrate");
		verb_guests_answer(table, guest, "hotplug");
		verb_guests_answer(table, guest, "memory_hotplug");
		table_cell(table, "%s", field_time(guest, "since", text));
		verb_guests_devices(table, guest);
		table_cell(table, "%s", field_format(guest, "uuid", text));
	}
	return r < 0 ? r : table_print(table, call->display, 0);
}

static int verb_guests_list(const struct verb_call *call)
{
	_cleanup_(verb_guests_decrefp) json_t *document = NULL;
	bool shown;
	int r = verb_report(call, "guests", "", &shown, &document);

	return r != 0 || shown ? r : verb_guests_show(call, field_list(document, "guests"));
}

static int verb_guests_add(const struct verb_call *call)
{
	_cleanup_(remote_talk_done) struct remote_talk talk = { 0 };
	_cleanup_(input_done) struct input input = { 0 };
	int r = input_read(call->options, "guests add", call->trouble, &input);

	if (r == 0)
		r = remote_talk_open(call->options, call->trouble, &talk);
	return r != 0 ? r : remote_add_guest(&talk, call->arguments[1], &input, call->trouble);
}

static int verb_guests_remove(const struct verb_call *call)
{
	_cleanup_(remote_talk_done) struct remote_talk talk = { 0 };
	int r = remote_talk_open(call->options, call->trouble, &talk);

	return r != 0 ? r
		      : remote_drop(&talk, "UnregisterGuest", call->arguments[1], call->trouble);
}

int verb_guests_run(const struct verb_call *call, enum verb_exit *ret_exit)
{
	const char *word = call->n_arguments > 0 ? call->arguments[0] : NULL;
	bool add = word && strcmp(word, "add") == 0;

	*ret_exit = VERB_DONE;
	if (word && !add && strcmp(word, "remove") != 0)
		return trouble_usage(call->trouble,
			"guests %s: no such thing to do; use add or remove, or nothing to list "
			"them",
			word);
	if (word && (call->n_arguments < 2 || !*call->arguments[1]))
		return trouble_usage(call->trouble, "guests %s needs the NAME of a guest", word);
	if (word && call->options->facts)
		return trouble_usage(call->trouble,
			"--facts does not go with guests %s: the daemon is told", word);
	if (!add && (call->options->given & VERB_GUESTS_INPUT))
		return trouble_usage(call->trouble,
			"a guest is described to \"guests add\" only, with --domain and the like");
	if (!word)
		return verb_guests_list(call);
	return add ? verb_guests_add(call) : verb_guests_remove(call);
}
