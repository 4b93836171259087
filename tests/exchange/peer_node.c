/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A host of a fleet with nothing but its part in the exchange, which keeps in memory and does what
 * lines on its standard input say:
 *
 *   peer_node CERTIFICATE KEY CA LISTS|- ADDRESS INTERVAL_MS
 *
 *   peers URL...             whom to talk to
 *   publish FILE|- [URL...]  signs a record of a class (projection 1), its facts and endpoints
 *   facts FILE               what it serves as its facts document from now on
 *   ask-facts HOST           fetches those of another host
 *   answer                   what came of that: outcome and digest
 *   clock SECONDS            its clock is ahead by so much
 *   trust CERTIFICATE KEY CA LISTS|-
 *   forget HOST
 *   hosts                    a line for each: name, sequence, digest, standing, classes held
 *   counters                 a line for each word
 *
 * Each is answered with lines and "end". Times of the server are short, so that tests are.
 */
#include "daemon/exchange/peers.h"
#include "tests/exchange/node.h"
#include "tests/support/fake_keeper.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct peer_node {
	struct event_base *base;
	struct evbuffer *input;
	struct fake_keeper keeper;
	struct directory *directory;
	struct identity *identity;
	struct trust *trust;
	struct peers *peers;
	int64_t ahead_us;
	char facts[4096]; /* a path */
	char answer[DIGEST_LENGTH + 32];
};

static uint64_t peer_node_now_us(void *data)
{
	const struct peer_node *node = data;
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)((int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000 + node->ahead_us);
}

static int peer_node_read_facts(void *data, char **ret, size_t *ret_n)
{
	const struct peer_node *node = data;
	FILE *file = *node->facts ? fopen(node->facts, "rb") : NULL;
	char *bytes = malloc(2 * LIMIT_FACTS_BYTES);

	*ret = bytes;
	*ret_n = file && bytes ? fread(bytes, 1, 2 * LIMIT_FACTS_BYTES, file) : 0;
	if (file)
		(void)fclose(file);
	return bytes ? 0 : -ENOMEM;
}

static void peer_node_on_facts(
	enum peers_facts_outcome outcome, const char *bytes, size_t n, void *data)
{
	static const char *const words[] = { "done", "unreachable", "other" };
	struct peer_node *node = data;
	char digest[DIGEST_LENGTH + 1] = "";

	if (bytes)
		node_must(digest_compute(bytes, n, digest) == 0, "digest_compute");
	(void)snprintf(node->answer, sizeof(node->answer), "%s %s", words[outcome], digest);
}

static void peer_node_ask_facts(struct peer_node *node, const char *host)
{
	struct peers_facts_question question = { host, peer_node_on_facts, node };
	int r;

	node->answer[0] = '\0';
	r = peers_ask_facts(node->peers, &question);
	if (r < 0)
		(void)snprintf(node->answer, sizeof(node->answer), "%s", strerror(-r));
}

static void peer_node_say(const char *peer, const char *text, void *data)
{
	(void)data;
	fprintf(stderr, "[%s] %s\n", peer, text);
}

static void peer_node_trust(struct peer_node *node)
{
	directory_set_trust(node->directory, node->trust);
	node_must(peers_set_tls(node->peers, node->identity, node->trust) == 0, "peers_set_tls");
	while (directory_verify_more(node->directory, 100, peer_node_now_us(node)) > 0)
		;
}

/* ------------------------------------------------------------- commands */

static void peer_node_publish(struct peer_node *node, const char *path, const char *const *urls)
{
	const struct identity_name *name = identity_get_name(node->identity);
	static char bytes[LIMIT_CLASS_BYTES];
	char digest[DIGEST_LENGTH + 1], facts[DIGEST_LENGTH + 1], *document;
	FILE *file = strcmp(path, "-") == 0 ? NULL : fopen(path, "rb");
	size_t n = file ? fread(bytes, 1, sizeof(bytes), file) : 0, n_facts;
	struct record_class class_ = { 1, digest };
	struct record record = { .fleet = name->fleet,
		.host = name->host,
		.host_id = "0123456789abcdef0123456789abcdef",
		.collection = RECORD_COLLECTION_OK,
		.facts = facts,
		.map = digest,
		.classes = &class_,
		.n_classes = 1,
		.endpoints = urls,
		.software = "0",
		.rules = 1,
		.projection = 1 };
	struct directory_result result;

	if (file)
		(void)fclose(file);
	while (urls[record.n_endpoints])
		record.n_endpoints++;
	node_must(peer_node_read_facts(node, &document, &n_facts) == 0 &&
			  digest_compute(document, n_facts, facts) == 0,
		"facts");
	free(document);
	node_must(digest_compute(bytes, n, digest) == 0, "digest_compute");
	node_sign(node->directory, node->identity, &record,
		&(struct node_time){ peer_node_now_us(node), RECORD_TIME_VALIDITY_US });
	if (n > 0 && directory_put_class(node->directory, bytes, n, &result) == DIRECTORY_E_REFUSED)
		printf("class %s: %s\n", result.refusal.where, result.refusal.text);
}

