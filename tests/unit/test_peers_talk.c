/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Codec, table of paths and talks of peers, between two directories without a network. */
#include "core/cleanup.h"
#include "tests/support/fake_fleet.h"
#include "tests/support/fake_keeper.h"
#include "tests/support/fake_talk.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <string.h>

struct test_peers_end {
	struct fake_keeper keeper;
	struct directory *directory;
	struct peers_service service;
	struct peers_refusals refusals;
	unsigned n_refused;
	uint64_t now_us;
};

struct test_peers {
	struct test_peers_end here, there;
	struct trust *trust;
	struct identity *ed, *ec;
	struct fake_talk_bytes bytes;
};

static uint64_t test_peers_now_us(void *data)
{
	const struct test_peers_end *end = data;

	return end->now_us;
}

static int test_peers_read_facts(void *data, char **ret, size_t *ret_n)
{
	(void)data;
	*ret = strdup("facts");
	*ret_n = 5;
	return *ret ? 0 : -ENOMEM;
}

static void test_peers_refused(const char *peer, const struct directory_result *result, void *data)
{
	struct test_peers_end *end = data;

	ck_assert_str_eq(peer, "a-peer");
	ck_assert(result->refusal.text[0]);
	end->n_refused++;
}

static void test_peers_talk_refused(const struct directory_result *result, void *data)
{
	test_peers_refused("a-peer", result, data);
}

static void test_peers_open(struct test_peers_end *end, struct trust *trust)
{
	struct directory_settings settings = { .host = "node-own",
		.keeper = fake_keeper_callbacks(&end->keeper) };

	ck_assert_int_eq(directory_new(&settings, &end->directory), 0);
	directory_set_trust(end->directory, trust);
	end->now_us = FAKE_FLEET_NOW;
	end->service = (struct peers_service){ .directory = end->directory,
		.now_us = test_peers_now_us,
		.read_facts = test_peers_read_facts,
		.refused = test_peers_refused,
		.data = end };
}

static void test_peers_begin(struct test_peers *test)
{
	memset(test, 0, sizeof(*test));
	test->trust = fake_fleet_trust("ca.pem", NULL);
	test->ed = fake_fleet_identity("ed.pem", "ed.key");
	test->ec = fake_fleet_identity("ec.pem", "ec.key");
	test_peers_open(&test->here, test->trust);
	test_peers_open(&test->there, test->trust);
}

static void test_peers_end(struct test_peers *test)
{
	directory_free(test->here.directory);
	directory_free(test->there.directory);
	fake_keeper_done(&test->here.keeper);
	fake_keeper_done(&test->there.keeper);
	identity_unref(test->ed);
	identity_unref(test->ec);
	trust_unref(test->trust);
}

#define TEST_PEERS(name)                                                                           \
	_cleanup_(test_peers_end) struct test_peers name;                                          \
	test_peers_begin(&(name))

static void test_peers_hold(
	struct test_peers_end *end, struct identity *identity, uint64_t sequence)
{
	struct fake_fleet_record what = { .identity = identity, .sequence = sequence };
	struct signed_record_bytes made = fake_fleet_sign(&what);
	struct signed_record_input input = { made.bytes, made.n, end->now_us };
	struct directory_result result;

	ck_assert_int_eq(directory_offer(end->directory, &input, &result), DIRECTORY_TAKEN);
	free(made.bytes);
}

static struct peers_talk *test_peers_talk(struct test_peers_end *end)
{
	struct peers_talk_settings settings = { .directory = end->directory,
		.refusals = &end->refusals,
		.now_us = test_peers_now_us,
		.refused = test_peers_talk_refused,
		.data = end,
		.first_bucket = 200 };
	struct peers_talk *talk;

	ck_assert_int_eq(peers_talk_new(&settings, &talk), 0);
	return talk;
}

static struct peers_talk_sums test_peers_run(struct test_peers *test)
{
	struct peers_talk *talk = test_peers_talk(&test->here);
	struct peers_talk_sums sums;

	ck_assert_int_eq(fake_talk_run(talk, &test->there.service, "a-peer", &test->bytes), 0);
	sums = peers_talk_get_sums(talk);
	peers_talk_free(talk);
	return sums;
}

