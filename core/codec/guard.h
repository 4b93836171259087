/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A look at a JSON document before it is parsed: a parsed tree costs far more memory than its
 * bytes, so bytes, values and nesting are counted first, in one pass and without memory. The guard
 * does not say whether the document is well formed; up to its first syntax error, where the parser
 * stops, its counts are exact.
 */
#pragma once

#include "core/codec/refusal.h"

#include <stddef.h>

enum guard_outcome {
	GUARD_DONE,
	GUARD_E_REFUSED,
};

struct guard_limits {
	size_t bytes;
	unsigned nodes; /* values: objects, arrays, texts, numbers, words; not the names of members
			 */
	unsigned depth; /* objects and arrays within each other; a lone object is 1 */
};

/*
 * Counts the @n bytes at @bytes against @limits. On GUARD_E_REFUSED, for what is over a limit and
 * for a NUL byte, @refusal is set.
 */
int guard_scan(
	const char *bytes, size_t n, const struct guard_limits *limits, struct refusal *refusal);
