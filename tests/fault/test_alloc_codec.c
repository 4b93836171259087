/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory runs out at every single allocation of the codec, the core's and jansson's: once for good,
 * once for that one allocation only. Each time the answer is -ENOMEM and nothing leaks.
 */
#include "core/codec/facts_json.h"
#include "core/codec/facts_shape.h"
#include "tests/fault/alloc.h"
#include "tests/support/fill.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <string.h>

/* A document with every member, as bytes that the test owns. */
static char *test_alloc_document(void)
{
	struct fill fill = { .mode = FILL_VALUES, .state = 1 };
	struct facts *facts;
	char *bytes;
	size_t n;

	ck_assert_int_eq(facts_new(&facts), 0);
	fill.arena = facts->arena;
	fill_object(&fill, &facts_shape, facts);
	facts_sort(facts);
	ck_assert_int_eq(facts_json_encode(facts, &bytes, &n), 0);
	facts_unref(facts);
	return bytes;
}

START_TEST(decode__nth_allocation_fails__enomem_and_no_leak)
{
	char *bytes = test_alloc_document();
	int r = -ENOMEM;

	for (unsigned long i = 1; r != FACTS_JSON_DONE; i++) {
		struct refusal refusal = { "", "" };
		struct facts *facts = NULL;
		char *again = NULL;
		size_t n;

		alloc_on(i, _i);
		r = facts_json_decode(bytes, strlen(bytes), &facts, &refusal);
		alloc_off();
		ck_assert_msg(r == alloc_expected(), "%lu: %d, %s: %s", i, r, refusal.where,
			refusal.text);
		ck_assert((facts != NULL) == (r == FACTS_JSON_DONE));
		if (facts)
			ck_assert_int_eq(facts_json_encode(facts, &again, &n), 0);
		ck_assert_msg(!again || strcmp(again, bytes) == 0, "%lu: %s", i, again);
		free(again);

		alloc_on(0, false);
		facts_unref(facts);
		alloc_off();
		ck_assert_msg(alloc_live() == 0, "%lu: %ld leaked", i, alloc_live());
		ck_assert_uint_lt(i, 100000);
	}
	free(bytes);
}
END_TEST

START_TEST(encode__nth_allocation_fails__enomem_and_no_leak)
{
	char *bytes = test_alloc_document();
	struct facts *facts;
	int r = -ENOMEM;

	ck_assert_int_eq(
		facts_json_decode(bytes, strlen(bytes), &facts, &(struct refusal){ "", "" }),
		FACTS_JSON_DONE);
	for (unsigned long i = 1; r != 0; i++) {
		char *again = NULL;
		size_t n = 77;

		alloc_on(i, _i);
		r = facts_json_encode(facts, &again, &n);
		alloc_off();
		ck_assert_msg(r == alloc_expected(), "%lu: %d", i, r);
		if (r == 0)
			ck_assert_str_eq(again, bytes);
		ck_assert(r == 0 || (!again && n == 77));

		alloc_on(0, false);
		free(again);
		alloc_off();
		ck_assert_msg(alloc_live() == 0, "%lu: %ld leaked", i, alloc_live());
		ck_assert_uint_lt(i, 100000);
	}
	facts_unref(facts);
	free(bytes);
}
END_TEST

START_TEST(new__nth_allocation_fails__enomem_and_no_leak)
{
	for (unsigned long i = 1; i <= 2; i++) {
		struct facts *facts = NULL;
		int r;

		alloc_on(i, true);
		r = facts_new(&facts);
		alloc_off();
		ck_assert_int_eq(r, -ENOMEM);
		ck_assert_ptr_null(facts);
		ck_assert_int_eq(alloc_live(), 0);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("alloc_codec");
	TCase *tc = tcase_create("alloc_codec");

	alloc_begin();
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, decode__nth_allocation_fails__enomem_and_no_leak, 0, 2);
	tcase_add_loop_test(tc, encode__nth_allocation_fails__enomem_and_no_leak, 0, 2);
	tcase_add_test(tc, new__nth_allocation_fails__enomem_and_no_leak);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
