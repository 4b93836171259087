/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where peers are said to be: URLs from the configuration, from a file, and from the records of
 * hosts. Whom to talk to next is drawn from them. Who fails is left alone for longer and longer.
 * Pure: times (monotonic) and chance are the caller's.
 */
#pragma once

#include "core/codec/refusal.h"
#include "core/model/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PEERS_PLACES	 16384U
#define PEERS_LIST_BYTES (128U << 10) /* of a list of peers */
#define PEERS_LIST_URLS	 2000U
#define PEERS_URL_BYTES	 320U

/* Who names a place; a set of bits. */
enum { PEERS_CONFIGURED = 1, PEERS_FILE = 2, PEERS_RECORD = 4 };

struct peers_place {
	const char *url;
	unsigned sources;
	bool busy; /* somebody talks to it: it stays */
	unsigned failures;
	uint64_t not_before_us;
	uint64_t reached_us; /* when a talk last went well; 0: never */
	bool self;	     /* this host itself answered there */
};

struct peers_places;

int peers_places_new(struct peers_places **ret); /* -ENOMEM; the caller owns @ret */
struct peers_places *peers_places_free(struct peers_places *places);

/*
 * Adds what @source names; -ENOMEM, -ENOSPC, -EINVAL: no URL of a host and a port. Between
 * peers_places_forget(), after which @source names nothing, and peers_places_sweep(), which drops
 * what nobody names any more, what is known of a place is kept.
 */
int peers_places_add(struct peers_places *places, const char *url, unsigned source);
void peers_places_forget(struct peers_places *places, unsigned source);
void peers_places_sweep(struct peers_places *places);
size_t peers_places_count(const struct peers_places *places);
const struct peers_place *peers_places_get(const struct peers_places *places, size_t i);

/*
 * Draws one of those that are not busy and due; it is busy from then on. NULL: there
 * is none. @random gives numbers of which all bits are random.
 */
struct peers_place *peers_places_choose(
	struct peers_places *places, uint64_t now_us, uint64_t (*random)(void *data), void *data);

/* The talk with @place is over, and went well. */
void peers_place_release(struct peers_place *place, uint64_t now_us);
/*
 * It did not: the next one is after a pause that doubles each time, from half to all of @pause_us
 * up to 16 times that.
 */
void peers_place_fail(
	struct peers_place *place, uint64_t now_us, uint64_t pause_us, uint64_t random);
/* This host itself answered there; a name of several hosts may lead to another one next time. */
void peers_place_rest(struct peers_place *place, uint64_t now_us, uint64_t pause_us);

/*
 * Reads a list of URLs, apart by blanks, commas or lines, "#" to the end of a line being a remark;
 * calls @each for each. 0; 1 with @refusal set, which says the line; or what @each gave.
 */
int peers_list_parse(const char *text, size_t n, int (*each)(const char *url, void *data),
	void *data, struct refusal *refusal);
