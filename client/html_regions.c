/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The drawings of a host's address space once more, as tables: with all ranges, exactly. */
#include "client/field.h"
#include "client/html.h"
#include "client/html_space.h"
#include "core/cleanup.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define HTML_REGIONS_MOST 512U /* rows of a table */
#define HTML_REGIONS_IDS  512U /* bytes */

struct html_regions_row {
	uint64_t first;
	uint64_t last;
	const char *type;
};

struct html_regions {
	const struct html_host *host;
	bool *members; /* as many as the host has groups */
	size_t n;
	bool cut;
	struct html_regions_row rows[HTML_REGIONS_MOST];
};

static bool html_regions_is(const json_t *region, const struct html_regions_row *row)
{
	const char *type = field_text(region, "type");
	uint64_t first, last;

	return html_space_range(region, &first, &last) && first == row->first &&
	       last == row->last && strcmp(type ? type : "", row->type) == 0;
}

static void html_regions_add(struct html_regions *regions, const json_t *region)
{
	struct html_regions_row row = { 0 };
	const char *type = field_text(region, "type");

	row.type = type ? type : "";
	if (!html_space_range(region, &row.first, &row.last))
		return;
	for (size_t i = 0; i < regions->n; i++)
		if (html_regions_is(region, &regions->rows[i]))
			return;
	if (regions->n == HTML_REGIONS_MOST)
		regions->cut = true;
	else
		regions->rows[regions->n++] = row;
}

static int html_regions_compare(const void *a, const void *b)
{
	const struct html_regions_row *left = a, *right = b;

	if (left->first != right->first)
		return left->first < right->first ? -1 : 1;
	if (left->last != right->last)
		return left->last < right->last ? -1 : 1;
	return strcmp(left->type, right->type);
}

/* Notes which groups have the region @row. */
static void html_regions_members(
	const struct html_regions *regions, const struct html_regions_row *row)
{
	for (size_t i = 0; i < regions->host->n_groups; i++) {
		const json_t *list = field_list(regions->host->items[i].group, "reserved");

		regions->members[i] = false;
		for (size_t j = 0; !regions->members[i] && j < json_array_size(list); j++)
			regions->members[i] = html_regions_is(json_array_get(list, j), row);
	}
}

static void html_regions_cells(struct html_out *out, uint64_t first, uint64_t last)
{
	html_out_print(out,
		"<td class=\"n\"><code>0x%" PRIx64 "</code></td><td class=\"n\"><code>0x%" PRIx64
		"</code></td><td class=\"n\">",
		first, last);
	html_out_size(out, last - first + 1);
	html_out_print(out, "</td>");
}

static void html_regions_head(
	struct html_out *out, const char *caption, const char *const *titles, size_t n)
{
	html_out_print(out,
		"<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"%s\">\n<table>"
		"<caption>%s</caption>\n<thead><tr>",
		caption, caption);
	for (size_t i = 0; i < n; i++)
		html_out_print(out, "<th scope=\"col\">%s</th>", titles[i]);
	html_out_print(out, "</tr></thead>\n<tbody>\n");
}

static void html_regions_reserved(struct html_out *out, struct html_regions *regions)
{
	static const char *const titles[] = { "Kind", "First", "Last", "Size", "Groups",
		"What it means" };
	char ids[HTML_REGIONS_IDS];

	for (size_t i = 0; i < regions->host->n_groups; i++) {
		const json_t *list = field_list(regions->host->items[i].group, "reserved");

		for (size_t j = 0; j < json_array_size(list); j++)
			html_regions_add(regions, json_array_get(list, j));
	}
	if (regions->n == 0)
		return;
	qsort(regions->rows, regions->n, sizeof(regions->rows[0]), html_regions_compare);
	html_regions_head(out, "Reserved regions", titles, 6);
	for (size_t i = 0; i < regions->n; i++) {
		const struct html_regions_row *row = &regions->rows[i];

		html_regions_members(regions, row);
		html_space_ids(regions->host, regions->members, ids, sizeof(ids));
		html_out_print(out, "<tr><th scope=\"row\">");
		html_out_name(out, *row->type ? row->type : "?");
		html_out_print(out, "</th>");
		html_regions_cells(out, row->first, row->last);
		html_out_print(out, "<td class=\"ids\">%s</td><td>%s</td></tr>\n", ids,
			html_space_kind(row->type)->meaning);
	}
	html_out_print(out, "</tbody></table></div>\n");
	if (regions->cut)
		html_out_print(out,
			"<p class=\"cut\">These are %u of them; \"iommufleetctl groups\" lists "
			"all.</p>\n",
			HTML_REGIONS_MOST);
}

