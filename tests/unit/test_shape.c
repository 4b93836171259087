/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The codec on a small shape that has every kind; what it decodes is seen by encoding it again. */
#include "core/codec/shape.h"
#include "core/arena.h"
#include "tests/support/unit.h"

#include <string.h>

struct test_inner {
	struct fact fact;
	struct fact_number bits;
};

struct test_item {
	struct fact_number id;
	struct fact_number first;
	struct fact_number last;
	struct fact_texts names;
};

struct test_sample {
	struct fact_number yes;
	struct fact_number count;
	struct fact_number address;
	struct fact_text text;
	struct fact_text word;
	struct fact_texts texts;
	struct test_inner inner;
	struct fact_list items;
};

static const char *const test_shape_words[] = { "strict", "lazy", NULL };

static const struct shape_field test_shape_inner_fields[] = {
	SHAPE_NUMBER(test_inner, bits, SHAPE_INTEGER, .limit = 64),
};
static const struct shape test_shape_inner =
	SHAPE_OF(test_inner, "inner thing", test_shape_inner_fields);

static const struct shape_field test_shape_item_fields[] = {
	SHAPE_NUMBER(test_item, id, SHAPE_INTEGER, .flags = SHAPE_KEY),
	SHAPE_NUMBER(test_item, first, SHAPE_HEX, .flags = SHAPE_FIRST),
	SHAPE_NUMBER(test_item, last, SHAPE_HEX),
	SHAPE_STRINGS(test_item, names, 2),
};
static const struct shape test_shape_item = SHAPE_OF(test_item, "item", test_shape_item_fields);

static const struct shape_field test_shape_fields[] = {
	SHAPE_NUMBER(test_sample, yes, SHAPE_BOOLEAN),
	SHAPE_NUMBER(test_sample, count, SHAPE_INTEGER),
	SHAPE_NUMBER(test_sample, address, SHAPE_HEX, .limit = 0xffffff),
	SHAPE_STRING(test_sample, text),
	SHAPE_ONE_OF(test_sample, word, test_shape_words),
	SHAPE_STRINGS(test_sample, texts, 3, .words = test_shape_words),
	SHAPE_INNER(test_sample, inner, test_shape_inner),
	SHAPE_ITEMS(test_sample, items, test_shape_item, 3),
};
static const struct shape test_shape = SHAPE_OF(test_sample, "sample", test_shape_fields);

static struct arena *test_shape_arena;

static void test_shape_setup(void)
{
	ck_assert_int_eq(arena_new(1 << 20, &test_shape_arena), 0);
}

static void test_shape_teardown(void)
{
	test_shape_arena = arena_free(test_shape_arena);
}

static int test_shape_decode(const char *text, struct shape_reader *reader, struct test_sample *ret)
{
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	int r;

	ck_assert_msg(json != NULL, "%s", text);
	memset(ret, 0, sizeof(*ret));
	reader->arena = test_shape_arena;
	r = shape_decode_object(reader, json, &test_shape, ret);
	json_decref(json);
	return r;
}

static void test_shape_check_encoded(const struct test_sample *sample, const char *expected)
{
	json_t *json;
	char *text;

	ck_assert_int_eq(shape_encode_object(&test_shape, sample, &json), 0);
	text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
	ck_assert_str_eq(text, expected);
	free(text);
	json_decref(json);
}

