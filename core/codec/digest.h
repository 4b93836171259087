/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SHA-256 (FIPS 180-4) of documents, in the form that people compare: 64 hexadecimal digits. */
#pragma once

#include <stddef.h>

#define DIGEST_LENGTH 64U

/*
 * The digest of the @n bytes at @bytes in @ret: lower-case hexadecimal digits and a NUL. 0, or
 * -ENOMEM.
 */
int digest_compute(const void *bytes, size_t n, char ret[DIGEST_LENGTH + 1]);
