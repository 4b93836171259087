/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/qemu_text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define QEMU_TEXT_FRACTION_DIGITS 9

static unsigned qemu_text_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

/* Reads digits of @base at *@text, at least one, and moves it past them. */
static int qemu_text_digits(const char **text, unsigned base, uint64_t *ret)
{
	uint64_t value = 0;

	if (qemu_text_digit(**text) >= base)
		return -EINVAL;
	for (; qemu_text_digit(**text) < base; (*text)++) {
		if (__builtin_mul_overflow(value, base, &value) ||
			__builtin_add_overflow(value, qemu_text_digit(**text), &value))
			return -ERANGE;
	}
	*ret = value;
	return 0;
}

static bool qemu_text_skip_hex(const char **text)
{
	if ((*text)[0] != '0' || ((*text)[1] | 0x20) != 'x')
		return false;
	*text += 2;
	return true;
}

/* Bytes of the unit @c; 0 when it is none. */
static uint64_t qemu_text_unit(char c)
{
	static const char units[] = "bkmgtp";
	const char *unit = c ? strchr(units, c | 0x20) : NULL;

	return unit ? 1ULL << (10 * (unit - units)) : 0;
}

/* Reads ".5" at *@text, if there is a fraction. */
static int qemu_text_fraction(const char **text, uint64_t *ret_numerator, uint64_t *ret_divisor)
{
	uint64_t numerator = 0;
	uint64_t divisor = 1;
	unsigned n = 0;

	if (**text == '.')
		(*text)++;
	for (; qemu_text_digit(**text) < 10; (*text)++) {
		if (++n > QEMU_TEXT_FRACTION_DIGITS)
			return -EINVAL;
		numerator = numerator * 10 + qemu_text_digit(**text);
		divisor *= 10;
	}
	*ret_numerator = numerator;
	*ret_divisor = divisor;
	return 0;
}

int qemu_text_size(const char *text, char unit, uint64_t *ret)
{
	uint64_t value, bytes;
	uint64_t numerator = 0;
	uint64_t divisor = 1;
	bool hex;
	int r;

	text += strspn(text, " \t");
	hex = qemu_text_skip_hex(&text);
	r = qemu_text_digits(&text, hex ? 16 : 10, &value);
	if (r == 0 && !hex)
		r = qemu_text_fraction(&text, &numerator, &divisor);
	if (r < 0)
		return r;

	bytes = qemu_text_unit(*text ? *text : unit);
	if (bytes == 0 || (*text && text[1]) || (numerator && bytes == 1))
		return -EINVAL;
	if (value > QEMU_TEXT_SIZE_MAX / bytes)
		return -ERANGE;
	value = value * bytes + (uint64_t)((unsigned __int128)bytes * numerator / divisor);
	*ret = value;
	return value > QEMU_TEXT_SIZE_MAX ? -ERANGE : 0;
}

int qemu_text_number(const char *text, uint64_t *ret)
{
	bool hex = qemu_text_skip_hex(&text);
	uint64_t value;
	int r = qemu_text_digits(&text, hex ? 16 : 10, &value);

	if (r < 0 || *text)
		return -EINVAL;
	*ret = value;
	return 0;
}

int qemu_text_bool(const char *text, bool *ret)
{
	static const char *const yes[] = { "on", "yes", "true", "y" };
	static const char *const no[] = { "off", "no", "false", "n" };

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (strcmp(text, yes[i]) != 0 && strcmp(text, no[i]) != 0)
			continue;
		*ret = strcmp(text, yes[i]) == 0;
		return 0;
	}
	return -EINVAL;
}

int qemu_text_address(const char *text, const char *ends, char ret[QEMU_TEXT_ADDRESS_BYTES])
{
	uint64_t parts[3] = { 0 };
	uint64_t function;
	size_t n = 0;

	do {
		if (qemu_text_digits(&text, 16, &parts[n]) < 0)
			return -EINVAL;
	} while (++n < 3 && *text == ':' && *text++);
	if (n < 2 || *text++ != '.' || qemu_text_digits(&text, 16, &function) < 0 ||
		(*text && !strchr(ends, *text)))
		return -EINVAL;
	if (n == 2) {
		memmove(parts + 1, parts, 2 * sizeof(parts[0]));
		parts[0] = 0;
	}
	if (parts[0] > 0xffffffff || parts[1] > 0xff || parts[2] > 0x1f || function > 7)
		return -EINVAL;
	(void)snprintf(ret, QEMU_TEXT_ADDRESS_BYTES, "%04x:%02x:%02x.%x", (unsigned)parts[0],
		(unsigned)parts[1], (unsigned)parts[2], (unsigned)function);
	return 0;
}
