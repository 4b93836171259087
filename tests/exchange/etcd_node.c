/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A host of a fleet that meets in etcd, with nothing but its part in the exchange, which keeps in
 * memory and does what lines on its standard input say:
 *
 *   etcd_node CERTIFICATE KEY CA LISTS|- NAME=VALUE...     the settings of etcd.h
 *
 *   publish FILE|- SECONDS   signs a record of a class (projection 1) that is valid so long
 *   ask HOST [CALLER]        reads what etcd has of it, and says what came of it
 *   ask-all CALLER HOST...   asks about all of them at once; a line for each
 *   trust CERTIFICATE KEY CA LISTS|-
 *   hosts                    a line for each: name, sequence, standing, class held
 *   status                   reached, published, listed, endpoint, trouble
 *   counters                 a line for each word
 *
 * Each is answered with lines and "end".
 */
#include "daemon/exchange/directory/class.h"
#include "daemon/exchange/etcd.h"
#include "tests/exchange/node.h"
#include "tests/support/fake_keeper.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct etcd_node {
	struct event_base *base;
	struct evbuffer *input;
	struct fake_keeper keeper;
	struct directory *directory;
	struct identity *identity;
	struct trust *trust;
	struct etcd *etcd;
	unsigned n_asked; /* answers that are still to come */
};

static uint64_t etcd_node_now_us(void *data)
{
	struct timespec now;

	(void)data;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void etcd_node_say(void *data, const char *where, const char *text)
{
	(void)data;
	fprintf(stderr, "[%s] %s\n", where, text);
}

static void etcd_node_trust(struct etcd_node *node, char **argv)
{
	node_load(argv, &node->identity, &node->trust);
	directory_set_trust(node->directory, node->trust);
	while (directory_verify_more(node->directory, 100, etcd_node_now_us(node)) > 0)
		;
	etcd_list_again(node->etcd);
}

/* ------------------------------------------------------------- commands */

static void etcd_node_publish(struct etcd_node *node, const char *path, const char *seconds)
{
	const struct identity_name *name = identity_get_name(node->identity);
	static char bytes[LIMIT_CLASS_BYTES];
	char digest[DIGEST_LENGTH + 1];
	FILE *file = strcmp(path, "-") == 0 ? NULL : fopen(path, "rb");
	size_t n = file ? fread(bytes, 1, sizeof(bytes), file) : 0;
	struct record_class class_ = { 1, digest };
	struct record record = { .fleet = name->fleet,
		.host = name->host,
		.host_id = "0123456789abcdef0123456789abcdef",
		.collection = RECORD_COLLECTION_OK,
		.facts = digest,
		.map = digest,
		.classes = &class_,
		.n_classes = 1,
		.software = "0",
		.rules = 1,
		.projection = 1 };
	struct directory_result result;

	if (file)
		(void)fclose(file);
	node_must(digest_compute(bytes, n, digest) == 0, "digest_compute");
	node_sign(node->directory, node->identity, &record,
		&(struct node_time){
			etcd_node_now_us(node), strtoull(seconds, NULL, 10) * 1000000 });
	if (n > 0)
		node_must(directory_put_class(node->directory, bytes, n, &result) !=
				  DIRECTORY_E_REFUSED,
			"directory_put_class");
}

static const char *etcd_node_known_word(enum etcd_known known)
{
	switch (known) {
	case ETCD_KNOWN_FRESH:
		return "fresh";
	case ETCD_KNOWN_ABSENT:
		return "absent";
	case ETCD_KNOWN_REFUSED:
		return "refused";
	case ETCD_KNOWN_GONE:
		return "gone";
	}
	return "?";
}

static void etcd_node_end(struct etcd_node *node)
{
	if (node->n_asked > 0)
		return;
	puts("end");
	(void)fflush(stdout);
}

static void etcd_node_on_asked(enum etcd_known known, void *data)
{
	struct etcd_node *node = data;

	node->n_asked--;
	puts(etcd_node_known_word(known));
	etcd_node_end(node);
}

static void etcd_node_ask(struct etcd_node *node, const char *host, const char *caller)
{
	struct etcd_question question = { .host = host,
		.caller = strtoull(caller, NULL, 10),
		.asked = etcd_node_on_asked,
		.data = node };
	enum etcd_known known;
	int r = etcd_ask(node->etcd, &question, &known);

	if (r == ETCD_ASK_WAIT)
		node->n_asked++;
	else
		puts(r == ETCD_ASK_KNOWN ? etcd_node_known_word(known) : "busy");
}

static bool etcd_node_print_host(const struct directory_member *member, void *data)
{
	struct etcd_node *node = data;
	struct directory_class class_ = { .held = false };

	if (member->n_classes > 0)
		directory_get_class(node->directory, member->classes[0].slot, &class_);
	printf("%s %" PRIu64 " %d %d\n", member->host, member->version.sequence,
		(int)member->standing, class_.held);
	return true;
}

static void etcd_node_print_count(const char *word, uint64_t count, void *data)
{
	printf("%s%s %" PRIu64 "\n", (const char *)data, word, count);
}

static void etcd_node_print_status(const struct etcd_node *node)
{
	struct etcd_status status;

	etcd_get_status(node->etcd, &status);
	printf("%d %d %d %s %s\n", status.reached, status.published, status.listed, status.endpoint,
		status.trouble);
}

static void etcd_node_act(struct etcd_node *node, char *line)
{
	char *words[32] = { NULL };
	size_t n = 0;

	while (n < 31 && (words[n] = strsep(&line, " ")))
		n++;
	(void)directory_expire(node->directory, etcd_node_now_us(node));
	if (strcmp(words[0], "publish") == 0 && n == 3) {
		etcd_node_publish(node, words[1], words[2]);
	} else if (strcmp(words[0], "ask") == 0 && n >= 2) {
		etcd_node_ask(node, words[1], "1");
	} else if (strcmp(words[0], "ask-all") == 0 && n >= 3) {
		for (size_t i = 2; i < n; i++)
			etcd_node_ask(node, words[i], words[1]);
	} else if (strcmp(words[0], "trust") == 0 && n == 5) {
		etcd_node_trust(node, words + 1);
	} else if (strcmp(words[0], "hosts") == 0) {
		directory_list(node->directory, etcd_node_print_host, node);
	} else if (strcmp(words[0], "status") == 0) {
		etcd_node_print_status(node);
	} else if (strcmp(words[0], "counters") == 0) {
		etcd_list_counters(node->etcd, etcd_node_print_count, "etcd-");
		directory_list_counters(node->directory, etcd_node_print_count, "");
	} else {
		node_must(false, "no such command");
	}
	etcd_node_end(node);
}

static void etcd_node_on_input(evutil_socket_t fd, short what, void *data)
{
	struct etcd_node *node = data;
	char *line;

	(void)what;
	if (evbuffer_read(node->input, fd, 65536) <= 0)
		(void)event_base_loopbreak(node->base);
	while ((line = evbuffer_readln(node->input, NULL, EVBUFFER_EOL_LF))) {
		etcd_node_act(node, line);
		free(line);
	}
}

/* ------------------------------------------------------------- life */

static void etcd_node_set(struct etcd_settings *settings, char *pair)
{
	const char *name = strsep(&pair, "=");
	const struct {
		const char *name;
		const char **place;
	} texts[] = { { "endpoints", &settings->endpoints }, { "prefix", &settings->prefix },
		{ "user", &settings->user }, { "password", &settings->password_path },
		{ "ca", &settings->ca_path }, { "certificate", &settings->certificate_path },
		{ "key", &settings->key_path } };

	node_must(pair != NULL, "no value");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(texts[i].name, name) == 0)
			*texts[i].place = pair;
	if (strcmp(name, "observer") == 0)
		settings->observer = true;
	if (strcmp(name, "page") == 0)
		settings->page = (unsigned)strtoul(pair, NULL, 10);
	if (strcmp(name, "check_ms") == 0)
		settings->check_us = strtoull(pair, NULL, 10) * 1000;
}

