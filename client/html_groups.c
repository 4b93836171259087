/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The groups of a host, by whether their devices can be given away; where not, why. */
#include "client/field.h"
#include "client/html.h"

#include <inttypes.h>
#include <string.h>

#define HTML_GROUPS_OPEN  24U /* more of a kind are shown closed */
#define HTML_GROUPS_CODES 4U

static const struct html_groups_kind {
	const char *title;
	const char *class_;
	const char *symbol;
	const char *text;
	bool open; /* the reasons are what one looks for */
} html_groups_kinds[HTML_STANDINGS] = {
	[HTML_NOW] = { "Can be given away as it is", "ok", "\xe2\x9c\x93",
		"Every device is on a VFIO driver or harmless.", false },
	[HTML_REBIND] = { "Can be given away once on a VFIO driver", "later", "\xe2\x86\xbb",
		"A host driver has a device now. libvirt rebinds managed devices by itself.",
		false },
	[HTML_UNKNOWN] = { "Cannot tell", "doubt", "?",
		"A fact that decides is not known; what is not known proves nothing.", true },
	[HTML_NEVER] = { "Cannot be given away", "bad", "\xe2\x9c\x95",
		"Something stands in the way that no driver changes.", true },
	[HTML_BRIDGES] = { "Bridges and ports only", "note", "\xe2\x80\x93",
		"Nobody is given a bridge; what is below has groups of its own.", false },
};

static size_t html_groups_count(const struct html_host *host, enum html_standing standing)
{
	size_t n = 0;

	for (size_t i = 0; i < host->n_groups; i++)
		n += host->items[i].standing == standing;
	return n;
}

static void html_groups_summary(
	struct html_out *out, const struct html_group *item, const struct html_groups_kind *kind)
{
	const json_t *devices = field_list(item->group, "devices");
	const json_t *findings = field_list(item->usable, "findings");
	const char *seen = "";
	char text[FIELD_BYTES];

	html_out_print(out,
		"<summary><span class=\"gid\">Group %s</span> <span class=\"w %s\"><span "
		"aria-hidden=\"true\">%s</span></span> <span class=\"devs\">",
		field_format(item->group, "id", text), kind->class_, kind->symbol);
	for (size_t i = 0; i < json_array_size(devices) && i < 3; i++)
		html_out_print(out, "<code>%s</code> ",
			field_format_value(json_array_get(devices, i), text));
	if (json_array_size(devices) > 3)
		html_out_print(out, "and %zu more", json_array_size(devices) - 3);
	html_out_print(out, "</span><span class=\"codes\">");
	for (size_t i = 0, n = 0; i < json_array_size(findings) && n < HTML_GROUPS_CODES; i++) {
		const char *code = field_text(json_array_get(findings, i), "code");

		if (!code || strcmp(code, seen) == 0)
			continue;
		html_out_print(out, "<code>%s</code> ", code);
		seen = code;
		n++;
	}
	html_out_print(out, "</span></summary>\n");
}

static void html_groups_devices(struct html_out *out, const struct html_host *host,
	const struct html_group *item, struct names *names)
{
	const json_t *devices = field_list(host->devices, "devices");
	const json_t *list = field_list(item->group, "devices");
	char text[FIELD_BYTES], driver[FIELD_BYTES];

	html_out_print(out, "<ul class=\"members\">\n");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *address = field_format_value(json_array_get(list, i), text);
		size_t found = html_device_find(host, address);

		if (found == SIZE_MAX) {
			html_out_print(out, "<li><code>%s</code></li>\n", address);
			continue;
		}
		html_out_print(out, "<li><a href=\"#h%zu-d%zu\"><code>%s</code></a> ", host->index,
			found, address);
		html_device_name(out, names, json_array_get(devices, found));
		html_out_print(out, " <span class=\"note\">driver: ");
		html_out_name(out, field_format(json_array_get(devices, found), "driver", driver));
		html_out_print(out, "</span></li>\n");
	}
	html_out_print(out, "</ul>\n");
}

