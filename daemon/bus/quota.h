/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What callers may cost: each user has a bucket that fills with time, and a call that it does not
 * hold is refused. Root and the daemon's own user have none. A caller on the bus is a name of which
 * only the bus knows the user, and the answer to that takes a moment. Until then each name may cost
 * a little, and more as long as a bucket that all such names share holds it. Afterwards its user
 * pays, and what came from the shared bucket goes back there if the user can: who comes with ever
 * new names empties it, and leaves a little to everybody. Both tables are of fixed size; who was
 * heard of longest ago makes room. No messages, no clock: the time is given.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUS_QUOTA_NAMES	     256U
#define BUS_QUOTA_NAME_BYTES 32U /* a unique name is ":1." and a number */
#define BUS_QUOTA_USERS	     64U
#define BUS_QUOTA_BURST	     4000U /* what a bucket holds */
#define BUS_QUOTA_RATE	     500U  /* what flows into it in a second */
#define BUS_QUOTA_BLIND	     20U   /* what any name may cost before its user is known */
#define BUS_QUOTA_PENDING    16U   /* questions to polkit for one user at a time */

struct bus_quota_bucket {
	int64_t has; /* below zero: it owes */
	uint64_t filled_us;
};

struct bus_quota_name {
	char name[BUS_QUOTA_NAME_BYTES]; /* empty: a free place */
	bool known;
	uint32_t uid;
	uint32_t owes;	/* until it is known: what it cost */
	uint32_t drawn; /* and what of that came from the shared bucket */
	uint64_t used;	/* when it was heard of last; a count, not a time */
};

struct bus_quota_user {
	bool taken;
	uint32_t uid;
	struct bus_quota_bucket bucket;
	uint64_t used;
	unsigned pending;
};

struct bus_quota {
	uint32_t own; /* the daemon's user */
	uint64_t used;
	struct bus_quota_bucket unknown; /* what names share that are not known yet */
	struct bus_quota_name names[BUS_QUOTA_NAMES];
	struct bus_quota_user users[BUS_QUOTA_USERS];
};

enum bus_quota_outcome {
	BUS_QUOTA_DONE,
	BUS_QUOTA_E_HELD, /* refuse it */
};

/* Everybody may cost all there is; @own is the daemon's user. */
void bus_quota_init(struct bus_quota *quota, uint32_t own);

/*
 * Charges @cost to the caller @name. @ret_ask: the name is new, so the bus is to be asked whose it
 * is, and bus_quota_learn() to be told. A first call of a new name passes, whatever it costs.
 */
int bus_quota_charge(
	struct bus_quota *quota, const char *name, uint32_t cost, uint64_t now_us, bool *ret_ask);

/* @name is @uid's. */
void bus_quota_learn(struct bus_quota *quota, const char *name, uint32_t uid, uint64_t now_us);

/* Whose @name is, if that is known. */
bool bus_quota_whose(const struct bus_quota *quota, const char *name, uint32_t *ret_uid);

/* One more question to polkit for @uid, or one less. BUS_QUOTA_E_HELD: there are too many. */
int bus_quota_hold(struct bus_quota *quota, uint32_t uid, uint64_t now_us);
void bus_quota_release(struct bus_quota *quota, uint32_t uid);
