/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Yes, no, or not known: what a judgement of facts is. Ignorance never becomes either of the two.
 */
#pragma once

#include "core/model/fact.h"

enum tri { TRI_NO, TRI_YES, TRI_UNKNOWN };

static inline enum tri tri_of(struct fact_number number)
{
	if (fact_is_yes(number))
		return TRI_YES;
	return fact_is_no(number) ? TRI_NO : TRI_UNKNOWN;
}

/* Yes when both are; no when either is not. */
static inline enum tri tri_and(enum tri a, enum tri b)
{
	if (a == TRI_NO || b == TRI_NO)
		return TRI_NO;
	return a == TRI_YES && b == TRI_YES ? TRI_YES : TRI_UNKNOWN;
}

static inline struct fact_number tri_number(enum tri tri)
{
	return tri == TRI_UNKNOWN ? fact_number_unknown(FACT_NOT_EXPOSED) : fact_number(tri);
}

static inline const char *tri_word(enum tri tri)
{
	static const char *const words[] = { "no", "yes", "unknown" };

	return words[tri];
}
