/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A cursor over foreign text that never leaves it: every decoder of a text file of the platform is
 * built on these. The text need not end with a NUL. A function that answers false left the cursor
 * where it was, unless it says otherwise.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scan {
	const char *p;
	const char *end;
};

static inline struct scan scan_of(const char *text, size_t n)
{
	return (struct scan){ text, text + n };
}

static inline size_t scan_left(const struct scan *scan)
{
	return (size_t)(scan->end - scan->p);
}

/* The next line without its newline in @ret; false at the end of the text. */
bool scan_line(struct scan *scan, struct scan *ret);

/* Passes over spaces and tabs. */
void scan_blanks(struct scan *scan);

/* The next run of bytes that are neither space nor tab in @ret; false when only blanks are left. */
bool scan_word(struct scan *scan, struct scan *ret);

/* Passes over @literal if the text goes on with it. */
bool scan_literal(struct scan *scan, const char *literal);

/* Moves to just behind the next @needle. */
bool scan_past(struct scan *scan, const char *needle);

/* Reads hexadecimal digits of either case, with or without 0x; false on none or past 64 bits. */
bool scan_hex(struct scan *scan, uint64_t *ret);

/* Reads decimal digits; false on none or past 64 bits. */
bool scan_decimal(struct scan *scan, uint64_t *ret);

/* True when the whole text is @word. */
bool scan_is(const struct scan *scan, const char *word);

/* Takes blanks and line ends off both ends. */
struct scan scan_trim(struct scan scan);

/* True when all bytes are printable ASCII (0x20 to 0x7e). */
bool scan_is_printable(const struct scan *scan);
