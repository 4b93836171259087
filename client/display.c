/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/display.h"

#include "client/escape.h"
#include "client/variable.h"
#include "core/cleanup.h"

#include <errno.h>
#include <langinfo.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DISPLAY_WIDTH	  80U
#define DISPLAY_WIDTH_MIN 40U
#define DISPLAY_WIDTH_MAX 400U

bool display_is_able(FILE *out)
{
	const char *kind = variable_find("TERM");

	return isatty(fileno(out)) == 1 && kind && *kind && strcmp(kind, "dumb") != 0;
}

void display_init(struct display *display, FILE *out)
{
	bool terminal = isatty(fileno(out)) == 1, able = display_is_able(out);
	struct winsize size;

	*display = (struct display){
		.out = out,
		.legend = true,
		.colour = able && !variable_is_set("NO_COLOR"),
		.unicode = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
		.width = DISPLAY_WIDTH,
	};
	if (terminal && ioctl(fileno(out), TIOCGWINSZ, &size) == 0) {
		display->width = size.ws_col > 0 ? size.ws_col : DISPLAY_WIDTH;
		display->rows = able ? size.ws_row : 0;
	}
	if (display->width < DISPLAY_WIDTH_MIN)
		display->width = DISPLAY_WIDTH_MIN;
	if (display->width > DISPLAY_WIDTH_MAX)
		display->width = DISPLAY_WIDTH_MAX;
}

void display_start(const struct display *display, enum display_colour colour)
{
	static const char *const codes[] = {
		[DISPLAY_PLAIN] = "",
		[DISPLAY_GOOD] = "\033[32m",
		[DISPLAY_BAD] = "\033[1;31m",
		[DISPLAY_DOUBT] = "\033[33m",
		[DISPLAY_STRONG] = "\033[1m",
	};

	if (display->colour)
		fputs(codes[colour], display->out);
}

void display_plain(const struct display *display)
{
	if (display->colour)
		fputs("\033[0m", display->out);
}

void display_say(const struct display *display, enum display_colour colour, const char *format, ...)
{
	va_list arguments;

	display_start(display, colour);
	va_start(arguments, format);
	vfprintf(display->out, format, arguments);
	va_end(arguments);
	if (colour != DISPLAY_PLAIN)
		display_plain(display);
}

enum display_colour display_colour_of(const char *word)
{
	if (strcmp(word, "safe") == 0 || strcmp(word, "yes") == 0)
		return DISPLAY_GOOD;
	if (strcmp(word, "unsafe") == 0 || strcmp(word, "no") == 0)
		return DISPLAY_BAD;
	return DISPLAY_DOUBT;
}

int display_paragraph(
	const struct display *display, size_t indent, bool first_indented, const char *text)
{
	_cleanup_(cleanup_freep) char *clean = NULL;
	size_t columns, room = display->width > indent + 20 ? display->width - indent : 20;
	const char *rest;
	int r;

	r = escape_format(text, &clean, &columns);
	if (r < 0)
		return r;
	for (rest = clean; *rest;) {
		size_t fit = escape_fit(rest, room);

		if (rest[fit]) {
			size_t cut = fit;

			while (cut > 0 && rest[cut] != ' ')
				cut--;
			/* A word that is longer than the line goes over it: an address is not cut.
			 */
			fit = cut > 0 ? cut : strcspn(rest, " ");
		}
		if (rest != clean || first_indented)
			fprintf(display->out, "%*s", (int)indent, "");
		fprintf(display->out, "%.*s\n", (int)fit, rest);
		rest += fit;
		rest += strspn(rest, " ");
	}
	if (!*clean)
		fputc('\n', display->out);
	return 0;
}

int display_document(const struct display *display, const json_t *document)
{
	size_t flags = JSON_SORT_KEYS | JSON_ENSURE_ASCII | JSON_ENCODE_ANY;
	_cleanup_(cleanup_freep) char *text = NULL;

	flags |= display->json == DISPLAY_JSON_PRETTY ? JSON_INDENT(2) : JSON_COMPACT;
	text = json_dumps(document, flags);
	if (!text)
		return -ENOMEM;
	fprintf(display->out, "%s\n", text);
	return 0;
}
