/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory runs out at every single allocation of a question to a fleet: the answer is -ENOMEM and
 * nothing leaks, never a host or a hole fewer.
 */
#include "core/judge/answer_fleet.h"
#include "core/judge/answer_json.h"
#include "tests/fault/alloc.h"
#include "tests/support/ask.h"
#include "tests/support/unit.h"

#include <errno.h>

static struct host *test_classes[3];
static struct guest *test_guest;
static const struct fleet_member test_members[] = {
	{ .name = "a", .class_index = 0 },
	{ .name = "b", .class_index = 1 },
	{ .name = "c", .class_index = 1 },
	{ .name = "d", .class_index = -1 },
	{ .name = "e", .class_index = 2, .expired = true },
};
static struct fleet test_fleet = { .n_classes = 3, .n_members = 5, .members = test_members };

static void test_begin(void)
{
	static const enum ask_base bases[] = { ASK_INTEL, ASK_AMD, ASK_ARM };

	for (size_t i = 0; i < 3; i++) {
		ASK(ask, bases[i]);

		test_classes[i] = host_ref((struct host *)ask_judge_host(&ask));
		if (i > 0)
			continue;
		ask_judge(&ask);
		test_guest = ask.guest_built;
		ask.guest_built = NULL;
	}
	test_fleet.classes = (const struct host *const *)test_classes;
}

static void test_end(void)
{
	for (size_t i = 0; i < 3; i++)
		host_unref(test_classes[i]);
	guest_free(test_guest);
}

static int test_hosts(json_t **ret)
{
	struct guest_text text = { .guest = test_guest };
	struct fleet_question question = { .guest = &text };
	struct refusal refusal;
	struct fleet_found found;
	int r = fleet_find(&test_fleet, &question, &found, &refusal);

	if (r != FLEET_DONE)
		return r;
	r = answer_fleet_hosts(&test_fleet, &found, 0, found.n, ret);
	fleet_found_done(&found);
	return r;
}

static int test_list(json_t **ret)
{
	return answer_fleet_classes(&test_fleet, ret);
}

static int test_baseline(json_t **ret)
{
	size_t all[] = { 0, 1, 2, 3, 4 };
	struct fleet_baseline baseline;
	int r = fleet_baseline_compute(&test_fleet, all, 5, &baseline);

	if (r < 0)
		return r;
	r = answer_fleet_baseline(&baseline, ret);
	arena_free(baseline.arena);
	return r;
}

static int test_compare(json_t **ret)
{
	struct answer_json_named a = { .name = "a", .host = test_classes[0] };
	struct answer_json_named b = { .name = "b", .host = test_classes[2] };

	return answer_json_compare(&a, &b, ret);
}

static int (*const test_questions[])(
	json_t **ret) = { test_hosts, test_list, test_baseline, test_compare };

START_TEST(question__nth_allocation_fails__enomem_and_no_leak)
{
	json_t *whole = NULL;
	int r = -ENOMEM;

	ck_assert_int_eq(test_questions[_i / 2](&whole), 0);
	for (unsigned long i = 1; r != 0; i++) {
		json_t *json = NULL;

		alloc_on(i, _i % 2);
		r = test_questions[_i / 2](&json);
		alloc_off();
		ck_assert_msg(r == alloc_expected(), "%lu: %d", i, r);
		ck_assert_msg((json != NULL) == (r == 0), "%lu: %d", i, r);
		ck_assert(!json || json_equal(json, whole));
		json_decref(json);
		ck_assert_msg(alloc_live() == 0, "%lu: %ld leaked", i, alloc_live());
		ck_assert_uint_lt(i, 100000);
	}
	json_decref(whole);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fleet_alloc");
	TCase *cases = tcase_create("fleet_alloc");

	alloc_begin();
	tcase_set_timeout(cases, 60);
	tcase_add_checked_fixture(cases, test_begin, test_end);
	tcase_add_loop_test(cases, question__nth_allocation_fails__enomem_and_no_leak, 0, 8);
	suite_add_tcase(suite, cases);
	return unit_run(suite);
}
