/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE
#include "client/escape.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

/* The bytes of the first character of @text, 0 at its end, and the columns it takes: 0 if it is to
 * be escaped. */
static size_t escape_step(const char *text, size_t n, size_t *ret_columns)
{
	mbstate_t state = { 0 };
	wchar_t wide;
	size_t bytes;
	int columns;

	*ret_columns = 0;
	if (n == 0)
		return 0;
	bytes = mbrtowc(&wide, text, n, &state);
	if (bytes == 0)
		return 0;
	if (bytes > n)
		return 1;
	columns = iswprint((wint_t)wide) ? wcwidth(wide) : 0;
	if (columns > 0)
		*ret_columns = (size_t)columns;
	return bytes;
}

int escape_format(const char *text, char **ret, size_t *ret_columns)
{
	static const char digits[] = "0123456789abcdef";
	size_t left = strlen(text), total = 0;
	char *made, *out;

	made = malloc(4 * left + 1);
	if (!made)
		return -ENOMEM;
	out = made;
	while (left > 0) {
		size_t columns, bytes = escape_step(text, left, &columns);

		if (columns > 0) {
			memcpy(out, text, bytes);
			out += bytes;
			total += columns;
		}
		for (size_t i = 0; columns == 0 && i < bytes; i++) {
			unsigned char byte = (unsigned char)text[i];

			*out++ = '\\';
			*out++ = 'x';
			*out++ = digits[byte >> 4];
			*out++ = digits[byte & 15];
			total += 4;
		}
		text += bytes;
		left -= bytes;
	}
	*out = '\0';
	*ret = made;
	*ret_columns = total;
	return 0;
}

size_t escape_columns(const char *text, size_t n)
{
	size_t total = 0;

	while (n > 0) {
		size_t columns, bytes = escape_step(text, n, &columns);

		if (bytes == 0)
			break;
		total += columns;
		text += bytes;
		n -= bytes;
	}
	return total;
}

size_t escape_fit(const char *text, size_t columns)
{
	size_t left = strlen(text), fit = 0, taken = 0;

	while (left > 0) {
		size_t more, bytes = escape_step(text + fit, left, &more);

		if (bytes == 0 || taken + more > columns)
			break;
		taken += more;
		fit += bytes;
		left -= bytes;
	}
	return fit;
}
