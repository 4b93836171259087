/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/quota.h"
#include "tests/support/unit.h"

#include <string.h>

#define S   UINT64_C(1000000)
#define OWN 990

static struct bus_quota quota;

static void set_up(void)
{
	bus_quota_init(&quota, OWN);
}

static int charge(const char *name, uint32_t cost, uint64_t now_us)
{
	bool ask;

	return bus_quota_charge(&quota, name, cost, now_us, &ask);
}

/* How many calls of @cost pass. */
static unsigned drain(const char *name, uint32_t cost, uint64_t now_us)
{
	unsigned n = 0;

	while (n < 100000 && charge(name, cost, now_us) == BUS_QUOTA_DONE)
		n++;
	return n;
}

START_TEST(charge__user_with_two_names__one_bucket_that_fills_with_time)
{
	ck_assert_int_eq(charge(":1.1", 1, S), BUS_QUOTA_DONE);
	ck_assert_int_eq(charge(":1.2", 1, S), BUS_QUOTA_DONE);
	bus_quota_learn(&quota, ":1.1", 1000, S);
	bus_quota_learn(&quota, ":1.2", 1000, S);
	ck_assert_uint_eq(drain(":1.1", 1, S), BUS_QUOTA_BURST - 2);
	ck_assert_int_eq(charge(":1.2", 1, S), BUS_QUOTA_E_HELD);
	ck_assert_uint_eq(drain(":1.2", 1, 2 * S), BUS_QUOTA_RATE);
	/* In many small steps no less comes than in one. */
	for (unsigned i = 1; i <= 1000; i++)
		ck_assert_int_eq(
			charge(":1.2", BUS_QUOTA_BURST, 2 * S + i * S / 1000), BUS_QUOTA_E_HELD);
	ck_assert_uint_eq(drain(":1.2", 1, 3 * S), BUS_QUOTA_RATE);
	ck_assert_uint_eq(drain(":1.2", 10, 1000 * S), BUS_QUOTA_BURST / 10);
	/* A clock that goes back gives nothing and takes nothing. */
	ck_assert_uint_eq(drain(":1.2", 1, 5 * S), 0);
}
END_TEST

START_TEST(charge__one_user_floods__another_has_all_of_its_own)
{
	ck_assert_int_eq(charge(":1.1", 1, S), BUS_QUOTA_DONE);
	ck_assert_int_eq(charge(":1.2", 1, S), BUS_QUOTA_DONE);
	bus_quota_learn(&quota, ":1.1", 1000, S);
	bus_quota_learn(&quota, ":1.2", 1001, S);
	ck_assert_uint_eq(drain(":1.1", 1, S), BUS_QUOTA_BURST - 1);
	ck_assert_uint_eq(drain(":1.2", 1, S), BUS_QUOTA_BURST - 1);
}
END_TEST

START_TEST(charge__root_and_the_daemons_user__no_limit)
{
	static const uint32_t uids[] = { 0, OWN };
	static const char *const names[] = { ":1.1", ":1.2" };

	for (unsigned i = 0; i < 2; i++) {
		ck_assert_int_eq(charge(names[i], 1, S), BUS_QUOTA_DONE);
		bus_quota_learn(&quota, names[i], uids[i], S);
		ck_assert_uint_eq(drain(names[i], BUS_QUOTA_BURST, S), 100000);
	}
}
END_TEST

START_TEST(charge__name_that_is_not_known_yet__its_own_little_then_what_all_share_and_its_user_pays)
{
	unsigned all = BUS_QUOTA_BLIND + BUS_QUOTA_BURST;
	bool ask;

	ck_assert_int_eq(bus_quota_charge(&quota, ":1.1", 1, S, &ask), BUS_QUOTA_DONE);
	ck_assert(ask);
	ck_assert_int_eq(bus_quota_charge(&quota, ":1.1", 1, S, &ask), BUS_QUOTA_DONE);
	ck_assert(!ask);
	ck_assert_uint_eq(drain(":1.1", 1, S), all - 2);
	/* The share of everybody is gone, not what each has of its own. */
	ck_assert_int_eq(charge(":1.2", 200, S), BUS_QUOTA_DONE);
	ck_assert_int_eq(charge(":1.2", 1, S), BUS_QUOTA_E_HELD);
	ck_assert_uint_eq(drain(":1.3", 1, S), BUS_QUOTA_BLIND);
	/* Who cannot pay gives nothing back; root can. */
	bus_quota_learn(&quota, ":1.1", 1000, S);
	bus_quota_learn(&quota, ":1.2", 1000, S);
	ck_assert_uint_eq(drain(":1.1", 1, S), 0);
	ck_assert_uint_eq(drain(":1.4", 1, S), BUS_QUOTA_BLIND);
	bus_quota_init(&quota, OWN);
	ck_assert_uint_eq(drain(":1.1", 1, S), all);
	bus_quota_learn(&quota, ":1.1", 0, S);
	ck_assert_uint_eq(drain(":1.2", 1, S), all);
	bus_quota_init(&quota, OWN);
	ck_assert_int_eq(charge(":1.1", 30, S), BUS_QUOTA_DONE);
	ck_assert_int_eq(charge(":1.1", 30, S), BUS_QUOTA_DONE);
	bus_quota_learn(&quota, ":1.1", 1000, S);
	ck_assert_uint_eq(drain(":1.1", 1, S), BUS_QUOTA_BURST - 60);
	ck_assert_uint_eq(drain(":1.2", 1, S), all);
}
END_TEST