static uint64_t test_peers_sequence(const struct test_peers_end *end, const char *host)
{
	struct directory_member member;

	return directory_find(end->directory, host, &member) ? member.version.sequence : 0;
}

/* ------------------------------------------------------------- talks */

START_TEST(talk__each_has_what_the_other_lacks__both_have_all)
{
	TEST_PEERS(test);
	struct peers_talk_sums sums;

	test_peers_hold(&test.here, test.ed, FAKE_FLEET_NOW);
	test_peers_hold(&test.there, test.ec, FAKE_FLEET_NOW + 1);
	sums = test_peers_run(&test);
	ck_assert_uint_eq(sums.taken, 1);
	ck_assert_uint_eq(sums.pushed, 1);
	for (unsigned i = 0; i < 2; i++) {
		const struct test_peers_end *end = i ? &test.here : &test.there;

		ck_assert_uint_eq(test_peers_sequence(end, "node-ed"), FAKE_FLEET_NOW);
		ck_assert_uint_eq(test_peers_sequence(end, "node-ec"), FAKE_FLEET_NOW + 1);
	}
	/* And then there is nothing more to say. */
	test.bytes = (struct fake_talk_bytes){ 0 };
	sums = test_peers_run(&test);
	ck_assert_uint_eq(sums.asks, 1);
	ck_assert_uint_lt(test.bytes.asked + test.bytes.answered, 1024);
}
END_TEST

START_TEST(talk__one_is_newer__it_goes_the_right_way)
{
	TEST_PEERS(test);

	test_peers_hold(&test.here, test.ed, FAKE_FLEET_NOW + 5);
	test_peers_hold(&test.there, test.ed, FAKE_FLEET_NOW);
	test_peers_hold(&test.here, test.ec, FAKE_FLEET_NOW);
	test_peers_hold(&test.there, test.ec, FAKE_FLEET_NOW + 7);
	(void)test_peers_run(&test);
	ck_assert_uint_eq(test_peers_sequence(&test.here, "node-ec"), FAKE_FLEET_NOW + 7);
	ck_assert_uint_eq(test_peers_sequence(&test.there, "node-ed"), FAKE_FLEET_NOW + 5);
}
END_TEST

START_TEST(talk__what_has_expired__goes_nowhere)
{
	TEST_PEERS(test);
	struct peers_ask ask = { .method = "GET", .path = "/v1/record/node-ed" };
	struct peers_talk_sums sums;
	struct http_answer answer;
	char *bytes;
	size_t n, n_listed = 0;

	test_peers_hold(&test.there, test.ed, FAKE_FLEET_NOW);
	test_peers_hold(&test.here, test.ec, FAKE_FLEET_NOW);
	test.here.now_us = test.there.now_us = FAKE_FLEET_NOW + 13 * FAKE_FLEET_HOUR;
	(void)directory_expire(test.here.directory, test.here.now_us);
	(void)directory_expire(test.there.directory, test.there.now_us);
	sums = test_peers_run(&test);
	ck_assert_uint_eq(sums.asks, 1);
	ck_assert_uint_eq(sums.pushed + sums.fetched, 0);
	fake_talk_answer(&test.there.service, &ask, "a-peer", &answer);
	ck_assert_uint_eq(answer.status, 404);
	for (unsigned i = 0; i < DIRECTORY_BUCKETS; i++) {
		ck_assert_int_eq(peers_bucket_format(test.there.directory, i, &bytes, &n), 0);
		n_listed += n;
		free(bytes);
	}
	ck_assert_uint_eq(n_listed, 0);
}
END_TEST

