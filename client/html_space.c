/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the memory of a guest may lie on a host: drawn, and as tables. */
#include "client/field.h"
#include "client/html.h"
#include "client/html_draw.h"
#include "client/html_escape.h"
#include "client/html_space.h"
#include "core/cleanup.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HTML_SPACE_LANES 8U  /* of groups; the tables have all */
#define HTML_SPACE_LABEL 40U /* characters */

static const struct html_space_kind html_space_kinds[] = {
	{ "msi", "msi", "msi", "interrupts are written here: no guest RAM" },
	{ "direct", "direct", "direct",
		"firmware demands a 1:1 mapping: no guest RAM, and most kernels refuse to give "
		"such "
		"a device away" },
	{ "direct-relaxable", "relaxable", "direct-relaxable",
		"a 1:1 mapping that VFIO may drop: guest RAM may lie here" },
	{ "reserved", "reserved", "reserved", "the IOMMU's driver keeps it: no guest RAM" },
};
#define HTML_SPACE_KINDS (sizeof(html_space_kinds) / sizeof(html_space_kinds[0]))

const struct html_space_kind *html_space_kind(const char *type)
{
	static const struct html_space_kind other = { "", "reserved", "reserved",
		"of a kind that is not known here: no guest RAM" };

	for (size_t i = 0; i < HTML_SPACE_KINDS; i++)
		if (strcmp(html_space_kinds[i].type, type) == 0)
			return &html_space_kinds[i];
	return &other;
}

bool html_space_range(const json_t *range, uint64_t *ret_first, uint64_t *ret_last)
{
	return field_number(range, "first", ret_first) && field_number(range, "last", ret_last) &&
	       *ret_first <= *ret_last;
}

/* Adds @text to the @n bytes at @buffer; false where there is no room for all. */
static bool html_space_join(char *buffer, size_t n, const char *text)
{
	size_t used = strlen(buffer);

	if (used + strlen(text) + 8 > n)
		return false;
	snprintf(buffer + used, n - used, "%s", text);
	return true;
}

void html_space_ids(const struct html_host *host, const bool *members, char *buffer, size_t n)
{
	*buffer = '\0';
	for (size_t i = 0; i < host->n_groups; i++) {
		uint64_t first, last, next;
		char text[64];

		if (!members[i] || !field_number(host->items[i].group, "id", &first))
			continue;
		for (last = first;
			i + 1 < host->n_groups && members[i + 1] &&
			field_number(host->items[i + 1].group, "id", &next) && next == last + 1;
			i++)
			last = next;
		if (first == last)
			snprintf(text, sizeof(text), "%s%" PRIu64, *buffer ? ", " : "", first);
		else
			snprintf(text, sizeof(text), "%s%" PRIu64 "\xe2\x80\x93%" PRIu64,
				*buffer ? ", " : "", first, last);
		if (!html_space_join(buffer, n, text)) {
			snprintf(buffer + strlen(buffer), n - strlen(buffer), ", \xe2\x80\xa6");
			return;
		}
	}
}

bool html_space_members(const struct html_host *host, size_t shape, bool *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < host->n_groups; i++) {
		ret[i] = host->items[i].shape == shape;
		n += ret[i];
	}
	return n > 0;
}

bool html_space_reach(const struct html_shape *shape, uint64_t *ret_last, uint64_t *ret_most)
{
	const json_t *aperture = json_object_get(shape->usable, "aperture");

	if (!field_number(aperture, "last", ret_last))
		return false;
	if (!field_number(aperture, "at_most", ret_most) || *ret_most < *ret_last)
		*ret_most = *ret_last;
	return true;
}

static void html_space_add_host(
	struct html_draw *draw, struct html_draw_lane *lane, const struct html_shape *shape)
{
	const json_t *ranges = field_list(shape->usable, "ranges");
	uint64_t first, last, most;
	bool known = html_space_reach(shape, &last, &most);

