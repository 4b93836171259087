/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest against the host as a whole, and how far the host's facts can be trusted. */
#include "tests/support/ask.h"
#include "tests/support/unit.h"

#define TEST_UNKNOWN "{'unknown':'not-readable'}"
#define TEST_ALL     (ASK_M | ASK_H | ASK_MEM)

START_TEST(no_kvm__holds)
{
	ASK(ask, ASK_INTEL);

	ask_silent(&ask, FINDING_NO_KVM);
	ask_host(&ask, "kvm/present", "false");
	ask_guest(&ask, "accelerator", "'tcg'");
	ask_silent(&ask, FINDING_NO_KVM);
	ask_answers(&ask, "safe safe safe");
}
END_TEST

START_TEST(no_kvm__violated)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "kvm/present", "false");
	(void)ask_says(&ask, FINDING_NO_KVM, FINDING_VIOLATED, ASK_M);
	ask_answers(&ask, "unsafe safe safe");
}
END_TEST

START_TEST(no_kvm__cannot_tell)
{
	static const char *const paths[] = { "kvm", "kvm/present" };

	for (size_t i = 0; i < 2; i++) {
		ASK(ask, ASK_INTEL);

		ask_host(&ask, paths[i], TEST_UNKNOWN);
		(void)ask_says(&ask, FINDING_NO_KVM, FINDING_CANNOT_TELL, ASK_M);
		ask_answers(&ask, "unknown safe safe");
		ask_host(&ask, paths[i], NULL);
		ask_answers(&ask, "unknown safe safe");
	}
}
END_TEST

START_TEST(arch_differs__holds)
{
	ASK(ask, ASK_INTEL);

	ask_silent(&ask, FINDING_ARCH_DIFFERS);
	ask_guest(&ask, "arch", "'aarch64'");
	ask_guest(&ask, "accelerator", "'tcg'"); /* which emulates any */
	ask_silent(&ask, FINDING_ARCH_DIFFERS);
}
END_TEST

START_TEST(arch_differs__violated)
{
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "arch", "'aarch64'");
	(void)ask_says(&ask, FINDING_ARCH_DIFFERS, FINDING_VIOLATED, TEST_ALL);
	ask_answers(&ask, "unsafe unsafe unsafe");
}
END_TEST

START_TEST(arch_differs__cannot_tell)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "host/arch", TEST_UNKNOWN);
	(void)ask_says(&ask, FINDING_ARCH_DIFFERS, FINDING_CANNOT_TELL, TEST_ALL);
	ask_answers(&ask, "unknown unknown unknown");
}
END_TEST

START_TEST(address_bits_too_few__holds)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "host/cpu_bits", "39");
	ask_map(&ask, "ram 0x0-0x7fffffff, mmio 0x7000000000-0x7fffffffff");
	ask_silent(&ask, FINDING_ADDRESS_BITS_TOO_FEW);
	ask_map(&ask, "ram 0x0-0x7fffffff, mmio 0x7000000000-0x8000000000");
	ask_guest(&ask, "accelerator", "'tcg'");
	ask_silent(&ask, FINDING_ADDRESS_BITS_TOO_FEW);
}
END_TEST

/* Any range counts, what firmware will put there too. */
START_TEST(address_bits_too_few__violated)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "host/cpu_bits", "39");
	ask_map(&ask, "ram 0x0-0x7fffffff, pci-hole64 0x7000000000-0x8000000000");
	(void)ask_says(&ask, FINDING_ADDRESS_BITS_TOO_FEW, FINDING_VIOLATED, ASK_M);
	ask_answers(&ask, "unsafe safe safe");
	ask_assume(&ask, "cpu-bits=40");
	ask_answers(&ask, "safe safe safe");
}
END_TEST

/* On Arm the limit is what KVM gives a guest. */
START_TEST(address_bits_too_few__violated__ipa_limit)
{
	ASK(ask, ASK_ARM);

	ask_host(&ask, "kvm/ipa_bits", "40");
	ask_map(&ask, "ram 0x40000000-0x7fffffff, mmio 0x8000000000-0xffffffffff");
	ask_silent(&ask, FINDING_ADDRESS_BITS_TOO_FEW);
	ask_host(&ask, "kvm/ipa_bits", "39");
	ck_assert_str_eq(
		ask_says(&ask, FINDING_ADDRESS_BITS_TOO_FEW, FINDING_VIOLATED, ASK_M)->facts[0],
		"kvm/ipa_bits");
}
END_TEST