/* What is refused is not asked for again at once, and the one who has it is not asked in vain. */
START_TEST(talk__a_record_that_is_refused__not_asked_for_again_for_a_while)
{
	TEST_PEERS(test);
	struct peers_talk_sums sums;

	/* Here the clock is an hour behind, so that record is ahead of its time. */
	test_peers_hold(&test.there, test.ed, FAKE_FLEET_NOW);
	test.here.now_us = FAKE_FLEET_NOW - FAKE_FLEET_HOUR;
	sums = test_peers_run(&test);
	ck_assert_uint_eq(sums.fetched, 1);
	ck_assert_uint_eq(sums.wrong, 1);
	ck_assert_uint_eq(test.here.n_refused, 1);
	sums = test_peers_run(&test);
	ck_assert_uint_eq(sums.fetched, 0);
	test.here.now_us += PEERS_REFUSALS_US;
	sums = test_peers_run(&test);
	ck_assert_uint_eq(sums.fetched, 1);
	test.here.now_us = FAKE_FLEET_NOW + PEERS_REFUSALS_US;
	sums = test_peers_run(&test);
	ck_assert_uint_eq(sums.taken, 1);
}
END_TEST

/* ------------------------------------------------------------- answers that are none */

static int test_peers_answer(
	struct peers_talk *talk, unsigned status, const char *body, size_t n_body)
{
	struct peers_ask ask;

	ck_assert(peers_talk_next(talk, &ask));
	return peers_talk_take(talk, status, body, n_body);
}

START_TEST(take__nonsense__the_talk_is_over)
{
	static const char *const buckets[] = { "x", "a 1 0\n", "a 1 ", "A 1 00\n" };
	static char other[PEERS_BUCKETS_BYTES];
	struct peers_ask ask;
	TEST_PEERS(test);

	memset(other, 1, sizeof(other));
	for (unsigned i = 0; i < 3 + sizeof(buckets) / sizeof(buckets[0]); i++) {
		struct peers_talk *talk = test_peers_talk(&test.here);
		int r = i == 0	 ? test_peers_answer(talk, 200, other, sizeof(other) - 1)
			: i == 1 ? test_peers_answer(talk, 404, "", 0)
			: i == 2 ? test_peers_answer(talk, 500, other, sizeof(other))
				 : test_peers_answer(talk, 200, other, sizeof(other));

		if (i >= 3) {
			ck_assert_int_eq(r, 0);
			r = test_peers_answer(talk, 200, buckets[i - 3], strlen(buckets[i - 3]));
		}
		ck_assert_msg(r == -EBADMSG, "%u: %d", i, r);
		ck_assert(!peers_talk_next(talk, &ask));
		peers_talk_free(talk);
	}
	ck_assert_uint_eq(directory_count(test.here.directory), 0);
}
END_TEST

START_TEST(take__hosts_that_it_has_no_records_of__given_up_soon)
{
	static char other[PEERS_BUCKETS_BYTES], list[PEERS_BUCKET_BYTES];
	TEST_PEERS(test);
	struct peers_talk *talk = test_peers_talk(&test.here);
	size_t n = 0;
	unsigned asked = 0;
	int r;

	memset(other, 1, sizeof(other));
	for (unsigned i = 0; i < 500; i++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, "host-%u 1 %064u\n", i, i);
	ck_assert_int_eq(test_peers_answer(talk, 200, other, sizeof(other)), 0);
	r = test_peers_answer(talk, 200, list, n);
	for (; r == 0; asked++)
		r = test_peers_answer(talk, 200, "{}", 2);
	ck_assert_int_eq(r, -EBADMSG);
	ck_assert_uint_eq(asked, PEERS_TALK_WRONG);
	peers_talk_free(talk);
}
END_TEST

/* ------------------------------------------------------------- codec */

START_TEST(bucket__written_and_read__the_same)
{
	TEST_PEERS(test);
	struct peers_item item;
	struct peers_text text;
	char *bytes;
	size_t n;
	unsigned found = 0;

	test_peers_hold(&test.here, test.ed, FAKE_FLEET_NOW);
	for (unsigned i = 0; i < DIRECTORY_BUCKETS; i++) {
		ck_assert_int_eq(peers_bucket_format(test.here.directory, i, &bytes, &n), 0);
		text = (struct peers_text){ bytes, n };
		while (peers_bucket_next(&text, &item) == PEERS_CODEC_DONE) {
			found++;
			ck_assert_str_eq(item.host, "node-ed");
			ck_assert_uint_eq(item.version.sequence, FAKE_FLEET_NOW);
		}
		free(bytes);
	}
	ck_assert_uint_eq(found, 1);
}
END_TEST

