/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers as text, in the one spelling that our documents allow: hexadecimal "0x1f" in lower case
 * and decimal "31", both without leading zeros, so that equal values are equal bytes. What the
 * kernel writes more loosely is the collector's to read.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What text_format_hex() writes at most: "0x", 16 digits and a NUL. */
#define TEXT_HEX_BYTES 19

/* The value of the @n bytes at @text, which need no NUL. 0, or -EINVAL when they are no such
 * number. */
int text_parse_hex(const char *text, size_t n, uint64_t *ret);
int text_parse_decimal(const char *text, size_t n, uint64_t *ret);

/* Writes @value as "0x…" and a NUL; gives the length without it. */
size_t text_format_hex(uint64_t value, char ret[TEXT_HEX_BYTES]);

/* True when the @n bytes at @text are all printable ASCII (space to tilde). */
bool text_is_printable(const char *text, size_t n);
