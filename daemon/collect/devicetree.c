/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE
#include "daemon/collect/devicetree.h"

#include <stdio.h>
#include <string.h>

#define DEVICETREE_FOLDER    "sys/firmware/devicetree/base"
#define DEVICETREE_NODES_MAX 8192U
#define DEVICETREE_DEPTH_MAX 12
#define DEVICETREE_NAMES_MAX 4096U

struct devicetree_walk {
	struct reader *reader;
	struct devicetree *tree;
	size_t nodes;
	bool whole; /* every node so far could be read */
};

static uint32_t devicetree_cell(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

bool devicetree_parse_ranges(
	const uint8_t *bytes, size_t n, unsigned parent_cells, struct devicetree_bridge *bridge)
{
	size_t step = (3 + (size_t)parent_cells + 2) * 4;

	if (parent_cells < 1 || parent_cells > 2 || n % step || n / step > DEVICETREE_RANGES_MAX)
		return false;
	for (size_t at = 0; at < n; at += step) {
		const uint8_t *size = bytes + at + step - 8;
		uint64_t first = (uint64_t)devicetree_cell(bytes + at + 4) << 32 |
				 devicetree_cell(bytes + at + 8);
		uint64_t length = (uint64_t)devicetree_cell(size) << 32 | devicetree_cell(size + 4);
		if (!length || first + (length - 1) < first)
			return false;
		bridge->ranges[bridge->n++] =
			(struct devicetree_range){ first, first + (length - 1) };
	}
	return true;
}

/* A property as bytes; an enum sysroot_outcome. */
static int devicetree_property(struct reader *reader, int node, const char *name, struct scan *ret)
{
	return reader_file(reader, (struct sysroot_at){ node, name }, ret);
}

/* A property of one cell. */
static bool devicetree_number(struct reader *reader, int node, const char *name, uint32_t *ret)
{
	struct scan bytes;

	if (devicetree_property(reader, node, name, &bytes) != SYSROOT_DONE ||
		scan_left(&bytes) < 4)
		return false;
	*ret = devicetree_cell((const uint8_t *)bytes.p);
	return true;
}

/* Whether a list of NUL-ended strings has @word. */
static bool devicetree_lists(struct scan bytes, const char *word)
{
	while (scan_left(&bytes)) {
		const char *nul = memchr(bytes.p, '\0', scan_left(&bytes));
		struct scan one = { bytes.p, nul ? nul : bytes.end };
		if (scan_is(&one, word))
			return true;
		bytes.p = nul ? nul + 1 : bytes.end;
	}
	return false;
}

static void devicetree_read_inbound(
	struct reader *reader, int parent, int node, struct devicetree_bridge *bridge)
{
	uint32_t parent_cells = 2; /* what the specification says where nothing is said */
	struct scan bytes;

	(void)devicetree_number(reader, parent, "#address-cells", &parent_cells);
	int r = devicetree_property(reader, node, "dma-ranges", &bytes);
	if (r != SYSROOT_DONE) {
		bridge->inbound = sysroot_fact(r, FACT_ABSENT);
		return;
	}
	/* An empty property: all addresses, one to one. */
	bridge->inbound = scan_left(&bytes) ? FACT_KNOWN : FACT_ABSENT;
	if (!devicetree_parse_ranges(
		    (const uint8_t *)bytes.p, scan_left(&bytes), parent_cells, bridge)) {
		bridge->n = 0;
		bridge->inbound = FACT_IGNORANT(FACT_MALFORMED);
	}
}

static void devicetree_read_bridge(
	struct devicetree_walk *walk, int parent, int node, const char *name)
{
	struct devicetree *tree = walk->tree;
	uint32_t domain = 0;
	uint32_t first_bus = 0;
	char bus[24];

	if (tree->n == DEVICETREE_BRIDGES_MAX) {
		walk->whole = false;
		return;
	}
	struct devicetree_bridge *bridge = &tree->bridges[tree->n++];
	bridge->name = name;
	bool has_domain = devicetree_number(walk->reader, node, "linux,pci-domain", &domain);
	(void)devicetree_number(walk->reader, node, "bus-range", &first_bus);
	(void)snprintf(bus, sizeof(bus), "%04x:%02x", domain, first_bus & 0xff);
	/* Without the property the kernel numbers domains as it meets the bridges. */
	bridge->bus = has_domain ? reader_name(walk->reader, scan_of(bus, strlen(bus)))
				 : fact_text_unknown(FACT_NOT_EXPOSED);
	devicetree_read_inbound(walk->reader, parent, node, bridge);
}

static void devicetree_read_node(
	struct devicetree_walk *walk, int parent, int node, const char *name)
{
	struct scan bytes;

	int r = devicetree_property(walk->reader, node, "compatible", &bytes);
	if (r == SYSROOT_DONE && devicetree_lists(bytes, "arm,gic-v3-its"))
		walk->tree->its = fact_number(1);
	else if (r != SYSROOT_DONE && r != SYSROOT_E_ABSENT)
		walk->whole = false;
	if (strncmp(name, "pcie@", 5) == 0 || strncmp(name, "pci@", 4) == 0)
		devicetree_read_bridge(walk, parent, node, name);
}

/* Walks the nodes below @parent; recursion is bounded by @depth. */
static void devicetree_walk_below(struct devicetree_walk *walk, int parent, int depth)
{
	struct sysroot_names names = { 0 };

	int r = sysroot_list(walk->reader->root, (struct sysroot_at){ parent, "." },
		walk->reader->arena, DEVICETREE_NAMES_MAX, &names);
	if (r < 0)
		walk->reader->fault = r;
	if (r != SYSROOT_DONE)
		walk->whole = false;
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_(sysroot_closep) int node = -1;
		/* Properties are files: most names end here. */
		if (sysroot_open_dir(walk->reader->root,
			    (struct sysroot_at){ parent, names.items[i] }, &node) != SYSROOT_DONE)
			continue;
		if (depth == DEVICETREE_DEPTH_MAX || ++walk->nodes > DEVICETREE_NODES_MAX) {
			walk->whole = false;
			return;
		}
		devicetree_read_node(walk, parent, node, names.items[i]);
		devicetree_walk_below(walk, node, depth + 1);
	}
}

