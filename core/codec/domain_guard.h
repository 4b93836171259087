/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A look at an XML document before it is parsed, as core/codec/guard.h takes one at JSON: what a
 * parser takes memory or time for is counted first, in one pass and without memory. It does not say
 * whether the document is well formed; up to its first syntax error, where the parser stops, its
 * counts are exact.
 */
#pragma once

#include "core/codec/refusal.h"

#include <stddef.h>

enum domain_guard_outcome {
	DOMAIN_GUARD_DONE,
	DOMAIN_GUARD_E_REFUSED,
};

/*
 * Looks at the @n bytes at @bytes. Refused is what is longer than LIMIT_DOMAIN_BYTES, has more than
 * LIMIT_DOMAIN_NODES nodes or LIMIT_DOMAIN_DEPTH levels, an element of more than 64 attributes (a
 * parser compares each with each), a NUL byte, any declaration of a document type, and what does
 * not start with markup: other encodings of XML than UTF-8 look like that.
 */
int domain_guard_scan(const char *bytes, size_t n, struct refusal *refusal);