START_TEST(address_bits_too_few__cannot_tell)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "host/cpu_bits", TEST_UNKNOWN);
	(void)ask_says(&ask, FINDING_ADDRESS_BITS_TOO_FEW, FINDING_CANNOT_TELL, ASK_M);
	ask_answers(&ask, "unknown safe safe");
	ask_map(&ask, "ram 0x0-0xffffffff"); /* 32 bits every CPU has */
	ask_silent(&ask, FINDING_ADDRESS_BITS_TOO_FEW);
}
END_TEST

START_TEST(host_is_virtual__holds)
{
	ASK(ask, ASK_INTEL);

	ask_silent(&ask, FINDING_HOST_IS_VIRTUAL);
	ask_host(&ask, "host/virtual", "true");
	ask_assume(&ask, "nested=trust");
	ask_silent(&ask, FINDING_HOST_IS_VIRTUAL);
	ask_answers(&ask, "safe safe safe");
}
END_TEST

START_TEST(host_is_virtual__violated__is_never_said)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "host/virtual", "true");
	ask_host(&ask, "vfio/interrupts/isolated", "false");
	(void)ask_says(&ask, FINDING_HOST_IS_VIRTUAL, FINDING_CANNOT_TELL, ASK_H | ASK_MEM);
	ask_answers(&ask, "safe unsafe unknown"); /* what fails above fails */
}
END_TEST

START_TEST(host_is_virtual__cannot_tell)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "host/virtual", "true");
	(void)ask_says(&ask, FINDING_HOST_IS_VIRTUAL, FINDING_CANNOT_TELL, ASK_H | ASK_MEM);
	ask_answers(&ask, "safe unknown unknown");
	ask_guest(&ask, "devices", "['8086:10d3']");
	ask_attach(&ask, ASK_GPU);
	(void)ask_says(&ask, FINDING_HOST_IS_VIRTUAL, FINDING_CANNOT_TELL, TEST_ALL);
	ask_answers(&ask, "unknown unknown unknown");
	ask_host(&ask, "host/virtual", TEST_UNKNOWN);
	ask_answers(&ask, "unknown unknown unknown");
}
END_TEST

START_TEST(page_size_differs__holds)
{
	ASK(ask, ASK_ARM);

	ask_silent(&ask, FINDING_PAGE_SIZE_DIFFERS);
}
END_TEST

START_TEST(page_size_differs__violated)
{
	ASK(ask, ASK_ARM);

	ask_assume(&ask, "page-size=65536");
	ck_assert_int_eq(
		ask_says(&ask, FINDING_PAGE_SIZE_DIFFERS, FINDING_VIOLATED, ASK_H)->severity,
		FINDING_DEGRADES);
	ask_answers(&ask, "safe safe safe");
}
END_TEST

START_TEST(page_size_differs__cannot_tell__ram_unaligned_speaks_where_it_counts)
{
	ASK(ask, ASK_ARM);

	ask_host(&ask, "host/page_size", TEST_UNKNOWN);
	ask_silent(&ask, FINDING_PAGE_SIZE_DIFFERS);
}
END_TEST

START_TEST(guest_opaque__holds)
{
	ASK(ask, ASK_INTEL);

	ask_silent(&ask, FINDING_GUEST_OPAQUE);
}
END_TEST

START_TEST(guest_opaque__violated__is_never_said)
{
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "opaque", "['qemu:commandline']");
	ask_host(&ask, "host/arch", "'riscv64'");
	(void)ask_says(&ask, FINDING_GUEST_OPAQUE, FINDING_CANNOT_TELL, TEST_ALL);
	ask_answers(&ask, "unsafe unsafe unsafe");
}
END_TEST

