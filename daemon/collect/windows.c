/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/collect/windows.h"

#include "core/model/limits.h"

#include <errno.h>
#include <string.h>

#define WINDOWS_IOMEM_BYTES (4U << 20)

/* "FIRST-LAST : NAME" of a line that no other contains. */
static bool windows_top_line(
	struct scan line, struct facts_bridge_window *window, struct scan *ret_name)
{
	uint64_t first;
	uint64_t last;

	if (!scan_hex(&line, &first) || !scan_literal(&line, "-") || !scan_hex(&line, &last) ||
		!scan_literal(&line, " : ") || first > last)
		return false;
	window->first = fact_number(first);
	window->last = fact_number(last);
	window->direction = fact_text("outbound");
	*ret_name = line;
	return true;
}

/* The bus that resource @name belongs to; missing when it is no host bridge's. */
static int windows_bus(
	struct arena *arena, struct scan name, const struct devicetree *tree, struct fact_text *ret)
{
	struct scan bus = name;

	if (scan_literal(&bus, "PCI Bus ")) {
		if (!scan_left(&bus) || scan_left(&bus) > LIMIT_TEXT || !scan_is_printable(&bus)) {
			*ret = fact_text_unknown(FACT_MALFORMED);
			return 0;
		}
		const char *copy = arena_text(arena, bus.p, scan_left(&bus));
		*ret = fact_text(copy);
		return copy ? 0 : -ENOMEM;
	}
	*ret = (struct fact_text){ .fact.state = FACT_MISSING };
	for (size_t i = 0; i < tree->n; i++)
		if (scan_is(&name, tree->bridges[i].name))
			*ret = tree->bridges[i].bus;
	return 0;
}

int windows_parse(struct arena *arena, struct scan iomem, const struct devicetree *tree,
	struct fact_list *ret)
{
	struct facts_bridge_window *windows = arena_array(arena, LIMIT_WINDOWS, sizeof(*windows));
	struct facts_bridge_window window = { 0 };
	struct scan line;
	struct scan name;
	size_t n = 0;
	bool hidden = true;

	if (!windows)
		return -ENOMEM;
	while (scan_line(&iomem, &line)) {
		if (!windows_top_line(line, &window, &name))
			continue;
		int r = windows_bus(arena, name, tree, &window.bus);
		if (r < 0)
			return r;
		if (window.bus.fact.state == FACT_MISSING)
			continue;
		if (n == LIMIT_WINDOWS) {
			*ret = (struct fact_list){ .fact = FACT_IGNORANT(FACT_OVER_LIMIT) };
			return 0;
		}
		hidden = hidden && !window.last.value;
		windows[n++] = window;
	}
	if (!n || hidden)
		*ret = (struct fact_list){ .fact = FACT_IGNORANT(
						   n ? FACT_NOT_READABLE : FACT_NOT_EXPOSED) };
	else
		*ret = (struct fact_list){ .fact = FACT_KNOWN, .n = n, .items = windows };
	return 0;
}

/* Adds what the bridges take in to @list, whose array has room for LIMIT_WINDOWS. */
static void windows_add_inbound(const struct devicetree *tree, struct fact_list *list)
{
	struct facts_bridge_window *windows = list->items;

	for (size_t i = 0; i < tree->n; i++) {
		const struct devicetree_bridge *bridge = &tree->bridges[i];
		if (fact_is_ignorance(bridge->inbound) || list->n + bridge->n > LIMIT_WINDOWS) {
			*list = (struct fact_list){ .fact = fact_is_ignorance(bridge->inbound)
								    ? bridge->inbound
								    : FACT_IGNORANT(
									      FACT_OVER_LIMIT) };
			return;
		}
		for (size_t j = 0; j < bridge->n; j++)
			windows[list->n++] = (struct facts_bridge_window){
				.bus = bridge->bus,
				.direction = fact_text("inbound"),
				.first = fact_number(bridge->ranges[j].first),
				.last = fact_number(bridge->ranges[j].last),
			};
	}
}

void windows_collect(struct collect_context *context)
{
	struct fact_list *list = &context->facts->windows;
	struct reader *reader = &context->reader;
	_cleanup_(cleanup_freep) char *bytes = NULL;
	size_t n = 0;

	int r = reader_large(reader, (struct sysroot_at){ SYSROOT_TOP, "proc/iomem" },
		WINDOWS_IOMEM_BYTES, &bytes, &n);
	if (r != SYSROOT_DONE) {
		list->fact = sysroot_fact(r, FACT_IGNORANT(FACT_NOT_EXPOSED));
		return;
	}
	r = windows_parse(reader->arena, scan_of(bytes, n), &context->tree, list);
	if (r < 0)
		reader->fault = r;
	else if (fact_is_value(list->fact))
		windows_add_inbound(&context->tree, list);
}
