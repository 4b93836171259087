/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/exchange/peers/places.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <string.h>

#define TEST_PLACES_S UINT64_C(1000000)

struct test_places {
	struct peers_places *places;
	unsigned n;
	char urls[8][PEERS_URL_BYTES];
};

static uint64_t test_places_random(void *data)
{
	return unit_random(data);
}

static void test_places_begin(struct test_places *test, unsigned n)
{
	char url[64];

	ck_assert_int_eq(peers_places_new(&test->places), 0);
	for (unsigned i = 0; i < n; i++) {
		(void)snprintf(url, sizeof(url), "https://host-%u:7443", i);
		ck_assert_int_eq(peers_places_add(test->places, url, PEERS_CONFIGURED), 0);
	}
}

START_TEST(choose__each_due_one__as_often_as_the_others)
{
	struct test_places test;
	uint64_t seed = 4711;
	unsigned counts[10] = { 0 };
	struct peers_place *place;

	test_places_begin(&test, 10);
	for (unsigned i = 0; i < 10000; i++) {
		place = peers_places_choose(test.places, 0, test_places_random, &seed);
		ck_assert(place && place->busy);
		counts[place->url[strlen("https://host-")] - '0']++;
		peers_place_release(place, 1);
	}
	/* 1,000 each; 6 standard deviations are 180. */
	for (unsigned i = 0; i < 10; i++)
		ck_assert_msg(counts[i] > 820 && counts[i] < 1180, "%u: %u", i, counts[i]);
	peers_places_free(test.places);
}
END_TEST

START_TEST(choose__busy_failed_and_resting__none_twice)
{
	struct test_places test;
	uint64_t seed = 1, now_us = 100 * TEST_PLACES_S;
	struct peers_place *one, *two, *three;

	test_places_begin(&test, 3);
	one = peers_places_choose(test.places, now_us, test_places_random, &seed);
	two = peers_places_choose(test.places, now_us, test_places_random, &seed);
	three = peers_places_choose(test.places, now_us, test_places_random, &seed);
	ck_assert(one && two && three && one != two && two != three && one != three);
	ck_assert_ptr_null(peers_places_choose(test.places, now_us, test_places_random, &seed));
	peers_place_fail(one, now_us, 10 * TEST_PLACES_S, 0);
	peers_place_rest(two, now_us, 10 * TEST_PLACES_S);
	ck_assert_ptr_null(peers_places_choose(test.places, now_us, test_places_random, &seed));
	now_us += 10 * TEST_PLACES_S;
	ck_assert_ptr_eq(peers_places_choose(test.places, now_us, test_places_random, &seed), one);
	ck_assert_ptr_null(peers_places_choose(test.places, now_us, test_places_random, &seed));
	peers_places_free(test.places);
}
END_TEST

START_TEST(fail__again_and_again__pauses_double_up_to_a_limit)
{
	struct test_places test;
	uint64_t seed = 1, before_us = 0;
	struct peers_place *place;

	test_places_begin(&test, 1);
	place = peers_places_choose(test.places, 0, test_places_random, &seed);
	for (unsigned i = 0; i < 40; i++) {
		/* At most: all bits of chance. */
		uint64_t most = (TEST_PLACES_S << (i < 4 ? i : 4));

		peers_place_fail(place, 0, TEST_PLACES_S, 0);
		ck_assert_uint_eq(place->not_before_us, most / 2);
		ck_assert_uint_ge(place->not_before_us, before_us);
		before_us = place->not_before_us;
		place->failures = i;
		peers_place_fail(place, 0, TEST_PLACES_S, most / 2);
		ck_assert_uint_eq(place->not_before_us, most);
		place->failures = i + 1;
	}
	peers_place_release(place, 1);
	ck_assert_uint_eq(place->failures, 0);
	ck_assert_uint_eq(place->not_before_us, 0);
	peers_places_free(test.places);
}
END_TEST

START_TEST(sweep__nobody_names_it__gone_unless_busy)
{
	struct test_places test;
	uint64_t seed = 1;
	struct peers_place *busy;

	test_places_begin(&test, 2);
	busy = peers_places_choose(test.places, 0, test_places_random, &seed);
	busy->failures = 3;
	ck_assert_int_eq(peers_places_add(test.places, "https://kept", PEERS_RECORD), 0);
	peers_places_forget(test.places, PEERS_CONFIGURED);
	peers_places_sweep(test.places);
	ck_assert_uint_eq(peers_places_count(test.places), 2);
	/* It is not drawn any more, and what is known of it comes back with its name. */
	ck_assert_str_eq(peers_places_choose(test.places, 0, test_places_random, &seed)->url,
		"https://kept");
	ck_assert_int_eq(peers_places_add(test.places, busy->url, PEERS_FILE), 0);
	ck_assert_uint_eq(busy->failures, 3);
	ck_assert_uint_eq(busy->sources, PEERS_FILE);
	peers_places_free(test.places);
}
END_TEST

