/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers are those of an etcd 3.4.23, shortened; requests are what it took. */
#include "core/cleanup.h"
#include "daemon/exchange/etcd/message.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <string.h>

#define TEST_HEADER                                                                                \
	"\"header\":{\"cluster_id\":\"14841639068965178418\",\"member_id\":"                       \
	"\"10276657743932975437\",\"revision\":\"12\",\"raft_term\":\"2\"}"

CLEANUP_DEFINE(struct arena *, arena_free, test_etcd_arena_freep);

static struct etcd_bytes test_etcd_text(const char *text)
{
	return (struct etcd_bytes){ text, strlen(text) };
}

static bool test_etcd_is(const struct etcd_bytes *bytes, const char *text)
{
	return bytes->n == strlen(text) && memcmp(bytes->bytes, text, bytes->n) == 0;
}

static void test_etcd_expect(int r, struct etcd_body *body, const char *expected)
{
	ck_assert_int_eq(r, 0);
	ck_assert_str_eq(body->bytes, expected);
	ck_assert_uint_eq(body->n, strlen(expected));
	free(body->bytes);
}

static struct etcd_answer test_etcd_read(struct arena *arena, const char *text)
{
	struct refusal refusal = { "", "" };
	struct etcd_answer answer;
	int r = etcd_read_answer(text, strlen(text), arena, &answer, &refusal);

	ck_assert_msg(r == ETCD_MESSAGE_DONE, "%s: %s", refusal.where, refusal.text);
	return answer;
}

static void test_etcd_refuse(const char *text, const char *where)
{
	_cleanup_(test_etcd_arena_freep) struct arena *arena = NULL;
	struct refusal refusal = { "", "" };
	struct etcd_answer answer;

	ck_assert_int_eq(arena_new((size_t)1 << 20, &arena), 0);
	ck_assert_int_eq(etcd_read_answer(text, strlen(text), arena, &answer, &refusal),
		ETCD_MESSAGE_E_REFUSED);
	ck_assert_msg(strcmp(refusal.where, where) == 0, "%s refused at %s: %s", text,
		refusal.where, refusal.text);
	ck_assert(refusal.text[0]);
}

#define TEST_ETCD_ARENA(name)                                                                      \
	_cleanup_(test_etcd_arena_freep) struct arena *name = NULL;                                \
	ck_assert_int_eq(arena_new((size_t)1 << 20, &(name)), 0)

/* ------------------------------------------------------------- requests */

START_TEST(write_range__one_key_or_a_folder__base64_and_texts)
{
	struct etcd_bytes key = test_etcd_text("/f/hosts/a");
	char end[] = "/f/hosts/";
	struct etcd_range one = { .first = key }, all = { .first = key, .limit = 1000 };
	struct etcd_body body;

	test_etcd_expect(etcd_write_range(&one, &body), &body, "{\"key\":\"L2YvaG9zdHMvYQ==\"}");
	etcd_write_end(end, strlen(end));
	ck_assert_str_eq(end, "/f/hosts0");
	all.end = test_etcd_text(end);
	all.keys_only = true;
	test_etcd_expect(etcd_write_range(&all, &body), &body,
		"{\"key\":\"L2YvaG9zdHMvYQ==\",\"keys_only\":true,\"limit\":\"1000\","
		"\"range_end\":\"L2YvaG9zdHMw\"}");
}
END_TEST

START_TEST(write_put__with_and_without_lease__numbers_are_texts)
{
	struct etcd_bytes key = test_etcd_text("k"), value = test_etcd_text("v");
	struct etcd_body body;

	test_etcd_expect(etcd_write_put(&key, &value, UINT64_C(7587884120543208452), true, &body),
		&body,
		"{\"key\":\"aw==\",\"lease\":\"7587884120543208452\",\"prev_kv\":true,\"value\":"
		"\"dg==\"}");
	test_etcd_expect(etcd_write_put(&key, &value, 0, false, &body), &body,
		"{\"key\":\"aw==\",\"value\":\"dg==\"}");
}
END_TEST

START_TEST(write_create__a_key__only_if_it_was_never_created)
{
	struct etcd_bytes key = test_etcd_text("k"), value = test_etcd_text("v");
	struct etcd_body body;

	test_etcd_expect(etcd_write_create(&key, &value, &body), &body,
		"{\"compare\":[{\"create_revision\":\"0\",\"key\":\"aw==\",\"result\":\"EQUAL\","
		"\"target\":\"CREATE\"}],\"success\":[{\"request_put\":{\"key\":\"aw==\",\"value\":"
		"\"dg==\"}}]}");
}
END_TEST