/* The way from the device to the root, where it spoils isolation. */
static void html_groups_path(struct html_out *out, const struct html_group *item)
{
	const json_t *path = field_list(item->explain, "path");
	const char *hole = field_text(item->explain, "first_hole");
	char address[FIELD_BYTES], port[FIELD_BYTES], acs[FIELD_BYTES];

	if (json_array_size(path) == 0)
		return;
	html_out_print(out, "<p>From the device up:</p>\n<ol class=\"path\">\n");
	for (size_t i = 0; i < json_array_size(path); i++) {
		const json_t *step = json_array_get(path, i);
		const json_t *missing = field_list(step, "missing");
		const char *text = field_format(step, "address", address);

		html_out_print(
			out, "<li><code>%s</code> %s", text, field_format(step, "port_type", port));
		if (json_object_get(step, "acs"))
			html_out_print(out, ", ACS <code>%s</code>", field_acs(step, true, acs));
		if (json_array_size(missing) > 0)
			html_out_print(out, ", lacks");
		for (size_t j = 0; j < json_array_size(missing); j++)
			html_out_print(out, " <code>%s</code>",
				field_format_value(json_array_get(missing, j), acs));
		if (hole && strcmp(hole, text) == 0)
			html_out_print(out, " <strong>\xe2\x80\x94 the first port that spoils "
					    "isolation</strong>");
		html_out_print(out, "</li>\n");
	}
	html_out_print(out, "</ol>\n");
}

static void html_groups_one(struct html_out *out, const struct html_host *host, size_t index,
	const struct html_page *page)
{
	const struct html_group *item = &host->items[index];
	const struct html_groups_kind *kind = &html_groups_kinds[item->standing];
	bool open = kind->open && html_groups_count(host, item->standing) <= HTML_GROUPS_OPEN;
	char text[FIELD_BYTES];

	html_out_print(out, "<details class=\"group\" id=\"h%zu-g%zu\"", host->index, index);
	if (open)
		html_out_print(out, " open=\"open\">");
	else
		html_out_print(out, ">");
	html_groups_summary(out, item, kind);
	html_groups_devices(out, host, item, page->names);
	html_out_print(out, "<p>Isolated: ");
	html_word_write(out, field_format(item->group, "isolated", text));
	html_out_print(out, ", default domain: %s.</p>\n", field_format(item->group, "type", text));
	html_groups_path(out, item);
	if (!item->usable)
		html_out_print(out, "<p class=\"cut\">It could not be asked about.</p>\n");
	html_findings_write(out, field_list(item->usable, "findings"));
	html_out_print(out, "</details>\n");
}

static void html_groups_kind(struct html_out *out, const struct html_host *host,
	enum html_standing standing, const struct html_page *page)
{
	const struct html_groups_kind *kind = &html_groups_kinds[standing];
	size_t n = html_groups_count(host, standing);

	if (n == 0)
		return;
	html_out_print(out,
		"<h4><span class=\"w %s\"><span aria-hidden=\"true\">%s</span></span> %s "
		"<span class=\"count\">%zu group%s</span></h4>\n<p class=\"note\">%s</p>\n",
		kind->class_, kind->symbol, kind->title, n, n == 1 ? "" : "s", kind->text);
	/* Which groups bridges are in is of interest to few. */
	if (standing == HTML_BRIDGES)
		html_out_print(out, "<details class=\"group\"><summary>The %zu group%s</summary>\n",
			n, n == 1 ? "" : "s");
	for (size_t i = 0; i < host->n_groups; i++)
		if (host->items[i].standing == standing)
			html_groups_one(out, host, i, page);
	if (standing == HTML_BRIDGES)
		html_out_print(out, "</details>\n");
}

void html_groups_write(
	struct html_out *out, const struct html_host *host, const struct html_page *page)
{
	html_out_print(out,
		"<section aria-labelledby=\"h%zu-groups\">\n<h3 id=\"h%zu-groups\">Which devices "
		"can "
		"be given away, and if not, why</h3>\n",
		host->index, host->index);
	if (host->n_groups == 0)
		html_out_print(out, "<p>None: %s.</p>\n",
			field_list(host->groups, "groups") ? "this host has no IOMMU group"
							   : "its groups are not known");
	else
		html_out_print(
			out, "<p>Devices of one group can only be given away together.</p>\n");
	for (size_t i = 0; i < HTML_STANDINGS; i++)
		html_groups_kind(out, host, (enum html_standing)i, page);
	html_out_print(out, "</section>\n");
}
