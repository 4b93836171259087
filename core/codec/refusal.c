/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/refusal.h"

#include <stdarg.h>
#include <stdio.h>

/* Both parts may quote a hostile document, and both end up on terminals and in logs. */
static void refusal_clean(char *text)
{
	for (; *text; text++) {
		if (*text < ' ' || *text > '~')
			*text = '?';
	}
}

__attribute__((format(printf, 3, 0))) static void refusal_set_args(
	struct refusal *refusal, const char *where, const char *format, va_list args)
{
	(void)snprintf(refusal->where, sizeof(refusal->where), "%s", where);
	(void)vsnprintf(refusal->text, sizeof(refusal->text), format, args);
	refusal_clean(refusal->where);
	refusal_clean(refusal->text);
}

int refusal_set(struct refusal *refusal, const char *where, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	refusal_set_args(refusal, where, format, args);
	va_end(args);
	return 1;
}

int refusal_set_at(struct refusal *refusal, const char *bytes, size_t at, const char *format, ...)
{
	char where[64];
	size_t line = 1;
	size_t column = 1;
	va_list args;

	for (size_t i = 0; i < at; i++) {
		column = bytes[i] == '\n' ? 1 : column + 1;
		line += bytes[i] == '\n';
	}
	(void)snprintf(where, sizeof(where), "line %zu column %zu", line, column);
	va_start(args, format);
	refusal_set_args(refusal, where, format, args);
	va_end(args);
	return 1;
}
