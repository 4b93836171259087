/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* groups and devices: what there is. */
#include "client/field.h"
#include "client/names.h"
#include "client/table.h"
#include "client/verb.h"
#include "core/cleanup.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

CLEANUP_DEFINE(json_t *, json_decref, verb_inventory_decrefp);
CLEANUP_DEFINE(struct table *, table_free, verb_inventory_table_freep);
CLEANUP_DEFINE(struct names *, names_free, verb_inventory_names_freep);

#define VERB_INVENTORY_CELLS(columns) (sizeof(columns) / sizeof((columns)[0]))

/* What to say instead of a table that would be empty. -ENOMEM. */
static int verb_inventory_say_none(
	const struct verb_call *call, const json_t *document, const char *name)
{
	char text[FIELD_BYTES], line[2 * FIELD_BYTES];

	if (json_is_array(json_object_get(document, name)))
		snprintf(line, sizeof(line), "This host has no %s%s.",
			strcmp(name, "groups") == 0 ? "IOMMU " : "", name);
	else
		snprintf(line, sizeof(line), "The %s of this host are not known: %.300s.", name,
			field_format(document, name, text));
	return display_paragraph(call->display, 0, false, line);
}

/* A list of texts, one line each. */
static void verb_inventory_lines(struct table *table, const json_t *object, const char *name)
{
	const json_t *list = field_list(object, name);
	char text[FIELD_BYTES];

	if (!list) {
		table_cell(table, "%s", field_format(object, name, text));
		return;
	}
	if (json_array_size(list) == 0)
		table_cell(table, "-");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *line = field_format_value(json_array_get(list, i), text);

		if (i == 0)
			table_cell(table, "%s", line);
		else
			table_line(table, "%s", line);
	}
}

static void verb_inventory_reserved(struct table *table, const json_t *group)
{
	const json_t *list = field_list(group, "reserved");
	char first[FIELD_BYTES], last[FIELD_BYTES], type[FIELD_BYTES], line[4 * FIELD_BYTES];

	if (!list) {
		table_cell(table, "%s", field_format(group, "reserved", first));
		return;
	}
	if (json_array_size(list) == 0)
		table_cell(table, "none");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *region = json_array_get(list, i);

		snprintf(line, sizeof(line), "%.300s-%.300s %.300s",
			field_format(region, "first", first), field_format(region, "last", last),
			field_format(region, "type", type));
		if (i == 0)
			table_cell(table, "%s", line);
		else
			table_line(table, "%s", line);
	}
}

int verb_inventory_groups(const struct verb_call *call, enum verb_exit *ret_exit)
{
	static const struct table_column columns[] = {
		{ "GROUP", TABLE_RIGHT },
		{ "TYPE", 0 },
		{ "ISOLATED", TABLE_WORD },
		{ "ASSIGNABLE", TABLE_WORD },
		{ "DEVICES", 0 },
		{ "RESERVED", TABLE_WRAP },
	};
	_cleanup_(verb_inventory_decrefp) json_t *document = NULL;
	_cleanup_(verb_inventory_table_freep) struct table *table = NULL;
	const json_t *groups;
	bool shown;
	int r;

	r = verb_report(call, "groups", "", &shown, &document);
	if (r != 0)
		return r;
	*ret_exit = VERB_DONE;
	groups = field_list(document, "groups");
	if (shown)
		return 0;
	if (json_array_size(groups) == 0)
		return verb_inventory_say_none(call, document, "groups");
	r = table_new(columns, VERB_INVENTORY_CELLS(columns), &table);
	if (r < 0)
		return r;
	for (size_t i = 0; i < json_array_size(groups); i++) {
		const json_t *group = json_array_get(groups, i);
		char text[FIELD_BYTES];

		table_cell(table, "%s", field_format(group, "id", text));
		table_cell(table, "%s", field_format(group, "type", text));
		table_cell(table, "%s", field_format(group, "isolated", text));
		table_cell(table, "%s", field_format(group, "assignable", text));
		verb_inventory_lines(table, group, "devices");
		verb_inventory_reserved(table, group);
	}
	return table_print(table, call->display, 0);
}

static void verb_inventory_name(struct table *table, struct names *names, const json_t *device)
{
	char vendor_text[FIELD_BYTES], device_text[FIELD_BYTES], buffer[256];
	uint64_t vendor_id, device_id;
	const char *name;

	if (!field_number(device, "vendor", &vendor_id) ||
		!field_number(device, "device", &device_id) || vendor_id > UINT16_MAX ||
		device_id > UINT16_MAX) {
		const char *vendor = field_format(device, "vendor", vendor_text);
		const char *id = field_format(device, "device", device_text);

		table_cell(table, "%s", strcmp(vendor, id) == 0 ? vendor : "?");
		return;
	}
	name = names_find(names, (uint16_t)vendor_id, (uint16_t)device_id, buffer, sizeof(buffer));
	table_cell(table, "%04" PRIx64 ":%04" PRIx64 "%s%s", vendor_id, device_id, name ? " " : "",
		name ? name : "");
}

int verb_inventory_devices(const struct verb_call *call, enum verb_exit *ret_exit)
{
	static const struct table_column columns[] = {
		{ "ADDRESS", 0 },
		{ "GROUP", TABLE_RIGHT },
		{ "DRIVER", 0 },
		{ "PORT", TABLE_GO },
		{ "ACS", TABLE_WRAP },
		{ "DEVICE", TABLE_WRAP },
	};
	_cleanup_(verb_inventory_decrefp) json_t *document = NULL;
	_cleanup_(verb_inventory_table_freep) struct table *table = NULL;
	_cleanup_(verb_inventory_names_freep) struct names *names = NULL;
	const json_t *devices;
	bool shown;
	int r;

	r = verb_report(call, "devices", "", &shown, &document);
	if (r != 0)
		return r;
	*ret_exit = VERB_DONE;
	devices = field_list(document, "devices");
	if (shown)
		return 0;
	if (json_array_size(devices) == 0)
		return verb_inventory_say_none(call, document, "devices");
	r = names_new(NULL, &names);
	if (r < 0)
		return r;
	r = table_new(columns, VERB_INVENTORY_CELLS(columns), &table);
	if (r < 0)
		return r;
	for (size_t i = 0; i < json_array_size(devices); i++) {
		const json_t *device = json_array_get(devices, i);
		char text[FIELD_BYTES];

		table_cell(table, "%s", field_format(device, "address", text));
		table_cell(table, "%s", field_format(device, "group", text));
		table_cell(table, "%s", field_format(device, "driver", text));
		table_cell(table, "%s", field_format(device, "port_type", text));
		table_cell(table, "%s", field_acs(device, false, text));
		verb_inventory_name(table, names, device);
	}
	return table_print(table, call->display, 0);
}