START_TEST(charge__ever_new_names__leave_their_user_in_debt_and_others_alone)
{
	char name[32];

	for (unsigned i = 0; i < 1000; i++) {
		(void)snprintf(name, sizeof(name), ":1.%u", i);
		ck_assert_int_eq(charge(name, 200, S), BUS_QUOTA_DONE);
		bus_quota_learn(&quota, name, 1000, S);
		ck_assert_int_eq(charge(name, 1, S),
			i < BUS_QUOTA_BURST / 200 - 1 ? BUS_QUOTA_DONE : BUS_QUOTA_E_HELD);
	}
	ck_assert_uint_eq(drain(name, 1, S + BUS_QUOTA_BURST / BUS_QUOTA_RATE * S), 0);
	ck_assert_uint_ge(drain(name, 1, S + (BUS_QUOTA_BURST / BUS_QUOTA_RATE + 1) * S), 1);
	ck_assert_int_eq(charge(":1.9999", 1, S), BUS_QUOTA_DONE);
	bus_quota_learn(&quota, ":1.9999", 1001, S);
	ck_assert_uint_eq(drain(":1.9999", 1, S), BUS_QUOTA_BURST - 1);
}
END_TEST

START_TEST(charge__more_users_than_places__who_was_heard_of_longest_ago_goes)
{
	char name[32];
	uint32_t uid;

	for (unsigned i = 0; i < BUS_QUOTA_USERS + BUS_QUOTA_NAMES; i++) {
		(void)snprintf(name, sizeof(name), ":1.%u", i);
		ck_assert_int_eq(charge(name, 1, S), BUS_QUOTA_DONE);
		bus_quota_learn(&quota, name, 1000 + i, S);
		ck_assert_int_eq(charge(name, 1, S), BUS_QUOTA_DONE);
	}
	ck_assert(bus_quota_whose(&quota, name, &uid));
	ck_assert_uint_eq(uid, 1000 + BUS_QUOTA_USERS + BUS_QUOTA_NAMES - 1);
	ck_assert(!bus_quota_whose(&quota, ":1.0", &uid));
	ck_assert(!bus_quota_whose(&quota, "", &uid));
	ck_assert_int_eq(charge(":1.12345678901234567890123456789012", 1, S), BUS_QUOTA_E_HELD);
}
END_TEST

START_TEST(hold__one_user__no_more_than_its_share_until_released)
{
	for (unsigned i = 0; i < BUS_QUOTA_PENDING; i++)
		ck_assert_int_eq(bus_quota_hold(&quota, 1000, S), BUS_QUOTA_DONE);
	ck_assert_int_eq(bus_quota_hold(&quota, 1000, S), BUS_QUOTA_E_HELD);
	ck_assert_int_eq(bus_quota_hold(&quota, 1001, S), BUS_QUOTA_DONE);
	bus_quota_release(&quota, 1000);
	ck_assert_int_eq(bus_quota_hold(&quota, 1000, S), BUS_QUOTA_DONE);
	/* Who waits for polkit is not forgotten for others. */
	for (uint32_t uid = 2000; uid < 2000 + BUS_QUOTA_USERS - 2; uid++)
		ck_assert_int_eq(bus_quota_hold(&quota, uid, S), BUS_QUOTA_DONE);
	ck_assert_int_eq(bus_quota_hold(&quota, 3000, S), BUS_QUOTA_E_HELD);
	bus_quota_release(&quota, 1001);
	ck_assert_int_eq(bus_quota_hold(&quota, 3000, S), BUS_QUOTA_DONE);
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("quota");
	TCase *tcase = tcase_create("quota");

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_test(tcase, charge__user_with_two_names__one_bucket_that_fills_with_time);
	tcase_add_test(tcase, charge__one_user_floods__another_has_all_of_its_own);
	tcase_add_test(tcase, charge__root_and_the_daemons_user__no_limit);
	tcase_add_test(tcase,
		charge__name_that_is_not_known_yet__its_own_little_then_what_all_share_and_its_user_pays);
	tcase_add_test(tcase, charge__ever_new_names__leave_their_user_in_debt_and_others_alone);
	tcase_add_test(tcase, charge__more_users_than_places__who_was_heard_of_longest_ago_goes);
	tcase_add_test(tcase, hold__one_user__no_more_than_its_share_until_released);
	suite_add_tcase(all, tcase);
	return all;
}

int main(void)
{
	return unit_run(suite());
}
