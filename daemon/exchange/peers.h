/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A fleet without a centre: each host answers its peers over HTTPS, and every round talks to a few
 * of them, drawn by chance from what is configured, what a file names and what records say. Classes
 * that are missed are fetched from their holders; a change of a class is told to a few at once. All
 * that comes goes into the directory, which proves it; who it came from makes no difference, but is
 * named where it is refused.
 */
#pragma once

#include "daemon/exchange/directory/class.h"
#include "daemon/exchange/http/server.h"

#define PEERS_FANOUT 3U

struct peers;

struct peers_settings {
	struct event_base *base; /* borrowed, like all of this */
	struct directory *directory;
	const char *host;		  /* this one; copied */
	const struct http_limits *limits; /* http_limits_preset */
	uint64_t interval_us;		  /* between rounds; a tenth is added by chance */
	uint64_t (*now_us)(void *data);	  /* microseconds since 1970 */
	/* The facts document of this host in @ret, to be freed with free(). -ENOENT, or other. */
	int (*read_facts)(void *data, char **ret, size_t *ret_n);
	/* Is told what went wrong with whom (a host or a URL; empty: not known), not too often. */
	void (*say)(const char *peer, const char *text, void *data);
	void *data;
};

/* Gives peers that do nothing yet. -ENOMEM, -ENOSPC: too many watch @directory. */
int peers_new(const struct peers_settings *settings, struct peers **ret);
/* Ends all talks. The directory may not change after that: it still has our watch. */
struct peers *peers_free(struct peers *peers);

/*
 * Who this host is and whom it trusts from now on (references are taken). NULL, either: it talks to
 * nobody and lets nobody in. -ENOMEM; -EINVAL: OpenSSL does not take them.
 */
int peers_set_tls(struct peers *peers, struct identity *identity, struct trust *trust);

void peers_set_interval(struct peers *peers, uint64_t interval_us);

/*
 * Talks to those whom @list names (places.h), and the file at @path, which is read again whenever
 * it changes; both may be empty. 1 with @refusal set: nothing has changed. -ENOMEM.
 */
int peers_set_places(
	struct peers *peers, const char *list, const char *path, struct refusal *refusal);

/* As http_server_listen() and http_server_listen_fd(). */
int peers_listen(struct peers *peers, const char *address);
int peers_listen_fd(struct peers *peers, int fd);

/* ------------------------------------------------------------- facts of others */

enum peers_facts_outcome {
	PEERS_FACTS_DONE,
	PEERS_FACTS_E_UNREACHABLE, /* the host does not answer */
	PEERS_FACTS_E_OTHER, /* its document is not what its record names: a newer one comes */
};

struct peers_facts_question {
	const char *host; /* copied */
	/*
	 * Is called once, from the loop, never from inside peers_ask_facts(). With PEERS_FACTS_DONE
	 * @bytes is the document, of which nothing but the digest was looked at; until it returns.
	 */
	void (*then)(enum peers_facts_outcome outcome, const char *bytes, size_t n, void *data);
	void *data;
};

/*
 * Fetches the facts document of a host from itself. -ENOENT: no current record of it names facts
 * and an endpoint. -EBUSY: too many are on their way. -ENOMEM.
 */
int peers_ask_facts(struct peers *peers, const struct peers_facts_question *question);

/* Whoever waits with @data is told nothing any more. */
void peers_unask_facts(struct peers *peers, const void *data);

struct peers_status {
	size_t places;	    /* that are known, this host's own left out */
	size_t reached;	    /* of them, those a talk with which went well lately */
	size_t failing;	    /* and those that do not answer */
	const char *failed; /* one of those; NULL: none. Lives until the next turn */
};

/* How it is, where the last @lately_us microseconds are lately. */
void peers_get_status(const struct peers *peers, uint64_t lately_us, struct peers_status *ret);

/* Calls @each for every word, of this end and of the server, with its count. */
void peers_list_counters(const struct peers *peers, http_each_word each, void *data);
