/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/guard.h"
#include "tests/support/unit.h"

#include <jansson.h>
#include <string.h>

static int test_guard_scan(const char *text, unsigned nodes, unsigned depth)
{
	struct guard_limits limits = { .bytes = 1 << 20, .nodes = nodes, .depth = depth };
	struct refusal refusal;

	return guard_scan(text, strlen(text), &limits, &refusal);
}

static const struct {
	const char *text;
	unsigned nodes;
	unsigned depth;
} test_guard_samples[] = {
	{ "null", 1, 0 },
	{ "[]", 1, 1 },
	{ "{}", 1, 1 },
	{ "[1,2,3]", 4, 1 },
	{ "[ -1 , 2.5e3 ,\n\ttrue,false,\rnull ]", 6, 1 },
	{ "{\"a\":1}", 2, 1 },
	{ "{\"a\" : \"b\", \"c\":{\"d\":[]}}", 4, 3 },
	{ "[\"a,b:c[{\",\"\\\"[[\",\"\\\\\",\"\\u005b\\\\\\\"{\"]", 5, 1 },
	{ "[[],[],[[]]]", 5, 3 },
	{ "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]", 16, 16 },
	{ "{\"a\":{\"a\":{\"a\":{}}},\"b\":\"a:b\"}", 5, 4 },
};

START_TEST(scan__at_each_limit__passes_and_one_less_is_refused)
{
	const char *text = test_guard_samples[_i].text;
	unsigned nodes = test_guard_samples[_i].nodes;
	unsigned depth = test_guard_samples[_i].depth;

	ck_assert_int_eq(test_guard_scan(text, nodes, depth), GUARD_DONE);
	ck_assert_int_eq(test_guard_scan(text, nodes - 1, depth), GUARD_E_REFUSED);
	if (depth > 0)
		ck_assert_int_eq(test_guard_scan(text, nodes, depth - 1), GUARD_E_REFUSED);
}
END_TEST

START_TEST(scan__bytes__at_the_limit_and_one_over)
{
	struct guard_limits limits = { .bytes = 4, .nodes = 9, .depth = 9 };
	struct refusal refusal;

	ck_assert_int_eq(guard_scan("[1] ", 4, &limits, &refusal), GUARD_DONE);
	ck_assert_int_eq(guard_scan("[12] ", 5, &limits, &refusal), GUARD_E_REFUSED);
	ck_assert_str_eq(refusal.text, "it is 5 bytes long, and at most 4 are read");
}
END_TEST

START_TEST(scan__nul_byte__refused_with_its_place)
{
	struct guard_limits limits = { .bytes = 100, .nodes = 9, .depth = 9 };
	struct refusal refusal;

	ck_assert_int_eq(guard_scan("[1,\n \0]", 7, &limits, &refusal), GUARD_E_REFUSED);
	ck_assert_str_eq(refusal.where, "line 2 column 2");
	ck_assert_str_eq(refusal.text, "it holds a NUL byte");
	ck_assert_int_eq(guard_scan("[\"a\0\"]", 6, &limits, &refusal), GUARD_E_REFUSED);
	ck_assert_int_eq(guard_scan("[\"\\\0\"]", 6, &limits, &refusal), GUARD_E_REFUSED);
}
END_TEST

START_TEST(scan__too_many__says_what_and_where)
{
	struct guard_limits limits = { .bytes = 100, .nodes = 3, .depth = 2 };
	struct refusal refusal;

	ck_assert_int_eq(guard_scan("[1,2,\n3]", 8, &limits, &refusal), GUARD_E_REFUSED);
	ck_assert_str_eq(refusal.where, "line 2 column 1");
	ck_assert_str_eq(refusal.text, "it holds too many values");
	ck_assert_int_eq(guard_scan("[[[", 3, &limits, &refusal), GUARD_E_REFUSED);
	ck_assert_str_eq(refusal.where, "line 1 column 3");
	ck_assert_str_eq(refusal.text, "its members are nested too deep");
}
END_TEST

