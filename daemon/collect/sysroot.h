/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The only way to the host's files. Every path is resolved beneath one root folder: "/" for the
 * live host, any folder that holds its sys/ and proc/ for a captured one. A link never leads out of
 * the root, what is no file (a folder, a pipe, a terminal) is never waited for, every read is
 * bounded, and past the deadline every request answers "timed out". Nothing is ever written.
 */
#pragma once

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/model/fact.h"

#include <unistd.h>

struct sysroot;

/* What a request came to: 0 is done, the others tell why nothing could be read. */
enum sysroot_outcome {
	SYSROOT_DONE,
	SYSROOT_E_ABSENT,     /* no such file */
	SYSROOT_E_UNREADABLE, /* no permission, or the read failed */
	SYSROOT_E_VANISHED,   /* the device behind it is gone */
	SYSROOT_E_MALFORMED,  /* not a regular file, a link out of the root or in a circle */
	SYSROOT_E_TIMED_OUT,  /* the deadline has passed */
	SYSROOT_E_OVER_LIMIT, /* more than the caller takes */
	SYSROOT_E_HIDDEN,     /* what would hold it is not there either */
};

/* A path in the folder @fd, or from the root where @fd is SYSROOT_TOP. */
#define SYSROOT_TOP (-1)
struct sysroot_at {
	int fd;
	const char *path; /* relative; where @fd is a folder no link in it is followed */
};

/* The caller sets the first three. */
struct sysroot_file {
	char *bytes;
	size_t capacity;
	bool wants_size;
	size_t n;      /* bytes read */
	uint64_t size; /* bytes that the file claims to have, where wanted */
};

struct sysroot_names {
	size_t n;
	const char **items; /* sorted with strcmp() */
};

static inline void sysroot_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/*
 * Opens the root at @path, NULL for the live host; the deadline is @budget_us microseconds from
 * now. Negative errno. The caller owns @ret.
 */
int sysroot_new(const char *path, uint64_t budget_us, struct sysroot **ret);

/* Accepts NULL. Returns NULL. */
struct sysroot *sysroot_free(struct sysroot *root);

bool sysroot_is_live(const struct sysroot *root);

/* Opens a folder to be used as sysroot_at.fd. The caller closes @ret_fd. An enum sysroot_outcome.
 */
int sysroot_open_dir(const struct sysroot *root, struct sysroot_at at, int *ret_fd);

/*
 * Reads a file to its end into @file. An enum sysroot_outcome: malformed when there is no file but
 * a folder or a silent pipe.
 */
int sysroot_read(const struct sysroot *root, struct sysroot_at at, struct sysroot_file *file);

/*
 * Where the link @at points to, as text, in @target of @capacity bytes, ended with a NUL. An enum
 * sysroot_outcome: malformed when it is no link.
 */
int sysroot_link(const struct sysroot *root, struct sysroot_at at, char *target, size_t capacity);

/* True when there is a file or folder of that name; @at.fd is a folder and the path one name. */
bool sysroot_exists(const struct sysroot *root, struct sysroot_at at);

/*
 * The names in a folder, sorted, in @arena. An enum sysroot_outcome, over limit when there are more
 * than @cap; or -ENOMEM.
 */
int sysroot_list(const struct sysroot *root, struct sysroot_at at, struct arena *arena, size_t cap,
	struct sysroot_names *ret);

/*
 * What became of a folder that is not there: absent where the folder @above, a path from the top,
 * is there; hidden where that is missing too, for a host that shows no sysfs says nothing.
 */
int sysroot_absent_below(const struct sysroot *root, const char *above);

/* The fact for @outcome: @absent for SYSROOT_E_ABSENT, else unknown. Asserts on SYSROOT_DONE. */
struct fact sysroot_fact(int outcome, struct fact absent);

/* The outcome that negative errno @r stands for. */
int sysroot_outcome_of(int r);
