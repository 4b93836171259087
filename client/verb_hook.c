/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt-hook: what libvirt's hook file runs. guests: who it told of. */
#include "client/field.h"
#include "client/hook.h"
#include "client/table.h"
#include "client/verb.h"
#include "core/cleanup.h"

#include <stdio.h>

CLEANUP_DEFINE(json_t *, json_decref, verb_hook_decrefp);
CLEANUP_DEFINE(struct table *, table_free, verb_hook_table_freep);

int verb_hook_run(const struct verb_call *call, enum verb_exit *ret_exit)
{
	struct hook_call told = {
		.guest = call->arguments[0],
		.operation = call->arguments[1],
		.suboperation = call->arguments[2],
	};
	struct hook_options options = {
		.config = call->options->config,
		.bus = call->options->bus,
	};

	*ret_exit = hook_run(&told, &options) ? VERB_DONE : VERB_FAILED;
	return 0;
}

static void verb_hook_devices(struct table *table, const json_t *guest)
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

int verb_hook_guests(const struct verb_call *call, enum verb_exit *ret_exit)
{
	static const struct table_column columns[] = {
		{ "GUEST", 0 },
		{ "UUID", 0 },
		{ "SINCE", 0 },
		{ "DEVICES", 0 },
	};
	_cleanup_(verb_hook_decrefp) json_t *document = NULL;
	_cleanup_(verb_hook_table_freep) struct table *table = NULL;
	const json_t *guests;
	bool shown;
	int r;

	r = verb_report(call, "guests", "", &shown, &document);
	if (r != 0)
		return r;
	*ret_exit = VERB_DONE;
	if (shown)
		return 0;
	guests = field_list(document, "guests");
	if (json_array_size(guests) == 0)
		return display_paragraph(call->display, 0, false,
			"The daemon was told of no guest that runs here: libvirt's hook tells it.");
	r = table_new(columns, 4, &table);
	if (r < 0)
		return r;
	for (size_t i = 0; i < json_array_size(guests); i++) {
		const json_t *guest = json_array_get(guests, i);
		char text[FIELD_BYTES];

		table_cell(table, "%s", field_format(guest, "name", text));
		table_cell(table, "%s", field_format(guest, "uuid", text));
		table_cell(table, "%s", field_time(guest, "since", text));
		verb_hook_devices(table, guest);
	}
	return table_print(table, call->display, 0);
}