START_TEST(bucket_next__lines_of_other_forms__refused)
{
#define TEST_PEERS_DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	static const char *const lines[] = { "a 1 " TEST_PEERS_DIGEST,
		"a 1  " TEST_PEERS_DIGEST "\n", "a 01 " TEST_PEERS_DIGEST "\n",
		"a -1 " TEST_PEERS_DIGEST "\n", "a 9223372036854775808 " TEST_PEERS_DIGEST "\n",
		"A 1 " TEST_PEERS_DIGEST "\n", " 1 " TEST_PEERS_DIGEST "\n",
		"a 1 " TEST_PEERS_DIGEST "0\n", "a 1\n", "\n", "a 1 " TEST_PEERS_DIGEST " \n",
		"a b 1 " TEST_PEERS_DIGEST "\n" };
	static const char good[] = "a 9223372036854775807 " TEST_PEERS_DIGEST "\n";
	struct peers_item item;
	struct peers_text text = { good, strlen(good) };

	ck_assert_int_eq(peers_bucket_next(&text, &item), PEERS_CODEC_DONE);
	ck_assert_int_eq(peers_bucket_next(&text, &item), PEERS_CODEC_END);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		text = (struct peers_text){ lines[i], strlen(lines[i]) };
		ck_assert_msg(
			peers_bucket_next(&text, &item) == PEERS_CODEC_E_REFUSED, "%s", lines[i]);
	}
}
END_TEST

START_TEST(batch__as_many_as_fit__read_back_the_same)
{
	static char largest[LIMIT_RECORD_BYTES + 1];
	struct peers_batch batch = { 0 };
	struct peers_text text, record;
	unsigned n = 0;

	memset(largest, ',', sizeof(largest));
	ck_assert_int_eq(peers_batch_add(&batch, largest, sizeof(largest)), PEERS_CODEC_E_REFUSED);
	for (unsigned i = 0; i < PEERS_BATCH_RECORDS; i++)
		ck_assert_int_eq(
			peers_batch_add(&batch, largest, LIMIT_RECORD_BYTES - i), PEERS_CODEC_DONE);
	ck_assert_int_eq(peers_batch_add(&batch, "", 0), PEERS_CODEC_E_REFUSED);
	ck_assert_uint_le(batch.n, PEERS_BATCH_BYTES);
	text = (struct peers_text){ batch.bytes, batch.n };
	ck_assert(peers_batch_check(text));
	while (peers_batch_next(&text, &record) == PEERS_CODEC_DONE) {
		ck_assert_uint_eq(record.n, LIMIT_RECORD_BYTES - n++);
		ck_assert_mem_eq(record.at, largest, record.n);
	}
	ck_assert_uint_eq(n, PEERS_BATCH_RECORDS);
	peers_batch_done(&batch);
}
END_TEST

START_TEST(batch_check__other_framing__refused)
{
	struct peers_text text = { "6:a,bcde,", 4 }, record;
	static const char *const bodies[] = { "1:a", "1:ab", "2:a,", "01:a,", ":a,", "1", "1:a,x",
		"8193:", "-1:,", "1 :a,", "99999999999:a," };

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		ck_assert_msg(
			!peers_batch_check((struct peers_text){ bodies[i], strlen(bodies[i]) }),
			"%s", bodies[i]);
	/* What lies behind the text is no part of it. */
	ck_assert_int_eq(peers_batch_next(&text, &record), PEERS_CODEC_E_REFUSED);
	ck_assert(peers_batch_check((struct peers_text){ "", 0 }));
	ck_assert(peers_batch_check((struct peers_text){ "0:,1:a,", 7 }));
}
END_TEST

/* ------------------------------------------------------------- the table */