START_TEST(write_others__their_members__as_the_gateway_has_them)
{
	struct etcd_range range = { .first = test_etcd_text("a/"), .end = test_etcd_text("a0") };
	struct etcd_body body;

	test_etcd_expect(etcd_write_grant(86400, &body), &body, "{\"TTL\":\"86400\"}");
	test_etcd_expect(etcd_write_keepalive(UINT64_MAX, &body), &body,
		"{\"ID\":\"18446744073709551615\"}");
	test_etcd_expect(etcd_write_watch(&range, 0, &body), &body,
		"{\"create_request\":{\"fragment\":true,\"key\":\"YS8=\",\"progress_notify\":true,"
		"\"range_end\":\"YTA=\"}}");
	test_etcd_expect(etcd_write_watch(&range, 13, &body), &body,
		"{\"create_request\":{\"fragment\":true,\"key\":\"YS8=\",\"progress_notify\":true,"
		"\"range_end\":\"YTA=\",\"start_revision\":\"13\"}}");
	test_etcd_expect(etcd_write_authenticate("me", "\"\\", &body), &body,
		"{\"name\":\"me\",\"password\":\"\\\"\\\\\"}");
	ck_assert_int_eq(etcd_write_authenticate("me", "\xff", &body), -EINVAL);
	ck_assert_int_eq(etcd_write_authenticate("\xff", "x", &body), -EINVAL);
}
END_TEST

/* ------------------------------------------------------------- answers */

START_TEST(read_answer__range__keys_and_values)
{
	TEST_ETCD_ARENA(arena);
	struct etcd_answer answer = test_etcd_read(arena,
		"{" TEST_HEADER ",\"kvs\":[{\"key\":\"L2YvaG9zdHMvYQ==\",\"create_revision\":\"2\","
		"\"mod_revision\":\"9\",\"version\":\"1\",\"value\":\"aGVsbG8=\"},{\"key\":\"Yg=="
		"\"}],"
		"\"more\":true,\"count\":\"3\"}");

	ck_assert_uint_eq(answer.cluster, UINT64_C(14841639068965178418));
	ck_assert_uint_eq(answer.revision, 12);
	ck_assert(answer.more && !answer.canceled && !answer.created && !answer.trouble);
	ck_assert_uint_eq(answer.n_pairs, 2);
	ck_assert(test_etcd_is(&answer.pairs[0].key, "/f/hosts/a"));
	ck_assert(test_etcd_is(&answer.pairs[0].value, "hello"));
	ck_assert_uint_eq(answer.pairs[0].revision, 9);
	ck_assert(test_etcd_is(&answer.pairs[1].key, "b"));
	ck_assert(test_etcd_is(&answer.pairs[1].value, "") && answer.pairs[1].revision == 0);
}
END_TEST

START_TEST(read_answer__what_is_left_out__is_its_default)
{
	TEST_ETCD_ARENA(arena);
	struct etcd_answer answer = test_etcd_read(arena, "{" TEST_HEADER "}");

	ck_assert_uint_eq(answer.n_pairs, 0);
	ck_assert(!answer.more && !answer.has_before && !answer.succeeded && !answer.token);
	ck_assert(answer.lease == 0 && answer.seconds == 0 && answer.compacted == 0);
	answer = test_etcd_read(arena, "{\"header\":null,\"kvs\":null,\"more\":null,\"new\":[1]}");
	ck_assert(answer.n_pairs == 0 && answer.revision == 0 && !answer.more);
	/* Gateways that give numbers as numbers, and defaults in full. */
	answer = test_etcd_read(arena, "{\"header\":{\"revision\":7},\"more\":false,\"TTL\":0}");
	ck_assert(answer.revision == 7 && !answer.more && answer.seconds == 0);
}
END_TEST

START_TEST(read_answer__token_lease_and_put__their_members)
{
	TEST_ETCD_ARENA(arena);
	struct etcd_answer answer =
		test_etcd_read(arena, "{" TEST_HEADER ",\"token\":\"WFduTeDXJoGVuUHi.17\"}");

	ck_assert_str_eq(answer.token, "WFduTeDXJoGVuUHi.17");
	answer = test_etcd_read(
		arena, "{" TEST_HEADER ",\"ID\":\"7587884120543208452\",\"TTL\":\"86400\"}");
	ck_assert(answer.lease == UINT64_C(7587884120543208452) && answer.seconds == 86400);
	/* A lease that is over, in a stream of one message. */
	answer = test_etcd_read(arena, "{\"result\":{" TEST_HEADER ",\"ID\":\"1234\"}}\n");
	ck_assert(answer.lease == 1234 && answer.seconds == 0 && answer.revision == 12);
	answer = test_etcd_read(
		arena, "{" TEST_HEADER ",\"prev_kv\":{\"key\":\"Yg==\",\"value\":\"eA==\"}}");
	ck_assert(answer.has_before && test_etcd_is(&answer.before.value, "x"));
	answer = test_etcd_read(arena, "{" TEST_HEADER ",\"succeeded\":true,\"responses\":[{}]}");
	ck_assert(answer.succeeded);
}
END_TEST

