/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/assumed.h"

#include "client/field.h"

#include <stdio.h>
#include <string.h>

#define ASSUMED_INDENT 9 /* "What if: " */

int assumed_print(const struct display *display, const json_t *document)
{
	json_t *assumed = json_object_get(document, "assumed");
	char line[1024] = "What if:";
	const char *key;
	json_t *value;

	if (json_object_size(assumed) == 0)
		return 0;
	json_object_foreach(assumed, key, value)
	{
		size_t used = strlen(line);
		char text[FIELD_BYTES];

		snprintf(line + used, sizeof(line) - used, " %.60s=%.100s", key,
			field_format_value(value, text));
	}
	return display_paragraph(display, ASSUMED_INDENT, false, line);
}
