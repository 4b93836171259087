/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory runs out at every single allocation of the codec, the core's and jansson's: once for good,
 * once for that one allocation only. Each time the answer is -ENOMEM and nothing leaks.
 * The linker sends the allocations of the core here (--wrap), jansson has a hook. Only what happens
 * between test_alloc_on() and test_alloc_off() counts: Check allocates too.
 */
#include "core/codec/facts_json.h"
#include "core/codec/facts_shape.h"
#include "tests/support/fill.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <string.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void __wrap_free(void *p);

/* Volatile: the compiler knows that free() changes nothing of ours, and here it does. */
static volatile struct {
	bool on;
	unsigned long n_calls;
	unsigned long fail_at; /* counted from 1; 0: never */
	bool for_good;
	long n_live;
} test_alloc;

static void test_alloc_on(unsigned long fail_at, bool for_good)
{
	test_alloc.on = true;
	test_alloc.n_calls = 0;
	test_alloc.fail_at = fail_at;
	test_alloc.for_good = for_good;
}

static void test_alloc_off(void)
{
	test_alloc.on = false;
}

static bool test_alloc_fails(void)
{
	if (!test_alloc.on)
		return false;
	test_alloc.n_calls++;
	if (test_alloc.fail_at == 0 || test_alloc.n_calls < test_alloc.fail_at)
		return false;
	return test_alloc.for_good || test_alloc.n_calls == test_alloc.fail_at;
}

static void *test_alloc_given(void *p)
{
	test_alloc.n_live += test_alloc.on && p;
	return p;
}

void *__wrap_malloc(size_t n)
{
	return test_alloc_given(test_alloc_fails() ? NULL : __real_malloc(n));
}

void *__wrap_calloc(size_t n, size_t size)
{
	return test_alloc_given(test_alloc_fails() ? NULL : __real_calloc(n, size));
}

void *__wrap_realloc(void *p, size_t n)
{
	void *grown = test_alloc_fails() ? NULL : __real_realloc(p, n);

	return p ? grown : test_alloc_given(grown);
}

void __wrap_free(void *p)
{
	test_alloc.n_live -= test_alloc.on && p;
	__real_free(p);
}

/* Without the memory that failed no answer can be right. */
static int test_alloc_expected(void)
{
	return test_alloc.n_calls < test_alloc.fail_at ? 0 : -ENOMEM;
}

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

		test_alloc_on(i, _i);
		r = facts_json_decode(bytes, strlen(bytes), &facts, &refusal);
		test_alloc_off();
		ck_assert_msg(r == test_alloc_expected(), "%lu: %d, %s: %s", i, r, refusal.where,
			refusal.text);
		ck_assert((facts != NULL) == (r == FACTS_JSON_DONE));
		if (facts)
			ck_assert_int_eq(facts_json_encode(facts, &again, &n), 0);
		ck_assert_msg(!again || strcmp(again, bytes) == 0, "%lu: %s", i, again);
		free(again);

		test_alloc_on(0, false);
		facts_unref(facts);
		test_alloc_off();
		ck_assert_msg(test_alloc.n_live == 0, "%lu: %ld leaked", i, test_alloc.n_live);
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

		test_alloc_on(i, _i);
		r = facts_json_encode(facts, &again, &n);
		test_alloc_off();
		ck_assert_msg(r == test_alloc_expected(), "%lu: %d", i, r);
		if (r == 0)
			ck_assert_str_eq(again, bytes);
		ck_assert(r == 0 || (!again && n == 77));

		test_alloc_on(0, false);
		free(again);
		test_alloc_off();
		ck_assert_msg(test_alloc.n_live == 0, "%lu: %ld leaked", i, test_alloc.n_live);
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

		test_alloc_on(i, true);
		r = facts_new(&facts);
		test_alloc_off();
		ck_assert_int_eq(r, -ENOMEM);
		ck_assert_ptr_null(facts);
		ck_assert_int_eq(test_alloc.n_live, 0);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("alloc_codec");
	TCase *tc = tcase_create("alloc_codec");

	json_set_alloc_funcs(__wrap_malloc, __wrap_free);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, decode__nth_allocation_fails__enomem_and_no_leak, 0, 2);
	tcase_add_loop_test(tc, encode__nth_allocation_fails__enomem_and_no_leak, 0, 2);
	tcase_add_test(tc, new__nth_allocation_fails__enomem_and_no_leak);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
