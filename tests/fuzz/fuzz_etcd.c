/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Answers of etcd, or of whatever listens there: as an answer and as an error. What is taken keeps
 * to its limits, and what of it is sent back is something that may be sent.
 */
#include "core/arena.h"
#include "core/codec/text.h"
#include "daemon/exchange/etcd/message.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void fuzz_etcd_must(bool condition)
{
	if (!condition)
		abort();
}

static void fuzz_etcd_check_pair(const struct etcd_pair *pair, size_t n)
{
	/* They end with a NUL that is not theirs. */
	fuzz_etcd_must(pair->key.n < n && pair->key.bytes[pair->key.n] == '\0');
	fuzz_etcd_must(pair->value.n < n && pair->value.bytes[pair->value.n] == '\0');
	fuzz_etcd_must(pair->revision < INT64_MAX);
}

/* A page that is taken leads to a next one. */
static void fuzz_etcd_ask_on(const struct etcd_answer *answer)
{
	struct etcd_range range = { .first = answer->pairs[answer->n_pairs - 1].key };
	struct etcd_body body;

	fuzz_etcd_must(etcd_write_range(&range, &body) == 0);
	fuzz_etcd_must(body.bytes[body.n] == '\0' && strlen(body.bytes) == body.n);
	free(body.bytes);
	fuzz_etcd_must(etcd_write_watch(&range, answer->revision + 1, &body) == 0);
	free(body.bytes);
}

static void fuzz_etcd_check(const struct etcd_answer *answer, size_t n)
{
	fuzz_etcd_must(answer->n_pairs <= ETCD_ANSWER_NODES);
	fuzz_etcd_must(answer->revision < INT64_MAX && answer->compacted < INT64_MAX);
	for (size_t i = 0; i < answer->n_pairs; i++)
		fuzz_etcd_check_pair(&answer->pairs[i], n);
	if (answer->has_before)
		fuzz_etcd_check_pair(&answer->before, n);
	if (answer->n_pairs > 0)
		fuzz_etcd_ask_on(answer);
	if (answer->token)
		fuzz_etcd_must(
			*answer->token && text_is_printable(answer->token, strlen(answer->token)));
	if (answer->trouble)
		fuzz_etcd_must(text_is_printable(answer->trouble, strlen(answer->trouble)));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct refusal refusal = { "", "" };
	struct etcd_trouble trouble;
	struct etcd_answer answer;
	struct arena *arena;
	int r;

	if (arena_new((size_t)4 << 20, &arena) < 0)
		return 0;
	r = etcd_read_answer((const char *)bytes, n, arena, &answer, &refusal);
	if (r == ETCD_MESSAGE_DONE)
		fuzz_etcd_check(&answer, n);
	else
		fuzz_etcd_must(r == -ENOMEM || (refusal.where[0] && refusal.text[0]));
	arena_free(arena);
	etcd_read_trouble((const char *)bytes, n, &trouble);
	fuzz_etcd_must(text_is_printable(trouble.text, strlen(trouble.text)) && trouble.code <= 16);
	return 0;
}
