/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/errors.h"

#include <stdarg.h>
#include <stdio.h>

int bus_error_set(sd_bus_error *error, enum bus_error which, const char *format, ...)
{
	const struct bus_error_row *row = &bus_error_rows[which];
	char text[512];
	va_list args;

	if (!format) {
		(void)sd_bus_error_set(error, row->name, row->text);
		return -row->number;
	}
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	/* It may show a part of what a caller sent, cut in the middle of a character; a message
	 * that is not UTF-8 would never leave. */
	for (char *c = text; *c; c++)
		*c = *c >= ' ' && *c <= '~' ? *c : '?';
	(void)sd_bus_error_set(error, row->name, text);
	return -row->number;
}
