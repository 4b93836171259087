/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is free of a guest's map and usable on every host. */
#include "core/judge/headroom.h"
#include "tests/support/ask.h"
#include "tests/support/unit.h"

/* The headroom of the guest of @ask on its host and, unless NULL, on @other. */
static struct headroom test_headroom(struct ask *ask, struct ask *other)
{
	const struct host *hosts[2];
	struct headroom headroom;

	(void)ask_judge(ask);
	hosts[0] = ask->host;
	if (other)
		hosts[1] = ask_judge_host(other);
	ck_assert_int_eq(headroom_compute(ask->guest_built, hosts, other ? 2 : 1, &headroom), 0);
	return headroom;
}

static void test_window(
	const struct headroom_side *side, size_t index, uint64_t first, uint64_t last)
{
	ck_assert(side->known);
	ck_assert_uint_lt(index, side->n);
	ck_assert_uint_eq(side->windows[index].first, first);
	ck_assert_uint_eq(side->windows[index].last, last);
}

START_TEST(compute__free_and_usable__largest_first)
{
	struct headroom headroom;
	ASK(ask, ASK_INTEL); /* 46 bits of the CPU, 48 of the IOMMU */

	ask_map(&ask, "ram 0x0-0x7fffffff, ram 0x100000000-0x17fffffff, pci-hole64 "
		      "0x180000000-0x97fffffff");
	headroom = test_headroom(&ask, NULL);
	ck_assert_uint_eq(headroom.bits, 46);
	test_window(&headroom.below_4g, 0, 0x80000000, 0xfedfffff);
	test_window(&headroom.below_4g, 1, 0xfef00000, 0xffffffff);
	ck_assert_uint_eq(headroom.below_4g.n, 2);
	test_window(&headroom.above_4g, 0, 0x980000000, (1ULL << 46) - 1);
	ck_assert_uint_eq(headroom.above_4g.n, 1);
}
END_TEST

START_TEST(compute__second_host__only_what_both_have)
{
	struct headroom headroom;
	ASK(ask, ASK_INTEL);
	ASK(other, ASK_INTEL);

	ask_map(&ask, "ram 0x0-0x7fffffff");
	ask_host(&other, "iommus/unit0/input_bits", "39");
	ask_host(&other, "groups/9/reserved",
		"[{'first':'0x90000000','last':'0x9fffffff','type':'reserved'},{'first':"
		"'0xfee00000','last':'0xfeefffff','type':'msi'}]");
	headroom = test_headroom(&ask, &other);
	test_window(&headroom.below_4g, 0, 0xa0000000, 0xfedfffff);
	test_window(&headroom.below_4g, 1, 0x80000000, 0x8fffffff);
	test_window(&headroom.above_4g, 0, 0x100000000, 0x7fffffffff);
}
END_TEST

/* Where memory may be added is free; less than a page is no window. */
START_TEST(compute__hotplug_window_and_crumbs__free_and_left_out)
{
	struct headroom headroom;
	ASK(ask, ASK_INTEL);

	ask_map(&ask, "ram 0x0-0xfedff7ff, mmio 0xfef00000-0xffffffff, hotplug "
		      "0x100000000-0x1ffffffff");
	headroom = test_headroom(&ask, NULL);
	ck_assert(headroom.below_4g.known);
	ck_assert_uint_eq(headroom.below_4g.n, 0);
	test_window(&headroom.above_4g, 0, 0x100000000, (1ULL << 46) - 1);
}
END_TEST

START_TEST(compute__what_is_usable_is_not_known__says_so)
{
	struct headroom headroom;
	ASK(ask, ASK_INTEL);

	ask_map(&ask, "ram 0x0-0x7fffffff");
	ask_host(&ask, "groups/9/reserved", "{'unknown':'not-readable'}");
	headroom = test_headroom(&ask, NULL);
	ck_assert(!headroom.below_4g.known);
	ck_assert(!headroom.above_4g.known);
	ck_assert_uint_eq(headroom.below_4g.n, 0);
	ask_host(&ask, "groups/9/reserved", "[]");
	ask_host(&ask, "host/cpu_bits", "{'unknown':'not-readable'}");
	headroom = test_headroom(&ask, NULL);
	ck_assert(headroom.below_4g.known);
	ck_assert(!headroom.above_4g.known);
}
END_TEST

static Suite *test_headroom_suite(void)
{
	Suite *suite = suite_create("headroom");
	TCase *cases = tcase_create("headroom");

	tcase_add_test(cases, compute__free_and_usable__largest_first);
	tcase_add_test(cases, compute__second_host__only_what_both_have);
	tcase_add_test(cases, compute__hotplug_window_and_crumbs__free_and_left_out);
	tcase_add_test(cases, compute__what_is_usable_is_not_known__says_so);
	suite_add_tcase(suite, cases);
	return suite;
}

int main(void)
{
	return unit_run(test_headroom_suite());
}
