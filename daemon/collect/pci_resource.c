/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/collect/pci_resource.h"

#include <errno.h>

#define PCI_RESOURCE_MEMORY  0x200U /* IORESOURCE_MEM in Linux include/linux/ioport.h */
#define PCI_RESOURCE_LINES   17U    /* of a bridge in a kernel with SR-IOV; without it 11 */
#define PCI_RESOURCE_WINDOWS 4U

struct pci_resource_line {
	uint64_t first;
	uint64_t last;
	uint64_t flags;
};

/* The lines of @text; 0 when one of them is none or there are too many. */
static size_t pci_resource_lines(struct scan text, struct pci_resource_line lines[])
{
	struct scan line;
	size_t n = 0;

	for (; scan_line(&text, &line); n++) {
		if (n == PCI_RESOURCE_LINES)
			return 0;
		line = scan_trim(line);
		if (!scan_hex(&line, &lines[n].first) || !scan_literal(&line, " ") ||
			!scan_hex(&line, &lines[n].last) || !scan_literal(&line, " ") ||
			!scan_hex(&line, &lines[n].flags) || scan_left(&line))
			return 0;
	}
	return n;
}

/* The kernel shows what is not used as zeroes, and a window that is closed as last < first. */
static bool pci_resource_is_set(const struct pci_resource_line *line)
{
	return line->flags && line->last && line->first <= line->last;
}

static int pci_resource_bars(
	struct arena *arena, const struct pci_resource_line *lines, size_t n, struct fact_list *ret)
{
	struct facts_bar *bars = arena_array(arena, n + 1, sizeof(*bars));
	size_t used = 0;

	if (!bars)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (pci_resource_is_set(&lines[i]))
			bars[used++] = (struct facts_bar){
				.index = fact_number(i),
				.first = fact_number(lines[i].first),
				.last = fact_number(lines[i].last),
				.flags = fact_number(lines[i].flags),
			};
	*ret = (struct fact_list){ .fact = FACT_KNOWN, .n = used, .items = bars };
	return 0;
}

static int pci_resource_windows(
	struct arena *arena, const struct pci_resource_line *lines, struct fact_list *ret)
{
	struct facts_window *windows = arena_array(arena, PCI_RESOURCE_WINDOWS, sizeof(*windows));
	size_t used = 0;

	if (!windows)
		return -ENOMEM;
	for (size_t i = 0; i < PCI_RESOURCE_WINDOWS; i++)
		if (pci_resource_is_set(&lines[i]) && lines[i].flags & PCI_RESOURCE_MEMORY)
			windows[used++] = (struct facts_window){
				.first = fact_number(lines[i].first),
				.last = fact_number(lines[i].last),
			};
	*ret = (struct fact_list){ .fact = FACT_KNOWN, .n = used, .items = windows };
	return 0;
}

int pci_resource_parse(
	struct arena *arena, struct scan text, bool is_bridge, struct pci_resource *ret)
{
	struct pci_resource_line lines[PCI_RESOURCE_LINES];
	struct pci_resource resource = { .windows.fact = FACT_ABSENT };

	size_t n = pci_resource_lines(text, lines);
	bool has_windows = n == PCI_RESOURCE_LINES || n == PCI_RESOURCE_LINES - 6;
	if (n < 7 || (is_bridge && !has_windows)) {
		ret->bars.fact = ret->windows.fact = FACT_IGNORANT(FACT_MALFORMED);
		return 0;
	}
	if (is_bridge) {
		n -= PCI_RESOURCE_WINDOWS;
		int r = pci_resource_windows(arena, lines + n, &resource.windows);
		if (r < 0)
			return r;
	}
	int r = pci_resource_bars(arena, lines, n, &resource.bars);
	if (r < 0)
		return r;
	*ret = resource;
	return 0;
}
