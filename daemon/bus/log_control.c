/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* org.freedesktop.LogControl1, as in org.freedesktop.LogControl1(5). */
#include "daemon/bus/internal.h"

#include <string.h>

static int bus_log_control_get(sd_bus *connection, const char *path, const char *interface,
	const char *property, sd_bus_message *reply, void *data, sd_bus_error *error)
{
	const struct bus *bus = data;
	const char *text = "iommufleetd";

	(void)connection;
	(void)path;
	(void)interface;
	(void)error;
	if (strcmp(property, "LogLevel") == 0)
		text = bus->backend.get_log_level(bus->backend.data);
	else if (strcmp(property, "LogTarget") == 0)
		text = bus->backend.get_log_target(bus->backend.data);
	return sd_bus_message_append_basic(reply, 's', text);
}

static int bus_log_control_set(sd_bus *connection, const char *path, const char *interface,
	const char *property, sd_bus_message *value, void *data, sd_bus_error *error)
{
	const struct bus *bus = data;
	const char *word;
	int r = sd_bus_message_read(value, "s", &word);

	(void)connection;
	(void)path;
	(void)interface;
	if (r < 0)
		return r;
	r = strcmp(property, "LogLevel") == 0
		    ? bus->backend.set_log_level(bus->backend.data, word)
		    : bus->backend.set_log_target(bus->backend.data, word);
	if (r < 0)
		return sd_bus_error_setf(
			error, SD_BUS_ERROR_INVALID_ARGS, "%s cannot be \"%.40s\"", property, word);
	return 0;
}

/* Writing needs privilege: sd-bus itself asks who the caller is, for properties without the mark.
 */
const sd_bus_vtable bus_log_control_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_WRITABLE_PROPERTY("LogLevel", "s", bus_log_control_get, bus_log_control_set, 0, 0),
	SD_BUS_WRITABLE_PROPERTY("LogTarget", "s", bus_log_control_get, bus_log_control_set, 0, 0),
	SD_BUS_PROPERTY(
		"SyslogIdentifier", "s", bus_log_control_get, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_VTABLE_END,
};