static const char *const test_shape_values[] = {
	"{}",
	"{\"yes\":true}",
	"{\"yes\":false}",
	"{\"count\":0}",
	"{\"count\":9223372036854775807}",
	"{\"address\":\"0x0\"}",
	"{\"address\":\"0xffffff\"}",
	"{\"text\":\"\"}",
	"{\"text\":\" \\\"\\\\~\"}",
	"{\"word\":\"lazy\"}",
	"{\"texts\":[]}",
	"{\"texts\":[\"lazy\",\"strict\",\"lazy\"]}",
	"{\"inner\":{}}",
	"{\"inner\":{\"bits\":64}}",
	"{\"inner\":{\"bits\":null}}",
	"{\"inner\":{\"bits\":{\"unknown\":\"asleep\"}}}",
	"{\"items\":[]}",
	"{\"items\":[{\"first\":\"0x5\",\"id\":3,\"last\":\"0x5\"},{\"id\":1,\"names\":[\"b\","
	"\"a\"]}]}",
	"{\"items\":[{\"first\":null,\"id\":3,\"last\":\"0x5\"}]}",
	"{\"items\":[{\"first\":\"0x9\",\"id\":3,\"last\":{\"unknown\":\"malformed\"}}]}",
	"{\"address\":\"0x1f\",\"count\":2,\"inner\":{\"bits\":1},\"items\":[],\"text\":\"a\","
	"\"texts\":[\"lazy\"],\"word\":\"strict\",\"yes\":true}",
};

START_TEST(decode__every_value__encodes_to_the_same_bytes)
{
	struct shape_reader reader = { .refusal = &(struct refusal){ "", "" } };
	struct test_sample sample;

	ck_assert_int_eq(test_shape_decode(test_shape_values[_i], &reader, &sample), SHAPE_DONE);
	ck_assert(!reader.unread);
	test_shape_check_encoded(&sample, test_shape_values[_i]);
}
END_TEST

/* Every kind in every state but a value, which the test above has. */
START_TEST(decode__each_kind_null_unknown_missing__kept_apart)
{
	const struct shape_field *field = &test_shape_fields[_i];
	struct shape_reader reader = { .refusal = &(struct refusal){ "", "" } };
	struct test_sample sample;
	const struct fact *fact = (const void *)((const char *)&sample + field->offset);
	char text[100];

	(void)snprintf(text, sizeof(text), "{\"%s\":null}", field->name);
	ck_assert_int_eq(test_shape_decode(text, &reader, &sample), SHAPE_DONE);
	ck_assert_uint_eq(fact->state, FACT_NULL);
	test_shape_check_encoded(&sample, text);

	for (unsigned why = 0; why < FACT_NOT_COLLECTED; why++) {
		(void)snprintf(text, sizeof(text), "{\"%s\":{\"unknown\":\"%s\"}}", field->name,
			fact_why_word((enum fact_why)why));
		ck_assert_int_eq(test_shape_decode(text, &reader, &sample), SHAPE_DONE);
		ck_assert_uint_eq(fact->state, FACT_UNKNOWN);
		ck_assert_uint_eq(fact->why, why);
		test_shape_check_encoded(&sample, text);
	}

	ck_assert_int_eq(test_shape_decode("{}", &reader, &sample), SHAPE_DONE);
	ck_assert_uint_eq(fact->state, FACT_MISSING);
}
END_TEST

START_TEST(decode__values__in_the_struct)
{
	struct shape_reader reader = { .refusal = &(struct refusal){ "", "" } };
	struct test_sample sample;
	const struct test_item *items;

	ck_assert_int_eq(test_shape_decode("{\"yes\":true,\"address\":\"0x1f\",\"word\":\"lazy\","
					   "\"items\":[{\"id\":7,\"names\":[\"a\"]},{\"id\":5}]}",
				 &reader, &sample),
		SHAPE_DONE);
	ck_assert_uint_eq(sample.yes.value, 1);
	ck_assert_uint_eq(sample.address.value, 0x1f);
	ck_assert_ptr_eq(sample.word.value, test_shape_words[1]);
	ck_assert_uint_eq(sample.items.n, 2);
	items = sample.items.items;
	ck_assert_uint_eq(items[0].id.value, 7);
	ck_assert_str_eq(items[0].names.items[0], "a");
	ck_assert_uint_eq(items[1].id.value, 5);
	ck_assert_uint_eq(items[1].names.fact.state, FACT_MISSING);
}
END_TEST

