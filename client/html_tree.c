/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The devices of a host as a tree: from the root buses down, with groups, drivers and ACS. */
#include "client/field.h"
#include "client/html.h"
#include "core/cleanup.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define HTML_TREE_DEPTH 24U  /* devices further down are drawn as if they were there */
#define HTML_TREE_OPEN	256U /* a host with more devices is shown closed */

struct html_tree {
	struct html_out *out;
	const struct html_host *host;
	struct names *names;
	const json_t *devices;
	size_t n;
	size_t *parents; /* of each device: a place among the devices, or SIZE_MAX */
	bool *written;
	bool last[HTML_TREE_DEPTH]; /* of the branch that is written: no sibling comes below */
};

static const json_t *html_tree_device(const struct html_tree *tree, size_t index)
{
	return json_array_get(tree->devices, index);
}

/* The bytes of "0000:00" of the address of a PCI device; 0: it is none. */
static size_t html_tree_bus(const json_t *device)
{
	const char *address = field_text(device, "address");
	const char *bus = field_text(device, "bus"), *colon;

	if (!address || (bus && strcmp(bus, "pci") != 0))
		return 0;
	colon = strrchr(address, ':');
	return colon ? (size_t)(colon - address) : 0;
}

/* Whether both are on one root bus, or on none. */
static bool html_tree_beside(const json_t *a, const json_t *b)
{
	size_t n = html_tree_bus(a);

	return n == html_tree_bus(b) &&
	       (n == 0 || memcmp(field_text(a, "address"), field_text(b, "address"), n) == 0);
}

static void html_tree_branch(struct html_tree *tree, size_t depth)
{
	html_out_print(tree->out, "<span class=\"branch\" aria-hidden=\"true\">");
	for (size_t i = 0; i + 1 < depth; i++)
		html_out_print(tree->out, "%s",
			tree->last[i] ? "\xc2\xa0\xc2\xa0\xc2\xa0"
				      : "\xe2\x94\x82\xc2\xa0\xc2\xa0");
	if (depth > 0)
		html_out_print(tree->out, "%s",
			tree->last[depth - 1] ? "\xe2\x94\x94\xe2\x94\x80\xc2\xa0"
					      : "\xe2\x94\x9c\xe2\x94\x80\xc2\xa0");
	html_out_print(tree->out, "</span>");
}

/* The group of @device, with a link to what is said of it. */
static void html_tree_group(struct html_tree *tree, const json_t *device)
{
	const struct html_host *host = tree->host;
	char text[FIELD_BYTES];
	uint64_t wanted, id;

	for (size_t i = 0; field_number(device, "group", &wanted) && i < host->n_groups; i++)
		if (field_number(host->items[i].group, "id", &id) && id == wanted) {
			html_out_print(tree->out, "<a href=\"#h%zu-g%zu\">%" PRIu64 "</a>",
				host->index, i, id);
			return;
		}
	html_out_print(tree->out, "%s", field_format(device, "group", text));
}

/* Whether the device at @address is the first port that spoils the isolation of some group. */
static bool html_tree_is_hole(const struct html_tree *tree, const char *address)
{
	for (size_t i = 0; i < tree->host->n_groups; i++) {
		const char *hole = field_text(tree->host->items[i].explain, "first_hole");

		if (hole && strcmp(hole, address) == 0)
			return true;
	}
	return false;
}

static void html_tree_acs(struct html_tree *tree, const json_t *device)
{
	const char *address = field_text(device, "address");
	const char *port = field_text(device, "port_type");
	char text[FIELD_BYTES];
	bool bridge = port && strstr(port, "-port") != NULL;

	if (json_object_get(device, "acs"))
		html_out_print(tree->out, "<code>%s</code>", field_acs(device, true, text));
	else
		html_out_print(tree->out, "%s", bridge ? "none" : "\xe2\x80\x93");
	if (address && html_tree_is_hole(tree, address))
		html_out_print(tree->out,
			" <span class=\"w warn\"><span aria-hidden=\"true\">!</span> spoils "
			"isolation</span>");
}

