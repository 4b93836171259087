/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/html_draw.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define HTML_DRAW_WIDTH	 1000.0 /* of the drawing, in its own units: the browser stretches them */
#define HTML_DRAW_BAR	 20U	/* height of a lane's ranges, in pixels */
#define HTML_DRAW_LANE	 28U	/* from one lane to the next */
#define HTML_DRAW_PANELS 5U
#define HTML_DRAW_TOLD	 8U /* ranges of a lane that are read out; the table has all */
#define HTML_DRAW_MIB	 20U
#define HTML_DRAW_GIB4	 32U
#define HTML_DRAW_ALL	 64U

struct html_draw_lane *html_draw_lane(struct html_draw *draw)
{
	return draw->n < HTML_DRAW_LANES ? &draw->lanes[draw->n++] : NULL;
}

void html_draw_add(
	struct html_draw *draw, struct html_draw_lane *lane, struct html_draw_range range)
{
	struct html_draw_range *grown;

	if (!lane || draw->failed || range.first > range.last)
		return;
	if (lane->n == lane->room) {
		size_t room = lane->room ? 2 * lane->room : 16;

		grown = reallocarray(lane->ranges, room, sizeof(*grown));
		if (!grown) {
			draw->failed = true;
			return;
		}
		lane->ranges = grown;
		lane->room = room;
	}
	lane->ranges[lane->n++] = range;
}

void html_draw_done(struct html_draw *draw)
{
	for (size_t i = 0; i < draw->n; i++)
		free(draw->lanes[i].ranges);
	*draw = (struct html_draw){ 0 };
}

/* The power of two that a drawing needs to end at for an address to be below its end. */
static unsigned html_draw_bits(uint64_t last)
{
	unsigned bits = 0;

	while (bits < HTML_DRAW_ALL && last >> bits != 0)
		bits++;
	return bits;
}

/* Notes in @ends each power of two that a range of @lane ends below, or begins past. */
static void html_draw_note(const struct html_draw_lane *lane, bool ends[HTML_DRAW_ALL + 1])
{
	for (size_t i = 0; i < lane->n; i++) {
		const struct html_draw_range *range = &lane->ranges[i];

		if (range->first > 0)
			ends[html_draw_bits(range->first - 1)] = true;
		if (range->last < UINT64_MAX)
			ends[html_draw_bits(range->last)] = true;
		else if (strcmp(range->class_, "beyond") != 0 &&
			 strcmp(range->class_, "doubt") != 0)
			ends[HTML_DRAW_ALL] = true;
	}
}

/*
 * Where the drawings end: 1 MiB if something changes below, 4 GiB, all, and between them wherever
 * something ends that would be too small to see in the next larger one.
 */
static size_t html_draw_panels(const struct html_draw *draw, unsigned ret[HTML_DRAW_PANELS])
{
	bool ends[HTML_DRAW_ALL + 1] = { false };
	unsigned found[HTML_DRAW_PANELS] = { 0 }, whole = HTML_DRAW_GIB4, n = 0, panels = 0;

	for (size_t i = 0; i < draw->n; i++)
		html_draw_note(&draw->lanes[i], ends);
	for (unsigned bits = 0; bits <= HTML_DRAW_ALL; bits++)
		if (ends[bits] && bits > whole)
			whole = bits;
	for (unsigned bits = 1; bits <= HTML_DRAW_MIB; bits++)
		if (ends[bits] && panels == 0)
			ret[panels++] = HTML_DRAW_MIB;
	ret[panels++] = HTML_DRAW_GIB4;
	for (unsigned bits = whole, last = whole + 3; bits > HTML_DRAW_GIB4; bits--)
		if (ends[bits] && bits + 3 <= last && n + panels < HTML_DRAW_PANELS) {
			found[n++] = bits;
			last = bits;
		}
	while (n > 0)
		ret[panels++] = found[--n];
	return panels;
}

