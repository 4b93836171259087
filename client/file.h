/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that are named on the command line, read whole and bounded. */
#pragma once

#include "client/trouble.h"

#include <stddef.h>

struct file_text {
	char *bytes; /* followed by a NUL; to be freed with free() */
	size_t n;    /* without it */
};

/*
 * The bytes of the file at @path, "-" for the standard input. More than @limit bytes are refused.
 * TROUBLE_E_SAID, -ENOMEM.
 */
int file_read(const char *path, size_t limit, struct trouble *trouble, struct file_text *ret);

/* As file_read() from the open file @fd, which people know as @name. It stays open. */
int file_read_fd(
	int fd, const char *name, size_t limit, struct trouble *trouble, struct file_text *ret);