/* The guest that has the device, if the daemon was told of one. */
static const char *html_tree_owner(const struct html_tree *tree, const char *address)
{
	const json_t *guests = field_list(tree->host->registered, "guests");

	for (size_t i = 0; address && i < json_array_size(guests); i++) {
		const json_t *devices = field_list(json_array_get(guests, i), "devices");

		for (size_t j = 0; j < json_array_size(devices); j++) {
			const char *other = json_string_value(json_array_get(devices, j));

			if (other && strcmp(other, address) == 0)
				return field_text(json_array_get(guests, i), "name");
		}
	}
	return NULL;
}

static void html_tree_given(struct html_tree *tree, const json_t *device)
{
	const char *owner = html_tree_owner(tree, field_text(device, "address"));
	const char *now = field_text(device, "assignable");
	const char *later = field_text(device, "assignable_after_rebind");

	if (owner) {
		html_out_print(tree->out, "in use by ");
		html_out_name(tree->out, owner);
		html_out_print(tree->out, " ");
	}
	if (html_device_is_bridge(device))
		html_out_print(tree->out, "<span class=\"note\">bridge</span>");
	else if (now && strcmp(now, "no") == 0 && later && strcmp(later, "yes") == 0)
		html_out_print(tree->out, "<span class=\"w later\"><span "
					  "aria-hidden=\"true\">\xe2\x86\xbb</span> once "
					  "rebound</span>");
	else
		html_word_write(tree->out, now ? now : "unknown");
}

static void html_tree_row(struct html_tree *tree, size_t index, size_t depth)
{
	const json_t *device = html_tree_device(tree, index);
	struct html_out *out = tree->out;
	char text[FIELD_BYTES];

	html_out_print(out, "<tr id=\"h%zu-d%zu\"><th scope=\"row\" class=\"node\">",
		tree->host->index, index);
	html_tree_branch(tree, depth);
	html_out_print(out, "<code>");
	html_out_name(out, field_format(device, "address", text));
	html_out_print(out, "</code></th><td>");
	html_device_name(out, tree->names, device);
	html_out_print(out, "</td><td>%s</td><td>", field_format(device, "port_type", text));
	html_out_name(out, field_format(device, "driver", text));
	html_out_print(out, "</td><td class=\"n\">");
	html_tree_group(tree, device);
	html_out_print(out, "</td><td>");
	html_tree_acs(tree, device);
	html_out_print(out, "</td><td>");
	html_tree_given(tree, device);
	html_out_print(out, "</td></tr>\n");
}

/* The next device after @after below @parent that is not written; SIZE_MAX: none. */
static size_t html_tree_child(const struct html_tree *tree, size_t parent, size_t after)
{
	for (size_t i = after; i < tree->n; i++)
		if (!tree->written[i] && tree->parents[i] == parent)
			return i;
	return SIZE_MAX;
}

/* Each device is written once, so that parents in a circle end. */
static void html_tree_below(struct html_tree *tree, size_t index, size_t depth)
{
	size_t next;

	tree->written[index] = true;
	html_tree_row(tree, index, depth);
	if (depth + 1 >= HTML_TREE_DEPTH)
		return;
	for (size_t child = html_tree_child(tree, index, 0); child != SIZE_MAX; child = next) {
		next = html_tree_child(tree, index, child + 1);
		tree->last[depth] = next == SIZE_MAX;
		html_tree_below(tree, child, depth + 1);
	}
}

