/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A page put into a file, all or nothing. */
#pragma once

#include "client/trouble.h"

#include <stddef.h>

/*
 * Puts the @n bytes at @bytes into the file at @path, which gets its mode by the umask. What is in
 * it stays until all has been written beside it; what is no file, such as a pipe, is written to.
 * TROUBLE_E_SAID, -ENOMEM.
 */
int html_save(const char *path, const char *bytes, size_t n, struct trouble *trouble);
