/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/exchange/directory/member.h"

void directory_digest_format(const struct directory_digest *digest, char ret[DIGEST_LENGTH + 1])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < sizeof(digest->bytes); i++) {
		ret[2 * i] = digits[digest->bytes[i] >> 4];
		ret[2 * i + 1] = digits[digest->bytes[i] & 15];
	}
	ret[DIGEST_LENGTH] = '\0';
}

static int directory_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool directory_digest_parse(const char *text, size_t n, struct directory_digest *ret)
{
	struct directory_digest digest;

	if (n != DIGEST_LENGTH)
		return false;
	for (size_t i = 0; i < sizeof(digest.bytes); i++) {
		int high = directory_digit(text[2 * i]), low = directory_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		digest.bytes[i] = (unsigned char)(high << 4 | low);
	}
	*ret = digest;
	return true;
}
