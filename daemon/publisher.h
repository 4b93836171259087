/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * This host's own record: when a new one is due, and what it says. It goes into the directory like
 * that of any other host, and from there to the fleet. What the directory has of this host decides
 * the next sequence, so that a host that lost its store goes on above what the fleet has of it.
 */
#pragma once

#include "daemon/config.h"
#include "daemon/exchange/directory.h"
#include "daemon/state.h"

enum publisher_outcome {
	PUBLISHER_DONE,	     /* a new record is in the directory */
	PUBLISHER_NOTHING,   /* what is there will do, or there is no identity */
	PUBLISHER_E_CLOCK,   /* the clock here cannot be right, or was not */
	PUBLISHER_E_EXPIRED, /* the certificate is not valid any more */
	PUBLISHER_E_REFUSED, /* others would refuse it; the refusal says why */
};

struct publisher {
	struct directory *directory; /* borrowed */
	bool asked;		     /* a record is due whatever time it is */
	uint64_t issued_us;	     /* of the last one made here; 0: none in this run */
	struct directory_version version;
	unsigned n_overtaken; /* by newer records of this host that were not made here */
	uint64_t overtaken_us;
	char class_digest[DIGEST_LENGTH + 1]; /* that it told of */
	char map[DIGEST_LENGTH + 1];
	char facts[DIGEST_LENGTH + 1];
	bool failed;
	char labels[CONFIG_TEXT_BYTES];
	char endpoints[CONFIG_TEXT_BYTES];
};

/* What there is to tell. */
struct publisher_news {
	const struct identity *identity; /* NULL: it cannot sign, nothing is told */
	const struct state *state;
	const struct config *config;
	bool failed; /* the last collection gave nothing */
	uint64_t now_us;
};

/* Has a record made by the next publisher_run(). */
void publisher_ask(struct publisher *publisher);

/* Another machine makes records of this host, with its key. */
bool publisher_is_doubled(const struct publisher *publisher, uint64_t now_us);

/* Makes a record of @news if one is due. An outcome, with @refusal for those of E; negative errno.
 */
int publisher_run(
	struct publisher *publisher, const struct publisher_news *news, struct refusal *refusal);
