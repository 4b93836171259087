/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Requests to one place, one after another over one connection. Who answers is read off the
 * connection before a byte of the answer is taken.
 */
#include "daemon/exchange/peers/view.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PEERS_CONNECT_US (UINT64_C(5) * 1000000)
#define PEERS_ANSWER_US	 (UINT64_C(30) * 1000000)

void peers_errand_tell(const struct peers_errand *errand, const char *what)
{
	char url[sizeof(errand->url)], text[PEERS_LINE_BYTES];

	(void)snprintf(url, sizeof(url), "%.*s", (int)errand->n_url, errand->url);
	(void)snprintf(text, sizeof(text), "at %.320s: %.350s", url, what);
	http_server_tell(errand->peers->server, *errand->name.host ? errand->name.host : url, text);
}

void peers_tell_refused(
	struct peers *peers, const char *peer, const struct directory_result *result)
{
	char text[PEERS_LINE_BYTES];

	(void)snprintf(text, sizeof(text), "a record%s%s is refused: %s, %s: %s",
		*result->host ? " of " : "", result->host, result->word, result->refusal.where,
		result->refusal.text);
	http_server_tell(peers->server, peer, text);
}

/* ------------------------------------------------------------- TLS */

static int peers_errand_prepare(SSL_CTX *context, void *data)
{
	struct peers_errand *errand = data;

	return tls_prepare_client(errand->tls, context, &errand->peer);
}

static int peers_errand_inspect(SSL *connection, void *data)
{
	struct peers_errand *errand = data;
	struct refusal refusal;
	int r = tls_read_name(connection, &errand->name, &refusal);

	if (r != 0)
		return r;
	errand->self = strcmp(errand->name.host, errand->peers->host) == 0;
	return errand->self;
}

/* ------------------------------------------------------------- life */

int peers_errand_new(
	struct peers *peers, struct peers_place *place, const char *url, struct peers_errand **ret)
{
	struct peers_errand *errand;

	if (!peers->tls || peers->n_errands >= PEERS_ERRANDS)
		return -EBUSY;
	errand = calloc(1, sizeof(*errand));
	if (!errand)
		return -ENOMEM;
	errand->peers = peers;
	errand->place = place;
	errand->tls = tls_ref(peers->tls);
	errand->n_url = (size_t)snprintf(errand->url, PEERS_URL_BYTES, "%s", url);
	errand->curl_tls = (struct curl_loop_tls){
		.prepare = peers_errand_prepare, .inspect = peers_errand_inspect, .data = errand
	};
	LIST_INSERT_HEAD(&peers->errands, errand, link);
	peers->n_errands++;
	*ret = errand;
	return 0;
}

void peers_errand_free(struct peers_errand *errand)
{
	struct peers *peers = errand->peers;
	struct peers_facts *facts = errand->facts;

	LIST_REMOVE(errand, link);
	peers->n_errands--;
	peers->n_fetches -= errand->fetches;
	if (errand->place)
		errand->place->busy = false;
	peers_talk_free(errand->talk);
	tls_unref(errand->tls);
	free(errand);
	if (facts)
		peers_facts_go_on(facts);
}

void peers_errand_fail(struct peers_errand *errand, const char *why)
{
	struct peers *peers = errand->peers;
	struct peers_place *place = errand->place;

	if (errand->self) {
		if (place)
			peers_place_rest(place, peers_now_us(), peers->settings.interval_us);
		return;
	}
	peers->counts[PEERS_WORD_FAILED]++;
	/* The first time, and when the pauses have become long. */
	if (!place || place->failures == 0 || place->failures == 5)
		peers_errand_tell(errand, why);
	if (place)
		peers_place_fail(
			place, peers_now_us(), peers->settings.interval_us, peers_random(NULL));
}

static void peers_errand_succeed(struct peers_errand *errand)
{
	if (errand->place && errand->place->failures > 0)
		peers_errand_tell(errand, "it answers again");
	if (errand->place)
		peers_place_release(errand->place, peers_now_us());
}

static void peers_errand_lose(struct peers_errand *errand, const struct curl_loop_result *result)
{
	const struct tls_peer *peer = &errand->peer;
	char why[PEERS_LINE_BYTES];

	if (peer->tls && peer->outcome != TLS_DONE && peer->outcome != TLS_E_NONE)
		(void)snprintf(why, sizeof(why), "its certificate is refused: %s, %s: %s",
			tls_word(peer->outcome), peer->refusal.where, peer->refusal.text);
	else
		(void)snprintf(why, sizeof(why), "it cannot be asked: %.300s", result->reason);
	peers_errand_fail(errand, why);
}

static void peers_errand_on_done(const struct curl_loop_result *result, void *data)
{
	struct peers_errand *errand = data;
	enum peers_next next = PEERS_BAD;

	errand->peers->counts[PEERS_WORD_SENT] += result->sent_bytes;
	errand->peers->counts[PEERS_WORD_RECEIVED] += result->received_bytes;
	if (result->outcome == CURL_LOOP_DONE)
		next = errand->answered(errand, result);
	else
		peers_errand_lose(errand, result);
	if (next == PEERS_ASKED)
		return;
	if (next == PEERS_GOOD)
		peers_errand_succeed(errand);
	peers_errand_free(errand);
}

void peers_errand_ask(struct peers_errand *errand, const struct peers_ask *ask)
{
	struct curl_loop_request *request;
	char tag[HTTP_HEAD_TAG + 32];
	struct curl_loop_order order = {
		.url = errand->url,
		.method = ask->method,
		.body = ask->body,
		.n_body = ask->n_body,
		.tls = &errand->curl_tls,
		.max_bytes = ask->max_bytes,
		.connect_us = PEERS_CONNECT_US,
		.time_us = PEERS_ANSWER_US,
		.done = peers_errand_on_done,
		.data = errand,
	};

	(void)snprintf(
		errand->url + errand->n_url, sizeof(errand->url) - errand->n_url, "%s", ask->path);
	if (ask->tag) {
		(void)snprintf(tag, sizeof(tag), "If-None-Match: \"%s\"", ask->tag);
		order.headers[0] = tag;
	} else if (ask->body) {
		order.headers[0] = "Content-Type: application/octet-stream";
	}
	if (curl_loop_start(errand->peers->curl, &order, &request) < 0)
		peers_errand_free(errand);
}
