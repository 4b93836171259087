/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The facts document of another host: nobody passes it on, so it is asked of that host itself, one
 * endpoint after the other. What comes has to be what the host's signed record names.
 */
#include "core/cleanup.h"
#include "daemon/exchange/peers/view.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct peers_facts {
	LIST_ENTRY(peers_facts) link;
	struct peers *peers;
	struct peers_facts_question question;
	char host[LIMIT_HOST_NAME + 1];
	unsigned endpoint; /* the one that is asked next */
	bool other;	   /* an endpoint gave something else */
	struct peers_errand *errand;
};

static void peers_facts_drop(struct peers_facts *facts)
{
	if (facts->errand)
		facts->errand->facts = NULL;
	LIST_REMOVE(facts, link);
	facts->peers->n_facts--;
	free(facts);
}

static void peers_facts_end(
	struct peers_facts *facts, enum peers_facts_outcome outcome, const char *bytes, size_t n)
{
	struct peers_facts_question question = facts->question;

	peers_facts_drop(facts);
	question.then(outcome, bytes, n, question.data);
}

/* True: @n bytes at @bytes are the document that the record of the host names now. */
static bool peers_facts_is(const struct peers_facts *facts, const char *bytes, size_t n)
{
	char digest[DIGEST_LENGTH + 1], named[DIGEST_LENGTH + 1];
	struct directory_member member;

	if (!directory_find(facts->peers->settings.directory, facts->host, &member) ||
		!member.facts || digest_compute(bytes, n, digest) < 0)
		return false;
	directory_digest_format(member.facts, named);
	return strcmp(digest, named) == 0;
}

static enum peers_next peers_facts_on_answer(
	struct peers_errand *errand, const struct curl_loop_result *result)
{
	struct peers_facts *facts = errand->facts;

	/* Nobody waits for it any more. */
	if (!facts)
		return PEERS_GOOD;
	if (result->status == 200 && peers_facts_is(facts, result->body, result->n_body)) {
		facts->peers->counts[PEERS_WORD_FACTS]++;
		peers_facts_end(facts, PEERS_FACTS_DONE, result->body, result->n_body);
		return PEERS_GOOD;
	}
	if (result->status == 200) {
		facts->peers->counts[PEERS_WORD_FACTS_REFUSED]++;
		facts->other = true;
	}
	return PEERS_GOOD;
}

/* Asks the next endpoint. False: there is none. */
static bool peers_facts_ask(struct peers_facts *facts)
{
	struct peers *peers = facts->peers;
	struct peers_ask ask = {
		.method = "GET", .path = "/v1/facts", .max_bytes = LIMIT_FACTS_BYTES
	};
	struct directory_member member;
	const char *url;

	if (!directory_find(peers->settings.directory, facts->host, &member) ||
		facts->endpoint >= member.n_endpoints)
		return false;
	url = member.endpoints;
	for (unsigned i = 0; i < facts->endpoint; i++)
		url += strlen(url) + 1;
	facts->endpoint++;
	if (peers_errand_new(peers, NULL, url, &facts->errand) < 0)
		return false;
	facts->errand->answered = peers_facts_on_answer;
	facts->errand->facts = facts;
	peers_errand_ask(facts->errand, &ask);
	return true;
}

void peers_facts_go_on(struct peers_facts *facts)
{
	facts->errand = NULL;
	if (!peers_facts_ask(facts))
		peers_facts_end(facts,
			facts->other ? PEERS_FACTS_E_OTHER : PEERS_FACTS_E_UNREACHABLE, NULL, 0);
}

int peers_ask_facts(struct peers *peers, const struct peers_facts_question *question)
{
	struct directory_member member;
	struct peers_facts *facts;

	if (!directory_find(peers->settings.directory, question->host, &member) || !member.facts ||
		member.standing != DIRECTORY_CURRENT || member.n_endpoints == 0)
		return -ENOENT;
	if (!peers->tls || peers->n_facts >= PEERS_FACTS || peers->n_errands >= PEERS_ERRANDS)
		return -EBUSY;
	facts = calloc(1, sizeof(*facts));
	if (!facts)
		return -ENOMEM;
	facts->peers = peers;
	facts->question = *question;
	(void)snprintf(facts->host, sizeof(facts->host), "%s", question->host);
	LIST_INSERT_HEAD(&peers->facts, facts, link);
	peers->n_facts++;
	if (peers_facts_ask(facts))
		return 0;
	peers_facts_drop(facts);
	return -ENOMEM;
}

void peers_unask_facts(struct peers *peers, const void *data)
{
	struct peers_facts *facts = LIST_FIRST(&peers->facts), *next;

	for (; facts; facts = next) {
		next = LIST_NEXT(facts, link);
		if (facts->question.data == data)
			peers_facts_drop(facts);
	}
}

void peers_facts_done(struct peers *peers)
{
	while (!LIST_EMPTY(&peers->facts))
		peers_facts_drop(LIST_FIRST(&peers->facts));
}
