/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/text.h"

#include <errno.h>

/* The value of a digit of lower case, or 16. */
static unsigned text_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a') + 10;
	return 16;
}

static int text_parse_digits(const char *text, size_t n, unsigned base, uint64_t *ret)
{
	uint64_t value = 0;

	if (n == 0 || (n > 1 && text[0] == '0'))
		return -EINVAL;

	for (size_t i = 0; i < n; i++) {
		unsigned digit = text_digit(text[i]);

		if (digit >= base || __builtin_mul_overflow(value, base, &value) ||
			__builtin_add_overflow(value, digit, &value))
			return -EINVAL;
	}
	*ret = value;
	return 0;
}

int text_parse_hex(const char *text, size_t n, uint64_t *ret)
{
	if (n < 3 || text[0] != '0' || text[1] != 'x')
		return -EINVAL;
	return text_parse_digits(text + 2, n - 2, 16, ret);
}

int text_parse_decimal(const char *text, size_t n, uint64_t *ret)
{
	return text_parse_digits(text, n, 10, ret);
}

size_t text_format_hex(uint64_t value, char ret[TEXT_HEX_BYTES])
{
	size_t n_digits = 1;

	for (uint64_t rest = value >> 4; rest > 0; rest >>= 4)
		n_digits++;

	ret[0] = '0';
	ret[1] = 'x';
	for (size_t i = 0; i < n_digits; i++)
		ret[1 + n_digits - i] = "0123456789abcdef"[value >> (4 * i) & 0xf];
	ret[2 + n_digits] = '\0';
	return 2 + n_digits;
}

bool text_is_printable(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i] < ' ' || text[i] > '~')
			return false;
	}
	return true;
}
