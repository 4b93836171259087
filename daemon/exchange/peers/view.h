/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inside of peers, for their own files. */
#pragma once

#include "daemon/exchange/curl_loop.h"
#include "daemon/exchange/peers.h"
#include "daemon/exchange/peers/places.h"
#include "daemon/exchange/peers/serve.h"
#include "daemon/exchange/peers/talk.h"

#include <sys/queue.h>
#include <sys/stat.h>

#define PEERS_PUSHES	 16U /* hosts whose change is to be told at once; more ride the rounds */
#define PEERS_ERRANDS	 16U
#define PEERS_FETCHES	 4U
#define PEERS_MISSES	 64U
#define PEERS_FACTS	 4U /* documents on their way: each may have 8 MiB */
#define PEERS_LINE_BYTES 1024U

enum peers_word {
	PEERS_WORD_ROUNDS,
	PEERS_WORD_TALKS, /* that went well */
	PEERS_WORD_IDLE,  /* of them, nothing differed */
	PEERS_WORD_FAILED,
	PEERS_WORD_FETCHED, /* records */
	PEERS_WORD_TAKEN,
	PEERS_WORD_OFFERED, /* records that a peer lacked */
	PEERS_WORD_PUSHED,  /* batches of changes, at once */
	PEERS_WORD_CLASSES,
	PEERS_WORD_CLASSES_MISSED,
	PEERS_WORD_FACTS,
	PEERS_WORD_FACTS_REFUSED,
	PEERS_WORD_SENT, /* bytes of heads and bodies */
	PEERS_WORD_RECEIVED,
	_PEERS_WORD_MAX,
};

enum peers_next {
	PEERS_ASKED, /* another request was made, or could not be: it is not ours any more */
	PEERS_GOOD,  /* it is over */
	PEERS_BAD,   /* so it is, and peers_errand_fail() was told */
};

/* Somebody waits for a facts document. */
struct peers_facts;

/* One request, or a row of them, to one place. */
struct peers_errand {
	LIST_ENTRY(peers_errand) link;
	struct peers *peers;
	struct peers_place *place; /* busy for us; NULL: only the URL is known */
	struct tls *tls;
	struct tls_peer peer;	   /* of the connection's handshake, if it was made for us */
	struct identity_name name; /* of who answers; empty: not known yet */
	bool self;		   /* it is this host */
	char url[PEERS_URL_BYTES + PEERS_PATH_BYTES];
	size_t n_url; /* of the place's part */
	struct curl_loop_tls curl_tls;
	struct peers_talk *talk;	/* NULL: no talk */
	struct directory_digest digest; /* of the class that is fetched */
	bool fetches;
	struct peers_facts *facts; /* that are asked for; NULL: none, or nobody waits */
	enum peers_next (*answered)(
		struct peers_errand *errand, const struct curl_loop_result *result);
};

/* A class that could not be fetched, and when to try again. */
struct peers_miss {
	struct directory_digest digest;
	uint64_t not_before_us; /* 0: free */
};

struct peers {
	struct peers_settings settings;
	char host[LIMIT_HOST_NAME + 1];
	struct curl_loop *curl;
	struct http_server *server;
	struct tls *tls;
	struct peers_service service;
	struct peers_places *places;
	struct peers_refusals refusals;
	struct event *timer, *pusher;
	LIST_HEAD(, peers_errand) errands;
	LIST_HEAD(, peers_facts) facts;
	unsigned n_errands, n_fetches, n_facts;
	char *list_path; /* NULL: no file */
	struct stat list_stat;
	bool list_known;
	bool fetching; /* what is taken now came from a talk: it is not told at once again */
	unsigned n_pushes;
	char pushes[PEERS_PUSHES][LIMIT_HOST_NAME + 1];
	struct peers_miss misses[PEERS_MISSES];
	uint64_t counts[_PEERS_WORD_MAX];
};

uint64_t peers_random(void *data); /* @data is not used */
uint64_t peers_now_us(void);	   /* monotonic */

/* Says what @errand met, as of its peer. */
void peers_errand_tell(const struct peers_errand *errand, const char *what);
/* Drops what was refused of @peer into the log. */
void peers_tell_refused(
	struct peers *peers, const char *peer, const struct directory_result *result);

/* An errand to @place, which is busy, or (NULL) to @url. -ENOMEM, -EBUSY. It frees itself. */
int peers_errand_new(
	struct peers *peers, struct peers_place *place, const char *url, struct peers_errand **ret);
void peers_errand_free(struct peers_errand *errand);
/* Asks; an errand that cannot is over and freed. */
void peers_errand_ask(struct peers_errand *errand, const struct peers_ask *ask);
/* Says why it went wrong, and leaves its place alone for a while. */
void peers_errand_fail(struct peers_errand *errand, const char *why);

/* Reads the file of peers again if it changed; what is wrong with it is said. */
void peers_list_refresh(struct peers *peers);
/* Has the places follow the file and the records. */
void peers_places_refresh(struct peers *peers);

void peers_talk_start(struct peers *peers, struct peers_place *place);
void peers_push(struct peers *peers);
void peers_fetch_classes(struct peers *peers);

/* The errand for @facts is over without them. */
void peers_facts_go_on(struct peers_facts *facts);
/* Nobody waits any more, and nobody is told. */
void peers_facts_done(struct peers *peers);
