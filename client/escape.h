/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text of others made fit for a terminal. A name in a document or an answer from the bus may hold
 * escape sequences that move the cursor or colour the screen: whatever the locale cannot print, or
 * prints without taking a column, becomes \xHH per byte.
 */
#pragma once

#include <stddef.h>

/* @text made printable, to be freed with free(), and the columns that it takes. -ENOMEM. */
int escape_format(const char *text, char **ret, size_t *ret_columns);

/* The columns that text made by escape_format() takes, up to @n bytes of it. */
size_t escape_columns(const char *text, size_t n);

/* How many bytes of text made by escape_format() fit @columns columns. */
size_t escape_fit(const char *text, size_t columns);
