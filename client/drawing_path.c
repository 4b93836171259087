/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/drawing_path.h"

#include "client/escape.h"
#include "client/field.h"
#include "core/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DRAWING_PATH_STEP  3U /* columns that a port stands to the right of the one before it */
#define DRAWING_PATH_DEEP  8U /* from here on ports stand below each other */
#define DRAWING_PATH_GAP   2U
#define DRAWING_PATH_ROOM  20U /* that text gets, however narrow the display is */
#define DRAWING_PATH_BYTES (FIELD_BYTES + 64U)

struct drawing_path {
	const struct display *display;
	const json_t *ports; /* from the device up */
	size_t n;
	const char *hole; /* address of the first that spoils isolation; NULL: none */
	size_t address_columns;
	size_t type_columns;
	bool stacked; /* a port does not fit one line */
	bool signs;   /* some port has ACS */
};

static bool drawing_path_has_acs(const json_t *port)
{
	return json_object_get(json_object_get(port, "acs"), "control") != NULL;
}

/* What a member says, also when it is not known. */
static void drawing_path_word(
	const json_t *port, const char *name, const char *what, char ret[DRAWING_PATH_BYTES])
{
	char text[FIELD_BYTES];
	const char *word = field_format(port, name, text);

	if (*word == '?')
		snprintf(ret, DRAWING_PATH_BYTES, "%s not known: %.300s", what, word + 1);
	else
		snprintf(ret, DRAWING_PATH_BYTES, "%.300s", word);
}

static void drawing_path_type(const json_t *port, char ret[DRAWING_PATH_BYTES])
{
	drawing_path_word(port, "port_type", "port", ret);
	if (strcmp(ret, "-") == 0)
		snprintf(ret, DRAWING_PATH_BYTES, "not PCIe");
}

static void drawing_path_acs(const json_t *port, char ret[DRAWING_PATH_BYTES])
{
	char text[FIELD_BYTES];

	drawing_path_word(port, "acs", "ACS", ret);
	if (strcmp(ret, "-") == 0)
		snprintf(ret, DRAWING_PATH_BYTES, "no ACS");
	else if (drawing_path_has_acs(port))
		snprintf(ret, DRAWING_PATH_BYTES, "%.300s", field_acs(port, true, text));
}

/* How many columns @text takes once it is fit for a terminal. -ENOMEM. */
static int drawing_path_widen(const char *text, size_t more, size_t *columns)
{
	_cleanup_(cleanup_freep) char *clean = NULL;
	size_t taken;
	int r = escape_format(text, &clean, &taken);

	if (r == 0 && taken + more > *columns)
		*columns = taken + more;
	return r;
}

/* The columns before the address of the @i-th port. */
static size_t drawing_path_indent(size_t i)
{
	return (i < DRAWING_PATH_DEEP ? i : DRAWING_PATH_DEEP) * DRAWING_PATH_STEP;
}

static int drawing_path_measure(struct drawing_path *path)
{
	size_t acs_columns = 0;

	for (size_t i = 0; i < path->n; i++) {
		const json_t *port = json_array_get(path->ports, i);
		char address[DRAWING_PATH_BYTES], type[DRAWING_PATH_BYTES], acs[DRAWING_PATH_BYTES];
		int r;

		drawing_path_word(port, "address", "address", address);
		drawing_path_type(port, type);
		drawing_path_acs(port, acs);
		path->signs |= drawing_path_has_acs(port);
		r = drawing_path_widen(address, drawing_path_indent(i), &path->address_columns);
		if (r == 0)
			r = drawing_path_widen(type, 0, &path->type_columns);
		if (r == 0)
			r = drawing_path_widen(acs, 0, &acs_columns);
		if (r < 0)
			return r;
	}
	path->stacked =
		path->address_columns + path->type_columns + acs_columns + 2 * DRAWING_PATH_GAP >
		path->display->width;
	return 0;
}

/* What stands left of further lines about the @i-th port: the line to the next, if there is one. */
static void drawing_path_rail(const struct drawing_path *path, size_t i)
{
	const char *rail = path->display->unicode ? "│" : "|";

	fprintf(path->display->out, "%*s%s%*s", (int)drawing_path_indent(i), "",
		i + 1 < path->n ? rail : " ", (int)DRAWING_PATH_STEP - 1, "");
}

/* Text about the @i-th port below it, in as many lines as it takes. -ENOMEM. */
static int drawing_path_below(
	const struct drawing_path *path, size_t i, enum display_colour colour, const char *text)
{
	size_t n, taken = drawing_path_indent(i) + DRAWING_PATH_STEP;
	_cleanup_(cleanup_freep) char *lines = NULL;
	struct display part = *path->display;
	int r;

	part.width =
		part.width > taken + DRAWING_PATH_ROOM ? part.width - taken : DRAWING_PATH_ROOM;
	part.out = open_memstream(&lines, &n);
	if (!part.out)
		return -ENOMEM;
	r = display_paragraph(&part, 0, false, text);
	if (fclose(part.out) != 0)
		return -ENOMEM;
	for (const char *line = lines; r == 0 && *line; line += strcspn(line, "\n") + 1) {
		drawing_path_rail(path, i);
		display_say(path->display, colour, "%.*s", (int)strcspn(line, "\n"), line);
		fputc('\n', path->display->out);
	}
	return r;
}