static const struct {
	const char *json;
	const char *where;
	const char *text;
} test_shape_refused[] = {
	{ "[]", "document", "must be an object" },
	{ "{\"no\":1}", "no", "sample has no such member" },
	{ "{\"yes\":1}", "yes", "must be true or false" },
	{ "{\"yes\":\"true\"}", "yes", "must be true or false" },
	{ "{\"count\":1.0}", "count", "must be an integer that is not negative" },
	{ "{\"count\":-1}", "count", "must be an integer that is not negative" },
	{ "{\"count\":\"1\"}", "count", "must be an integer that is not negative" },
	{ "{\"count\":true}", "count", "must be an integer that is not negative" },
	{ "{\"inner\":{\"bits\":65}}", "inner/bits", "is 65, more than 64" },
	{ "{\"address\":31}", "address", "must be a text such as \"0x1f\"" },
	{ "{\"address\":\"0x1F\"}", "address", "must be a text such as \"0x1f\"" },
	{ "{\"address\":\"0x01\"}", "address", "must be a text such as \"0x1f\"" },
	{ "{\"address\":\"0x1000000\"}", "address", "is 0x1000000, more than 0xffffff" },
	{ "{\"text\":1}", "text", "must be a text" },
	{ "{\"text\":[]}", "text", "must be a text" },
	{ "{\"text\":\"a\\nb\"}", "text", "holds more than printable ASCII" },
	{ "{\"text\":\"\\u007f\"}", "text", "holds more than printable ASCII" },
	{ "{\"text\":\"\\u00e9\"}", "text", "holds more than printable ASCII" },
	{ "{\"word\":\"Lazy\"}", "word", "is \"Lazy\", none of the words of the schema" },
	{ "{\"texts\":\"lazy\"}", "texts", "must be an array" },
	{ "{\"texts\":[\"lazy\",null]}", "texts/1", "must be a text" },
	{ "{\"texts\":[\"lazy\",\"x\"]}", "texts/1", "is \"x\", none of the words of the schema" },
	{ "{\"texts\":[\"lazy\",\"lazy\",\"lazy\",\"lazy\"]}", "texts",
		"has 4 items, more than 3" },
	{ "{\"inner\":[]}", "inner", "must be an object" },
	{ "{\"inner\":{\"x\":1}}", "inner/x", "inner thing has no such member" },
	{ "{\"items\":{}}", "items", "must be an array" },
	{ "{\"items\":[null]}", "items/0", "must be an object" },
	{ "{\"items\":[{\"id\":1},{\"id\":2},{\"id\":3},{\"id\":4}]}", "items",
		"has 4 items, more than 3" },
	{ "{\"items\":[{\"id\":4},{}]}", "items/1", "id is missing" },
	{ "{\"items\":[{\"id\":null}]}", "items/0/id", "must have a value" },
	{ "{\"items\":[{\"id\":{\"unknown\":\"asleep\"}}]}", "items/0/id", "must have a value" },
	{ "{\"items\":[{\"unknown\":\"asleep\"}]}", "items/0", "id is missing" },
	{ "{\"items\":[{\"id\":7},{\"id\":9},{\"id\":7}]}", "items/7", "is in the list twice" },
	{ "{\"items\":[{\"id\":9,\"first\":\"0x2\",\"last\":\"0x1\"}]}", "items/9",
		"first is greater than last" },
	{ "{\"items\":[{\"id\":9,\"names\":[\"a\",2]}]}", "items/9/names/1", "must be a text" },
	{ "{\"items\":[{\"id\":9,\"name\":[]}]}", "items/9/name", "item has no such member" },
	{ "{\"count\":{\"unknown\":\"tired\"}}", "count", "no such reason for an unknown fact" },
	{ "{\"count\":{\"unknown\":\"not-collected\"}}", "count",
		"no such reason for an unknown fact" },
	{ "{\"count\":{\"unknown\":1}}", "count", "must be an integer that is not negative" },
	{ "{\"count\":{\"unknown\":\"asleep\",\"x\":1}}", "count",
		"must be an integer that is not negative" },
	{ "{\"inner\":{\"unknown\":\"asleep\",\"bits\":1}}", "inner/unknown",
		"inner thing has no such member" },
	{ "{\"inner\":{\"unknown\":null}}", "inner/unknown", "inner thing has no such member" },
};

