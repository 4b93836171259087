/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inside of an etcd, for its own parts. */
#pragma once

#include "daemon/exchange/etcd/parts.h"
#include "daemon/exchange/http/account.h"

#define ETCD_SECOND_US	   UINT64_C(1000000)
#define ETCD_SMALL_BYTES   ((size_t)16 << 10) /* of an answer without values */
#define ETCD_RECORD_ANSWER (ETCD_SMALL_BYTES + (size_t)LIMIT_RECORD_BYTES * 4 / 3)
#define ETCD_CLASS_ANSWER  (ETCD_SMALL_BYTES + (size_t)LIMIT_CLASS_BYTES * 4 / 3)

enum etcd_word {
	ETCD_WORD_UNREACHABLE,
	ETCD_WORD_DENIED,
	ETCD_WORD_AUTHENTICATED,
	ETCD_WORD_MALFORMED, /* answers */
	ETCD_WORD_REFUSED,   /* errors of etcd */
	ETCD_WORD_OVER_LIMIT,
	ETCD_WORD_STRANGE_KEY,
	ETCD_WORD_MISPLACED,
	ETCD_WORD_RECORD_REFUSED,
	ETCD_WORD_CLASS_REFUSED,
	ETCD_WORD_CLASS_REPAIRED,
	ETCD_WORD_DELETED,
	ETCD_WORD_LISTED,
	ETCD_WORD_WATCH_LOST,
	ETCD_WORD_COMPACTED,
	ETCD_WORD_PUBLISHED,
	_ETCD_WORD_MAX,
};

struct etcd {
	struct etcd_settings settings; /* what is copied is in the arena */
	struct arena *arena;
	struct curl_loop *curl;
	struct curl_loop_tls tls;
	unsigned n_endpoints, endpoint;
	const char *endpoints[ETCD_ENDPOINTS];

	struct etcd_calls waiting, running;
	unsigned n_running;
	struct event *pump;
	struct event *again; /* ends a trouble */
	struct event *knock; /* begins an authentication */
	struct etcd_call authentication;
	char *token;
	unsigned token_number;
	uint64_t token_us;   /* when it was given; monotonic */
	bool knocking, open; /* open: etcd has no users */
	bool in_trouble;
	enum etcd_reply_kind trouble;
	char trouble_text[320];
	unsigned n_failures;
	bool reached;
	uint64_t reached_us;

	struct etcd_publisher publisher;
	struct etcd_ask_entry asks[ETCD_ASKS];
	struct etcd_waiter waiters[ETCD_WAITERS];
	struct etcd_observer observer;
	struct http_accounts *accounts;
	uint64_t counts[_ETCD_WORD_MAX];
};

int etcd_publish_init(struct etcd *etcd); /* -ENOMEM */
void etcd_publish_done(struct etcd *etcd);
void etcd_ask_init(struct etcd *etcd);
void etcd_ask_done(struct etcd *etcd);
int etcd_observe_init(struct etcd *etcd); /* -ENOMEM */
void etcd_observe_done(struct etcd *etcd);
int etcd_fetch_init(struct etcd *etcd); /* -ENOMEM */
void etcd_fetch_done(struct etcd *etcd);
/* etcd answers again: what was to be tried later is tried now. */
void etcd_publish_try(struct etcd *etcd);
void etcd_observe_try(struct etcd *etcd);
/* Goes on with fetching what the directory wants. */
void etcd_fetch_classes(struct etcd *etcd);

/* ------------------------------------------------------------- shared */

uint64_t etcd_monotonic_us(void);
/* From half of it to all of it: many hosts that lost etcd at once do not come back at once. */
uint64_t etcd_jitter_us(uint64_t us);
/* One second after the first failure, then twice as much each time, up to a minute; with jitter. */
uint64_t etcd_back_off_us(unsigned n_failures);
int etcd_set_timer(struct event *event, uint64_t us);

/* Counts, and says it in the name of @who, whose lines are limited. */
void etcd_tell(struct etcd *etcd, enum etcd_word word, const char *who, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* PREFIXfolder/name in @key, which has room for ETCD_KEY_LENGTH and a NUL. */
struct etcd_bytes etcd_key(const struct etcd *etcd, const char *folder, const char *name,
	char key[ETCD_KEY_LENGTH + 1]);

/* Offers the record in @pair, whose key says whose it should be. True: it was not refused. */
bool etcd_offer(struct etcd *etcd, const struct etcd_pair *pair);
/* Puts the class @digest out of an answer. True: its document is held now. */
bool etcd_put_class(
	struct etcd *etcd, const struct directory_digest *digest, const struct etcd_answer *answer);
/* Asks for the class @digest by @call. False: memory is short. */
bool etcd_get_class(struct etcd_call *call, const struct directory_digest *digest);
