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

/* Writes the property, once the caller proved to be allowed to. */
static int bus_log_control_write(struct bus *bus, sd_bus_message *message, sd_bus_error *error)
{
	const char *interface, *property;
	int r = sd_bus_message_rewind(message, 1);

	if (r >= 0)
		r = sd_bus_message_read(message, "ss", &interface, &property);
	if (r >= 0)
		r = sd_bus_message_enter_container(message, 'v', "s");
	if (r >= 0)
		r = bus_log_control_set(
			bus->connection, NULL, interface, property, message, bus, error);
	return r < 0 ? r : sd_bus_reply_method_return(message, NULL);
}

int bus_log_control_on_message(sd_bus_message *message, void *data, sd_bus_error *error)
{
	const char *path = sd_bus_message_get_path(message), *interface, *property;
	int r;

	if (!sd_bus_message_is_method_call(message, "org.freedesktop.DBus.Properties", "Set") ||
		!path || strcmp(path, "/org/freedesktop/LogControl1") != 0 ||
		!sd_bus_message_has_signature(message, "ssv"))
		return 0;
	r = sd_bus_message_read(message, "ss", &interface, &property);
	if (r >= 0 && strcmp(interface, "org.freedesktop.LogControl1") == 0 &&
		(strcmp(property, "LogLevel") == 0 || strcmp(property, "LogTarget") == 0) &&
		sd_bus_message_verify_type(message, 'v', "s") > 0) {
		r = bus_authorise(data, message, bus_log_control_write, error);
		return r < 0 ? sd_bus_reply_method_errno(message, r, error) : 1;
	}
	r = sd_bus_message_rewind(message, 1);
	return r < 0 ? r : 0;
}

/* Writes are seen to above; the table says what can be written. */
const sd_bus_vtable bus_log_control_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_WRITABLE_PROPERTY("LogLevel", "s", bus_log_control_get, bus_log_control_set, 0, 0),
	SD_BUS_WRITABLE_PROPERTY("LogTarget", "s", bus_log_control_get, bus_log_control_set, 0, 0),
	SD_BUS_PROPERTY(
		"SyslogIdentifier", "s", bus_log_control_get, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_VTABLE_END,
};