/* The whole surface: what is added to the table has to be added here, and thought about. */
START_TEST(routes__walked__each_as_it_is_written_down)
{
	static const struct {
		const char *method, *path;
		size_t max_argument, max_body;
		unsigned status; /* with a body that fits, of an empty host, and an argument "0" */
	} rows[PEERS_ROUTES] = {
		{ "GET", "/v1/buckets", 0, 0, 200 },
		{ "GET", "/v1/bucket/", 3, 0, 200 },
		{ "GET", "/v1/record/", 253, 0, 404 },
		{ "POST", "/v1/records", 0, 262400, 200 },
		{ "GET", "/v1/class/", 64, 0, 404 },
		{ "GET", "/v1/facts", 0, 0, 200 },
	};
	TEST_PEERS(test);

	for (unsigned i = 0; i < PEERS_ROUTES; i++) {
		const struct http_route *route = &peers_routes[i];
		struct http_request request = {
			.peer = "a-peer", .argument = "0", .tag = "", .body = ""
		};
		struct http_answer answer = { .status = 500 };

		ck_assert_str_eq(route->method, rows[i].method);
		ck_assert_str_eq(route->path, rows[i].path);
		ck_assert_uint_eq(route->max_argument, rows[i].max_argument);
		ck_assert_uint_eq(route->max_body, rows[i].max_body);
		ck_assert_uint_gt(route->cost, 0);
		route->handle(&request, &answer, &test.here.service);
		ck_assert_msg(
			answer.status == rows[i].status, "%s: %u", route->path, answer.status);
		free(answer.body);
	}
}
END_TEST

START_TEST(facts__asked_for__as_they_are)
{
	TEST_PEERS(test);
	struct peers_ask ask = { .method = "GET", .path = "/v1/facts" };
	struct http_answer answer;

	fake_talk_answer(&test.here.service, &ask, "a-peer", &answer);
	ck_assert_uint_eq(answer.status, 200);
	ck_assert_uint_eq(answer.n_body, 5);
	ck_assert_mem_eq(answer.body, "facts", 5);
	free(answer.body);
}
END_TEST

START_TEST(records__one_of_two_is_refused__the_other_is_taken)
{
	TEST_PEERS(test);
	struct fake_fleet_record what = { .identity = test.ed, .sequence = FAKE_FLEET_NOW };
	struct signed_record_bytes made = fake_fleet_sign(&what);
	struct peers_ask ask = { .method = "POST", .path = "/v1/records" };
	struct peers_batch batch = { 0 };
	struct http_answer answer;

	ck_assert_int_eq(peers_batch_add(&batch, "{}", 2), PEERS_CODEC_DONE);
	ck_assert_int_eq(peers_batch_add(&batch, made.bytes, made.n), PEERS_CODEC_DONE);
	ask.body = batch.bytes;
	ask.n_body = batch.n;
	fake_talk_answer(&test.here.service, &ask, "a-peer", &answer);
	ck_assert_uint_eq(answer.status, 422);
	ck_assert_mem_eq(answer.body, "malformed-envelope\naccepted\n", answer.n_body);
	ck_assert_uint_eq(test.here.n_refused, 1);
	ck_assert_uint_eq(test_peers_sequence(&test.here, "node-ed"), FAKE_FLEET_NOW);
	free(answer.body);
	free(made.bytes);
	peers_batch_done(&batch);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("peers_talk");
	TCase *tcase = tcase_create("peers_talk");

	tcase_add_test(tcase, talk__each_has_what_the_other_lacks__both_have_all);
	tcase_add_test(tcase, talk__one_is_newer__it_goes_the_right_way);
	tcase_add_test(tcase, talk__what_has_expired__goes_nowhere);
	tcase_add_test(tcase, talk__a_record_that_is_refused__not_asked_for_again_for_a_while);
	tcase_add_test(tcase, take__nonsense__the_talk_is_over);
	tcase_add_test(tcase, take__hosts_that_it_has_no_records_of__given_up_soon);
	tcase_add_test(tcase, bucket__written_and_read__the_same);
	tcase_add_test(tcase, bucket_next__lines_of_other_forms__refused);
	tcase_add_test(tcase, batch__as_many_as_fit__read_back_the_same);
	tcase_add_test(tcase, batch_check__other_framing__refused);
	tcase_add_test(tcase, routes__walked__each_as_it_is_written_down);
	tcase_add_test(tcase, facts__asked_for__as_they_are);
	tcase_add_test(tcase, records__one_of_two_is_refused__the_other_is_taken);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