static void html_tree_start(struct html_tree *tree, const json_t *root)
{
	static const char *const titles[] = { "Address", "Device", "Kind", "Driver", "Group", "ACS",
		"Can be given away" };
	size_t n = root ? html_tree_bus(root) : 0;
	const char *title = root && n > 0 ? "PCI root bus " : "Devices on other buses";
	char bus[FIELD_BYTES] = "";

	if (!root)
		title = "Devices whose place is not known";
	if (n > 0 && n < sizeof(bus))
		memcpy(bus, field_text(root, "address"), n);
	/* "open" as a word would be HTML, but no XML. */
	if (tree->n > HTML_TREE_OPEN)
		html_out_print(tree->out, "<details class=\"bus\">");
	else
		html_out_print(tree->out, "<details class=\"bus\" open=\"open\">");
	html_out_print(tree->out,
		"<summary>%s<code>%s</code></summary>\n<div class=\"scroll\" role=\"region\" "
		"tabindex=\"0\" aria-label=\"%s%s\">\n<table "
		"class=\"tree\"><caption>%s%s</caption>\n"
		"<thead><tr>",
		title, bus, title, bus, title, bus);
	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		html_out_print(tree->out, "<th scope=\"col\">%s</th>", titles[i]);
	html_out_print(tree->out, "</tr></thead>\n<tbody>\n");
}

static void html_tree_end(struct html_tree *tree)
{
	html_out_print(tree->out, "</tbody></table></div></details>\n");
}

/* The roots that are on one bus with the device at @first, and all below them. */
static void html_tree_bus_write(struct html_tree *tree, size_t first)
{
	const json_t *root = html_tree_device(tree, first);

	html_tree_start(tree, root);
	for (size_t i = first; i < tree->n; i++)
		if (!tree->written[i] && tree->parents[i] == SIZE_MAX &&
			html_tree_beside(html_tree_device(tree, i), root))
			html_tree_below(tree, i, 0);
	html_tree_end(tree);
}

/* What is left: below one another in a circle, or too far down. */
static void html_tree_rest(struct html_tree *tree)
{
	bool begun = false;

	for (size_t i = 0; i < tree->n; i++) {
		if (tree->written[i])
			continue;
		if (!begun)
			html_tree_start(tree, NULL);
		begun = true;
		html_tree_below(tree, i, 0);
	}
	if (begun)
		html_tree_end(tree);
}

static void html_tree_buses(struct html_tree *tree)
{
	for (size_t i = 0; i < tree->n; i++) {
		const char *parent = field_text(html_tree_device(tree, i), "parent");

		tree->parents[i] = parent ? html_device_find(tree->host, parent) : SIZE_MAX;
	}
	for (size_t i = 0; i < tree->n; i++)
		if (!tree->written[i] && tree->parents[i] == SIZE_MAX)
			html_tree_bus_write(tree, i);
	html_tree_rest(tree);
}

void html_tree_write(
	struct html_out *out, const struct html_host *host, const struct html_page *page)
{
	const json_t *devices = json_object_get(host->devices, "devices");
	_cleanup_(cleanup_freep) size_t *parents =
		calloc(json_array_size(devices) + 1, sizeof(*parents));
	_cleanup_(cleanup_freep) bool *written =
		calloc(json_array_size(devices) + 1, sizeof(*written));
	struct html_tree tree = {
		.out = out,
		.host = host,
		.names = page->names,
		.devices = devices,
		.n = json_array_size(devices),
		.parents = parents,
		.written = written,
	};
	char text[FIELD_BYTES];

	if (!parents || !written) {
		out->failed = true;
		return;
	}
	html_out_print(out,
		"<section aria-labelledby=\"h%zu-tree\">\n<h3 id=\"h%zu-tree\">Where the devices "
		"are</h3>\n",
		host->index, host->index);
	if (!json_is_array(devices))
		html_out_print(out, "<p>The devices of this host are not known: %s.</p>\n",
			field_format_value(devices, text));
	else if (tree.n == 0)
		html_out_print(out, "<p>This host has no devices.</p>\n");
	else
		html_out_print(out,
			"<p class=\"note\">ACS: + is on; - is there, but off. SV source "
			"validation, TB "
			"translation blocking, RR and CR redirect of requests and completions, UF "
			"upstream forwarding, EC egress control, DT direct translated.</p>\n");
	html_tree_buses(&tree);
	html_out_print(out, "</section>\n");
}
