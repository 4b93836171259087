/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads the text form of a captured host (client/capture_text.h tells the form) and hands its
 * entries to whoever builds a sysroot from them. A capture comes with a bug report, from anyone:
 * whatever could write outside of the place it is unpacked to, or fill a disk, is refused.
 */
#pragma once

#include <stddef.h>

/* What capture_read() answers. */
enum capture_read_outcome {
	CAPTURE_READ_DONE = 0,
	CAPTURE_READ_E_REFUSED = 1, /* it is not a capture, or a hostile one: see the problem */
};

#define CAPTURE_READ_FILE_MAX  (16U << 20)  /* bytes of one file */
#define CAPTURE_READ_TOTAL_MAX (128U << 20) /* bytes of all files */
#define CAPTURE_READ_DEPTH_MAX 64	    /* components of a path */

/*
 * Takes the entries, in the order of the capture. Paths are relative, without "." and "..", each
 * comes once, and none lies below what is a file or a link. A link's target does not lead out of
 * the root. Each gives 0 or a negative errno, which ends the reading. What was unreadable is not
 * handed on.
 */
struct capture_read_sink {
	int (*dir)(void *data, const char *path);
	int (*link)(void *data, const char *path, const char *target);
	int (*file)(void *data, const char *path, unsigned int mode, const unsigned char *bytes,
		size_t n);
	int (*kernel_log)(void *data, const unsigned char *bytes, size_t n);
};

struct capture_read_problem {
	size_t line;	  /* from 1 */
	const char *text; /* static */
};

/*
 * Reads the @n bytes of @text into @sink, each of whose functions gets @data. 0,
 * CAPTURE_READ_E_REFUSED (@ret_problem is set then), -ENOMEM, or what the sink gave. @text need not
 * end with a NUL.
 */
int capture_read(const char *text, size_t n, const struct capture_read_sink *sink, void *data,
	struct capture_read_problem *ret_problem);
