/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lines of what QEMU's monitor prints, one after the other: which kind of line each is and what
 * it says (qemu/qemu system/memory.c mtree_print_flatview, mtree_print_mr). Lines are told by what
 * they say, not by how far they are indented, because tools that pass the text on change that.
 */
#pragma once

#include "core/model/region.h"

enum mtree_line_kind {
	MTREE_LINE_EMPTY,
	MTREE_LINE_VIEW,     /* "FlatView #0" */
	MTREE_LINE_SPACE,    /* " AS "memory", root: system": an address space that has the view */
	MTREE_LINE_ROOT,     /* " Root memory region: system" */
	MTREE_LINE_NOTHING,  /* "  No rendered FlatView" */
	MTREE_LINE_RANGE,    /* "  0000000000000000-00000000000bffff (prio 0, ram): pc.ram" */
	MTREE_LINE_DISPATCH, /* "  Dispatch": what "-d" adds begins */
	MTREE_LINE_TREE,     /* "address-space: memory" */
	MTREE_LINE_REGION,   /* "memory-region: pc.ram": the tree of an alias begins */
	MTREE_LINE_DEVICE,   /* "Memory device [dimm]: "dimm0"", of "info memory-devices" */
	MTREE_LINE_BLOCK,    /* "  block-size: 2097152" */
	MTREE_LINE_STRANGE,  /* none of these */
};

enum mtree_line_type {
	MTREE_LINE_TYPE_IO,
	MTREE_LINE_TYPE_CONTAINER, /* from QEMU 10.1 on: a region that nothing contains */
	MTREE_LINE_TYPE_RAM,
	MTREE_LINE_TYPE_ROM,  /* RAM that the guest can read only */
	MTREE_LINE_TYPE_ROMD, /* flash: not RAM, reads are served from memory */
	MTREE_LINE_TYPE_RAMD, /* RAM of a device of the host: an assigned BAR */
	MTREE_LINE_TYPE_STRANGE,
};

/* Borrowed from the text. */
struct mtree_line_name {
	const char *bytes;
	size_t n;
};

struct mtree_line {
	enum mtree_line_kind kind;
	size_t number;		     /* from 1 */
	struct mtree_line_name name; /* of the address space, the region, or the kind of device */
	uint64_t value;		     /* of MTREE_LINE_BLOCK */
	/* Of MTREE_LINE_RANGE: */
	struct region region;
	enum mtree_line_type type;
	struct mtree_line_name type_name;
	bool alias;    /* the tree: a window into another region */
	bool disabled; /* the tree with "-D": it is not there now */
	bool device;   /* with "-o": a device owns it */
};

struct mtree_line_reader {
	const char *bytes;
	size_t n;
	size_t at;
	size_t number;
};

/* The next line of @lines; false at the end of the text. */
bool mtree_line_next(struct mtree_line_reader *lines, struct mtree_line *ret);

bool mtree_line_is(struct mtree_line_name name, const char *text);
