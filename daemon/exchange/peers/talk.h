/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One talk with one peer, as questions and answers without a network: what to ask next, and what to
 * make of the answer. Buckets are compared; of those that differ, what is newer there is fetched
 * and offered to the directory, and what is newer here is handed over. Each talk is bounded, and
 * begins at another bucket, so that what one stumbles over does not hide the rest for ever.
 */
#pragma once

#include "daemon/exchange/peers/codec.h"

#define PEERS_TALK_ASKS	  4096U
#define PEERS_TALK_WRONG  8U /* answers that are refused: then the talk is over */
#define PEERS_TALK_PUSHED 256U
#define PEERS_PATH_BYTES  320U

/* Records that were fetched and refused lately: not asked for again for a while. Zeroed: none. */
#define PEERS_REFUSALS	  256U
#define PEERS_REFUSALS_US (UINT64_C(10) * 60 * 1000000)
struct peers_refusals {
	unsigned next;
	struct {
		uint64_t at_us;
		uint64_t sequence;
		struct directory_digest digest;
	} items[PEERS_REFUSALS];
};

struct peers_talk_settings {
	struct directory *directory;
	struct peers_refusals *refusals;
	uint64_t (*now_us)(void *data); /* microseconds since 1970 */
	/* What the peer sent was refused, and why. May be NULL. */
	void (*refused)(const struct directory_result *result, void *data);
	void *data;
	unsigned first_bucket;
};

struct peers_ask {
	const char *method;
	char path[PEERS_PATH_BYTES];
	const char *tag; /* for If-None-Match; NULL: none */
	const char *body;
	size_t n_body;
	size_t max_bytes; /* of the answer's */
};

struct peers_talk;

int peers_talk_new(const struct peers_talk_settings *settings, struct peers_talk **ret);
struct peers_talk *peers_talk_free(struct peers_talk *talk);

/* The next thing to ask, which lives until its answer is taken. False: the talk is over. */
bool peers_talk_next(struct peers_talk *talk, struct peers_ask *ret);

/*
 * Takes the answer to what was asked. 0; -EBADMSG: the peer talks nonsense, and the talk is over;
 * or another negative errno of this end.
 */
int peers_talk_take(struct peers_talk *talk, unsigned status, const char *body, size_t n_body);

struct peers_talk_sums {
	unsigned asks, buckets, fetched, taken, pushed, wrong;
};
struct peers_talk_sums peers_talk_get_sums(const struct peers_talk *talk);
