/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/base64.h"

#include <errno.h>
#include <stdint.h>

static const char base64_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789+/";

void base64_encode(const void *bytes, size_t n, char *ret)
{
	const unsigned char *at = bytes;

	for (; n > 0; n -= n < 3 ? n : 3, at += 3, ret += 4) {
		uint32_t group = (uint32_t)at[0] << 16;

		if (n > 1)
			group |= (uint32_t)at[1] << 8;
		if (n > 2)
			group |= at[2];
		ret[0] = base64_alphabet[group >> 18];
		ret[1] = base64_alphabet[group >> 12 & 0x3f];
		ret[2] = n > 1 ? base64_alphabet[group >> 6 & 0x3f] : '=';
		ret[3] = n > 2 ? base64_alphabet[group & 0x3f] : '=';
	}
	*ret = '\0';
}

/* The value of a letter, or 64. */
static unsigned base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (unsigned)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (unsigned)(c - 'a') + 26;
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0') + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : 64;
}

int base64_decode(const char *text, size_t n, unsigned char *ret, size_t *ret_n)
{
	size_t n_bytes = 0;
	size_t n_padding = 0;
	uint32_t group = 0;

	if (n % 4 != 0)
		return -EINVAL;
	while (n_padding < 2 && n_padding < n && text[n - n_padding - 1] == '=')
		n_padding++;

	for (size_t i = 0; i < n; i++) {
		unsigned value = i < n - n_padding ? base64_value(text[i]) : 0;

		if (value > 63)
			return -EINVAL;
		group = group << 6 | value;
		if (i % 4 != 3)
			continue;
		ret[n_bytes++] = (unsigned char)(group >> 16);
		ret[n_bytes++] = (unsigned char)(group >> 8 & 0xff);
		ret[n_bytes++] = (unsigned char)(group & 0xff);
		if (i + 1 < n)
			group = 0;
	}
	/* What padding stands for must be zero: "QR==" is no text of one byte. */
	if ((group & ((1U << 8 * n_padding) - 1)) != 0)
		return -EINVAL;
	*ret_n = n_bytes - n_padding;
	return 0;
}
