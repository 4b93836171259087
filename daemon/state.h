/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the daemon knows of this host: the facts that were collected last, the host that was made of
 * them, and when. Replaced as a whole, or not at all.
 */
#pragma once

#include "core/judge/host.h"

#define STATE_BOOT_BYTES 64

struct state {
	struct facts *facts; /* NULL: nothing known */
	struct host *host;
	uint64_t collected_us; /* real time */
	bool woken;	       /* in this boot, sleeping devices have been read once */
	char *received;	       /* the document, where a newer version wrote more than we read */
	size_t received_bytes;
};

enum state_outcome {
	STATE_DONE,
	STATE_E_REFUSED, /* the refusal says why the document is none */
};

/* A document of @n bytes and how it came to be. */
struct state_document {
	const char *bytes;
	size_t n;
	uint64_t collected_us;
	bool woken;
	const struct assume *assume; /* from configuration */
};

/*
 * Takes @document as what is known now, filled up with what is kept for a boot. On anything but
 * STATE_DONE @state is as it was. -ENOMEM.
 */
int state_take(struct state *state, const struct state_document *document, struct refusal *refusal);

/* Judges the same facts again, under other assumptions. -ENOMEM. */
int state_assume(struct state *state, const struct assume *assume);

/* The facts document in @ret, to be freed with free(). -ENOMEM. */
int state_dump(const struct state *state, char **ret, size_t *ret_n);

/* The boot that the facts are of; empty: not known. Borrowed. */
const char *state_boot(const struct state *state);

void state_done(struct state *state);
