/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory runs out while a plan is made: the answer is -ENOMEM and nothing leaks, never a plan with
 * a host or a suggestion fewer.
 */
#include "core/judge/answer_json_plan.h"
#include "core/judge/planner_text.h"
#include "tests/fault/alloc.h"
#include "tests/support/ask.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <string.h>

#define TEST_GIB (1ULL << 30)

static struct host *test_classes[3];
static struct machine *test_machine;
static const struct fleet_member test_members[] = {
	{ .name = "a", .class_index = 0 },
	{ .name = "b", .class_index = 1 },
	{ .name = "c", .class_index = -1 },
	{ .name = "d", .class_index = 2 },
};
static struct fleet test_fleet = { .n_classes = 3, .n_members = 4, .members = test_members };

/* A guest whose RAM meets a hole of one host, and whose room is too much for the other. */
static void test_begin(void)
{
	static const enum ask_base bases[] = { ASK_INTEL, ASK_INTEL, ASK_ARM };
	struct guest_device device = {
		.vendor = -1,
		.device = -1,
		.subsystem_vendor = -1,
		.subsystem_device = -1,
		.class_code = -1,
		.address = ASK_NIC,
		.text = ASK_NIC,
	};

	for (size_t i = 0; i < 3; i++) {
		ASK(ask, bases[i]);

		if (i == 0)
			ask_host(&ask, "groups/9/reserved/+",
				"{'first':'0x7c000000','last':'0x7fffffff','type':'reserved'}");
		if (i == 1)
			ask_host(&ask, "host/cpu_bits", "39");
		test_classes[i] = host_ref((struct host *)ask_judge_host(&ask));
	}
	test_fleet.classes = (const struct host *const *)test_classes;
	ck_assert_int_eq(machine_new(&test_machine), 0);
	test_machine->arch = "x86_64";
	test_machine->type = "pc-q35-7.2";
	test_machine->cpu.kind = MACHINE_CPU_HOST;
	test_machine->ram = 8 * TEST_GIB;
	test_machine->maxmem = 1024 * TEST_GIB;
	test_machine->slots = 4;
	ck_assert_int_eq(machine_add_device(test_machine, &device), 0);
}

static void test_end(void)
{
	machine_free(test_machine);
	for (size_t i = 0; i < 3; i++)
		host_unref(test_classes[i]);
}

static int test_plan(json_t **ret)
{
	struct guest_text text = { .machine = test_machine };
	struct planner_question question = {
		.ask = { .guest = &text, .origin = { .host = test_classes[0], .name = "a" } },
		.cmdline = true,
	};
	struct planner_plan plan;
	struct refusal refusal;
	int r = planner_compute(&test_fleet, &question, &plan, &refusal);

	if (r != PLANNER_DONE)
		return r;
	r = answer_json_plan(&test_fleet, &plan, ret);
	arena_free(plan.arena);
	return r;
}

/* There are some ten thousand allocations: each of the first ones fails, then one in a prime. */
START_TEST(plan__nth_allocation_fails__enomem_and_no_leak)
{
	json_t *whole = NULL;
	int r = -ENOMEM;

	ck_assert_int_eq(test_plan(&whole), 0);
	ck_assert_uint_gt(json_array_size(json_object_get(whole, "suggestions")), 0);
	ck_assert_uint_eq(json_array_size(json_object_get(whole, "cannot_be_helped")), 2);
	for (unsigned long i = 1; r != 0; i += i < 300 ? 1 : 37) {
		json_t *json = NULL;

		alloc_on(i, _i % 2);
		r = test_plan(&json);
		alloc_off();
		ck_assert_msg(r == alloc_expected(), "%lu: %d", i, r);
		ck_assert_msg((json != NULL) == (r == 0), "%lu: %d", i, r);
		ck_assert(!json || json_equal(json, whole));
		json_decref(json);
		ck_assert_msg(alloc_live() == 0, "%lu: %ld leaked", i, alloc_live());
		ck_assert_uint_lt(i, 1000000);
	}
	json_decref(whole);
}
END_TEST

/* Words that have no room are no shorter words. */
START_TEST(text__arena_full__enomem)
{
	struct machine_memory memories[] = { { .model = MACHINE_MEMORY_DIMM,
		.size = TEST_GIB,
		.placed = true,
		.address = 8 * TEST_GIB } };
	struct machine to = *test_machine;
	struct planner_suggestion whole = { .machine = &to, .changes = PLANNER_BOOT_RAM };
	struct arena *first, *arena;
	int r = -ENOMEM;

	to.type = "pc-q35-7.0";
	to.cpu.bits_limit = 39;
	to.max_ram_below_4g = TEST_GIB;
	to.ram = 7 * TEST_GIB;
	to.maxmem = 9 * TEST_GIB;
	to.memories = memories;
	to.n_memories = 1;
	ck_assert_int_eq(arena_new(SIZE_MAX, &first), 0);
	ck_assert_int_eq(planner_text_say(first, test_machine, &whole), 0);
	for (size_t cap = 1; r != 0; cap += 16) {
		struct planner_suggestion part = { .machine = &to, .changes = PLANNER_BOOT_RAM };

		ck_assert_int_eq(arena_new(cap, &arena), 0);
		r = planner_text_say(arena, test_machine, &part);
		ck_assert(r == 0 || r == -ENOMEM);
		if (r == 0) {
			ck_assert_str_eq(part.text, whole.text);
			ck_assert_str_eq(part.xml, whole.xml);
			ck_assert_str_eq(part.option, whole.option);
		}
		arena_free(arena);
	}
	arena_free(first);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("planner_alloc");
	TCase *cases = tcase_create("planner_alloc");

	alloc_begin();
	tcase_add_checked_fixture(cases, test_begin, test_end);
	tcase_set_timeout(cases, 300);
	tcase_add_loop_test(cases, plan__nth_allocation_fails__enomem_and_no_leak, 0, 2);
	tcase_add_test(cases, text__arena_full__enomem);
	suite_add_tcase(suite, cases);
	return unit_run(suite);
}
