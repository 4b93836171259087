/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The reader and writer of JSON bytes, against RFC 8259 and against jansson's own. */
#include "core/codec/tree.h"
#include "tests/support/unit.h"

#include <stdbool.h>
#include <string.h>

static uint64_t test_tree_seed;

static int test_tree_parse(const char *text, size_t n, json_t **ret, struct refusal *refusal)
{
	char *copy = malloc(n > 0 ? n : 1); /* of the exact size: a read past the end is seen */
	int r;

	memcpy(copy, text, n);
	*ret = NULL;
	r = tree_parse(copy, n, refusal, ret);
	free(copy);
	ck_assert((*ret != NULL) == (r == TREE_DONE));
	return r;
}

static const struct {
	const char *text;
	const char *canonical;
} test_tree_accepted[] = {
	{ "null", "null" },
	{ " \t\r\n true \n", "true" },
	{ "false", "false" },
	{ "0", "0" },
	{ "-0", "0" },
	{ "-17", "-17" },
	{ "9223372036854775807", "9223372036854775807" },
	{ "[]", "[]" },
	{ "[ ]", "[]" },
	{ "{ }", "{}" },
	{ "[1 , [2],{\"a\" : [ ]}]", "[1,[2],{\"a\":[]}]" },
	{ "{\"b\":1,\"a\":2,\"aa\":3,\"A\":4}", "{\"A\":4,\"a\":2,\"aa\":3,\"b\":1}" },
	{ "\"\"", "\"\"" },
	{ "\"a\\/b\\\"\\\\\\b\\f\\n\\r\\t\"", "\"a/b\\\"\\\\\\b\\f\\n\\r\\t\"" },
	{ "\"\\u0041\\u00e9\\u20AC\\ud83d\\ude00\"", "\"A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"" },
	{ "\"\xc3\xa9\xed\x9f\xbf\xf4\x8f\xbf\xbf\x7f\"",
		"\"\xc3\xa9\xed\x9f\xbf\xf4\x8f\xbf\xbf\x7f\"" },
	{ "{\"\\u0061\":1}", "{\"a\":1}" },
	{ "[1.5,1e5,-0.0,1E+9,2e-3]", "[0.0,0.0,0.0,0.0,0.0]" },
	{ "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]", "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]" },
};

START_TEST(parse__json__its_canonical_bytes)
{
	struct refusal refusal;
	json_t *json;
	char *text;
	size_t n;

	ck_assert_int_eq(test_tree_parse(test_tree_accepted[_i].text,
				 strlen(test_tree_accepted[_i].text), &json, &refusal),
		TREE_DONE);
	ck_assert_int_eq(tree_format(json, &text, &n), 0);
	ck_assert_str_eq(text, test_tree_accepted[_i].canonical);
	ck_assert_uint_eq(n, strlen(text));
	free(text);
	json_decref(json);
}
END_TEST

static const struct {
	const char *text;
	const char *where;
	const char *why;
} test_tree_refused[] = {
	{ "", "line 1 column 1", "it ends too early" },
	{ "\n  ", "line 2 column 3", "it ends too early" },
	{ "nul", "line 1 column 1", "no value begins like this" },
	{ "nulll", "line 1 column 5", "something follows the end of the document" },
	{ "[1,\n2,\n x]", "line 3 column 2", "no value begins like this" },
	{ "[1,]", "line 1 column 4", "no value begins like this" },
	{ "[,1]", "line 1 column 2", "no value begins like this" },
	{ "[1 2]", "line 1 column 4", "a comma or the end of the list is missing" },
	{ "[1}", "line 1 column 3", "a comma or the end of the list is missing" },
	{ "[1", "line 1 column 3", "it ends too early" },
	{ "{\"a\"", "line 1 column 5", "it ends too early" },
	{ "{\"a\" 1}", "line 1 column 6", "a colon is missing" },
	{ "{a:1}", "line 1 column 2", "the name of a member is missing" },
	{ "{\"a\":1,}", "line 1 column 8", "the name of a member is missing" },
	{ "{\"a\":1,\"a\":2}", "line 1 column 11", "the object has \"a\" twice" },
	{ "{\"a\":1,\"\\u0061\":2}", "line 1 column 16", "the object has \"a\" twice" },
	{ "01", "line 1 column 3", "it ends too early" },
	{ "[01]", "line 1 column 4", "no such number" },
	{ "[-]", "line 1 column 3", "no such number" },
	{ "[+1]", "line 1 column 2", "no value begins like this" },
	{ "[1.]", "line 1 column 4", "no such number" },
	{ "[.5]", "line 1 column 2", "no value begins like this" },
	{ "[1e]", "line 1 column 4", "no such number" },
	{ "[1e+]", "line 1 column 5", "no such number" },
	{ "[9223372036854775808]", "line 1 column 21",
		"the integer before this place is too great" },
	{ "[-99999999999999999999]", "line 1 column 23",
		"the integer before this place is too great" },
	{ "\"a", "line 1 column 3", "it ends too early" },
	{ "\"a\\", "line 1 column 4", "it ends too early" },
	{ "[\"a\nb\"]", "line 1 column 4", "a text holds a control character" },
	{ "[\"\\x\"]", "line 1 column 4", "no such escape" },
	{ "[\"\\u12\"]", "line 1 column 7", "\\u must name a character other than U+0000" },
	{ "[\"\\u0000\"]", "line 1 column 9", "\\u must name a character other than U+0000" },
	{ "[\"\\ud800\"]", "line 1 column 9", "\\u must name a character other than U+0000" },
	{ "[\"\\ud800\\u0041\"]", "line 1 column 15",
		"\\u must name a character other than U+0000" },
	{ "[\"\\udc00\"]", "line 1 column 9", "\\u must name a character other than U+0000" },
	{ "[\"\xff\"]", "line 1 column 3", "it is not UTF-8" },
	{ "[\"\xc0\x80\"]", "line 1 column 3", "it is not UTF-8" },
	{ "[\"\xe0\x9f\xbf\"]", "line 1 column 3", "it is not UTF-8" },
	{ "[\"\xed\xa0\x80\"]", "line 1 column 3", "it is not UTF-8" },
	{ "[\"\xf0\x8f\xbf\xbf\"]", "line 1 column 3", "it is not UTF-8" },
	{ "[\"\xf4\x90\x80\x80\"]", "line 1 column 3", "it is not UTF-8" },
	{ "[\"\xe2\x82\"]", "line 1 column 3", "it is not UTF-8" },
	{ "\xef\xbb\xbf{}", "line 1 column 1", "no value begins like this" },
	{ "[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]", "line 1 column 17",
		"its members are nested too deep" },
};

START_TEST(parse__anything_else__refused_with_line_and_column)
{
	struct refusal refusal;
	json_t *json;

	ck_assert_int_eq(test_tree_parse(test_tree_refused[_i].text,
				 strlen(test_tree_refused[_i].text), &json, &refusal),
		TREE_E_REFUSED);
	ck_assert_str_eq(refusal.text, test_tree_refused[_i].why);
	ck_assert_str_eq(refusal.where, test_tree_refused[_i].where);
}
END_TEST

START_TEST(parse__nul_byte__refused)
{
	struct refusal refusal;
	json_t *json;

	ck_assert_int_eq(test_tree_parse("[1,\0]", 5, &json, &refusal), TREE_E_REFUSED);
	ck_assert_int_eq(test_tree_parse("[\"a\0\"]", 6, &json, &refusal), TREE_E_REFUSED);
	ck_assert_int_eq(test_tree_parse("[1]\0", 4, &json, &refusal), TREE_E_REFUSED);
}
END_TEST

START_TEST(format__more_than_the_buffer__whole)
{
	json_t *array = json_array();
	json_t *again;
	struct refusal refusal;
	char *text;
	size_t n;

	for (int i = 0; i < 20000; i++)
		json_array_append_new(array, json_integer(i));
	ck_assert_int_eq(tree_format(array, &text, &n), 0);
	ck_assert_uint_eq(n, strlen(text));
	ck_assert_int_eq(test_tree_parse(text, n, &again, &refusal), TREE_DONE);
	ck_assert(json_equal(array, again));
	json_decref(array);
	json_decref(again);
	free(text);
}
END_TEST

/* ------------------------------------------------------------------ against jansson */

/* Random bytes out of pieces, so that about half of them are JSON. */
static size_t test_tree_random(uint64_t *state, char *ret, size_t size)
{
	static const char *const pieces[] = { "{\"a\":", "{", "}", "[", "]", ",", ":", "1", "-20",
		"\"b\"", "\"\\u00e9\"", "\"\xc3\xa9\"", "null", "true", " ", "\"a\":1", "0", "\\",
		"\"", "\x80", "e5", ".5", "[1,2]", "{\"x\":[]}", "\"\\ud834\\udd1e\"" };
	size_t n = 0;
	uint64_t turns = unit_random(state) % 12;

	ret[n++] = '[';
	for (uint64_t i = 0; i < turns; i++) {
		const char *piece =
			pieces[unit_random(state) % (sizeof(pieces) / sizeof(pieces[0]))];

		if (n + strlen(piece) + 2 > size)
			break;
		memcpy(ret + n, piece, strlen(piece));
		n += strlen(piece);
		if (unit_random(state) % 2 == 0)
			ret[n++] = ',';
	}
	if (ret[n - 1] == ',')
		n--;
	ret[n++] = ']';
	return n;
}

static bool test_tree_has_real(const json_t *json)
{
	const char *name;
	json_t *value;
	size_t i;

	json_array_foreach(json, i, value)
	{
		if (test_tree_has_real(value))
			return true;
	}
	json_object_foreach((json_t *)json, name, value)
	{
		if (test_tree_has_real(value))
			return true;
	}
	return json_is_real(json);
}

START_TEST(property__random_bytes__taken_exactly_when_jansson_takes_them)
{
	uint64_t state = test_tree_seed;
	int n_accepted = 0;

	for (int turn = 0; turn < 50000; turn++) {
		char text[256];
		size_t n = test_tree_random(&state, text, sizeof(text));
		json_t *other = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
		struct refusal refusal;
		json_t *json;
		int r = test_tree_parse(text, n, &json, &refusal);

		ck_assert_msg((r == TREE_DONE) == (other != NULL), "%.*s: %s: %s", (int)n, text,
			r ? refusal.where : "", r ? refusal.text : "taken");
		if (json && !test_tree_has_real(json))
			ck_assert_msg(json_equal(json, other), "%.*s", (int)n, text);
		n_accepted += json != NULL;
		json_decref(json);
		json_decref(other);
	}
	ck_assert_int_gt(n_accepted, 1000);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("tree");
	TCase *tc = tcase_create("tree");

	test_tree_seed = unit_seed(argc, argv);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, parse__json__its_canonical_bytes, 0,
		(int)(sizeof(test_tree_accepted) / sizeof(test_tree_accepted[0])));
	tcase_add_loop_test(tc, parse__anything_else__refused_with_line_and_column, 0,
		(int)(sizeof(test_tree_refused) / sizeof(test_tree_refused[0])));
	tcase_add_test(tc, parse__nul_byte__refused);
	tcase_add_test(tc, format__more_than_the_buffer__whole);
	tcase_add_test(tc, property__random_bytes__taken_exactly_when_jansson_takes_them);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
