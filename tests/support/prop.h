/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What property tests share: the facts of captured hosts, changes to them at random places, random
 * guests whose memory lies where it may hurt, and random questions. All of it follows from one
 * seed.
 */
#pragma once

#include "core/judge/verdict.h"

#include <jansson.h>

/* The hosts, by their folder in tests/golden; NULL after the last. */
extern const char *const prop_hosts[];

/* How often each property is tried on each host, and with which random numbers. */
struct prop_run {
	uint64_t seed;
	unsigned iterations;
};
extern struct prop_run prop_run;

/*
 * Reads the arguments "SEED ITERATIONS", both optional, into prop_run, and prints the seed. For
 * main() of a property test, whose default is @iterations.
 */
void prop_begin(int argc, char **argv, unsigned iterations);

/* The state of the random numbers of try @i on host @host. */
uint64_t prop_state(size_t host, unsigned i);

/* The facts of the host of that name: a new reference. */
json_t *prop_load(const char *name);

/* A fact of a document: the member @key of @object. */
struct prop_fact {
	json_t *object;
	const char *key;
	char path[160];
};

/* A random fact of @facts, a member that names nothing; its place in @ret. */
void prop_pick(json_t *facts, uint64_t *state, struct prop_fact *ret);

/* Makes the fact unknown for a random reason, or takes it away: what is not known any more. */
void prop_forget(const struct prop_fact *fact, uint64_t *state);

/* Gives the fact another value of its kind, or null; what it says may become absurd. */
void prop_change(const struct prop_fact *fact, uint64_t *state);

/* A random guest with RAM near the addresses that @facts speaks of. The caller owns it. */
struct guest *prop_guest(const json_t *facts, uint64_t *state);

/* The text of @guest, to be shown: one line, static. */
const char *prop_guest_text(const struct guest *guest);

struct prop_question {
	struct verdict_question question;
	struct assume assume;
	const char *attach[2];
	bool by_identity; /* something is wanted of which there may be several */
	char text[160];
};

/* A random question about @guest on the host of @facts, whose strings it borrows. */
void prop_ask(
	const json_t *facts, const struct guest *guest, uint64_t *state, struct prop_question *ret);

/* The verdict on @question, whose host is put into @ret_host; NULL when it was refused. */
struct verdict *prop_judge(
	const json_t *facts, const struct prop_question *question, struct host **ret_host);

/* The host of @facts under @assume (NULL: nested=trust). */
struct host *prop_host(const json_t *facts, const struct assume *assume);

/* The same, trusting it; NULL where the document is refused, which a change may cause. */
struct host *prop_try_host(const json_t *facts);