START_TEST(decode__what_the_table_forbids__refused_with_its_place)
{
	struct refusal refusal = { "", "" };
	struct shape_reader reader = { .refusal = &refusal };
	struct test_sample sample;

	ck_assert_int_eq(
		test_shape_decode(test_shape_refused[_i].json, &reader, &sample), SHAPE_E_REFUSED);
	ck_assert_str_eq(refusal.where, test_shape_refused[_i].where);
	ck_assert_msg(strncmp(refusal.text, test_shape_refused[_i].text,
			      strlen(test_shape_refused[_i].text)) == 0,
		"%s", refusal.text);
}
END_TEST

START_TEST(decode__text_at_its_limit__read_and_one_over_refused)
{
	struct refusal refusal = { "", "" };
	struct shape_reader reader = { .refusal = &refusal };
	struct test_sample sample;
	char text[LIMIT_TEXT + 20];

	(void)snprintf(text, sizeof(text), "{\"text\":\"%0*d\"}", LIMIT_TEXT, 0);
	ck_assert_int_eq(test_shape_decode(text, &reader, &sample), SHAPE_DONE);
	ck_assert_uint_eq(strlen(sample.text.value), LIMIT_TEXT);
	(void)snprintf(text, sizeof(text), "{\"text\":\"%0*d\"}", LIMIT_TEXT + 1, 0);
	ck_assert_int_eq(test_shape_decode(text, &reader, &sample), SHAPE_E_REFUSED);
	ck_assert_str_eq(refusal.text, "is longer than 255 bytes");
}
END_TEST

static const struct {
	const char *json;
	const char *again;
} test_shape_newer[] = {
	{ "{\"no\":1.5,\"yes\":true}", "{\"yes\":true}" },
	{ "{\"inner\":{\"x\":[{}]}}", "{\"inner\":{}}" },
	{ "{\"items\":[{\"id\":1,\"x\":null}]}", "{\"items\":[{\"id\":1}]}" },
	{ "{\"word\":\"eager\"}", "{\"word\":\"eager\"}" },
	{ "{\"texts\":[\"eager\"]}", "{\"texts\":[\"eager\"]}" },
	{ "{\"count\":{\"unknown\":\"tired\"}}", "{\"count\":{\"unknown\":\"malformed\"}}" },
	{ "{\"inner\":{\"unknown\":\"tired\"}}", "{\"inner\":{\"unknown\":\"malformed\"}}" },
};

START_TEST(decode__newer_minor_with_strangers__noted_and_kept_out)
{
	struct shape_reader reader = { .refusal = &(struct refusal){ "", "" }, .newer = true };
	struct test_sample sample;

	ck_assert_int_eq(
		test_shape_decode(test_shape_newer[_i].json, &reader, &sample), SHAPE_DONE);
	ck_assert(reader.unread);
	test_shape_check_encoded(&sample, test_shape_newer[_i].again);
}
END_TEST

START_TEST(decode__newer_minor_all_known__read_in_full)
{
	struct shape_reader reader = { .refusal = &(struct refusal){ "", "" }, .newer = true };
	struct test_sample sample;

	ck_assert_int_eq(test_shape_decode("{\"word\":\"lazy\",\"count\":{\"unknown\":\"asleep\"}}",
				 &reader, &sample),
		SHAPE_DONE);
	ck_assert(!reader.unread);
}
END_TEST

START_TEST(decode__newer_minor_of_wrong_type__refused_still)
{
	struct refusal refusal = { "", "" };
	struct shape_reader reader = { .refusal = &refusal, .newer = true };
	struct test_sample sample;

	ck_assert_int_eq(test_shape_decode("{\"count\":\"3\"}", &reader, &sample), SHAPE_E_REFUSED);
}
END_TEST

