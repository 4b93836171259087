/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/record_json.h"
#include "tests/support/unit.h"

#include <jansson.h>
#include <string.h>

#define TEST_RECORD_JSON_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define TEST_RECORD_JSON_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

/* Written by hand: names in order, no white space. */
static const char test_record_json_full[] =
	"{\"boot_id\":\"7d3f9a52-0b1c-4e6f-8a90-1b2c3d4e5f60\","
	"\"classes\":{\"10\":\"" TEST_RECORD_JSON_A "\",\"9\":\"" TEST_RECORD_JSON_B "\"},"
	"\"collected_at\":3,\"collection\":\"partial\",\"endpoints\":[\"https://a:1\"],"
	"\"facts\":\"" TEST_RECORD_JSON_A "\",\"fleet\":\"lab\",\"host\":\"node-1.example.com\","
	"\"host_id\":\"0123456789abcdef0123456789abcdef\",\"issued_at\":4,"
	"\"labels\":{\"a/b\":\"\",\"rack\":\"r \\\"1\\\"\"},"
	"\"map\":\"" TEST_RECORD_JSON_B "\",\"minor\":0,\"schema\":\"iommufleet-record-1\","
	"\"sequence\":9223372036854775807,\"valid_until\":5,"
	"\"versions\":{\"projection\":10,\"rules\":2,\"software\":\"0.4\"}}";

static int test_record_json_try(
	const char *text, struct arena **arena, struct record *record, struct refusal *refusal)
{
	ck_assert_int_eq(arena_new(1 << 16, arena), 0);
	return record_json_decode(text, strlen(text), *arena, record, refusal);
}

/* The full document with the member @name set to the JSON @value is refused there for @word. */
static void test_record_json_refused(
	const char *name, const char *value, const char *where, const char *word)
{
	json_auto_t *json = json_loads(test_record_json_full, 0, NULL);
	struct refusal refusal = { "", "" };
	struct record record = { .sequence = 77 };
	struct arena *arena;
	char *text;
	int r;

	ck_assert_int_eq(
		json_object_set_new(json, name, json_loads(value, JSON_DECODE_ANY, NULL)), 0);
	text = json_dumps(json, JSON_COMPACT);
	r = test_record_json_try(text, &arena, &record, &refusal);
	ck_assert_msg(r == RECORD_JSON_E_REFUSED, "took %s %s", name, value);
	ck_assert_msg(strcmp(refusal.where, where) == 0, "%s: %s", refusal.where, refusal.text);
	ck_assert_msg(strstr(refusal.text, word) != NULL, "%s: %s", refusal.where, refusal.text);
	ck_assert_uint_eq(record.sequence, 77);
	free(text);
	arena_free(arena);
}

START_TEST(decode__every_member__taken_over_and_written_back)
{
	struct refusal refusal = { "", "" };
	struct record record;
	struct arena *arena;
	char *text;
	size_t n;

	ck_assert_int_eq(test_record_json_try(test_record_json_full, &arena, &record, &refusal),
		RECORD_JSON_DONE);
	ck_assert_str_eq(record.fleet, "lab");
	ck_assert_str_eq(record.host, "node-1.example.com");
	ck_assert_str_eq(record.host_id, "0123456789abcdef0123456789abcdef");
	ck_assert_str_eq(record.boot_id, "7d3f9a52-0b1c-4e6f-8a90-1b2c3d4e5f60");
	ck_assert_uint_eq(record.sequence, INT64_MAX);
	ck_assert_uint_eq(record.collected_us, 3);
	ck_assert_uint_eq(record.issued_us, 4);
	ck_assert_uint_eq(record.valid_until_us, 5);
	ck_assert_int_eq(record.collection, RECORD_COLLECTION_PARTIAL);
	ck_assert_str_eq(record.facts, TEST_RECORD_JSON_A);
	ck_assert_str_eq(record.map, TEST_RECORD_JSON_B);
	/* By number, not by spelling. */
	ck_assert_uint_eq(record.n_classes, 2);
	ck_assert_uint_eq(record.classes[0].projection, 9);
	ck_assert_str_eq(record.classes[0].digest, TEST_RECORD_JSON_B);
	ck_assert_uint_eq(record.classes[1].projection, 10);
	ck_assert_uint_eq(record.n_labels, 2);
	ck_assert_str_eq(record.labels[0].name, "a/b");
	ck_assert_str_eq(record.labels[0].value, "");
	ck_assert_str_eq(record.labels[1].value, "r \"1\"");
	ck_assert_uint_eq(record.n_endpoints, 1);
	ck_assert_str_eq(record.endpoints[0], "https://a:1");
	ck_assert_str_eq(record.software, "0.4");
	ck_assert_uint_eq(record.rules, 2);
	ck_assert_uint_eq(record.projection, 10);
	ck_assert(!record.newer);

	ck_assert_int_eq(record_json_write(&record, &text, &n), 0);
	ck_assert_str_eq(text, test_record_json_full);
	ck_assert_uint_eq(n, strlen(test_record_json_full));
	free(text);
	arena_free(arena);
}
END_TEST

