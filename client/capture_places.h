/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which paths of a host belong into a capture: the sorted list of them, found below a root. The
 * list of places is fixed and short on purpose: what no collector reads has no business in a bug
 * report.
 */
#pragma once

#include <stddef.h>

enum capture_places_kind {
	CAPTURE_PLACES_KIND_DIR,
	CAPTURE_PLACES_KIND_FILE,
	CAPTURE_PLACES_KIND_LINK,
	CAPTURE_PLACES_KIND_UNREADABLE, /* a directory that could not be listed */
};

struct capture_places_entry {
	char *path; /* relative to the root, no link on the way */
	enum capture_places_kind kind;
	int error; /* errno of CAPTURE_PLACES_KIND_UNREADABLE */
};

struct capture_places {
	struct capture_places_entry *entries; /* sorted as capture_text_compare(), no path twice */
	size_t n_entries;
	size_t n_allocated;
};

#define CAPTURE_PLACES_MAX 400000 /* 4096 devices of 60 paths, twice over and more */

/* Opens @path below @root_fd for reading (@flags as for open()) without following any link. -errno.
 */
int capture_places_open(int root_fd, const char *path, int flags);

/*
 * Where the link @path with the text @target leads, relative to the same root, by its text alone.
 * NULL when that is absolute, out of the root or too long, and when memory is short. The caller
 * frees.
 */
char *capture_places_resolve(const char *path, const char *target);

/* Finds all places below @root_fd. -ENOMEM, -EFBIG past CAPTURE_PLACES_MAX. */
int capture_places_find(int root_fd, struct capture_places *ret);

/* Frees what @places holds. */
void capture_places_done(struct capture_places *places);
