/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the device tree in /sys/firmware/devicetree/base says: a walk of all its nodes, bounded. A
 * host without one (ACPI) has no tree; that is no error.
 */
#pragma once

#include "daemon/collect/reader.h"

#define DEVICETREE_BRIDGES_MAX 64U
#define DEVICETREE_RANGES_MAX  16U

struct devicetree_range { /* inclusive, on the PCI side */
	uint64_t first;
	uint64_t last;
};

struct devicetree_bridge {    /* a PCI host bridge */
	const char *name;     /* of the node, "pcie@10000000" */
	struct fact_text bus; /* "0000:00" */
	struct fact inbound;  /* dma-ranges: null when there are none, that is no limit */
	size_t n;
	struct devicetree_range ranges[DEVICETREE_RANGES_MAX];
};

struct devicetree {
	struct fact fact;	  /* null: no tree; unknown: only part of it could be read */
	struct fact_number its;	  /* an interrupt translation service is in it */
	bool is_dummy_virt;	  /* made by QEMU for a guest */
	struct fact_text made_by; /* of the root: "compatible", first word */
	size_t n;
	struct devicetree_bridge *bridges;
};

/*
 * The ranges of a "dma-ranges" property of @n bytes, whose parent addresses have @parent_cells
 * cells of 32 bits (Devicetree Specification 0.4 section 2.3.9; PCI Bus Binding: three child cells,
 * two of size). False when it makes no sense or has too many.
 */
bool devicetree_parse_ranges(
	const uint8_t *bytes, size_t n, unsigned parent_cells, struct devicetree_bridge *bridge);

/* Reads the tree. */
void devicetree_read(struct reader *reader, struct devicetree *ret);
