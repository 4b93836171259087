/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bytes as text: base64 of RFC 4648 section 4, with padding. Strict: no white space, no bits beyond
 * the last byte, so that equal bytes are equal text.
 */
#pragma once

#include <stddef.h>

/* Letters of the text of @n bytes, without a NUL; bytes that @n letters can give at most. */
#define BASE64_LETTERS(n) (((n) + 2) / 3 * 4)
#define BASE64_BYTES(n)	  ((n) / 4 * 3)

/* Writes the @n bytes at @bytes as BASE64_LETTERS(n) letters and a NUL. */
void base64_encode(const void *bytes, size_t n, char *ret);

/*
 * Reads the @n letters at @text into @ret, which has room for BASE64_BYTES(n), and their number
 * into @ret_n. 0, or -EINVAL where they are no such text; @ret may be written to all the same.
 */
int base64_decode(const char *text, size_t n, unsigned char *ret, size_t *ret_n);