START_TEST(guest_opaque__cannot_tell)
{
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "opaque", "['qemu:commandline','a machine of another kind']");
	(void)ask_says(&ask, FINDING_GUEST_OPAQUE, FINDING_CANNOT_TELL, TEST_ALL);
	ask_answers(&ask, "unknown unknown unknown");
}
END_TEST

START_TEST(facts_newer__holds)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "minor", "7"); /* and nothing in it that we cannot read */
	ask_silent(&ask, FINDING_FACTS_NEWER);
	ask_answers(&ask, "safe safe safe");
}
END_TEST

START_TEST(facts_newer__violated__is_never_said)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "minor", "7");
	ask_host(&ask, "quirks", "[]");
	ask_host(&ask, "vfio/interrupts/isolated", "false");
	(void)ask_says(&ask, FINDING_FACTS_NEWER, FINDING_CANNOT_TELL, TEST_ALL);
	ask_answers(&ask, "unknown unsafe unknown");
}
END_TEST

START_TEST(facts_newer__cannot_tell)
{
	static const struct {
		const char *path, *json;
	} rows[] = {
		{ "quirks", "[]" },
		{ "devices/" ASK_NIC "/shares_with", "'0000:05:00.0'" },
		{ "iommus/unit0/kind", "'riscv-iommu'" },
		{ "devices/" ASK_NIC "/flr", "{'unknown':'for-a-new-reason'}" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ASK(ask, ASK_INTEL);

		ask_host(&ask, "minor", "7");
		ask_host(&ask, rows[i].path, rows[i].json);
		(void)ask_says(&ask, FINDING_FACTS_NEWER, FINDING_CANNOT_TELL, TEST_ALL);
		/* Assumptions do not make them readable. */
		ask_assume(&ask, "page-size=4096");
		(void)ask_says(&ask, FINDING_FACTS_NEWER, FINDING_CANNOT_TELL, TEST_ALL);
	}
}
END_TEST

#define TEST_MINUTE 60000000ULL
#define TEST_NOW    (1000000 * TEST_MINUTE)

static void test_age(struct ask *ask, uint64_t now, uint64_t collected, uint64_t stale_after)
{
	ask->question.now_us = now;
	ask->question.collected_us = collected;
	ask->question.stale_after_us = stale_after;
}

START_TEST(facts_stale__holds)
{
	ASK(ask, ASK_INTEL);

	test_age(&ask, TEST_NOW, TEST_NOW - 10 * TEST_MINUTE, 10 * TEST_MINUTE);
	ask_silent(&ask, FINDING_FACTS_STALE);
	/* Clocks differ by a little. */
	test_age(&ask, TEST_NOW, TEST_NOW + 5 * TEST_MINUTE, 10 * TEST_MINUTE);
	ask_silent(&ask, FINDING_FACTS_STALE);
	/* Age is not judged where it is not said. */
	test_age(&ask, TEST_NOW, 0, TEST_MINUTE);
	ask_silent(&ask, FINDING_FACTS_STALE);
	test_age(&ask, TEST_NOW, 1, 0);
	ask_silent(&ask, FINDING_FACTS_STALE);
	test_age(&ask, 0, 1, 1);
	ask_silent(&ask, FINDING_FACTS_STALE);
}
END_TEST

START_TEST(facts_stale__violated__is_never_said)
{
	ASK(ask, ASK_INTEL);

	test_age(&ask, TEST_NOW, 1, 1);
	ask_host(&ask, "kvm/present", "false");
	(void)ask_says(&ask, FINDING_FACTS_STALE, FINDING_CANNOT_TELL, TEST_ALL);
	ask_answers(&ask, "unsafe unknown unknown");
}
END_TEST

START_TEST(facts_stale__cannot_tell)
{
	ASK(ask, ASK_INTEL);

	test_age(&ask, TEST_NOW, TEST_NOW - 10 * TEST_MINUTE - 1, 10 * TEST_MINUTE);
	(void)ask_says(&ask, FINDING_FACTS_STALE, FINDING_CANNOT_TELL, TEST_ALL);
	ask_answers(&ask, "unknown unknown unknown");
	test_age(&ask, TEST_NOW, TEST_NOW + 5 * TEST_MINUTE + 1, 10 * TEST_MINUTE);
	(void)ask_says(&ask, FINDING_FACTS_STALE, FINDING_CANNOT_TELL, TEST_ALL);
	test_age(&ask, 1, UINT64_MAX, UINT64_MAX);
	(void)ask_says(&ask, FINDING_FACTS_STALE, FINDING_CANNOT_TELL, TEST_ALL);
}
END_TEST

START_TEST(facts_incomplete__holds)
{
	ASK(ask, ASK_INTEL);

	ask_silent(&ask, FINDING_FACTS_INCOMPLETE);
	/* Other reasons are not for want of a right, and other rules do not count. */
	ask_host(&ask, "kvm/present", "{'unknown':'timed-out'}");
	ask_host(&ask, "devices/" ASK_NIC "/reset_methods", TEST_UNKNOWN);
	ask_silent(&ask, FINDING_FACTS_INCOMPLETE);
}
END_TEST

START_TEST(facts_incomplete__violated__is_never_said)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "kvm/present", TEST_UNKNOWN);
	ask_host(&ask, "host/cpu_bits", "32");
	(void)ask_says(&ask, FINDING_FACTS_INCOMPLETE, FINDING_CANNOT_TELL, ASK_M);
	ask_answers(&ask, "unsafe safe safe");
}
END_TEST