static bool peer_node_print_host(const struct directory_member *member, void *data)
{
	struct peer_node *node = data;
	char digest[DIGEST_LENGTH + 1];
	struct directory_class class_ = { .held = false };

	directory_digest_format(&member->version.digest, digest);
	if (member->n_classes > 0)
		directory_get_class(node->directory, member->classes[0].slot, &class_);
	printf("%s %" PRIu64 " %s %d %d %d\n", member->host, member->version.sequence, digest,
		(int)member->standing, class_.held, member->contradicted);
	return true;
}

static void peer_node_print_count(const char *word, uint64_t count, void *data)
{
	(void)data;
	printf("%s %" PRIu64 "\n", word, count);
}

static void peer_node_act(struct peer_node *node, char *line)
{
	char *words[6] = { NULL }, *rest = line, *list = strchr(line, ' ');
	struct refusal refusal = { "", "" };
	size_t n = 0;

	if (strncmp(line, "peers", 5) == 0) {
		if (peers_set_places(node->peers, list ? list : "", "", &refusal) != 0)
			printf("refused %s: %s\n", refusal.where, refusal.text);
		return;
	}
	while (n < 5 && (words[n] = strsep(&rest, " ")))
		n++;
	if (strcmp(words[0], "publish") == 0 && n >= 2) {
		peer_node_publish(node, words[1], (const char *const *)words + 2);
	} else if (strcmp(words[0], "facts") == 0 && n == 2) {
		(void)snprintf(node->facts, sizeof(node->facts), "%s", words[1]);
	} else if (strcmp(words[0], "ask-facts") == 0 && n == 2) {
		peer_node_ask_facts(node, words[1]);
	} else if (strcmp(words[0], "answer") == 0) {
		puts(node->answer);
	} else if (strcmp(words[0], "clock") == 0 && n == 2) {
		node->ahead_us = strtoll(words[1], NULL, 10) * 1000000;
		(void)directory_expire(node->directory, peer_node_now_us(node));
	} else if (strcmp(words[0], "trust") == 0 && n == 5) {
		node_load(words + 1, &node->identity, &node->trust);
		peer_node_trust(node);
	} else if (strcmp(words[0], "forget") == 0 && n == 2) {
		(void)directory_forget(node->directory, words[1], peer_node_now_us(node));
	} else if (strcmp(words[0], "hosts") == 0) {
		directory_list(node->directory, peer_node_print_host, node);
	} else if (strcmp(words[0], "counters") == 0) {
		peers_list_counters(node->peers, peer_node_print_count, NULL);
		directory_list_counters(node->directory, peer_node_print_count, NULL);
	} else {
		node_must(false, "no such command");
	}
}

static void peer_node_on_input(evutil_socket_t fd, short what, void *data)
{
	struct peer_node *node = data;
	char *line;

	(void)what;
	if (evbuffer_read(node->input, fd, 65536) <= 0)
		(void)event_base_loopbreak(node->base);
	while ((line = evbuffer_readln(node->input, NULL, EVBUFFER_EOL_LF))) {
		peer_node_act(node, line);
		free(line);
		puts("end");
		(void)fflush(stdout);
	}
}

/* ------------------------------------------------------------- life */

static void peer_node_open(struct peer_node *node, char **argv)
{
	static const struct http_limits limits = { .connections = 40,
		.connections_peer = 8,
		.handshakes = 16,
		.requests_minute = 6000,
		.flight_bytes = 1 << 20,
		.flight_peer_bytes = 512 << 10,
		.life_us = 2000000,
		.handshake_us = 2000000,
		.idle_us = 5000000,
		.head_us = 2000000,
		.body_us = 2000000,
		.answer_us = 3000000 };
	struct directory_settings directory = { .max_hosts = 12,
		.keeper = fake_keeper_callbacks(&node->keeper) };
	struct peers_settings peers = { .base = node->base,
		.limits = &limits,
		.interval_us = strtoull(argv[5], NULL, 10) * 1000,
		.now_us = peer_node_now_us,
		.read_facts = peer_node_read_facts,
		.say = peer_node_say,
		.data = node };

	directory.host = peers.host = identity_get_name(node->identity)->host;
	node_must(directory_new(&directory, &node->directory) == 0, "directory_new");
	peers.directory = node->directory;
	node_must(peers_new(&peers, &node->peers) == 0, "peers_new");
	peer_node_trust(node);
	node_must(peers_listen(node->peers, argv[4]) == 0, "peers_listen");
}

int main(int argc, char **argv)
{
	static struct peer_node node;
	struct event *input;

	if (argc != 7)
		return 2;
	(void)signal(SIGPIPE, SIG_IGN);
	node.base = event_base_new();
	node.input = evbuffer_new();
	node_load(argv + 1, &node.identity, &node.trust);
	peer_node_open(&node, argv + 1);
	input = event_new(node.base, 0, EV_READ | EV_PERSIST, peer_node_on_input, &node);
	(void)event_add(input, NULL);
	puts("end");
	(void)fflush(stdout);
	(void)event_base_dispatch(node.base);
	event_free(input);
	peers_free(node.peers);
	directory_free(node.directory);
	identity_unref(node.identity);
	trust_unref(node.trust);
	fake_keeper_done(&node.keeper);
	evbuffer_free(node.input);
	event_base_free(node.base);
	libevent_global_shutdown();
	return 0;
}
