/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names of vendors and devices from pci.ids, through libpci. libpci ends the process when it cannot
 * read its file, so whether it can is tried out in a child first; where it cannot, or the file is
 * missing, there are no names and numbers are shown.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct names;

/* Opens the file at @path, or the system's own when @path is NULL. -ENOMEM. */
int names_new(const char *path, struct names **ret);

struct names *names_free(struct names *names);

/*
 * "Intel Corporation 82574L Gigabit Network Connection", or the vendor alone, or NULL when neither
 * is known; in @buffer of @n bytes.
 */
const char *names_find(
	struct names *names, uint16_t vendor, uint16_t device, char *buffer, size_t n);