START_TEST(scan__empty_and_broken__left_to_the_parser)
{
	ck_assert_int_eq(test_guard_scan("", 0, 0), GUARD_DONE);
	ck_assert_int_eq(test_guard_scan("]]]}}}::::,,,,", 0, 0), GUARD_DONE);
	ck_assert_int_eq(test_guard_scan("\"\\", 1, 0), GUARD_DONE);
	ck_assert_int_eq(test_guard_scan("\"abc", 1, 0), GUARD_DONE);
}
END_TEST

/* ------------------------------------------------------------------ property */

static uint64_t test_guard_seed;

static json_t *test_guard_random(uint64_t *state, unsigned depth)
{
	static const char *const texts[] = { "", "a", "\"", "\\", "[{", ":,", "\\\"", "]}" };
	json_t *json;

	switch (unit_random(state) % (depth > 0 ? 8 : 4)) {
	case 0:
		return json_integer((json_int_t)(unit_random(state) % 2000) - 1000);
	case 1:
		return json_string(texts[unit_random(state) % 8]);
	case 2:
		return json_null();
	case 3:
		return json_boolean(unit_random(state) % 2);
	case 4:
	case 5:
		json = json_array();
		for (uint64_t n = unit_random(state) % 5; n > 0; n--)
			json_array_append_new(json, test_guard_random(state, depth - 1));
		return json;
	default:
		json = json_object();
		for (uint64_t n = unit_random(state) % 5; n > 0; n--)
			json_object_set_new(json, texts[unit_random(state) % 8],
				test_guard_random(state, depth - 1));
		return json;
	}
}

static unsigned test_guard_count(json_t *json, unsigned depth, unsigned *max_depth)
{
	unsigned n = 1;
	const char *name;
	json_t *value;
	size_t i;

	if ((json_is_array(json) || json_is_object(json)) && depth + 1 > *max_depth)
		*max_depth = depth + 1;
	json_array_foreach(json, i, value)
	{
		n += test_guard_count(value, depth + 1, max_depth);
	}
	json_object_foreach(json, name, value)
	{
		n += test_guard_count(value, depth + 1, max_depth);
	}
	return n;
}

START_TEST(property__random_documents__counted_as_the_parser_does)
{
	uint64_t state = test_guard_seed;

	for (int turn = 0; turn < 3000; turn++) {
		json_t *json = test_guard_random(&state, 6);
		unsigned depth = 0;
		unsigned nodes = test_guard_count(json, 0, &depth);
		char *text = json_dumps(
			json, JSON_ENCODE_ANY | (turn % 2 ? JSON_INDENT(1) : JSON_COMPACT));

		ck_assert_msg(test_guard_scan(text, nodes, depth) == GUARD_DONE, "%s", text);
		ck_assert_msg(test_guard_scan(text, nodes - 1, depth) != GUARD_DONE, "%s", text);
		if (depth > 0)
			ck_assert_msg(
				test_guard_scan(text, nodes, depth - 1) != GUARD_DONE, "%s", text);
		free(text);
		json_decref(json);
	}
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("guard");
	TCase *tc = tcase_create("guard");

	test_guard_seed = unit_seed(argc, argv);
	tcase_add_loop_test(tc, scan__at_each_limit__passes_and_one_less_is_refused, 0,
		(int)(sizeof(test_guard_samples) / sizeof(test_guard_samples[0])));
	tcase_add_test(tc, scan__bytes__at_the_limit_and_one_over);
	tcase_add_test(tc, scan__nul_byte__refused_with_its_place);
	tcase_add_test(tc, scan__too_many__says_what_and_where);
	tcase_add_test(tc, scan__empty_and_broken__left_to_the_parser);
	tcase_add_test(tc, property__random_documents__counted_as_the_parser_does);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
