/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/digest.h"

#include <errno.h>
#include <openssl/sha.h>

int digest_compute(const void *bytes, size_t n, char ret[DIGEST_LENGTH + 1])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char hash[SHA256_DIGEST_LENGTH];

	if (!SHA256(bytes, n, hash))
		return -ENOMEM;
	for (size_t i = 0; i < sizeof(hash); i++) {
		ret[2 * i] = digits[hash[i] >> 4];
		ret[2 * i + 1] = digits[hash[i] & 0xf];
	}
	ret[DIGEST_LENGTH] = '\0';
	return 0;
}