	html_draw_add(draw, lane,
		(struct html_draw_range){
			0, known ? most : UINT64_MAX, "doubt", "not proven usable" });
	if (known && most < UINT64_MAX)
		html_draw_add(draw, lane,
			(struct html_draw_range){ most + 1, UINT64_MAX, "beyond", "beyond reach" });
	for (size_t i = 0; i < json_array_size(ranges); i++)
		if (html_space_range(json_array_get(ranges, i), &first, &last))
			html_draw_add(draw, lane,
				(struct html_draw_range){ first, last, "usable", "usable" });
	for (size_t i = 0; i < json_array_size(shape->reserved); i++) {
		const json_t *region = json_array_get(shape->reserved, i);
		const char *type = field_text(region, "type");
		const struct html_space_kind *kind = html_space_kind(type ? type : "");

		if (html_space_range(region, &first, &last))
			html_draw_add(draw, lane,
				(struct html_draw_range){ first, last, kind->class_, kind->label });
	}
}

static void html_space_add_shapes(
	struct html_draw *draw, const struct html_host *host, bool *members)
{
	size_t drawn = 0;

	for (size_t pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < host->n_shapes && drawn < HTML_SPACE_LANES; i++) {
			struct html_draw_lane *lane;
			char ids[64];

			if (host->shapes[i].offered != (pass == 0) ||
				!html_space_members(host, i, members))
				continue;
			lane = html_draw_lane(draw);
			if (!lane)
				return;
			html_space_ids(host, members, ids, sizeof(ids));
			snprintf(lane->label, sizeof(lane->label), "Group%s %s",
				host->shapes[i].n_groups == 1 ? "" : "s", ids);
			html_space_add_host(draw, lane, &host->shapes[i]);
			drawn++;
		}
}

static const char *html_space_guest_class(const char *kind)
{
	if (strcmp(kind, "ram") == 0 || strcmp(kind, "rom") == 0 || strcmp(kind, "ram-device") == 0)
		return "ram";
	return strcmp(kind, "hotplug") == 0 ? "later" : "window";
}

/* The last address that the group of @finding surely reaches; UINT64_MAX where that is not known.
 */
static uint64_t html_space_reach_of(const struct html_host *host, const json_t *finding)
{
	uint64_t wanted, id, last, most;

	for (size_t i = 0; field_number(finding, "group", &wanted) && i < host->n_groups; i++) {
		const struct html_group *item = &host->items[i];

		if (item->shape < host->n_shapes && field_number(item->group, "id", &id) &&
			id == wanted && html_space_reach(&host->shapes[item->shape], &last, &most))
			return last;
	}
	return UINT64_MAX;
}

/*
 * Marks what of the guest a device cannot reach: of a range that meets a region the part in it, of
 * one that goes too far the part past that. Findings that are about no device are not about a lane.
 */
static void html_space_add_conflict(struct html_draw *draw, struct html_draw_lane *lane,
	const struct html_host *host, const json_t *finding)
{
	const char *severity = field_text(finding, "severity");
	const char *answer = field_text(finding, "answer");
	bool sure = answer && strcmp(answer, "violated") == 0;
	uint64_t first, last, from, to;

	if (!severity || strcmp(severity, "blocks") != 0 || !json_object_get(finding, "group") ||
		!html_space_range(json_object_get(finding, "guest"), &first, &last))
		return;
	if (!html_space_range(json_object_get(finding, "region"), &from, &to)) {
		from = html_space_reach_of(host, finding);
		from = from < last ? from + 1 : 0;
		to = UINT64_MAX;
	}
	if (from <= last && first <= to) {
		first = first > from ? first : from;
		last = last < to ? last : to;
	}
	html_draw_add(draw, lane,
		(struct html_draw_range){ first, last, sure ? "conflict" : "perhaps",
			sure ? "does not fit" : "may not fit" });
}

