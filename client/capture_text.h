/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The text form of a captured host, as a person reviews it in a bug report or a commit: one file,
 *one entry per path below the root, sorted. This module writes it; it decides nothing about what
 *belongs into a capture.
 *
 *	iommufleet-capture 1
 *	in DIRECTORY                    what the names up to the next such line are in; "." is the
 *root dir NAME                        an empty directory (others follow from what is in them) link
 *NAME TARGET                a symbolic link, relative, never leading out of the root file NAME MODE
 *FORM             a file; MODE is octal; its bytes follow, two spaces before each line unreadable
 *NAME REASON          it exists, and could not be read: an errno name kernel-log FORM the kernel
 *log, filtered; its bytes follow as a file's do kernel-log unreadable REASON    or why there is
 *none end COUNT                       how many entries came before: a capture cut short is refused
 *
 * FORM is "empty"; "text" (printable ASCII and tabs, the last line ends with a newline);
 * "text-no-newline" (the last line does not); "strings" (printable strings that each end with a
 *NUL, one a line); or "hex", where a line is an offset and either up to 32 bytes in hexadecimal or
 * "BB*COUNT" for a run of the byte BB (00 or ff). In a name and a TARGET a byte that is not
 *printable, a space and a backslash are written \xHH. Sorted means component by component, bytes
 *compared, so that what lies below a directory directly follows it.
 */
#pragma once

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct capture_text {
	FILE *out; /* borrowed */
	uint64_t n_entries;
	char dir[PATH_MAX]; /* of the last "in" line */
};

/* The first line; the number is the version of the format. */
#define CAPTURE_TEXT_HEADER "iommufleet-capture 1"

/* Compares two paths in the order of a capture; as strcmp(). */
int capture_text_compare(const char *a, const char *b);

/* Starts a capture on @out with the header line. */
void capture_text_begin(struct capture_text *text, FILE *out);

/*
 * One entry each, in the order of capture_text_compare(). @path is relative to the root; @mode is
 * the permission bits; @reason one word without spaces.
 */
void capture_text_dir(struct capture_text *text, const char *path);
void capture_text_link(struct capture_text *text, const char *path, const char *target);
void capture_text_file(struct capture_text *text, const char *path, unsigned int mode,
	const unsigned char *bytes, size_t n);
void capture_text_unreadable(struct capture_text *text, const char *path, const char *reason);
void capture_text_kernel_log(struct capture_text *text, const unsigned char *bytes, size_t n);
void capture_text_no_kernel_log(struct capture_text *text, const char *reason);

/* Writes the last line and flushes. -EIO, or the errno of the write that failed. */
int capture_text_end(struct capture_text *text);
