/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/basis.h"

#include "client/field.h"

#include <stdio.h>
#include <string.h>

#define BASIS_INDENT 9	/* "What if: " */
#define BASIS_NAMES  6U /* of hosts that are named one by one */

int basis_print_assumed(const struct display *display, const json_t *document)
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
	return display_paragraph(display, BASIS_INDENT, false, line);
}

void basis_format_names(const json_t *names, char *ret, size_t n)
{
	size_t all = json_array_size(names), shown = all, used = 0;
	char text[FIELD_BYTES];

	if (all > BASIS_NAMES + 1)
		shown = BASIS_NAMES;
	ret[0] = '\0';
	for (size_t i = 0; i < shown && used < n; i++)
		used += (size_t)snprintf(ret + used, n - used, "%s%.100s", i ? ", " : "",
			field_format_value(json_array_get(names, i), text));
	if (shown < all && used < n)
		snprintf(ret + used, n - used, " and %zu more", all - shown);
}

int basis_print_age(const struct display *display, const json_t *document)
{
	const json_t *stale = field_list(document, "stale");
	char text[FIELD_BYTES], names[1024], line[1280];
	const char *age = field_age(document, "collected_at", text);
	int r = 0;

	if (!display->legend || (!age && json_array_size(stale) == 0))
		return 0;
	fputc('\n', display->out);
	snprintf(line, sizeof(line), "The oldest of these facts were collected %s ago.",
		age ? age : "?");
	if (age)
		r = display_paragraph(display, 0, false, line);
	if (r < 0 || json_array_size(stale) == 0)
		return r;
	basis_format_names(stale, names, sizeof(names));
	snprintf(line, sizeof(line), "Too old to be a proof of anything: %s", names);
	return display_paragraph(display, 4, false, line);
}