START_TEST(read_answer__messages_of_a_watch__events_and_ends)
{
	TEST_ETCD_ARENA(arena);
	struct etcd_answer answer =
		test_etcd_read(arena, "{\"result\":{" TEST_HEADER ",\"created\":true}}");

	ck_assert(answer.created && !answer.canceled);
	answer = test_etcd_read(arena,
		"{\"result\":{" TEST_HEADER
		",\"fragment\":true,\"events\":[{\"kv\":{\"key\":\"YQ==\","
		"\"mod_revision\":\"11\",\"value\":\"eA==\"}},{\"type\":\"DELETE\",\"kv\":{\"key\":"
		"\"Yg==\",\"mod_revision\":\"12\"}},{\"type\":\"PUT\",\"kv\":{\"key\":\"Yw==\"}}]}"
		"}");
	ck_assert(answer.n_pairs == 3 && answer.fragment);
	ck_assert(!answer.pairs[0].deleted && answer.pairs[1].deleted && !answer.pairs[2].deleted);
	ck_assert(answer.pairs[1].revision == 12);
	answer = test_etcd_read(arena,
		"{\"result\":{" TEST_HEADER ",\"canceled\":true,\"compact_revision\":\"10\"}}");
	ck_assert(answer.canceled && answer.compacted == 10 && !answer.trouble);
	answer =
		test_etcd_read(arena, "{\"result\":{" TEST_HEADER
				      ",\"watch_id\":\"-1\",\"created\":true,\"canceled\":true,"
				      "\"cancel_reason\":\"rpc error: code = PermissionDenied\"}}");
	ck_assert(answer.created && answer.canceled && answer.compacted == 0);
	ck_assert_str_eq(answer.trouble, "rpc error: code = PermissionDenied");
	answer = test_etcd_read(arena, "{\"error\":{\"grpc_code\":14,\"http_code\":503,\"message\":"
				       "\"transport is closing\","
				       "\"http_status\":\"Service Unavailable\"}}");
	ck_assert_str_eq(answer.trouble, "transport is closing");
}
END_TEST

