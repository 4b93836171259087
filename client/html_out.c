/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/html_out.h"

#include "client/field.h"
#include "client/html_escape.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HTML_OUT_FIRST_BYTES  65536U
#define HTML_OUT_TEXT_MOST    4096U /* characters */
#define HTML_OUT_NAME	      56U
#define HTML_OUT_NAME_WHOLE   1000U
#define HTML_OUT_NUMBER_BYTES 64U

static bool html_out_reserve(struct html_out *out, size_t more)
{
	size_t capacity = out->capacity ? out->capacity : HTML_OUT_FIRST_BYTES;
	char *grown;

	if (out->failed)
		return false;
	while (capacity < HTML_OUT_MOST && capacity - out->n < more)
		capacity *= 2;
	if (capacity == out->capacity && capacity - out->n >= more)
		return true;
	grown = capacity - out->n >= more ? realloc(out->bytes, capacity) : NULL;
	out->failed = grown == NULL;
	if (!grown)
		return false;
	out->bytes = grown;
	out->capacity = capacity;
	return true;
}

static void html_out_add(struct html_out *out, const char *bytes, size_t n)
{
	if (n == 0 || !html_out_reserve(out, n))
		return;
	memcpy(out->bytes + out->n, bytes, n);
	out->n += n;
}

/* The first @n bytes of @text, which end between characters, escaped. */
static void html_out_text(struct html_out *out, const char *text, size_t n)
{
	char escaped[HTML_ESCAPE_BYTES];

	while (n > 0) {
		size_t used = html_escape_step(text, n, escaped);

		html_out_add(out, escaped, strlen(escaped));
		text += used;
		n -= used;
	}
}

static void html_out_insert(struct html_out *out, const char *text, size_t most)
{
	size_t fit = html_escape_fit(text, HTML_OUT_TEXT_MOST), length = strnlen(text, most);

	html_out_text(out, text, fit < length ? fit : length);
	if (fit < length)
		html_out_add(out, "\xe2\x80\xa6", 3);
}

/* The digits between '%' and the letter: of a precision, ".12". */
static size_t html_out_precision(const char *spec)
{
	size_t value = 0;

	if (*spec != '.')
		return SIZE_MAX;
	for (spec++; *spec >= '0' && *spec <= '9'; spec++)
		value = 10 * value + (size_t)(*spec - '0');
	return value;
}

static uint64_t html_out_unsigned(const char *spec, va_list *values)
{
	if (*spec == 'z')
		return va_arg(*values, size_t);
	if (*spec == 'l')
		return spec[1] == 'l' ? va_arg(*values, unsigned long long)
				      : va_arg(*values, unsigned long);
	return va_arg(*values, unsigned);
}

/* Inserts what the conversion @spec with the letter @letter says. */
static void html_out_value(struct html_out *out, const char *spec, char letter, va_list *values)
{
	char number[HTML_OUT_NUMBER_BYTES] = "";

	switch (letter) {
	case 's':
		html_out_insert(out, va_arg(*values, const char *), html_out_precision(spec));
		return;
	case 'u':
		snprintf(number, sizeof(number), "%" PRIu64, html_out_unsigned(spec, values));
		break;
	case 'x':
		snprintf(number, sizeof(number), "%" PRIx64, html_out_unsigned(spec, values));
		break;
	case 'd':
		snprintf(number, sizeof(number), "%d", va_arg(*values, int));
		break;
	case 'f':
		snprintf(number, sizeof(number), "%.4f", va_arg(*values, double));
		break;
	case 'c':
		number[0] = (char)va_arg(*values, int);
		break;
	default:
		assert(letter == '%');
		number[0] = '%';
	}
	html_out_text(out, number, strlen(number));
}

void html_out_print(struct html_out *out, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	while (*format && !out->failed) {
		size_t plain = strcspn(format, "%");
		const char *spec = format + plain + 1;
		size_t flags;

		html_out_add(out, format, plain);
		if (!format[plain])
			break;
		flags = strspn(spec, ".0123456789zl");
		html_out_value(out, spec, spec[flags], &values);
		format = spec + flags + 1;
	}
	va_end(values);
}

void html_out_markup(struct html_out *out, const char *markup)
{
	html_out_add(out, markup, strlen(markup));
}

void html_out_name(struct html_out *out, const char *text)
{
	size_t fit = html_escape_fit(text, HTML_OUT_NAME), n = strlen(text), whole;

	if (fit == n) {
		html_out_text(out, text, n);
		return;
	}
	whole = html_escape_fit(text, HTML_OUT_NAME_WHOLE);
	html_out_print(out, "<span title=\"");
	html_out_text(out, text, whole);
	html_out_print(out, "%s\">", whole < n ? "\xe2\x80\xa6" : "");
	html_out_text(out, text, fit);
	html_out_print(out, "\xe2\x80\xa6</span>");
}

void html_out_size(struct html_out *out, uint64_t bytes)
{
	char buffer[FIELD_BYTES];
	const char *text = bytes == 0 ? "16E" : field_size(bytes, buffer);
	size_t digits;

	if (*text == '~') {
		html_out_print(out, "\xe2\x89\x88\xc2\xa0");
		text++;
	}
	digits = strspn(text, "0123456789.");
	html_out_text(out, text, digits);
	if (text[digits])
		html_out_print(out, "\xc2\xa0%ciB", text[digits]);
	else
		html_out_print(out, "\xc2\xa0"
				    "B");
}

int html_out_finish(const struct html_out *out)
{
	if (!out->failed)
		return 0;
	return out->capacity >= HTML_OUT_MOST ? -EFBIG : -ENOMEM;
}