static void devicetree_read_root(struct devicetree_walk *walk, int fd)
{
	struct devicetree *tree = walk->tree;
	struct scan bytes;

	tree->made_by = fact_text_unknown(FACT_NOT_EXPOSED);
	if (devicetree_property(walk->reader, fd, "compatible", &bytes) != SYSROOT_DONE)
		return;
	tree->is_dummy_virt = devicetree_lists(bytes, "linux,dummy-virt");
	bytes.end = bytes.p + strnlen(bytes.p, scan_left(&bytes));
	tree->made_by = reader_name(walk->reader, bytes);
}

void devicetree_read(struct reader *reader, struct devicetree *ret)
{
	struct devicetree tree = { .its = fact_number_unknown(FACT_NOT_EXPOSED) };
	struct devicetree_walk walk = { .reader = reader, .tree = &tree, .whole = true };
	_cleanup_(sysroot_closep) int fd = -1;

	*ret = tree;
	int r = sysroot_open_dir(
		reader->root, (struct sysroot_at){ SYSROOT_TOP, DEVICETREE_FOLDER }, &fd);
	if (r != SYSROOT_DONE) {
		ret->fact = sysroot_fact(r, FACT_ABSENT);
		return;
	}
	tree.bridges = reader_alloc(reader, DEVICETREE_BRIDGES_MAX, sizeof(*tree.bridges));
	if (!tree.bridges)
		return;
	devicetree_read_root(&walk, fd);
	devicetree_walk_below(&walk, fd, 0);
	tree.fact = walk.whole ? FACT_KNOWN : FACT_IGNORANT(FACT_NOT_READABLE);
	/* That there is none is known only where every node was seen. */
	if (!fact_is_value(tree.its.fact))
		tree.its = walk.whole ? fact_number(0) : (struct fact_number){ .fact = tree.fact };
	*ret = tree;
}