START_TEST(facts_incomplete__cannot_tell)
{
	ASK(ask, ASK_INTEL);

	ask_attach(&ask, ASK_NIC);
	ask_host(&ask, "groups/9/reserved", TEST_UNKNOWN);
	(void)ask_says(&ask, FINDING_FACTS_INCOMPLETE, FINDING_CANNOT_TELL, ASK_H | ASK_MEM);
	ask_answers(&ask, "safe unknown unknown");
}
END_TEST

/* It is said for the questions that needed the fact, and no others. */
START_TEST(facts_incomplete__cannot_tell__for_those_questions_only)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "host/virtual", TEST_UNKNOWN);
	(void)ask_says(&ask, FINDING_FACTS_INCOMPLETE, FINDING_CANNOT_TELL, ASK_H | ASK_MEM);
	ask_host(&ask, "host/virtual", "false");
	ask_host(&ask, "vfio/type1/dma_entry_limit", TEST_UNKNOWN);
	(void)ask_says(&ask, FINDING_FACTS_INCOMPLETE, FINDING_CANNOT_TELL, ASK_H | ASK_MEM);
}
END_TEST

START_TEST(assumption_not_observed__holds)
{
	ASK(ask, ASK_AMD);

	ask_assume(&ask, "page-size=4096");
	ask_assume(&ask, "iommu-bits=48");
	ask_silent(&ask, FINDING_ASSUMPTION_NOT_OBSERVED);
	ask_assume(&ask, "kernel=6.6"); /* 6.12 lists the same on such a host */
	ask_silent(&ask, FINDING_ASSUMPTION_NOT_OBSERVED);
	ask_answers(&ask, "safe safe safe");
}
END_TEST

START_TEST(assumption_not_observed__violated__is_never_said)
{
	ASK(ask, ASK_INTEL);

	ask_assume(&ask, "kernel=7.2");
	ask_host(&ask, "vfio/interrupts/isolated", "false");
	(void)ask_says(&ask, FINDING_ASSUMPTION_NOT_OBSERVED, FINDING_CANNOT_TELL, ASK_H | ASK_MEM);
	ask_answers(&ask, "safe unsafe unknown");
}
END_TEST