static void etcd_node_open(struct etcd_node *node, char **pairs)
{
	const char *host = identity_get_name(node->identity)->host;
	struct directory_settings directory = { .host = host,
		.keeper = fake_keeper_callbacks(&node->keeper) };
	struct etcd_settings settings = { .base = node->base,
		.host = host,
		.now_us = etcd_node_now_us,
		.say = etcd_node_say,
		.data = node };
	struct refusal refusal = { "", "" };

	for (; *pairs; pairs++)
		etcd_node_set(&settings, *pairs);
	node_must(directory_new(&directory, &node->directory) == 0, "directory_new");
	directory_set_trust(node->directory, node->trust);
	settings.directory = node->directory;
	if (etcd_new(&settings, &node->etcd, &refusal) != ETCD_DONE) {
		printf("refused %s: %s\n", refusal.where, refusal.text);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	static struct etcd_node node;
	struct event *input;

	if (argc < 5)
		return 2;
	(void)signal(SIGPIPE, SIG_IGN);
	node.base = event_base_new();
	node.input = evbuffer_new();
	node_load(argv + 1, &node.identity, &node.trust);
	etcd_node_open(&node, argv + 5);
	input = event_new(node.base, 0, EV_READ | EV_PERSIST, etcd_node_on_input, &node);
	(void)event_add(input, NULL);
	etcd_node_end(&node);
	(void)event_base_dispatch(node.base);
	event_free(input);
	etcd_free(node.etcd);
	directory_free(node.directory);
	identity_unref(node.identity);
	trust_unref(node.trust);
	fake_keeper_done(&node.keeper);
	evbuffer_free(node.input);
	event_base_free(node.base);
	libevent_global_shutdown();
	return 0;
}
