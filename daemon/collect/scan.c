/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE /* memmem */
#include "daemon/collect/scan.h"

#include <string.h>

bool scan_line(struct scan *scan, struct scan *ret)
{
	if (scan->p == scan->end)
		return false;
	const char *newline = memchr(scan->p, '\n', scan_left(scan));
	*ret = (struct scan){ scan->p, newline ? newline : scan->end };
	scan->p = newline ? newline + 1 : scan->end;
	return true;
}

static bool scan_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

void scan_blanks(struct scan *scan)
{
	while (scan->p < scan->end && scan_is_blank(*scan->p))
		scan->p++;
}

bool scan_word(struct scan *scan, struct scan *ret)
{
	scan_blanks(scan);
	if (scan->p == scan->end)
		return false;
	ret->p = scan->p;
	while (scan->p < scan->end && !scan_is_blank(*scan->p))
		scan->p++;
	ret->end = scan->p;
	return true;
}

bool scan_literal(struct scan *scan, const char *literal)
{
	size_t n = strlen(literal);

	if (scan_left(scan) < n || memcmp(scan->p, literal, n) != 0)
		return false;
	scan->p += n;
	return true;
}

bool scan_past(struct scan *scan, const char *needle)
{
	const char *found = memmem(scan->p, scan_left(scan), needle, strlen(needle));

	if (!found)
		return false;
	scan->p = found + strlen(needle);
	return true;
}

/* The value of the digit @c in bases up to 16, or 16. */
static unsigned scan_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned)(c - 'A') + 10;
	return 16;
}

static bool scan_digits(struct scan *scan, unsigned base, uint64_t *ret)
{
	const char *p = scan->p;
	uint64_t value = 0;

	for (; p < scan->end && scan_digit(*p) < base; p++)
		if (__builtin_mul_overflow(value, base, &value) ||
			__builtin_add_overflow(value, scan_digit(*p), &value))
			return false;
	if (p == scan->p)
		return false;
	scan->p = p;
	*ret = value;
	return true;
}

bool scan_hex(struct scan *scan, uint64_t *ret)
{
	struct scan digits = *scan;

	(void)(scan_literal(&digits, "0x") || scan_literal(&digits, "0X"));
	if (!scan_digits(&digits, 16, ret))
		return false;
	*scan = digits;
	return true;
}

bool scan_decimal(struct scan *scan, uint64_t *ret)
{
	return scan_digits(scan, 10, ret);
}

bool scan_is(const struct scan *scan, const char *word)
{
	return scan_left(scan) == strlen(word) && memcmp(scan->p, word, strlen(word)) == 0;
}

static bool scan_is_space(char c)
{
	return scan_is_blank(c) || c == '\n' || c == '\r';
}

struct scan scan_trim(struct scan scan)
{
	while (scan.p < scan.end && scan_is_space(*scan.p))
		scan.p++;
	while (scan.p < scan.end && scan_is_space(scan.end[-1]))
		scan.end--;
	return scan;
}

bool scan_is_printable(const struct scan *scan)
{
	for (const char *p = scan->p; p < scan->end; p++)
		if (*p < 0x20 || *p > 0x7e)
			return false;
	return true;
}
