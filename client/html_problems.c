/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is wrong on a host, and what to do: what a reader asks first. */
#include "client/field.h"
#include "client/html.h"

#include <errno.h>
#include <string.h>

static void html_problems_tile(struct html_out *out, const char *label, const char *text)
{
	html_out_print(out, "<div><dt>%s</dt><dd>%s</dd></div>\n", label, text);
}

static void html_problems_units(struct html_out *out, const json_t *units)
{
	char name[FIELD_BYTES], kind[FIELD_BYTES], last[FIELD_BYTES], by[FIELD_BYTES];

	if (units && json_array_size(units) == 0)
		html_problems_tile(out, "IOMMU", "none");
	for (size_t i = 0; i < json_array_size(units); i++) {
		const json_t *unit = json_array_get(units, i);

		html_out_print(out, "<div class=\"wide\"><dt>IOMMU ");
		html_out_name(out, field_format(unit, "name", name));
		html_out_print(out,
			"</dt><dd>%s, reaches <code>%s</code> <span class=\"note\">known by: "
			"%s</span></dd></div>\n",
			field_format(unit, "kind", kind), field_format(unit, "last", last),
			field_format(unit, "known_by", by));
	}
}

static void html_problems_daemon(struct html_out *out, const json_t *status)
{
	const json_t *daemon = json_object_get(status, "daemon");
	char version[FIELD_BYTES], collection[FIELD_BYTES], time_text[FIELD_BYTES];

	if (json_is_integer(json_object_get(status, "collected_at")))
		html_problems_tile(out, "Collected", field_time(status, "collected_at", time_text));
	if (daemon)
		html_out_print(out, "<div><dt>Daemon</dt><dd>%s, collection: %s</dd></div>\n",
			field_format(daemon, "version", version),
			field_format(daemon, "collection", collection));
}

/* The host at a glance. */
static void html_problems_tiles(struct html_out *out, const json_t *status)
{
	static const char *const rows[][2] = {
		{ "assignable", "Devices that could be given away" },
		{ "devices", "Devices" },
		{ "groups", "IOMMU groups" },
		{ "virtual", "Is itself a guest" },
		{ "arch", "Architecture" },
		{ "kernel", "Kernel" },
	};
	const json_t *digests = json_object_get(status, "digests");
	char text[FIELD_BYTES];

	html_out_print(out, "<dl class=\"tiles\">\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		html_problems_tile(out, rows[i][1], field_format(status, rows[i][0], text));
	html_problems_tile(out, "Interrupts isolated",
		field_format(json_object_get(status, "interrupts"), "isolated", text));
	html_problems_units(out, field_list(status, "iommus"));
	html_problems_daemon(out, status);
	html_out_print(out, "<div><dt>Class</dt><dd><code>%.12s</code></dd></div>\n",
		field_format(digests, "class", text));
	html_out_print(out, "<div><dt>Map</dt><dd><code>%.12s</code></dd></div>\n</dl>\n",
		field_format(digests, "map", text));
}

/* A problem of the status is a finding that blocks as far as it goes. */
static void html_problems_of_host(struct html_out *out, const json_t *status)
{
	const json_t *problems = field_list(status, "problems");
	const char *trouble = field_text(json_object_get(status, "daemon"), "trouble");

	if (!trouble && !problems) {
		html_out_print(
			out, "<p class=\"cut\">What is wrong on this host is not known.</p>\n");
		return;
	}
	if (!trouble && json_array_size(problems) == 0) {
		html_out_print(out,
			"<p class=\"fine\"><span class=\"w ok\"><span aria-hidden=\"true\">"
			"\xe2\x9c\x93</span> nothing</span> stands in the way of every guest on "
			"this host.</p>\n");
		return;
	}
	html_out_print(out, "<ul class=\"fs\">\n");
	if (trouble)
		html_out_print(out,
			"<li class=\"f bad\"><p class=\"head\"><span class=\"w bad\">"
			"the daemon</span></p><p>%s</p></li>\n",
			trouble);
	for (size_t i = 0; i < json_array_size(problems); i++) {
		const json_t *problem = json_array_get(problems, i);
		const char *code = field_text(problem, "code"), *text = field_text(problem, "text");
		const char *remedy = field_text(problem, "remedy");

		html_out_print(out,
			"<li class=\"f bad\"><p class=\"head\"><span class=\"w bad\">every guest"
			"</span> <code>%s</code></p><p>%s.</p>",
			code ? code : "", text ? text : "");
		if (remedy)
			html_out_print(
				out, "<p class=\"do\"><strong>What to do:</strong> %s</p>", remedy);
		html_out_print(out, "</li>\n");
	}
	html_out_print(out, "</ul>\n");
}

/* Adds those of @findings that say more than that nobody is given a bridge. */
static int html_problems_gather(json_t *all, const json_t *findings)
{
	for (size_t i = 0; i < json_array_size(findings); i++) {
		json_t *finding = json_array_get(findings, i);
		const char *code = field_text(finding, "code");

		if (code && strcmp(code, "device-is-bridge") == 0)
			continue;
		if (json_array_append(all, finding) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* What the groups say, all together: a thousand devices may say the same thing. */
static void html_problems_of_groups(struct html_out *out, const struct html_host *host)
{
	json_t *all = json_array();
	int r = all ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < host->n_groups; i++)
		if (host->items[i].standing != HTML_BRIDGES)
			r = html_problems_gather(
				all, field_list(host->items[i].usable, "findings"));
	if (r < 0)
		out->failed = true;
	else if (json_array_size(all) > 0) {
		html_out_print(out, "<h4>Of some devices only</h4>\n");
		html_findings_write(out, all);
	}
	json_decref(all);
}

void html_problems_write(struct html_out *out, const struct html_host *host)
{
	html_out_print(out,
		"<section aria-labelledby=\"h%zu-wrong\">\n<h3 id=\"h%zu-wrong\">What is wrong on "
		"this "
		"host, and what to do</h3>\n",
		host->index, host->index);
	html_problems_of_host(out, host->status);
	html_problems_of_groups(out, host);
	html_out_print(out, "<h4>At a glance</h4>\n");
	html_problems_tiles(out, host->status);
	html_out_print(out, "</section>\n");
}
