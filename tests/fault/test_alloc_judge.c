/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory runs out at every single allocation of a judgement: of a host made ready, of a verdict,
 * and of each part of it whose arena is full. The answer is -ENOMEM and nothing leaks; never is an
 * answer given that rests on what was left out.
 */
#include "core/judge/assignable.h"
#include "core/judge/map_digest.h"
#include "core/model/limits.h"
#include "tests/fault/alloc.h"
#include "tests/support/ask.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <string.h>

/* A host that has something to say under every heading. */
static void test_fill(struct ask *ask)
{
	ask_host(ask, "host/virtual", "true");
	ask_host(ask, "iommus/unit0/input_bits", "{'unknown':'not-readable'}");
	ask_host(ask, "groups/9/reserved",
		"[{'first':'0x70000000','last':'0x7000ffff','type':'reserved'},"
		"{'first':'0x7d800000','last':'0x7fffffff','type':'direct'},"
		"{'first':'0x180000000','last':'0x18000ffff','type':'reserved'}]");
	ask_host(ask, "devices/" ASK_NIC_PORT "/acs", "{'capability':'0x1f','control':'0x0'}");
	ask_host(ask, "devices/" ASK_NIC "/reset_methods", "null");
	ask_host(ask, "devices/" ASK_NIC "/driver", "'e1000e'");
	ask_host(ask, "devices/" ASK_NIC "/vfio_driver", "false");
	ask_map(ask, "ram 0x0-0xa01fffff, ram-device 0x800000000000-0x8000000fffff, "
		     "hotplug 0x100000000-0x1ffffffff");
	ask_guest(ask, "opaque", "['qemu:commandline']");
	ask_guest(ask, "devices", "['10de:1eb8','1234:5678']");
}

START_TEST(host_new__nth_allocation_fails__enomem_and_no_leak)
{
	struct host *host = NULL;
	struct facts *facts;
	char digest[65];
	int r = -ENOMEM;
	ASK(ask, ASK_INTEL);

	test_fill(&ask);
	if (_i >= 2)
		ask_assume(&ask, "kernel=6.6");
	memcpy(digest, host_digests(ask_judge_host(&ask)).class_, sizeof(digest));
	facts = ask_decode(ask.facts);
	/* Most are jansson's, which has its own test: of those every seventh is enough. */
	for (unsigned long i = 1; r != 0; i += i < 200 ? 1 : 7) {
		alloc_on(i, _i % 2);
		r = host_new(facts, &ask.assume, &host);
		alloc_off();
		ck_assert_msg(r == alloc_expected(), "%lu: %d", i, r);
		ck_assert((host != NULL) == (r == 0));
		if (host)
			ck_assert_str_eq(host_digests(host).class_, digest);
		host = host_unref(host);
		ck_assert_msg(alloc_live() == 0, "%lu: %ld leaked", i, alloc_live());
		ck_assert_uint_lt(i, 100000);
	}
	facts_unref(facts);
}
END_TEST

START_TEST(verdict_compute__nth_allocation_fails__enomem_and_no_leak)
{
	int r = -ENOMEM;
	ASK(ask, ASK_INTEL);

	test_fill(&ask);
	(void)ask_judge(&ask);
	for (unsigned long i = 1; r != VERDICT_DONE; i++) {
		struct refusal refusal = { "", "" };
		struct verdict *verdict = NULL;

		alloc_on(i, _i);
		r = verdict_compute(ask.host, &ask.question, &verdict, &refusal);
		alloc_off();
		ck_assert_msg(r == alloc_expected(), "%lu: %d", i, r);
		ck_assert((verdict != NULL) == (r == VERDICT_DONE));
		if (verdict)
			ck_assert_uint_eq(verdict->n_findings, ask.verdict->n_findings);
		verdict_free(verdict);
		ck_assert_int_eq(alloc_live(), 0);
		ck_assert_uint_lt(i, 1000);
	}
}
END_TEST

START_TEST(project_compute__arena_is_full__enomem)
{
	struct facts *facts;
	int r = -ENOMEM;
	ASK(ask, ASK_ARM);

	ask_host(&ask, "windows",
		"[{'bus':'0000:00','direction':'inbound','first':'0x0','last':'0xffffffffffff'}]");
	ask_host(&ask, "devices/" ASK_NIC_PORT "/acs", "null");
	facts = ask_decode(ask.facts);
	for (size_t cap = 1; r != 0; cap += 48) {
		struct project project;
		struct arena *arena;

		ck_assert_int_eq(arena_new(cap, &arena), 0);
		r = project_compute(facts, &ASSUME_NOTHING, arena, &project);
		ck_assert_msg(r == 0 || r == -ENOMEM, "%zu: %d", cap, r);
		arena_free(arena);
		ck_assert_uint_lt(cap, LIMIT_ARENA_BYTES);
	}
	facts_unref(facts);
}
END_TEST

START_TEST(assignable_group__arena_is_full__enomem)
{
	int r = -ENOMEM;
	ASK(ask, ASK_INTEL);

	test_fill(&ask);
	(void)ask_judge_host(&ask);
	for (size_t cap = 1; r != 0; cap += 16) {
		struct report report = { 0 };
		struct assignable assignable;

		ck_assert_int_eq(arena_new(cap, &report.arena), 0);
		r = assignable_group(ask.host, 2, &report, &assignable);
		ck_assert_msg(r == 0 || r == -ENOMEM, "%zu: %d", cap, r);
		arena_free(report.arena);
		ck_assert_uint_lt(cap, LIMIT_ARENA_BYTES);
	}
}
END_TEST

START_TEST(map_digest__nth_allocation_fails__enomem_and_no_leak)
{
	char digest[DIGEST_LENGTH + 1] = "";
	int r = -ENOMEM;
	ASK(ask, ASK_INTEL);

	(void)ask_judge_host(&ask);
	for (unsigned long i = 1; r != 0; i++) {
		alloc_on(i, true);
		r = map_digest_compute(&ask.host->project.class_, ask.host->usables, digest);
		alloc_off();
		ck_assert_int_eq(r, alloc_expected());
		ck_assert_int_eq(alloc_live(), 0);
		ck_assert_uint_lt(i, 1000);
	}
	ck_assert_str_eq(digest, host_digests(ask.host).map);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("alloc_judge");
	TCase *cases = tcase_create("alloc_judge");

	alloc_begin();
	tcase_set_timeout(cases, 120);
	tcase_add_loop_test(cases, host_new__nth_allocation_fails__enomem_and_no_leak, 0, 4);
	tcase_add_loop_test(cases, verdict_compute__nth_allocation_fails__enomem_and_no_leak, 0, 2);
	tcase_add_test(cases, project_compute__arena_is_full__enomem);
	tcase_add_test(cases, assignable_group__arena_is_full__enomem);
	tcase_add_test(cases, map_digest__nth_allocation_fails__enomem_and_no_leak);
	suite_add_tcase(suite, cases);
	return unit_run(suite);
}