/* "1 GiB", of @quarters quarters of 2^@bits bytes. */
static void html_draw_mark(struct html_out *out, unsigned bits, unsigned quarters)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	unsigned unit = (bits - 2) / 10, n = quarters << ((bits - 2) % 10);

	if (n % 1024 == 0) {
		n /= 1024;
		unit++;
	}
	html_out_print(out, "%u\xc2\xa0%s", n, units[unit]);
}

static double html_draw_place(uint64_t address, unsigned bits)
{
	double span = 1.0;

	for (unsigned i = 0; i < bits; i++)
		span *= 2.0;
	return (double)address / span * HTML_DRAW_WIDTH;
}

static void html_draw_rect(
	struct html_out *out, const struct html_draw_range *range, unsigned bits, size_t y)
{
	uint64_t end = bits == HTML_DRAW_ALL ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
	uint64_t last = range->last < end ? range->last : end;
	double x = html_draw_place(range->first, bits);

	if (range->first > end)
		return;
	html_out_print(out,
		"<rect class=\"r %s\" x=\"%.4f\" y=\"%zu\" width=\"%.4f\" height=\"%u\"><title>"
		"0x%" PRIx64 "\xe2\x80\x93"
		"0x%" PRIx64 " %s</title></rect>\n",
		range->class_, x, y,
		html_draw_place(last - range->first, bits) + html_draw_place(1, bits),
		HTML_DRAW_BAR, range->first, range->last, range->what);
}

/* What a lane shows, in words. */
static void html_draw_tell(struct html_out *out, const struct html_draw_lane *lane, unsigned bits)
{
	size_t told = 0, left = 0;

	html_out_print(out, "%s: ", lane->label);
	for (size_t i = 0; i < lane->n; i++) {
		const struct html_draw_range *range = &lane->ranges[i];

		if (bits < HTML_DRAW_ALL && range->first >> bits != 0)
			continue;
		if (told == HTML_DRAW_TOLD) {
			left++;
			continue;
		}
		html_out_print(out, "%s%s from 0x%" PRIx64 " to 0x%" PRIx64, told++ ? ", " : "",
			range->what, range->first, range->last);
	}
	if (left > 0)
		html_out_print(out, ", and %zu more", left);
	html_out_print(out, ". ");
}

static void html_draw_svg(
	struct html_out *out, const struct html_draw *draw, size_t index, unsigned bits)
{
	size_t height = draw->n * HTML_DRAW_LANE;

	html_out_print(out,
		"<svg role=\"img\" aria-labelledby=\"h%zu-t%u h%zu-e%u\" viewBox=\"0 0 1000 %zu\" "
		"height=\"%zu\" preserveAspectRatio=\"none\" data-bits=\"%u\">\n"
		"<title id=\"h%zu-t%u\">Addresses from 0 to ",
		index, bits, index, bits, height, height, bits, index, bits);
	html_draw_mark(out, bits, 4);
	html_out_print(out, ", to scale</title>\n<desc id=\"h%zu-e%u\">", index, bits);
	for (size_t i = 0; i < draw->n; i++)
		html_draw_tell(out, &draw->lanes[i], bits);
	html_out_print(out, "The tables below have all ranges.</desc>\n");
	for (size_t i = 0; i < draw->n; i++)
		for (size_t j = 0; j < draw->lanes[i].n; j++)
			html_draw_rect(out, &draw->lanes[i].ranges[j], bits,
				i * HTML_DRAW_LANE + (HTML_DRAW_LANE - HTML_DRAW_BAR) / 2);
	for (unsigned i = 1; i < 4; i++)
		html_out_print(out,
			"<line class=\"g\" x1=\"%u\" y1=\"0\" x2=\"%u\" y2=\"%zu\" />\n", 250 * i,
			250 * i, height);
	html_out_print(out, "</svg>\n<div class=\"ruler\" aria-hidden=\"true\"><span>0</span>");
	for (unsigned i = 1; i <= 4; i++) {
		html_out_print(out, "<span>");
		html_draw_mark(out, bits, i);
		html_out_print(out, "</span>");
	}
	html_out_print(out, "</div>\n");
}