START_TEST(decode__wrong_value__refused_with_its_place)
{
	static const char *const rows[][4] = {
		{ "fleet", "\"a.b\"", "fleet", "fleet" },
		{ "fleet", "7", "fleet", "fleet" },
		{ "host", "\"*\"", "host", "host" },
		{ "host_id", "\"0123\"", "host_id", "32" },
		{ "host_id", "\"0123456789ABCDEF0123456789abcdef\"", "host_id", "lower case" },
		{ "host_id", "null", "host_id", "32" },
		{ "boot_id", "\"7d3f9a520b1c4e6f8a901b2c3d4e5f60\"", "boot_id", "UUID" },
		{ "boot_id", "\"7d3f9a52-0b1c-4e6f-8a90+1b2c3d4e5f60\"", "boot_id", "UUID" },
		{ "sequence", "0", "sequence", "from 1" },
		{ "sequence", "-1", "sequence", "from 1" },
		{ "sequence", "1.0", "sequence", "integer" },
		{ "issued_at", "null", "issued_at", "integer" },
		{ "collected_at", "0", "collected_at", "integer" },
		{ "collection", "\"half\"", "collection", "partial" },
		{ "collection", "1", "collection", "word" },
		{ "facts", "\"aa\"", "facts", "64" },
		{ "classes", "[]", "classes", "object" },
		{ "classes", "{\"01\":\"" TEST_RECORD_JSON_A "\"}", "classes", "projection" },
		{ "classes", "{\"0\":\"" TEST_RECORD_JSON_A "\"}", "classes", "projection" },
		{ "classes", "{\"10\":\"\"}", "classes", "64" },
		{ "classes", "{\"1\":0,\"2\":0,\"3\":0,\"4\":0,\"5\":0}", "classes", "at most 4" },
		{ "labels", "{\"Rack\":\"\"}", "labels", "Rack" },
		{ "labels", "{\"\":\"\"}", "labels", "name" },
		{ "labels", "{\"a\":7}", "labels", "printable" },
		{ "labels", "{\"a\":\"\\n\"}", "labels", "printable" },
		{ "endpoints", "{}", "endpoints", "array" },
		{ "endpoints", "[\"http://a\"]", "endpoints/0", "https" },
		{ "endpoints", "[\"\",\"\",\"\",\"\",\"\"]", "endpoints", "at most 4" },
		{ "versions", "7", "versions", "object" },
		{ "versions", "{\"rules\":1,\"projection\":1}", "versions", "software" },
		{ "versions", "{\"software\":\"\",\"rules\":1,\"projection\":1}",
			"versions/software", "printable" },
		{ "versions", "{\"software\":\"1\",\"rules\":0,\"projection\":1}", "versions/rules",
			"from 1" },
		{ "weather", "1", "weather", "no such member" },
		{ "minor", "\"0\"", "minor", "integer" },
		/* What they mean together. */
		{ "facts", "null", "document", "together" },
		{ "map", "null", "document", "together" },
		{ "classes", "{}", "document", "together" },
		{ "collection", "\"never\"", "document", "contradict" },
		{ "classes", "{\"9\":\"" TEST_RECORD_JSON_A "\"}", "document", "projection" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		test_record_json_refused(rows[i][0], rows[i][1], rows[i][2], rows[i][3]);
}
END_TEST

START_TEST(decode__more_labels_than_the_limit__refused)
{
	char value[LIMIT_LABELS * 16 + 32];
	size_t at = 0;

	for (unsigned i = 0; i <= LIMIT_LABELS; i++)
		at += (size_t)snprintf(
			value + at, sizeof(value) - at, "%c\"l%u\":\"\"", i ? ',' : '{', i);
	(void)snprintf(value + at, sizeof(value) - at, "}");
	test_record_json_refused("labels", value, "labels", "at most 32");
}
END_TEST

START_TEST(decode__newer_minor__strangers_are_passed_over)
{
	json_auto_t *json = json_loads(test_record_json_full, 0, NULL);
	struct refusal refusal = { "", "" };
	struct record record;
	struct arena *arena;
	char *text;

	json_object_set_new(json, "minor", json_integer(1));
	json_object_set_new(json, "weather", json_string("fine"));
	json_object_set_new(json, "collection", json_string("half"));
	json_object_set_new(json_object_get(json, "versions"), "more", json_array());
	text = json_dumps(json, 0);
	ck_assert_msg(test_record_json_try(text, &arena, &record, &refusal) == RECORD_JSON_DONE,
		"%s: %s", refusal.where, refusal.text);
	ck_assert(record.newer);
	ck_assert_int_eq(record.collection, RECORD_COLLECTION_OTHER);
	free(text);
	arena_free(arena);
}
END_TEST

START_TEST(decode__other_schema__told_from_a_bad_document)
{
	static const char *const texts[] = { "{}", "{\"schema\":\"iommufleet-record-2\"}",
		"{\"schema\":1}", "{\"schema\":\"iommufleet-record-10\",\"minor\":0}" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct refusal refusal = { "", "" };
		struct record record;
		struct arena *arena;

		ck_assert_int_eq(test_record_json_try(texts[i], &arena, &record, &refusal),
			RECORD_JSON_E_SCHEMA);
		ck_assert_str_eq(refusal.where, "schema");
		arena_free(arena);
	}
}
END_TEST

START_TEST(decode__nothing_collected__nulls)
{
	static const char text[] =
		"{\"boot_id\":null,\"classes\":{},\"collected_at\":null,\"collection\":\"never\","
		"\"endpoints\":[],\"facts\":null,\"fleet\":\"lab\",\"host\":\"a\","
		"\"host_id\":\"0123456789abcdef0123456789abcdef\",\"issued_at\":4,\"labels\":{},"
		"\"map\":null,\"minor\":0,\"schema\":\"iommufleet-record-1\",\"sequence\":1,"
		"\"valid_until\":5,\"versions\":{\"projection\":1,\"rules\":1,\"software\":\"1\"}}";
	struct refusal refusal = { "", "" };
	struct record record;
	struct arena *arena;
	char *back;
	size_t n;

	ck_assert_int_eq(test_record_json_try(text, &arena, &record, &refusal), RECORD_JSON_DONE);
	ck_assert_ptr_null(record.facts);
	ck_assert_ptr_null(record.map);
	ck_assert_ptr_null(record.boot_id);
	ck_assert_uint_eq(record.collected_us, 0);
	ck_assert_int_eq(record_json_write(&record, &back, &n), 0);
	ck_assert_str_eq(back, text);
	free(back);
	arena_free(arena);
	test_record_json_refused("collected_at", "-5", "collected_at", "integer");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("record_json");
	TCase *cases = tcase_create("record_json");

	tcase_add_test(cases, decode__every_member__taken_over_and_written_back);
	tcase_add_test(cases, decode__wrong_value__refused_with_its_place);
	tcase_add_test(cases, decode__more_labels_than_the_limit__refused);
	tcase_add_test(cases, decode__newer_minor__strangers_are_passed_over);
	tcase_add_test(cases, decode__other_schema__told_from_a_bad_document);
	tcase_add_test(cases, decode__nothing_collected__nulls);
	suite_add_tcase(suite, cases);
	return unit_run(suite);
}
