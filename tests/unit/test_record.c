/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/model/record_time.h"
#include "tests/support/unit.h"

#include <string.h>

#define TEST_RECORD_MINUTE (60ULL * 1000000)
#define TEST_RECORD_NOW	   (1800000000ULL * 1000000)

static const struct record_span test_record_always = { 0, UINT64_MAX };

static struct record test_record_good(void)
{
	return (struct record){
		.sequence = TEST_RECORD_NOW,
		.issued_us = TEST_RECORD_NOW,
		.valid_until_us = TEST_RECORD_NOW + 60 * TEST_RECORD_MINUTE,
		.collected_us = TEST_RECORD_NOW,
	};
}

START_TEST(names__labels_of_dns__taken)
{
	static const char *const good[] = { "a", "9", "node-1", "a--b", "0a0",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
	static const char *const bad[] = { "", "-a", "a-", "A", "a_b", "a b", "a*", "*", "a/b",
		"\xc3\xa4", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert_msg(record_is_fleet(good[i], strlen(good[i])), "fleet %s", good[i]);
		ck_assert_msg(record_is_host(good[i], strlen(good[i])), "host %s", good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(!record_is_fleet(bad[i], strlen(bad[i])), "fleet %s", bad[i]);
		ck_assert_msg(!record_is_host(bad[i], strlen(bad[i])), "host %s", bad[i]);
	}
	ck_assert(!record_is_fleet("a\0b", 3));
}
END_TEST

START_TEST(names__dots__in_a_host_only)
{
	static const char *const bad[] = { ".", "a.", ".a", "a..b", "a.-b", "a-.b" };
	char longest[LIMIT_HOST_NAME + 3];

	ck_assert(record_is_host("node-1.example.com", 18));
	ck_assert(!record_is_fleet("node-1.example.com", 18));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!record_is_host(bad[i], strlen(bad[i])), "%s", bad[i]);
	for (size_t i = 0; i < sizeof(longest); i++)
		longest[i] = i % 2 ? '.' : 'a';
	ck_assert(record_is_host(longest, LIMIT_HOST_NAME));
	ck_assert(!record_is_host(longest, LIMIT_HOST_NAME + 2));
}
END_TEST

START_TEST(endpoint__origin_of_https__taken_and_nothing_else)
{
	static const char *const good[] = { "https://a", "https://node-1.example.com:7443",
		"https://192.0.2.1:1", "https://[fd00::1]", "https://[::ffff:192.0.2.1]:65535" };
	static const char *const bad[] = { "", "https://", "http://a", "https://a/",
		"https://a:", "https://a:0", "https://a:65536", "https://a:07443",
		"https://a:123456", "https://A", "https://u@a", "https://a?x", "https://a#x",
		"https://[fd00::1", "https://[]", "https://[::1]x", "https://[::1]:", "https://:1",
		"https://a b", "HTTPS://a", "https://[g::1]", "https://a:1/x" };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(record_is_endpoint(good[i], strlen(good[i])), "%s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!record_is_endpoint(bad[i], strlen(bad[i])), "%s", bad[i]);
}
END_TEST

START_TEST(judge__ends_of_every_rule)
{
	static const struct {
		int64_t issued, until, collected, sequence; /* minutes from now */
		int64_t issued_us, until_us, collected_us, sequence_us;
		enum record_time answer;
	} rows[] = {
		{ 0, 60, 0, 0, 0, 0, 0, 0, RECORD_TIME_CURRENT },
		{ 0, 0, 0, 0, 0, 0, 0, 0, RECORD_TIME_CURRENT },
		{ -1, 0, -2, -1, 0, -1, 0, 0, RECORD_TIME_STALE },
		{ 5, 60, 0, 0, 0, 0, 0, 0, RECORD_TIME_CURRENT },
		{ 5, 60, 0, 0, 1, 0, 0, 0, RECORD_TIME_E_AHEAD },
		{ 0, 0, 0, 0, 0, -1, 0, 0, RECORD_TIME_E_BACKWARDS },
		{ 0, 24 * 60, 0, 0, 0, 0, 0, 0, RECORD_TIME_CURRENT },
		{ 0, 24 * 60, 0, 0, 0, 1, 0, 0, RECORD_TIME_E_TOO_LONG },
		{ 0, 60, 0, 0, 0, 0, 1, 0, RECORD_TIME_E_COLLECTED },
		{ 0, 60, 0, 5, 0, 0, 0, 0, RECORD_TIME_CURRENT },
		{ 0, 60, 0, 5, 0, 0, 0, 1, RECORD_TIME_E_SEQUENCE },
		/* Ahead of now, though not of its own time; and the other way round. */
		{ 5, 60, 0, 5, 0, 0, 0, 1, RECORD_TIME_E_SEQUENCE },
		{ -60, -30, -60, -55, 0, 0, 0, 1, RECORD_TIME_E_SEQUENCE },
		{ -60, -30, -60, -55, 0, 0, 0, 0, RECORD_TIME_STALE },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t minute = (int64_t)TEST_RECORD_MINUTE;
		int64_t now = (int64_t)TEST_RECORD_NOW;
		struct record record = {
			.issued_us = (uint64_t)(now + rows[i].issued * minute + rows[i].issued_us),
			.valid_until_us =
				(uint64_t)(now + rows[i].until * minute + rows[i].until_us),
			.collected_us =
				(uint64_t)(now + rows[i].collected * minute + rows[i].collected_us),
			.sequence =
				(uint64_t)(now + rows[i].sequence * minute + rows[i].sequence_us),
		};

		ck_assert_msg(record_time_judge(&record, &test_record_always, TEST_RECORD_NOW) ==
				      rows[i].answer,
			"row %zu", i);
		ck_assert_str_ne(record_time_text(rows[i].answer), "");
	}
}
END_TEST

START_TEST(judge__certificate__holds_until_and_issue)
{
	struct record record = test_record_good();
	struct record_span span = { record.issued_us, record.valid_until_us };

	ck_assert_int_eq(record_time_judge(&record, &span, TEST_RECORD_NOW), RECORD_TIME_CURRENT);
	span.last_us--;
	ck_assert_int_eq(
		record_time_judge(&record, &span, TEST_RECORD_NOW), RECORD_TIME_E_CERTIFICATE);
	span.last_us = UINT64_MAX;
	span.first_us += RECORD_TIME_SKEW_US;
	ck_assert_int_eq(record_time_judge(&record, &span, TEST_RECORD_NOW), RECORD_TIME_CURRENT);
	span.first_us++;
	ck_assert_int_eq(
		record_time_judge(&record, &span, TEST_RECORD_NOW), RECORD_TIME_E_CERTIFICATE);
}
END_TEST

START_TEST(judge__greatest_numbers__no_overflow)
{
	struct record record = test_record_good();

	record.sequence = UINT64_MAX;
	ck_assert_int_eq(record_time_judge(&record, &test_record_always, TEST_RECORD_NOW),
		RECORD_TIME_E_SEQUENCE);
	record = test_record_good();
	record.issued_us = UINT64_MAX;
	record.valid_until_us = UINT64_MAX;
	ck_assert_int_eq(record_time_judge(&record, &test_record_always, TEST_RECORD_NOW),
		RECORD_TIME_E_AHEAD);
	ck_assert_int_eq(record_time_judge(&record, &test_record_always, UINT64_MAX - 1),
		RECORD_TIME_CURRENT);
}
END_TEST

START_TEST(compare__sequence_then_digest__everybody_keeps_the_same)
{
	struct record_time_version a = { 5, "aa" };
	struct record_time_version b = { 6, "00" };
	struct record_time_version c = { 5, "ab" };

	ck_assert_int_eq(record_time_compare(&b, &a), RECORD_TIME_ORDER_NEWER);
	ck_assert_int_eq(record_time_compare(&a, &b), RECORD_TIME_ORDER_OLDER);
	ck_assert_int_eq(record_time_compare(&a, &a), RECORD_TIME_ORDER_SAME);
	ck_assert_int_eq(record_time_compare(&c, &a), RECORD_TIME_ORDER_NEWER);
	ck_assert_int_eq(record_time_compare(&a, &c), RECORD_TIME_ORDER_OLDER);
}
END_TEST

START_TEST(stamp__sequence__greater_of_last_and_now)
{
	struct record_time_stamp stamp = { .now_us = TEST_RECORD_NOW,
		.validity_us = TEST_RECORD_MINUTE,
		.certificates = test_record_always };
	struct record record = { 0 };

	ck_assert_int_eq(record_time_stamp(&record, &stamp), RECORD_TIME_STAMP_DONE);
	ck_assert_uint_eq(record.sequence, TEST_RECORD_NOW);
	ck_assert_uint_eq(record.issued_us, TEST_RECORD_NOW);
	ck_assert_uint_eq(record.valid_until_us, TEST_RECORD_NOW + TEST_RECORD_MINUTE);

	stamp.last_sequence = TEST_RECORD_NOW;
	ck_assert_int_eq(record_time_stamp(&record, &stamp), RECORD_TIME_STAMP_DONE);
	ck_assert_uint_eq(record.sequence, TEST_RECORD_NOW + 1);

	stamp.last_sequence = TEST_RECORD_NOW + RECORD_TIME_SKEW_US - 1;
	ck_assert_int_eq(record_time_stamp(&record, &stamp), RECORD_TIME_STAMP_DONE);
	ck_assert_int_eq(record_time_judge(&record, &test_record_always, TEST_RECORD_NOW),
		RECORD_TIME_CURRENT);
}
END_TEST

START_TEST(stamp__what_others_would_refuse__not_made)
{
	struct record_time_stamp stamp = { .now_us = TEST_RECORD_NOW,
		.last_sequence = TEST_RECORD_NOW + RECORD_TIME_SKEW_US,
		.validity_us = TEST_RECORD_MINUTE,
		.certificates = test_record_always };
	struct record record = { .sequence = 7 };

	ck_assert_int_eq(record_time_stamp(&record, &stamp), RECORD_TIME_STAMP_E_SEQUENCE);
	stamp.last_sequence = UINT64_MAX;
	ck_assert_int_eq(record_time_stamp(&record, &stamp), RECORD_TIME_STAMP_E_SEQUENCE);
	stamp.last_sequence = 0;
	stamp.certificates.first_us = TEST_RECORD_NOW + 1;
	ck_assert_int_eq(record_time_stamp(&record, &stamp), RECORD_TIME_STAMP_E_EARLY);
	stamp.certificates = (struct record_span){ 0, TEST_RECORD_NOW - 1 };
	ck_assert_int_eq(record_time_stamp(&record, &stamp), RECORD_TIME_STAMP_E_EXPIRED);
	ck_assert_uint_eq(record.sequence, 7);
	stamp.certificates.last_us = TEST_RECORD_NOW + 5;
	ck_assert_int_eq(record_time_stamp(&record, &stamp), RECORD_TIME_STAMP_DONE);
	ck_assert_uint_eq(record.valid_until_us, TEST_RECORD_NOW + 5);
}
END_TEST

START_TEST(adopt__own_record_seen_higher__goes_on_above_it)
{
	struct record_time_stamp stamp = { .now_us = TEST_RECORD_NOW,
		.validity_us = TEST_RECORD_MINUTE,
		.certificates = test_record_always };
	uint64_t seen = TEST_RECORD_NOW + TEST_RECORD_MINUTE;
	struct record record = { 0 };

	stamp.last_sequence = record_time_adopt(0, seen);
	ck_assert_int_eq(record_time_stamp(&record, &stamp), RECORD_TIME_STAMP_DONE);
	ck_assert_uint_eq(record.sequence, seen + 1);
	ck_assert_uint_eq(record_time_adopt(seen, 3), seen);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("record");
	TCase *cases = tcase_create("record");

	tcase_add_test(cases, names__labels_of_dns__taken);
	tcase_add_test(cases, names__dots__in_a_host_only);
	tcase_add_test(cases, endpoint__origin_of_https__taken_and_nothing_else);
	tcase_add_test(cases, judge__ends_of_every_rule);
	tcase_add_test(cases, judge__certificate__holds_until_and_issue);
	tcase_add_test(cases, judge__greatest_numbers__no_overflow);
	tcase_add_test(cases, compare__sequence_then_digest__everybody_keeps_the_same);
	tcase_add_test(cases, stamp__sequence__greater_of_last_and_now);
	tcase_add_test(cases, stamp__what_others_would_refuse__not_made);
	tcase_add_test(cases, adopt__own_record_seen_higher__goes_on_above_it);
	suite_add_tcase(suite, cases);
	return unit_run(suite);
}
