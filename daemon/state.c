/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/state.h"

#include "core/cleanup.h"
#include "core/codec/facts_json.h"
#include "daemon/merge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

CLEANUP_DEFINE(struct facts *, facts_unref, state_facts_unrefp);
CLEANUP_DEFINE(struct host *, host_unref, state_host_unrefp);

void state_done(struct state *state)
{
	host_unref(state->host);
	facts_unref(state->facts);
	free(state->received);
	*state = (struct state){ 0 };
}

const char *state_boot(const struct state *state)
{
	if (!state->facts || !fact_is_value(state->facts->host.fact) ||
		!fact_is_value(state->facts->host.boot_id.fact))
		return "";
	return state->facts->host.boot_id.value;
}

static int state_decode(const struct state *state, const struct state_document *document,
	struct facts **ret, struct refusal *refusal)
{
	int r = facts_json_decode(document->bytes, document->n, ret, refusal);

	if (r != FACTS_JSON_DONE || !state->facts)
		return r;
	r = merge_keep(*ret, state->facts);
	if (r < 0)
		*ret = facts_unref(*ret);
	return r;
}

int state_take(struct state *state, const struct state_document *document, struct refusal *refusal)
{
	_cleanup_(state_facts_unrefp) struct facts *facts = NULL;
	_cleanup_(state_host_unrefp) struct host *host = NULL;
	_cleanup_(cleanup_freep) char *received = NULL;
	int r = state_decode(state, document, &facts, refusal);

	if (r != FACTS_JSON_DONE)
		return r < 0 ? r : STATE_E_REFUSED;
	r = host_new(facts, document->assume, &host);
	if (r < 0)
		return r;
	if (facts->unread) {
		received = malloc(document->n + 1);
		if (!received)
			return -ENOMEM;
		memcpy(received, document->bytes, document->n);
		received[document->n] = '\0';
	}
	state_done(state);
	*state = (struct state){
		.facts = cleanup_take(facts),
		.host = cleanup_take(host),
		.collected_us = document->collected_us,
		.woken = document->woken,
		.received_bytes = received ? document->n : 0,
	};
	state->received = cleanup_take(received);
	return STATE_DONE;
}

int state_assume(struct state *state, const struct assume *assume)
{
	struct host *host;
	int r;

	if (!state->facts)
		return 0;
	r = host_new(state->facts, assume, &host);
	if (r < 0)
		return r;
	host_unref(state->host);
	state->host = host;
	return 0;
}

int state_dump(const struct state *state, char **ret, size_t *ret_n)
{
	char *copy;

	if (!state->received)
		return facts_json_encode(state->facts, ret, ret_n);
	copy = malloc(state->received_bytes + 1);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, state->received, state->received_bytes + 1);
	*ret = copy;
	*ret_n = state->received_bytes;
	return 0;
}