START_TEST(refuse__hostile_names__cut_and_printable)
{
	struct refusal refusal = { "", "" };
	struct shape_reader reader = { .refusal = &refusal };
	struct test_sample sample;
	char text[1000];

	ck_assert_int_eq(
		test_shape_decode("{\"a\\u001b[2J\":1}", &reader, &sample), SHAPE_E_REFUSED);
	ck_assert_str_eq(refusal.where, "a?[2J");
	(void)snprintf(text, sizeof(text), "{\"inner\":{\"%0900d\":1}}", 0);
	reader = (struct shape_reader){ .refusal = &refusal };
	ck_assert_int_eq(test_shape_decode(text, &reader, &sample), SHAPE_E_REFUSED);
	ck_assert_uint_eq(strlen(refusal.where), sizeof(refusal.where) - 1);
	ck_assert_int_eq(strncmp(refusal.where, "inner/0000", 10), 0);
}
END_TEST

START_TEST(encode__what_the_decoder_would_refuse__unknown)
{
	static const char *items[4] = { "strict", "strict", "strict", "strict" };
	static const char *bad[1] = { "a\tb" };
	char long_text[LIMIT_TEXT + 2] = "";
	struct test_sample sample = {
		.count = fact_number(UINT64_MAX),
		.address = fact_number(0x1000000),
		.text = fact_text("caf\xc3\xa9"),
		.texts = { .fact = FACT_KNOWN, .n = 4, .items = items },
		.items = { .fact = FACT_KNOWN, .n = 4, .items = NULL },
	};

	memset(long_text, 'x', LIMIT_TEXT + 1);
	test_shape_check_encoded(&sample,
		"{\"address\":{\"unknown\":\"malformed\"},\"count\":{\"unknown\":\"malformed\"},"
		"\"items\":{\"unknown\":\"over-limit\"},\"text\":{\"unknown\":\"malformed\"},"
		"\"texts\":{\"unknown\":\"over-limit\"}}");

	sample = (struct test_sample){
		.text = fact_text(long_text),
		.texts = { .fact = FACT_KNOWN, .n = 1, .items = bad },
		.yes = fact_number(1),
	};
	test_shape_check_encoded(&sample,
		"{\"text\":{\"unknown\":\"over-limit\"},\"texts\":{\"unknown\":\"malformed\"},"
		"\"yes\":true}");
}
END_TEST

#define TEST_SHAPE_N(array) ((int)(sizeof(array) / sizeof((array)[0])))

int main(void)
{
	Suite *suite = suite_create("shape");
	TCase *tc = tcase_create("shape");

	tcase_add_checked_fixture(tc, test_shape_setup, test_shape_teardown);
	tcase_add_loop_test(tc, decode__every_value__encodes_to_the_same_bytes, 0,
		TEST_SHAPE_N(test_shape_values));
	tcase_add_loop_test(tc, decode__each_kind_null_unknown_missing__kept_apart, 0,
		TEST_SHAPE_N(test_shape_fields));
	tcase_add_test(tc, decode__values__in_the_struct);
	tcase_add_loop_test(tc, decode__what_the_table_forbids__refused_with_its_place, 0,
		TEST_SHAPE_N(test_shape_refused));
	tcase_add_test(tc, decode__text_at_its_limit__read_and_one_over_refused);
	tcase_add_loop_test(tc, decode__newer_minor_with_strangers__noted_and_kept_out, 0,
		TEST_SHAPE_N(test_shape_newer));
	tcase_add_test(tc, decode__newer_minor_all_known__read_in_full);
	tcase_add_test(tc, decode__newer_minor_of_wrong_type__refused_still);
	tcase_add_test(tc, refuse__hostile_names__cut_and_printable);
	tcase_add_test(tc, encode__what_the_decoder_would_refuse__unknown);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
