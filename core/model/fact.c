/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/model/fact.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static const char *const fact_why_words[_FACT_WHY_MAX] = {
	[FACT_NOT_READABLE] = "not-readable",
	[FACT_NOT_EXPOSED] = "not-exposed",
	[FACT_ASLEEP] = "asleep",
	[FACT_VANISHED] = "vanished",
	[FACT_MALFORMED] = "malformed",
	[FACT_TIMED_OUT] = "timed-out",
	[FACT_OVER_LIMIT] = "over-limit",
	[FACT_NOT_COLLECTED] = "not-collected",
};

enum fact_why fact_why(struct fact fact)
{
	assert(fact_is_ignorance(fact));
	assert(fact.why < _FACT_WHY_MAX);

	return fact.state == FACT_MISSING ? FACT_NOT_COLLECTED : (enum fact_why)fact.why;
}

const char *fact_why_word(enum fact_why why)
{
	assert(why < _FACT_WHY_MAX);

	return fact_why_words[why];
}

int fact_why_parse(const char *word, size_t n, enum fact_why *ret)
{
	for (unsigned i = 0; i < FACT_NOT_COLLECTED; i++) {
		if (strlen(fact_why_words[i]) != n || memcmp(fact_why_words[i], word, n) != 0)
			continue;
		*ret = (enum fact_why)i;
		return 0;
	}
	return -EINVAL;
}