static void html_space_add_guests(struct html_draw *draw, const struct html_host *host)
{
	for (size_t i = 0; i < host->n_guests; i++) {
		const struct html_guest *guest = &host->guests[i];
		const json_t *map = field_list(guest->map, "map");
		const json_t *findings = field_list(guest->check, "findings");
		struct html_draw_lane *lane = map ? html_draw_lane(draw) : NULL;
		uint64_t first, last;

		if (!lane)
			continue;
		snprintf(lane->label, sizeof(lane->label), "%.*s",
			(int)html_escape_fit(guest->name, HTML_SPACE_LABEL), guest->name);
		for (size_t j = 0; j < json_array_size(map); j++) {
			const json_t *range = json_array_get(map, j);
			const char *kind = field_text(range, "kind");

			if (kind && html_space_range(range, &first, &last))
				html_draw_add(draw, lane,
					(struct html_draw_range){
						first, last, html_space_guest_class(kind), kind });
		}
		for (size_t j = 0; j < json_array_size(findings); j++)
			html_space_add_conflict(draw, lane, host, json_array_get(findings, j));
	}
}

static void html_space_legend(struct html_out *out, bool guests)
{
	static const char *const rows[][2] = {
		{ "usable", "usable for guest RAM" },
		{ "msi", "msi" },
		{ "direct", "direct" },
		{ "relaxable", "direct-relaxable (usable)" },
		{ "reserved", "reserved" },
		{ "doubt", "not proven usable" },
		{ "beyond", "beyond the IOMMU's reach" },
		{ "ram", "guest RAM and ROM" },
		{ "later", "guest: memory may be added" },
		{ "window", "guest: other windows" },
		{ "conflict", "guest memory that does not fit" },
		{ "perhaps", "guest memory that may not fit" },
	};
	size_t n = sizeof(rows) / sizeof(rows[0]);

	html_out_print(out, "<ul class=\"legend\" aria-label=\"Legend\">\n");
	for (size_t i = 0; i < (guests ? n : n - 5); i++) {
		html_out_print(out, "<li>");
		html_draw_sample(out, rows[i][0]);
		html_out_print(out, " %s</li>\n", rows[i][1]);
	}
	html_out_print(out,
		"</ul>\n<p class=\"note\">All is to scale, but for one thing: what would "
		"be narrower than a line is drawn as a line.</p>\n");
}

static void html_space_draw(struct html_out *out, const struct html_host *host)
{
	_cleanup_(html_draw_done) struct html_draw draw = { 0 };
	_cleanup_(cleanup_freep) bool *members = calloc(host->n_groups, sizeof(*members));

	if (!members) {
		out->failed = true;
		return;
	}
	html_space_add_shapes(&draw, host, members);
	if (host->n_shapes > draw.n)
		html_out_print(out,
			"<p class=\"cut\">The groups of this host are of %zu kinds%s: %zu are "
			"drawn, those that can be given away first. The tables have all.</p>\n",
			host->n_shapes, host->n_shapes == HTML_SHAPES ? " or more" : "", draw.n);
	html_space_add_guests(&draw, host);
	html_space_legend(out, host->n_guests > 0);
	html_draw_write(out, &draw, host->index);
}

void html_space_write(struct html_out *out, const struct html_host *host)
{
	const json_t *groups = json_object_get(host->groups, "groups");
	char text[FIELD_BYTES];

	html_out_print(out,
		"<section class=\"space\" aria-labelledby=\"h%zu-space\">\n<h3 "
		"id=\"h%zu-space\">Where the memory of a guest may lie</h3>\n",
		host->index, host->index);
	if (host->trouble.text[0])
		html_out_print(out,
			"<p class=\"cut\">Not all groups could be asked about: %s</p>\n",
			host->trouble.text);
	if (!json_is_array(groups))
		html_out_print(out, "<p>The groups of this host are not known: %s.</p>\n",
			field_format_value(groups, text));
	else if (host->n_shapes == 0)
		html_out_print(out,
			"<p>%s, so there is nothing that guest RAM could meet, and nothing to "
			"draw.</p>\n",
			host->n_groups > 0 ? "Of no group of this host anything is known"
					   : "This host has no IOMMU group: no device can be given "
					     "to a guest");
	else {
		html_out_print(out,
			"<p>Each lane is what the devices of some groups can reach. The RAM of a "
			"guest "
			"that is given such a device has to lie where its lane is usable.</p>\n");
		html_space_draw(out, host);
		html_regions_write(out, host);
	}
	html_out_print(out, "</section>\n");
}