START_TEST(assumption_not_observed__cannot_tell)
{
	static const struct {
		const char *path, *json;
	} rows[] = {
		{ "host/kernel/version", "'5.2.1'" },
		{ "host/kernel/version", TEST_UNKNOWN },
		{ "host/kernel/flavour", "'el'" },
		{ "host/kernel/flavour", NULL },
		{ "iommus/unit0/kind", "'other'" },
		{ "iommus/unit0/kind", NULL },
		{ "iommus", TEST_UNKNOWN },
		{ "host/arch", "'s390x'" },
		{ "host/arch", NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ASK(ask, ASK_INTEL);

		ask_guest(&ask, "accelerator", "'tcg'");
		ask_assume(&ask, "kernel=6.6");
		ask_silent(&ask, FINDING_ASSUMPTION_NOT_OBSERVED);
		ask_host(&ask, rows[i].path, rows[i].json);
		(void)ask_says(&ask, FINDING_ASSUMPTION_NOT_OBSERVED, FINDING_CANNOT_TELL,
			ASK_H | ASK_MEM);
		ck_assert_int_eq(ask.verdict->migrate, VERDICT_SAFE);
	}
}
END_TEST

/* With 6.6 a direct region of AMD-Vi becomes a refusal, which needs no observation. */
START_TEST(assumption__kernel_6_6_on_amd_with_a_direct_region__unsafe)
{
	ASK(ask, ASK_AMD);

	ask_host(&ask, "host/kernel/version", "'6.1.176'");
	ask_host(&ask, "groups/9/reserved",
		"[{'first':'0xdf000000','last':'0xdfffffff','type':'direct'}]");
	ask_attach(&ask, ASK_NIC);
	ask_answers(&ask, "safe safe safe");
	ask_assume(&ask, "kernel=6.6");
	ask_silent(&ask, FINDING_ASSUMPTION_NOT_OBSERVED);
	ask_answers(&ask, "safe unsafe safe");
	(void)ask_says(&ask, FINDING_DEVICE_NEEDS_IDENTITY_MAP, FINDING_VIOLATED, ASK_H);
}
END_TEST

static Suite *test_rules_host_suite(void)
{
	Suite *suite = suite_create("rules_host");
	TCase *cases = tcase_create("rules_host");

	tcase_add_test(cases, no_kvm__holds);
	tcase_add_test(cases, no_kvm__violated);
	tcase_add_test(cases, no_kvm__cannot_tell);
	tcase_add_test(cases, arch_differs__holds);
	tcase_add_test(cases, arch_differs__violated);
	tcase_add_test(cases, arch_differs__cannot_tell);
	tcase_add_test(cases, address_bits_too_few__holds);
	tcase_add_test(cases, address_bits_too_few__violated);
	tcase_add_test(cases, address_bits_too_few__violated__ipa_limit);
	tcase_add_test(cases, address_bits_too_few__cannot_tell);
	tcase_add_test(cases, host_is_virtual__holds);
	tcase_add_test(cases, host_is_virtual__violated__is_never_said);
	tcase_add_test(cases, host_is_virtual__cannot_tell);
	tcase_add_test(cases, page_size_differs__holds);
	tcase_add_test(cases, page_size_differs__violated);
	tcase_add_test(cases, page_size_differs__cannot_tell__ram_unaligned_speaks_where_it_counts);
	tcase_add_test(cases, guest_opaque__holds);
	tcase_add_test(cases, guest_opaque__violated__is_never_said);
	tcase_add_test(cases, guest_opaque__cannot_tell);
	tcase_add_test(cases, facts_newer__holds);
	tcase_add_test(cases, facts_newer__violated__is_never_said);
	tcase_add_test(cases, facts_newer__cannot_tell);
	tcase_add_test(cases, facts_stale__holds);
	tcase_add_test(cases, facts_stale__violated__is_never_said);
	tcase_add_test(cases, facts_stale__cannot_tell);
	tcase_add_test(cases, facts_incomplete__holds);
	tcase_add_test(cases, facts_incomplete__violated__is_never_said);
	tcase_add_test(cases, facts_incomplete__cannot_tell);
	tcase_add_test(cases, facts_incomplete__cannot_tell__for_those_questions_only);
	tcase_add_test(cases, assumption_not_observed__holds);
	tcase_add_test(cases, assumption_not_observed__violated__is_never_said);
	tcase_add_test(cases, assumption_not_observed__cannot_tell);
	tcase_add_test(cases, assumption__kernel_6_6_on_amd_with_a_direct_region__unsafe);
	suite_add_tcase(suite, cases);
	return suite;
}

int main(void)
{
	return unit_run(test_rules_host_suite());
}
