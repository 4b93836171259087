/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/refusal.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

/* Both parts may quote a hostile document, and both end up on terminals and in logs. */
static void refusal_clean(char *text)
{
	for (; *text; text++) {
		if (*text < ' ' || *text > '~')
			*text = '?';
	}
}

int refusal_set(struct refusal *refusal, const char *where, const char *format, ...)
{
	va_list args;

	(void)snprintf(refusal->where, sizeof(refusal->where), "%s", where);
	va_start(args, format);
	(void)vsnprintf(refusal->text, sizeof(refusal->text), format, args);
	va_end(args);

	refusal_clean(refusal->where);
	refusal_clean(refusal->text);
	return 1;
}
