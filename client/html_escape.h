/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text of others made fit for HTML and for XML, in text and in quoted attributes alike. What a page
 * cannot hold or a reader cannot see is spelled out: a byte that is no UTF-8 and a control
 * character as \xHH, a character that is invisible or turns the direction of writing as \u{HHHH}.
 */
#pragma once

#include <stddef.h>

/* What html_escape_step() writes at most, with a NUL. */
#define HTML_ESCAPE_BYTES 12U

/*
 * Writes the first character of the @n > 0 bytes at @text as HTML into @ret, and gives the bytes
 * that it has in @text.
 */
size_t html_escape_step(const char *text, size_t n, char ret[HTML_ESCAPE_BYTES]);

/* The bytes of the first @characters characters of @text, or of all if it has no more. */
size_t html_escape_fit(const char *text, size_t characters);
