/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/quota.h"

#include <stdio.h>
#include <string.h>

#define BUS_QUOTA_S 1000000U

void bus_quota_init(struct bus_quota *quota, uint32_t own)
{
	*quota = (struct bus_quota){ .own = own, .unknown.has = BUS_QUOTA_BURST };
}

static bool bus_quota_is_free(const struct bus_quota *quota, uint32_t uid)
{
	return uid == 0 || uid == quota->own;
}

static struct bus_quota_name *bus_quota_find_name(struct bus_quota *quota, const char *name)
{
	for (size_t i = 0; i < BUS_QUOTA_NAMES; i++)
		if (strcmp(quota->names[i].name, name) == 0)
			return &quota->names[i];
	return NULL;
}

static struct bus_quota_name *bus_quota_put_name(struct bus_quota *quota, const char *name)
{
	struct bus_quota_name *place = &quota->names[0];

	for (size_t i = 1; i < BUS_QUOTA_NAMES; i++)
		if (quota->names[i].used < place->used)
			place = &quota->names[i];
	*place = (struct bus_quota_name){ .known = false };
	(void)snprintf(place->name, sizeof(place->name), "%s", name);
	return place;
}

/* NULL: everybody in the table waits for polkit, and that is a crowd. */
static struct bus_quota_user *bus_quota_get_user(
	struct bus_quota *quota, uint32_t uid, uint64_t now_us)
{
	struct bus_quota_user *place = NULL;

	for (size_t i = 0; i < BUS_QUOTA_USERS; i++) {
		struct bus_quota_user *user = &quota->users[i];

		if (user->taken && user->uid == uid)
			return user;
		if (user->pending == 0 && (!place || user->used < place->used))
			place = user;
	}
	if (place)
		*place = (struct bus_quota_user){
			.taken = true, .uid = uid, .bucket = { BUS_QUOTA_BURST, now_us }
		};
	return place;
}

static void bus_quota_fill(struct bus_quota_bucket *bucket, uint64_t now_us)
{
	uint64_t passed_us = now_us > bucket->filled_us ? now_us - bucket->filled_us : 0;
	uint64_t gained = passed_us / (BUS_QUOTA_S / BUS_QUOTA_RATE);

	/* Debts are no deeper than a bucket. */
	if (gained >= 2 * BUS_QUOTA_BURST || bucket->has + (int64_t)gained >= BUS_QUOTA_BURST) {
		bucket->has = BUS_QUOTA_BURST;
		bucket->filled_us = now_us;
	} else {
		bucket->has += (int64_t)gained;
		/* What is not a whole one yet still counts. */
		bucket->filled_us += gained * (BUS_QUOTA_S / BUS_QUOTA_RATE);
	}
}

static int bus_quota_draw(struct bus_quota_bucket *bucket, uint32_t cost, uint64_t now_us)
{
	bus_quota_fill(bucket, now_us);
	if (bucket->has < cost)
		return BUS_QUOTA_E_HELD;
	bucket->has -= cost;
	return BUS_QUOTA_DONE;
}

static int bus_quota_charge_user(
	struct bus_quota *quota, uint32_t uid, uint32_t cost, uint64_t now_us)
{
	struct bus_quota_user *user;

	if (bus_quota_is_free(quota, uid))
		return BUS_QUOTA_DONE;
	user = bus_quota_get_user(quota, uid, now_us);
	if (!user)
		return BUS_QUOTA_E_HELD;
	user->used = ++quota->used;
	return bus_quota_draw(&user->bucket, cost, now_us);
}

static int bus_quota_charge_unknown(
	struct bus_quota *quota, struct bus_quota_name *caller, uint32_t cost, uint64_t now_us)
{
	if (caller->owes > 0 && caller->owes + cost > BUS_QUOTA_BLIND) {
		if (bus_quota_draw(&quota->unknown, cost, now_us) != BUS_QUOTA_DONE)
			return BUS_QUOTA_E_HELD;
		caller->drawn += cost;
	}
	caller->owes += cost;
	return BUS_QUOTA_DONE;
}

int bus_quota_charge(
	struct bus_quota *quota, const char *name, uint32_t cost, uint64_t now_us, bool *ret_ask)
{
	struct bus_quota_name *caller;

	*ret_ask = false;
	if (strlen(name) >= BUS_QUOTA_NAME_BYTES)
		return BUS_QUOTA_E_HELD;
	caller = bus_quota_find_name(quota, name);
	if (!caller) {
		caller = bus_quota_put_name(quota, name);
		*ret_ask = true;
	}
	caller->used = ++quota->used;
	if (caller->known)
		return bus_quota_charge_user(quota, caller->uid, cost, now_us);
	return bus_quota_charge_unknown(quota, caller, cost, now_us);
}

/* True if the user could pay. */
static bool bus_quota_settle(
	struct bus_quota *quota, const struct bus_quota_name *caller, uint64_t now_us)
{
	struct bus_quota_user *user;

	if (bus_quota_is_free(quota, caller->uid))
		return true;
	user = bus_quota_get_user(quota, caller->uid, now_us);
	if (!user)
		return false;
	bus_quota_fill(&user->bucket, now_us);
	user->used = ++quota->used;
	user->bucket.has -= caller->owes;
	if (user->bucket.has < -(int64_t)BUS_QUOTA_BURST)
		user->bucket.has = -(int64_t)BUS_QUOTA_BURST;
	return user->bucket.has >= 0;
}

void bus_quota_learn(struct bus_quota *quota, const char *name, uint32_t uid, uint64_t now_us)
{
	struct bus_quota_name *caller = bus_quota_find_name(quota, name);

	if (!caller || caller->known)
		return;
	caller->known = true;
	caller->uid = uid;
	if (bus_quota_settle(quota, caller, now_us))
		quota->unknown.has += caller->drawn;
}

bool bus_quota_whose(const struct bus_quota *quota, const char *name, uint32_t *ret_uid)
{
	for (size_t i = 0; i < BUS_QUOTA_NAMES; i++) {
		const struct bus_quota_name *caller = &quota->names[i];

		if (caller->known && strcmp(caller->name, name) == 0) {
			*ret_uid = caller->uid;
			return true;
		}
	}
	return false;
}

int bus_quota_hold(struct bus_quota *quota, uint32_t uid, uint64_t now_us)
{
	struct bus_quota_user *user = bus_quota_get_user(quota, uid, now_us);

	if (!user || user->pending >= BUS_QUOTA_PENDING)
		return BUS_QUOTA_E_HELD;
	user->pending++;
	return BUS_QUOTA_DONE;
}

void bus_quota_release(struct bus_quota *quota, uint32_t uid)
{
	for (size_t i = 0; i < BUS_QUOTA_USERS; i++) {
		struct bus_quota_user *user = &quota->users[i];

		if (user->taken && user->uid == uid && user->pending > 0)
			user->pending--;
	}
}
