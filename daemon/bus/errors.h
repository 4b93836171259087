/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The errors of the API. Names, errno values and texts are those of dbus/errors.list. */
#pragma once

#include <systemd/sd-bus.h>

enum bus_error {
	BUS_ERROR_INVALID_MAP,
	BUS_ERROR_INVALID_GUEST,
	BUS_ERROR_NOT_SEALED,
	BUS_ERROR_INVALID_OPTION,
	BUS_ERROR_UNKNOWN_OPTION,
	BUS_ERROR_UNKNOWN_FORMAT,
	BUS_ERROR_UNKNOWN_REPORT,
	BUS_ERROR_NO_SUCH_HOST,
	BUS_ERROR_NO_SUCH_TARGET,
	BUS_ERROR_NO_SUCH_GUEST,
	BUS_ERROR_TOO_MUCH,
	BUS_ERROR_NO_FACTS,
	BUS_ERROR_NO_HISTORY,
	BUS_ERROR_COLLECTION_FAILED,
	BUS_ERROR_CONFIG_REFUSED,
	BUS_ERROR_ACCESS_DENIED,
	BUS_ERROR_INTERACTIVE,
	BUS_ERROR_LIMITS_EXCEEDED,
	_BUS_ERROR_MAX,
};

struct bus_error_row {
	const char *name;
	int number; /* errno */
	const char *text;
};

extern const struct bus_error_row bus_error_rows[];

/* Sets @error to @which, saying @format or, if that is NULL, the text of the list. Negative errno.
 */
int bus_error_set(sd_bus_error *error, enum bus_error which, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