START_TEST(read_answer__anything_else__refused_with_its_place)
{
	static const char *const cases[][2] = {
		{ "", "line 1 column 0" },
		{ "<html>", "line 1 column 1" },
		{ "[]", "document" },
		{ "{\"result\":[]}", "result" },
		{ "{\"result\":\"x\"}", "result" },
		{ "{\"error\":{}}", "error" },
		{ "{\"error\":\"x\"}", "error" },
		{ "{\"header\":1}", "header" },
		{ "{\"header\":{\"revision\":\"-1\"}}", "revision" },
		{ "{\"header\":{\"revision\":\"01\"}}", "revision" },
		{ "{\"header\":{\"revision\":\"9223372036854775807\"}}", "revision" },
		{ "{\"header\":{\"revision\":-1}}", "revision" },
		{ "{\"header\":{\"cluster_id\":\"18446744073709551616\"}}", "cluster_id" },
		{ "{\"compact_revision\":\"18446744073709551615\"}", "compact_revision" },
		{ "{\"ID\":true}", "ID" },
		{ "{\"more\":\"true\"}", "more" },
		{ "{\"canceled\":1}", "canceled" },
		{ "{\"kvs\":{}}", "kvs" },
		{ "{\"kvs\":[1]}", "kv" },
		{ "{\"events\":[{}]}", "kv" },
		{ "{\"events\":[{\"type\":\"MOVE\",\"kv\":{}}]}", "type" },
		{ "{\"events\":[{\"type\":1,\"kv\":{}}]}", "type" },
		{ "{\"kvs\":[{\"key\":\"YQ\"}]}", "key" },
		{ "{\"kvs\":[{\"key\":1}]}", "key" },
		{ "{\"kvs\":[{\"value\":\"Y Q=\"}]}", "value" },
		{ "{\"kvs\":[{\"mod_revision\":\"x\"}]}", "mod_revision" },
		{ "{\"prev_kv\":\"x\"}", "kv" },
		{ "{\"token\":\"a\\nb\"}", "token" },
		{ "{\"token\":1}", "token" },
		{ "{\"cancel_reason\":[]}", "cancel_reason" },
		{ "{} {}", "line 1 column 4" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		test_etcd_refuse(cases[i][0], cases[i][1]);
}
END_TEST

START_TEST(read_answer__too_much__refused_before_it_is_read)
{
	size_t n = 2 * (ETCD_ANSWER_NODES + 10);
	char *text = malloc(ETCD_ANSWER_BYTES + 2), *at = text;
	struct refusal refusal = { "", "" };
	struct etcd_answer answer;
	TEST_ETCD_ARENA(arena);

	ck_assert(text != NULL);
	at = (char *)memcpy(at, "{\"kvs\":[", 8) + 8;
	for (size_t i = 0; i < n / 2; i++)
		at = (char *)memcpy(at, "1,", 2) + 2;
	ck_assert_int_eq(etcd_read_answer(text, (size_t)(at - text), arena, &answer, &refusal),
		ETCD_MESSAGE_E_REFUSED);
	ck_assert_ptr_nonnull(strstr(refusal.text, "too many values"));
	memset(text, ' ', ETCD_ANSWER_BYTES + 1);
	ck_assert_int_eq(etcd_read_answer(text, ETCD_ANSWER_BYTES + 1, arena, &answer, &refusal),
		ETCD_MESSAGE_E_REFUSED);
	ck_assert_str_eq(refusal.where, "document");
	/* What does not fit the arena is a fault, not an answer that is wrong. */
	memset(text, 'A', (size_t)3 << 20);
	memcpy(text, "{\"kvs\":[{\"key\":\"", 16);
	memcpy(text + ((size_t)3 << 20), "\"}]}", 5);
	ck_assert_int_eq(
		etcd_read_answer(text, ((size_t)3 << 20) + 4, arena, &answer, &refusal), -ENOMEM);
	free(text);
}
END_TEST

START_TEST(read_trouble__errors_of_each_version__code_and_text)
{
	static const struct {
		const char *body;
		unsigned code;
		const char *text;
	} cases[] = {
		{ "{\"error\":\"etcdserver: invalid auth token\",\"message\":\"etcdserver: invalid "
		  "auth token\",\"code\":16}",
			ETCD_CODE_UNAUTHENTICATED, "etcdserver: invalid auth token" },
		{ "{\"error\":\"only this\",\"code\":3}", ETCD_CODE_INVALID, "only this" },
		{ "{\"code\":9, \"message\":\"x\", \"details\":[]}", ETCD_CODE_PRECONDITION, "x" },
		{ "{\"code\":\"16\",\"message\":[]}", 0, "" },
		{ "{\"code\":99,\"message\":\"a\\u0007b\"}", 0, "a?b" },
		{ "404 page not found\n", 0, "404 page not found" },
		{ "<html>502", 0, "" },
		{ "", 0, "" },
	};
	struct etcd_trouble trouble;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		etcd_read_trouble(cases[i].body, strlen(cases[i].body), &trouble);
		ck_assert_uint_eq(trouble.code, cases[i].code);
		ck_assert_str_eq(trouble.text, cases[i].text);
	}
}
END_TEST

static Suite *test_etcd_message_suite(void)
{
	Suite *suite = suite_create("etcd_message");
	TCase *requests = tcase_create("requests");
	TCase *answers = tcase_create("answers");

	tcase_add_test(requests, write_range__one_key_or_a_folder__base64_and_texts);
	tcase_add_test(requests, write_put__with_and_without_lease__numbers_are_texts);
	tcase_add_test(requests, write_create__a_key__only_if_it_was_never_created);
	tcase_add_test(requests, write_others__their_members__as_the_gateway_has_them);
	suite_add_tcase(suite, requests);
	tcase_add_test(answers, read_answer__range__keys_and_values);
	tcase_add_test(answers, read_answer__what_is_left_out__is_its_default);
	tcase_add_test(answers, read_answer__token_lease_and_put__their_members);
	tcase_add_test(answers, read_answer__messages_of_a_watch__events_and_ends);
	tcase_add_test(answers, read_answer__anything_else__refused_with_its_place);
	tcase_add_test(answers, read_answer__too_much__refused_before_it_is_read);
	tcase_add_test(answers, read_trouble__errors_of_each_version__code_and_text);
	suite_add_tcase(suite, answers);
	return suite;
}

int main(void)
{
	return unit_run(test_etcd_message_suite());
}
