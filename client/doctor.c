/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/doctor.h"

#include "client/field.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DOCTOR_TEXT_BYTES 1024
#define DOCTOR_INDENT	  26

static const struct {
	const char *word;  /* in the document */
	const char *shown; /* to a person */
	enum display_colour colour;
} doctor_states[_DOCTOR_STATE_MAX] = {
	[DOCTOR_OK] = { "ok", "ok", DISPLAY_GOOD },
	[DOCTOR_WARN] = { "warn", "warning", DISPLAY_DOUBT },
	[DOCTOR_FAIL] = { "fail", "fails", DISPLAY_BAD },
	[DOCTOR_UNKNOWN] = { "unknown", "cannot tell", DISPLAY_DOUBT },
};

const char *doctor_state_word(enum doctor_state state)
{
	return doctor_states[state].word;
}

static enum doctor_state doctor_state_of(const json_t *row)
{
	const char *word = field_text(row, "state");

	for (unsigned i = 0; word && i < _DOCTOR_STATE_MAX; i++) {
		if (strcmp(word, doctor_states[i].word) == 0)
			return (enum doctor_state)i;
	}
	return DOCTOR_UNKNOWN;
}

static int doctor_append(json_t *checks, const struct doctor_row *row, const char *text)
{
	json_t *json = json_pack("{s:s, s:s, s:s, s:s*}", "check", row->check, "state",
		doctor_states[row->state].word, "text", text, "remedy", row->remedy);

	return json_array_append_new(checks, json) < 0 ? -ENOMEM : 0;
}

int doctor_add(json_t *checks, const struct doctor_row *row, const char *format, ...)
{
	char text[DOCTOR_TEXT_BYTES];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	/* Paths and what programs say may hold bytes that are no UTF-8, which JSON has no place
	 * for. */
	for (char *c = text; *c; c++) {
		if (*c < ' ' || *c > '~')
			*c = '?';
	}
	return doctor_append(checks, row, text);
}

static bool doctor_is_name(const char *name)
{
	return name && *name && name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

int doctor_take(json_t *checks, const json_t *document)
{
	const json_t *row;
	size_t i;

	json_array_foreach(field_list(document, "checks"), i, row)
	{
		struct doctor_row taken = { .check = field_text(row, "check"),
			.state = doctor_state_of(row),
			.remedy = field_text(row, "remedy") };
		const char *text = field_text(row, "text");

		if (doctor_is_name(taken.check) && text && *text &&
			doctor_append(checks, &taken, text) < 0)
			return -ENOMEM;
	}
	return 0;
}

size_t doctor_count(const json_t *checks, enum doctor_state state)
{
	const json_t *row;
	size_t i, n = 0;

	json_array_foreach(checks, i, row) n += doctor_state_of(row) == state;
	return n;
}

static int doctor_print_row(const struct display *display, const json_t *row)
{
	enum doctor_state state = doctor_state_of(row);
	const char *remedy = field_text(row, "remedy");
	char check[FIELD_BYTES];
	int r;

	display_say(display, doctor_states[state].colour, "%-12s", doctor_states[state].shown);
	fprintf(display->out, "%-12s  ", field_format(row, "check", check));
	r = display_paragraph(display, DOCTOR_INDENT, false, field_text(row, "text"));
	return r < 0 || !remedy ? r : display_paragraph(display, DOCTOR_INDENT, true, remedy);
}

int doctor_print(const struct display *display, const json_t *checks)
{
	const json_t *row;
	size_t i;
	int r = 0;

	json_array_foreach(checks, i, row)
	{
		r = doctor_print_row(display, row);
		if (r < 0)
			return r;
	}
	if (display->legend)
		fprintf(display->out,
			"%zu checks: %zu ok, %zu warnings, %zu fail, %zu cannot be told\n",
			json_array_size(checks), doctor_count(checks, DOCTOR_OK),
			doctor_count(checks, DOCTOR_WARN), doctor_count(checks, DOCTOR_FAIL),
			doctor_count(checks, DOCTOR_UNKNOWN));
	return 0;
}