static void html_draw_panel(
	struct html_out *out, const struct html_draw *draw, size_t index, unsigned bits, bool whole)
{
	html_out_print(out, "<figure class=\"panel\">\n<figcaption>%s ",
		whole ? "Everything, up to" : "Below");
	html_draw_mark(out, bits, 4);
	html_out_print(out, " <span class=\"note\">%u address bits; a line every ", bits);
	html_draw_mark(out, bits, 1);
	html_out_print(out, "</span></figcaption>\n<div class=\"lanes\"><ul class=\"labels\" "
			    "aria-hidden=\"true\">");
	for (size_t i = 0; i < draw->n; i++)
		html_out_print(out, "<li title=\"%s\">%s</li>", draw->lanes[i].label,
			draw->lanes[i].label);
	html_out_print(out, "</ul><div class=\"draw\">\n");
	html_draw_svg(out, draw, index, bits);
	html_out_print(out, "</div></div>\n</figure>\n");
}

void html_draw_write(struct html_out *out, const struct html_draw *draw, size_t index)
{
	unsigned panels[HTML_DRAW_PANELS];
	size_t n = html_draw_panels(draw, panels);

	out->failed = out->failed || draw->failed;
	for (size_t i = 0; i < n; i++)
		html_draw_panel(out, draw, index, panels[i], i + 1 == n);
}

void html_draw_patterns(struct html_out *out)
{
	html_out_print(out,
		"<svg class=\"defs\" width=\"0\" height=\"0\" aria-hidden=\"true\" "
		"focusable=\"false\"><defs>\n"
		"<pattern id=\"p-direct\" width=\"6\" height=\"6\" "
		"patternUnits=\"userSpaceOnUse\"><rect class=\"b-direct\" width=\"6\" height=\"6\" "
		"/>"
		"<path class=\"l-direct\" d=\"M0 1.5h6M0 4.5h6\" /></pattern>\n"
		"<pattern id=\"p-relaxable\" width=\"6\" height=\"6\" "
		"patternUnits=\"userSpaceOnUse\"><rect class=\"b-relaxable\" width=\"6\" "
		"height=\"6\" "
		"/><path class=\"l-relaxable\" d=\"M0 1.5h2M3 4.5h2\" /></pattern>\n"
		"<pattern id=\"p-reserved\" width=\"5\" height=\"5\" "
		"patternUnits=\"userSpaceOnUse\"><rect class=\"b-reserved\" width=\"5\" "
		"height=\"5\" />"
		"<path class=\"l-reserved\" d=\"M0 0l5 5M5 0l-5 5\" /></pattern>\n"
		"<pattern id=\"p-beyond\" width=\"8\" height=\"8\" "
		"patternUnits=\"userSpaceOnUse\"><rect class=\"b-beyond\" width=\"8\" height=\"8\" "
		"/>"
		"<path class=\"l-beyond\" d=\"M-2 2l4 -4M0 8l8 -8M6 10l4 -4\" /></pattern>\n"
		"<pattern id=\"p-doubt\" width=\"6\" height=\"6\" "
		"patternUnits=\"userSpaceOnUse\"><rect class=\"b-doubt\" width=\"6\" height=\"6\" "
		"/>"
		"<path class=\"l-doubt\" d=\"M1 1h1.5M4 4h1.5\" /></pattern>\n"
		"<pattern id=\"p-later\" width=\"6\" height=\"6\" "
		"patternUnits=\"userSpaceOnUse\"><rect class=\"b-later\" width=\"6\" height=\"6\" "
		"/>"
		"<path class=\"l-later\" d=\"M3 0v6\" /></pattern>\n"
		"</defs></svg>\n");
}

void html_draw_sample(struct html_out *out, const char *class_)
{
	html_out_print(out,
		"<svg class=\"sample\" width=\"26\" height=\"14\" aria-hidden=\"true\" "
		"focusable=\"false\"><rect class=\"r %s\" x=\"1\" y=\"1\" width=\"24\" "
		"height=\"12\" "
		"/></svg>",
		class_);
}