static void html_regions_usable(struct html_out *out, const struct html_shape *shape)
{
	const json_t *ranges = field_list(shape->usable, "ranges");
	uint64_t first, last;

	if (json_array_size(ranges) == 0)
		html_out_print(out, "nowhere for sure");
	for (size_t i = 0; i < json_array_size(ranges) && i < HTML_REGIONS_MOST; i++)
		if (html_space_range(json_array_get(ranges, i), &first, &last)) {
			html_out_print(out, "<div>");
			html_word_range(out, first, last);
			html_out_print(out, "</div>");
		}
	if (json_array_size(ranges) > HTML_REGIONS_MOST)
		html_out_print(out, "<p class=\"cut\">and %zu more</p>",
			json_array_size(ranges) - HTML_REGIONS_MOST);
}

static void html_regions_reach(struct html_out *out, const struct html_shape *shape)
{
	const json_t *aperture = json_object_get(shape->usable, "aperture");
	char text[FIELD_BYTES];
	uint64_t last, most;

	if (!html_space_reach(shape, &last, &most)) {
		html_out_print(out, "not known: %s", field_format(aperture, "last", text));
		return;
	}
	html_out_print(out, "<code>0x%" PRIx64 "</code>", last);
	if (most > last)
		html_out_print(out, ", at most <code>0x%" PRIx64 "</code>", most);
	html_out_print(out, " <span class=\"note\">known by: %s</span>",
		field_format(aperture, "known_by", text));
}

static void html_regions_shapes(struct html_out *out, const struct html_regions *regions)
{
	static const char *const titles[] = { "Groups", "Reaches", "Guest RAM may lie at" };
	const struct html_host *host = regions->host;
	char ids[HTML_REGIONS_IDS], why[FIELD_BYTES];

	html_regions_head(out, "How far devices reach, and what is usable", titles, 3);
	for (size_t i = 0; i < host->n_shapes; i++) {
		const struct html_shape *shape = &host->shapes[i];

		if (!html_space_members(host, i, regions->members))
			continue;
		html_space_ids(host, regions->members, ids, sizeof(ids));
		html_out_print(out, "<tr><th scope=\"row\" class=\"ids\">%s</th><td>", ids);
		html_regions_reach(out, shape);
		html_out_print(out, "</td><td>");
		html_regions_usable(out, shape);
		if (!json_is_array(shape->reserved))
			html_out_print(out, "<p>which regions are reserved is not known: %s</p>",
				field_format_value(shape->reserved, why));
		html_out_print(out, "</td></tr>\n");
	}
	html_out_print(out, "</tbody></table></div>\n");
}

static void html_regions_guest(struct html_out *out, const struct html_guest *guest)
{
	static const char *const titles[] = { "Kind", "First", "Last", "Size", "Name" };
	const json_t *map = field_list(guest->map, "map");
	char kind[FIELD_BYTES], name[FIELD_BYTES];
	uint64_t first, last;

	if (json_array_size(map) == 0)
		return;
	html_out_print(out, "<details><summary>The memory map of ");
	html_out_name(out, guest->name);
	html_out_print(out, " as a table</summary>\n");
	html_regions_head(out, "Memory map of the guest", titles, 5);
	for (size_t i = 0; i < json_array_size(map) && i < HTML_REGIONS_MOST; i++) {
		const json_t *range = json_array_get(map, i);

		if (!html_space_range(range, &first, &last))
			continue;
		html_out_print(
			out, "<tr><th scope=\"row\">%s</th>", field_format(range, "kind", kind));
		html_regions_cells(out, first, last);
		html_out_print(out, "<td>");
		html_out_name(out, field_format(range, "name", name));
		html_out_print(out, "</td></tr>\n");
	}
	html_out_print(out, "</tbody></table></div></details>\n");
}

void html_regions_write(struct html_out *out, const struct html_host *host)
{
	_cleanup_(cleanup_freep) struct html_regions *regions = calloc(1, sizeof(*regions));
	_cleanup_(cleanup_freep) bool *members = calloc(host->n_groups + 1, sizeof(*members));

	if (!regions || !members) {
		out->failed = true;
		return;
	}
	regions->host = host;
	regions->members = members;
	html_regions_reserved(out, regions);
	html_regions_shapes(out, regions);
	for (size_t i = 0; i < host->n_guests; i++)
		html_regions_guest(out, &host->guests[i]);
}
