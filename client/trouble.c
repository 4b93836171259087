/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/trouble.h"

#include <stdarg.h>
#include <stdio.h>

static void trouble_write(struct trouble *trouble, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));

static void trouble_write(struct trouble *trouble, const char *format, va_list arguments)
{
	if (vsnprintf(trouble->text, sizeof(trouble->text), format, arguments) < 0)
		trouble->text[0] = '\0';
}

int trouble_set(struct trouble *trouble, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	trouble_write(trouble, format, arguments);
	va_end(arguments);
	trouble->usage = false;
	return TROUBLE_E_SAID;
}

int trouble_usage(struct trouble *trouble, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	trouble_write(trouble, format, arguments);
	va_end(arguments);
	trouble->usage = true;
	return TROUBLE_E_SAID;
}
