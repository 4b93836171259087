/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The address space, drawn: what the guest has at each address against what the host says of it, or
 * against what is free. It is not to scale: a row is a piece between two addresses where something
 * changes.
 */
#pragma once

#include "client/display.h"
#include "core/arena.h"
#include "core/model/guest.h"
#include "core/model/region.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum drawing_guest {
	DRAWING_NOTHING,
	DRAWING_MAPPED, /* what VFIO maps: has to be usable */
	DRAWING_LATER,	/* memory may be added here */
	DRAWING_WINDOW, /* other ranges that the guest has a use for */
};

enum drawing_host {
	DRAWING_USABLE,
	DRAWING_RESERVED,
	DRAWING_BEYOND,	 /* the IOMMU does not reach it */
	DRAWING_UNKNOWN, /* nobody knows how far it reaches */
	DRAWING_FREE,	 /* of a map: nothing is there, and devices reach it */
	DRAWING_UNSAID,	 /* of a map: all else */
};

enum drawing_mark {
	DRAWING_FINE,
	DRAWING_LATER_CONFLICT, /* memory added here would not fit */
	DRAWING_DOUBT,
	DRAWING_CONFLICT,
};

struct drawing_range {
	struct region region;
	const char *what; /* kind of the guest's range, type of the host's region */
};

struct drawing {
	struct arena *arena;	   /* borrowed; strings are those of the documents */
	const struct guest *guest; /* or NULL */
	bool map;		   /* usable is what is free, of hosts nothing else is told */
	struct region_set usable;
	size_t n_reserved;
	struct drawing_range *reserved;
	bool reach_known;
	uint64_t reach_last;
};

struct drawing_row {
	struct region region;
	enum drawing_guest guest;
	const char *guest_what;
	enum drawing_host host;
	const char *host_what;
	unsigned pieces; /* more than 1: rows made one to keep the drawing short */
};

/* More rows than this are made fewer: what does not concern the guest first. */
#define DRAWING_ROWS 30U

/*
 * A drawing of @guest (NULL: none) on the host side that the documents tell: @usable of
 * answer_json_usable() and @groups of answer_json_groups(), which both outlive it. -ENOMEM.
 */
int drawing_init(struct drawing *drawing, struct arena *arena, const struct guest *guest,
	const json_t *usable, const json_t *groups);

/*
 * A drawing of the map of @guest with the windows that @headroom, a member of answer_json_map() or
 * NULL, lists as free. -ENOMEM.
 */
int drawing_init_map(struct drawing *drawing, struct arena *arena, const struct guest *guest,
	const json_t *headroom);

/* The rows of @drawing from address 0 up, in its arena. -ENOMEM. */
int drawing_compute(const struct drawing *drawing, struct drawing_row **ret, size_t *ret_n);

/* How the guest and the host get along in @row. */
enum drawing_mark drawing_mark(const struct drawing_row *row);

/* Prints @drawing. -ENOMEM. */
int drawing_print(const struct drawing *drawing, const struct display *display);
