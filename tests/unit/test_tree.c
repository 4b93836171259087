/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON bytes in and out: what is taken, what is refused and where, and one canonical form. */
#include "core/codec/tree.h"
#include "tests/support/unit.h"

#include <string.h>

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
	const char *line;
} test_tree_refused[] = {
	{ "", "line 1 " },
	{ "\n  ", "line 2 " },
	{ "nul", "line 1 " },
	{ "nulll", "line 1 " },
	{ "[1,\n2,\n x]", "line 3 " },
	{ "[1,]", "line 1 " },
	{ "[,1]", "line 1 " },
	{ "[1 2]", "line 1 " },
	{ "[1}", "line 1 " },
	{ "[1", "line 1 " },
	{ "{\"a\"", "line 1 " },
	{ "{\"a\" 1}", "line 1 " },
	{ "{a:1}", "line 1 " },
	{ "{\"a\":1,}", "line 1 " },
	{ "{\"a\":1,\"a\":2}", "line 1 " },
	{ "{\"a\":1,\"\\u0061\":2}", "line 1 " },
	{ "01", "line 1 " },
	{ "[01]", "line 1 " },
	{ "[-]", "line 1 " },
	{ "[+1]", "line 1 " },
	{ "[1.]", "line 1 " },
	{ "[.5]", "line 1 " },
	{ "[1e]", "line 1 " },
	{ "[1e+]", "line 1 " },
	{ "[9223372036854775808]", "line 1 " },
	{ "[-99999999999999999999]", "line 1 " },
	{ "\"a", "line 1 " },
	{ "\"a\\", "line 1 " },
	{ "[\"a\nb\"]", "line 1 " },
	{ "[\"\\x\"]", "line 1 " },
	{ "[\"\\u12\"]", "line 1 " },
	{ "[\"\\u0000\"]", "line 1 " },
	{ "[\"\\ud800\"]", "line 1 " },
	{ "[\"\\ud800\\u0041\"]", "line 1 " },
	{ "[\"\\udc00\"]", "line 1 " },
	{ "[\"\xff\"]", "line 1 " },
	{ "[\"\xc0\x80\"]", "line 1 " },
	{ "[\"\xe0\x9f\xbf\"]", "line 1 " },
	{ "[\"\xed\xa0\x80\"]", "line 1 " },
	{ "[\"\xf0\x8f\xbf\xbf\"]", "line 1 " },
	{ "[\"\xf4\x90\x80\x80\"]", "line 1 " },
	{ "[\"\xe2\x82\"]", "line 1 " },
	{ "\xef\xbb\xbf{}", "line 1 " },
};

START_TEST(parse__anything_else__refused_with_its_line)
{
	struct refusal refusal;
	json_t *json;

	ck_assert_int_eq(test_tree_parse(test_tree_refused[_i].text,
				 strlen(test_tree_refused[_i].text), &json, &refusal),
		TREE_E_REFUSED);
	ck_assert(strncmp(refusal.where, test_tree_refused[_i].line,
			  strlen(test_tree_refused[_i].line)) == 0);
	ck_assert(strncmp(refusal.text, "it is not JSON: ", 16) == 0);
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

int main(void)
{
	Suite *suite = suite_create("tree");
	TCase *tc = tcase_create("tree");

	tcase_add_loop_test(tc, parse__json__its_canonical_bytes, 0,
		(int)(sizeof(test_tree_accepted) / sizeof(test_tree_accepted[0])));
	tcase_add_loop_test(tc, parse__anything_else__refused_with_its_line, 0,
		(int)(sizeof(test_tree_refused) / sizeof(test_tree_refused[0])));
	tcase_add_test(tc, parse__nul_byte__refused);
	tcase_add_test(tc, format__more_than_the_buffer__whole);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
