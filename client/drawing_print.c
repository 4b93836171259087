/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/drawing.h"

#include "client/field.h"
#include "core/codec/text.h"

#include <stdio.h>
#include <string.h>

#define DRAWING_PRINT_LANE 4 /* columns that a bar takes */

struct drawing_print_widths {
	int first;
	int last;
	int size;
	int guest;
};

/* "end" stands for the last address there is: it would make the column wide and says no more. */
static const char *drawing_print_last(uint64_t last, char buffer[TEXT_HEX_BYTES])
{
	if (last == UINT64_MAX)
		return "end";
	text_format_hex(last, buffer);
	return buffer;
}

static const char *drawing_print_size(struct region region, char buffer[FIELD_BYTES])
{
	if (region.first == 0 && region.last == UINT64_MAX)
		return "16E";
	return field_size(region.last - region.first + 1, buffer);
}

static void drawing_print_widen(int *width, const char *text)
{
	if ((int)strlen(text) > *width)
		*width = (int)strlen(text);
}

static void drawing_print_measure(
	const struct drawing_row *rows, size_t n, struct drawing_print_widths *ret)
{
	*ret = (struct drawing_print_widths){ 5, 4, 4, 5 };
	for (size_t i = 0; i < n; i++) {
		char hex[TEXT_HEX_BYTES], size[FIELD_BYTES];

		text_format_hex(rows[i].region.first, hex);
		drawing_print_widen(&ret->first, hex);
		drawing_print_widen(&ret->last, drawing_print_last(rows[i].region.last, hex));
		drawing_print_widen(&ret->size, drawing_print_size(rows[i].region, size));
		drawing_print_widen(&ret->guest, rows[i].guest_what);
	}
}

static void drawing_print_lane(
	const struct display *display, const char *ascii, const char *unicode)
{
	for (unsigned i = 0; i < DRAWING_PRINT_LANE; i++)
		fputs(display->unicode ? unicode : ascii, display->out);
	fputc(' ', display->out);
}

static void drawing_print_guest_lane(const struct drawing_row *row, const struct display *display)
{
	static const char *const ascii[] = { " ", "#", "+", ":" };
	static const char *const unicode[] = { " ", "█", "▒", "░" };

	drawing_print_lane(display, ascii[row->guest], unicode[row->guest]);
}

static void drawing_print_guest(
	const struct drawing_row *row, const struct display *display, int width)
{
	drawing_print_guest_lane(row, display);
	fprintf(display->out, "%-*s  ", width, row->guest_what);
}

static void drawing_print_host(const struct drawing_row *row, const struct display *display)
{
	static const char *const ascii[] = { ".", "X", "/", "?", "." };
	static const char *const unicode[] = { "·", "▓", "╱", "?", "·" };

	drawing_print_lane(display, ascii[row->host], unicode[row->host]);
	if (row->host == DRAWING_USABLE)
		fprintf(display->out, "%s%s%s", "usable", row->host_what[0] ? ", " : "",
			row->host_what);
	else if (row->host == DRAWING_RESERVED && strcmp(row->host_what, "reserved") != 0)
		fprintf(display->out, "reserved, %.40s", row->host_what);
	else
		fputs(row->host_what, display->out);
	if (row->pieces > 1)
		fprintf(display->out, " (%u pieces)", row->pieces);
	fputc('\n', display->out);
}

/* Of a map, where nothing is said of the host: the line ends with what the guest has. */
static void drawing_print_alone(const struct drawing_row *row, const struct display *display)
{
	if (row->guest != DRAWING_NOTHING) {
		fputs("  ", display->out);
		drawing_print_guest_lane(row, display);
		fputs(row->guest_what, display->out);
	}
	if (row->pieces > 1)
		fprintf(display->out, "%s(%u pieces)", row->guest == DRAWING_NOTHING ? "  " : " ",
			row->pieces);
	fputc('\n', display->out);
}

static void drawing_print_row(const struct drawing_row *row, const struct display *display,
	const struct drawing_print_widths *widths)
{
	static const char *const marks[] = { "  ", " ?", "??", "!!" };
	enum drawing_mark mark = drawing_mark(row);
	char first[TEXT_HEX_BYTES], last[TEXT_HEX_BYTES], size[FIELD_BYTES];

	if (mark != DRAWING_FINE)
		display_start(display, mark == DRAWING_CONFLICT ? DISPLAY_BAD : DISPLAY_DOUBT);
	text_format_hex(row->region.first, first);
	fprintf(display->out, "%s %*s %*s %*s", marks[mark], widths->first, first, widths->last,
		drawing_print_last(row->region.last, last), widths->size,
		drawing_print_size(row->region, size));
	if (row->host == DRAWING_UNSAID) {
		drawing_print_alone(row, display);
	} else {
		fputs("  ", display->out);
		drawing_print_guest(row, display, widths->guest);
		drawing_print_host(row, display);
	}
	if (mark != DRAWING_FINE)
		display_plain(display);
}

static void drawing_print_legend(const struct drawing *drawing, const struct drawing_row *rows,
	size_t n, const struct display *display)
{
	bool seen[4] = { false }, is_free = false;

	for (size_t i = 0; i < n; i++) {
		seen[drawing_mark(&rows[i])] = true;
		is_free |= rows[i].host == DRAWING_FREE;
	}
	if (seen[DRAWING_CONFLICT])
		fputs(drawing->map ? "!! guest memory past the addresses of its own CPU\n"
				   : "!! guest memory where the device cannot reach it\n",
			display->out);
	if (seen[DRAWING_DOUBT])
		fputs("?? guest memory where nothing says whether the device can reach it\n",
			display->out);
	if (seen[DRAWING_LATER_CONFLICT])
		fputs(" ? memory added here would not fit\n", display->out);
	if (is_free)
		fputs("free: the largest windows that every assignable device of the host "
		      "reaches\n",
			display->out);
}

int drawing_print(const struct drawing *drawing, const struct display *display)
{
	struct drawing_print_widths widths;
	struct drawing_row *rows;
	size_t n;
	int r;

	r = drawing_compute(drawing, &rows, &n);
	if (r < 0)
		return r;
	drawing_print_measure(rows, n, &widths);
	if (display->legend) {
		display_start(display, DISPLAY_STRONG);
		fprintf(display->out, "   %*s %*s %*s  %-*s  %s", widths.first, "FIRST",
			widths.last, "LAST", widths.size, "SIZE",
			DRAWING_PRINT_LANE + 1 + widths.guest, "GUEST",
			drawing->map ? "FREE" : "HOST");
		display_plain(display);
		fputc('\n', display->out);
	}
	for (size_t i = 0; i < n; i++)
		drawing_print_row(&rows[i], display, &widths);
	if (display->legend)
		drawing_print_legend(drawing, rows, n, display);
	return 0;
}
