/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files that others read while they are written: they see the old one or the new one, whole.
 */
#pragma once

#include "client/trouble.h"

#include <stddef.h>

/*
 * Has the file at @path hold the @n bytes at @bytes, readable for everybody. One that holds them
 * already is left alone. Else they are written to a hidden file beside it, which then takes its
 * name, when they are on the disk. TROUBLE_E_SAID.
 */
int file_write(const char *path, const char *bytes, size_t n, struct trouble *trouble);