/* "it lacks RR CR" */
static void drawing_path_lacks(const json_t *port, char ret[DRAWING_PATH_BYTES])
{
	const json_t *missing = field_list(port, "missing");
	bool some = drawing_path_has_acs(port) && json_array_size(missing) > 0;
	size_t used;

	used = (size_t)snprintf(ret, DRAWING_PATH_BYTES, some ? "it lacks" : "it has no ACS");
	for (size_t i = 0; some && i < json_array_size(missing); i++) {
		const char *bit = json_string_value(json_array_get(missing, i));

		if (bit && used < DRAWING_PATH_BYTES / 2)
			used += (size_t)snprintf(
				ret + used, DRAWING_PATH_BYTES - used, " %.20s", bit);
	}
}

/* What to know of the port besides what it has. -ENOMEM. */
static int drawing_path_note(const struct drawing_path *path, size_t i)
{
	const json_t *port = json_array_get(path->ports, i);
	const char *address = field_text(port, "address");
	const char *redirects = field_text(port, "redirects");
	bool hole = path->hole && address && strcmp(path->hole, address) == 0;
	bool fails = redirects && strcmp(redirects, "no") == 0;
	char lacks[DRAWING_PATH_BYTES], text[2 * DRAWING_PATH_BYTES];

	drawing_path_lacks(port, lacks);
	if (hole && fails) {
		snprintf(text, sizeof(text), "!! the first port that spoils isolation: %s", lacks);
		return drawing_path_below(path, i, DISPLAY_BAD, text);
	}
	if (hole)
		return drawing_path_below(path, i, DISPLAY_DOUBT,
			"?? the first port that may spoil isolation: nothing says whether it "
			"redirects");
	if (fails) {
		snprintf(text, sizeof(text), "it does not redirect%s%s",
			drawing_path_has_acs(port) ? ": " : "",
			drawing_path_has_acs(port) ? lacks : "");
		return drawing_path_below(path, i, DISPLAY_PLAIN, text);
	}
	if (!redirects || strcmp(redirects, "yes") != 0)
		return drawing_path_below(
			path, i, DISPLAY_PLAIN, "nothing says whether it redirects");
	return 0;
}

/* @text, fit for a terminal, and blanks up to @columns. -ENOMEM. */
static int drawing_path_cell(const struct drawing_path *path, const char *text, size_t columns)
{
	_cleanup_(cleanup_freep) char *clean = NULL;
	size_t taken;
	int r = escape_format(text, &clean, &taken);

	if (r == 0)
		fprintf(path->display->out, "%s%*s", clean,
			taken < columns ? (int)(columns - taken) : 0, "");
	return r;
}

static int drawing_path_port(const struct drawing_path *path, size_t i)
{
	const json_t *port = json_array_get(path->ports, i);
	char address[DRAWING_PATH_BYTES], type[DRAWING_PATH_BYTES], acs[DRAWING_PATH_BYTES];
	char both[2 * DRAWING_PATH_BYTES];
	size_t indent = drawing_path_indent(i);
	int r;

	drawing_path_word(port, "address", "address", address);
	drawing_path_type(port, type);
	drawing_path_acs(port, acs);
	if (i > 0)
		fprintf(path->display->out, "%*s%s", (int)(indent - DRAWING_PATH_STEP), "",
			path->display->unicode ? "└─ " : "`- ");
	r = drawing_path_cell(path, address,
		path->stacked ? 0 : path->address_columns - indent + DRAWING_PATH_GAP);
	if (r == 0 && path->stacked) {
		fputc('\n', path->display->out);
		snprintf(both, sizeof(both), "%.340s, %.340s", type, acs);
		r = drawing_path_below(path, i, DISPLAY_PLAIN, both);
	} else if (r == 0) {
		r = drawing_path_cell(path, type, path->type_columns + DRAWING_PATH_GAP);
		if (r == 0)
			r = drawing_path_cell(path, acs, 0);
		fputc('\n', path->display->out);
	}
	return r < 0 ? r : drawing_path_note(path, i);
}

int drawing_path_print(const json_t *document, const struct display *display)
{
	struct drawing_path path = {
		.display = display,
		.ports = field_list(document, "path"),
		.hole = field_text(document, "first_hole"),
	};
	int r;

	path.n = json_array_size(path.ports);
	r = drawing_path_measure(&path);
	for (size_t i = 0; r == 0 && i < path.n; i++)
		r = drawing_path_port(&path, i);
	if (r < 0 || !path.signs || !display->legend)
		return r;
	return display_paragraph(display, 0, false,
		"ACS: + is on, - could be on and is off; what a port does not have is left out.");
}