START_TEST(add__what_is_no_place__refused)
{
	static const char *const urls[] = { "", "https://", "http://a", "https://a/b",
		"https://a:0x1", "https://u@a", "a:7443" };
	struct test_places test;

	test_places_begin(&test, 0);
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
		ck_assert_int_eq(peers_places_add(test.places, urls[i], PEERS_FILE), -EINVAL);
	ck_assert_uint_eq(peers_places_count(test.places), 0);
	peers_places_free(test.places);
}
END_TEST

/* ------------------------------------------------------------- lists */

static int test_places_on_url(const char *url, void *data)
{
	struct test_places *test = data;

	ck_assert_uint_lt(test->n, 8);
	(void)snprintf(test->urls[test->n++], sizeof(test->urls[0]), "%s", url);
	return 0;
}

START_TEST(list_parse__blanks_commas_remarks__only_urls)
{
	static const char text[] =
		"# https://not-this\nhttps://a:1,https://b:2\t# nor this, https://x\n"
		"\r\n ,, https://[::1]:3\n#\n#";
	struct test_places test = { .n = 0 };
	struct refusal refusal;

	ck_assert_int_eq(
		peers_list_parse(text, strlen(text), test_places_on_url, &test, &refusal), 0);
	ck_assert_uint_eq(test.n, 3);
	ck_assert_str_eq(test.urls[0], "https://a:1");
	ck_assert_str_eq(test.urls[1], "https://b:2");
	ck_assert_str_eq(test.urls[2], "https://[::1]:3");
	ck_assert_int_eq(peers_list_parse("", 0, test_places_on_url, &test, &refusal), 0);
}
END_TEST

START_TEST(list_parse__a_wrong_word__refused_with_its_line)
{
	static const char text[] = "https://a:1\n\n  ftp://b\n";
	struct test_places test = { .n = 0 };
	struct refusal refusal = { "", "" };

	ck_assert_int_eq(
		peers_list_parse(text, strlen(text), test_places_on_url, &test, &refusal), 1);
	ck_assert_str_eq(refusal.where, "line 3 column 3");
	ck_assert_ptr_nonnull(strstr(refusal.text, "ftp://b"));
	/* A NUL and what is not printable are no part of a URL. */
	ck_assert_int_eq(
		peers_list_parse("https://a\0b", 11, test_places_on_url, &test, &refusal), 1);
}
END_TEST

static int test_places_on_any(const char *url, void *data)
{
	(void)url;
	(*(unsigned *)data)++;
	return 0;
}

START_TEST(list_parse__more_than_may_be__refused)
{
	static char text[PEERS_LIST_BYTES + 1];
	struct refusal refusal = { "", "" };
	unsigned n = 0;

	for (size_t i = 0; i < PEERS_LIST_URLS + 1; i++)
		memcpy(text + i * 10, "https://a ", 10);
	ck_assert_int_eq(
		peers_list_parse(text, PEERS_LIST_URLS * 10, test_places_on_any, &n, &refusal), 0);
	ck_assert_uint_eq(n, PEERS_LIST_URLS);
	ck_assert_int_eq(peers_list_parse(text, (PEERS_LIST_URLS + 1) * 10, test_places_on_any, &n,
				 &refusal),
		1);
	ck_assert_ptr_nonnull(strstr(refusal.text, "etcd"));
	memset(text, ' ', sizeof(text));
	ck_assert_int_eq(
		peers_list_parse(text, PEERS_LIST_BYTES, test_places_on_any, &n, &refusal), 0);
	ck_assert_int_eq(
		peers_list_parse(text, PEERS_LIST_BYTES + 1, test_places_on_any, &n, &refusal), 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("peers_places");
	TCase *tcase = tcase_create("peers_places");

	tcase_add_test(tcase, choose__each_due_one__as_often_as_the_others);
	tcase_add_test(tcase, choose__busy_failed_and_resting__none_twice);
	tcase_add_test(tcase, fail__again_and_again__pauses_double_up_to_a_limit);
	tcase_add_test(tcase, sweep__nobody_names_it__gone_unless_busy);
	tcase_add_test(tcase, add__what_is_no_place__refused);
	tcase_add_test(tcase, list_parse__blanks_commas_remarks__only_urls);
	tcase_add_test(tcase, list_parse__a_wrong_word__refused_with_its_line);
	tcase_add_test(tcase, list_parse__more_than_may_be__refused);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
