/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How far each kind of unit reaches, by the rules that were measured on real kernels. */
#include "core/judge/aperture.h"
#include "tests/support/ask.h"
#include "tests/support/unit.h"

#include <string.h>

struct test_edit {
	const char *path, *json;
};

/* A host with @edits, and what its unit must reach: bits, 0 for no floor. */
struct test_row {
	enum ask_base base;
	struct test_edit edits[5];
	unsigned floor, ceiling;
	const char *known_by; /* NULL: not known */
};

#define TEST_UNIT(member) "iommus/unit0/" member
/* ecap of scalable mode with first-stage tables alone, second-stage alone, and both. */
#define TEST_FIRST  "'0x880000f00f4a'"
#define TEST_SECOND "'0x480000f00f4a'"
#define TEST_BOTH   "'0xc80000f00f4a'"

#define TEST_VERSION "host/kernel/version"
#define TEST_FLAVOUR "host/kernel/flavour"
#define TEST_UNKNOWN "{'unknown':'not-readable'}"

static const struct test_row test_vtd[] = {
	{ ASK_INTEL, { { TEST_UNIT("input_bits"), "39" } }, 39, 39, "register" },
	{ ASK_INTEL, { { TEST_UNIT("input_bits"), "48" } }, 48, 48, "register" },
	{ ASK_INTEL, { { TEST_UNIT("input_bits"), "57" } }, 57, 57, "register" },
	{ ASK_INTEL, { { TEST_UNIT("input_bits"), TEST_UNKNOWN } }, 32, 57, NULL },
	{ ASK_INTEL, { { TEST_UNIT("input_bits"), "32" } }, 32, 57, NULL },
	{ ASK_INTEL, { { TEST_UNIT("ecap"), TEST_UNKNOWN } }, 47, 48, "register" },
	/* Tables of the first stage take canonical addresses: a bit less. */
	{ ASK_INTEL, { { TEST_UNIT("ecap"), TEST_FIRST }, { TEST_UNIT("scalable_mode"), "true" } },
		47, 47, "register" },
	{ ASK_INTEL,
		{ { TEST_UNIT("ecap"), TEST_FIRST }, { TEST_UNIT("scalable_mode"), "true" },
			{ TEST_UNIT("input_bits"), "57" }, { TEST_VERSION, "'7.2.1'" } },
		56, 56, "register" },
	{ ASK_INTEL, { { TEST_UNIT("ecap"), TEST_FIRST } }, 48, 48, "register" },
	{ ASK_INTEL,
		{ { TEST_UNIT("ecap"), TEST_FIRST }, { TEST_UNIT("scalable_mode"), TEST_UNKNOWN } },
		47, 48, "register" },
	{ ASK_INTEL, { { TEST_UNIT("ecap"), TEST_SECOND }, { TEST_UNIT("scalable_mode"), "true" } },
		48, 48, "register" },
	/* With both stages the kernel decides, from 6.13 on in another way. */
	{ ASK_INTEL, { { TEST_UNIT("ecap"), TEST_BOTH }, { TEST_UNIT("scalable_mode"), "true" } },
		48, 48, "register" },
	{ ASK_INTEL,
		{ { TEST_UNIT("ecap"), TEST_BOTH }, { TEST_UNIT("scalable_mode"), "true" },
			{ TEST_VERSION, "'6.13.0'" } },
		47, 47, "register" },
	{ ASK_INTEL,
		{ { TEST_UNIT("ecap"), TEST_BOTH }, { TEST_UNIT("scalable_mode"), "true" },
			{ TEST_FLAVOUR, "'el'" } },
		47, 48, "register" },
	{ ASK_INTEL, { { TEST_UNIT("ecap"), TEST_BOTH }, { TEST_FLAVOUR, "'el'" } }, 48, 48,
		"register" },
};

static const struct test_row test_amd[] = {
	{ ASK_AMD, { { TEST_VERSION, "'6.1.176'" } }, 64, 64, "driver-rule" },
	{ ASK_AMD, { { TEST_VERSION, "'6.12.95'" } }, 64, 64, "driver-rule" },
	/* Of the register nothing follows: the kernel looks at the copy in the table. */
	{ ASK_AMD, { { TEST_VERSION, "'7.2.1'" }, { TEST_UNIT("efr"), "'0x800'" } }, 48, 48,
		"acpi-table" },
	{ ASK_AMD, { { TEST_VERSION, "'7.2.1'" }, { TEST_UNIT("ivrs_efr"), "'0x0'" } }, 48, 48,
		"acpi-table" },
	{ ASK_AMD, { { TEST_VERSION, "'7.2.1'" }, { TEST_UNIT("ivrs_efr"), "'0x400'" } }, 57, 57,
		"acpi-table" },
	{ ASK_AMD, { { TEST_VERSION, "'6.17.0'" }, { TEST_UNIT("ivrs_efr"), "'0x800'" } }, 64, 64,
		"acpi-table" },
	{ ASK_AMD, { { TEST_VERSION, "'7.2.1'" }, { TEST_UNIT("ivrs_efr"), "'0xc00'" } }, 48, 64,
		NULL },
	{ ASK_AMD, { { TEST_VERSION, "'7.2.1'" }, { TEST_UNIT("ivrs_efr"), TEST_UNKNOWN } }, 48, 64,
		NULL },
	/* A flavour with backports may have either rule. */
	{ ASK_AMD, { { TEST_FLAVOUR, "'el'" }, { TEST_UNIT("ivrs_efr"), "'0x400'" } }, 57, 64,
		"acpi-table" },
	{ ASK_AMD, { { TEST_FLAVOUR, NULL } }, 48, 64, "acpi-table" },
	{ ASK_AMD, { { TEST_VERSION, "'6.16.3'" } }, 48, 64, "acpi-table" },
};

#define TEST_STAGE2 "'0x1def'" /* without bit 9 */
#define TEST_VAX    "'0x5fef'" /* with bits 9 and 14 */

static const struct test_row test_smmu[] = {
	{ ASK_ARM, { { 0 } }, 48, 48, "driver-rule" },
	{ ASK_ARM, { { "host/va_bits", "39" } }, 39, 39, "driver-rule" },
	{ ASK_ARM, { { "host/va_bits", "52" } }, 48, 48, "driver-rule" },
	{ ASK_ARM, { { "host/va_bits", "52" }, { TEST_UNIT("smmu_features"), TEST_VAX } }, 52, 52,
		"driver-rule" },
	{ ASK_ARM, { { "host/va_bits", "48" }, { TEST_UNIT("smmu_features"), TEST_VAX } }, 48, 48,
		"driver-rule" },
	/* Kernels of these flavours are built for 48 bits or more; others for what suits them. */
	{ ASK_ARM, { { "host/va_bits", TEST_UNKNOWN } }, 48, 48, "driver-rule" },
	{ ASK_ARM, { { "host/va_bits", TEST_UNKNOWN }, { TEST_FLAVOUR, "'android'" } }, 39, 48,
		"driver-rule" },
	{ ASK_ARM,
		{ { "host/va_bits", NULL }, { TEST_FLAVOUR, NULL }, { "host/page_size", "16384" },
			{ TEST_UNIT("smmu_features"), TEST_VAX } },
		36, 52, "driver-rule" },
	{ ASK_ARM, { { TEST_UNIT("smmu_features"), TEST_STAGE2 } }, 44, 44, "kernel-log" },
	{ ASK_ARM,
		{ { TEST_UNIT("smmu_features"), TEST_STAGE2 },
			{ TEST_UNIT("smmu_ias"), TEST_UNKNOWN } },
		32, 52, NULL },
	{ ASK_ARM, { { TEST_UNIT("smmu_features"), TEST_STAGE2 }, { TEST_UNIT("smmu_ias"), "8" } },
		32, 52, NULL },
	{ ASK_ARM, { { TEST_UNIT("smmu_features"), "{'unknown':'not-exposed'}" } }, 32, 52, NULL },
};

static const struct test_row test_others[] = {
	{ ASK_ARM, { { TEST_UNIT("kind"), "'arm-smmu'" }, { TEST_UNIT("input_bits"), "49" } }, 49,
		49, "kernel-log" },
	{ ASK_ARM, { { TEST_UNIT("kind"), "'arm-smmu'" } }, 44, 44, "kernel-log" },
	{ ASK_ARM,
		{ { TEST_UNIT("kind"), "'arm-smmu'" }, { TEST_UNIT("input_bits"), TEST_UNKNOWN } },
		32, 64, NULL },
	{ ASK_ARM, { { TEST_UNIT("kind"), "'virtio-iommu'" }, { TEST_UNIT("input_bits"), "40" } },
		40, 40, "kernel-log" },
	{ ASK_ARM, { { TEST_UNIT("kind"), "'virtio-iommu'" }, { TEST_UNIT("input_bits"), "64" } },
		64, 64, "kernel-log" },
	{ ASK_ARM,
		{ { TEST_UNIT("kind"), "'virtio-iommu'" },
			{ TEST_UNIT("input_bits"), "{'unknown':'not-exposed'}" } },
		0, 64, NULL },
	{ ASK_ARM, { { TEST_UNIT("kind"), "'virtio-iommu'" } }, 0, 64, NULL },
	{ ASK_INTEL, { { TEST_UNIT("kind"), "'other'" } }, 0, 64, NULL },
	{ ASK_INTEL, { { TEST_UNIT("kind"), TEST_UNKNOWN } }, 0, 64, NULL },
};

static void test_check(const struct test_row *row)
{
	ASK(ask, row->base);
	struct aperture aperture;
	struct facts *facts;

	for (size_t i = 0; i < 5 && row->edits[i].path; i++)
		ask_host(&ask, row->edits[i].path, row->edits[i].json);
	facts = ask_decode(ask.facts);
	aperture = aperture_compute(facts, facts_find_iommu(facts, "unit0"), &ASSUME_NOTHING);
	ck_assert_int_eq(aperture.floor_known, row->floor > 0);
	if (row->floor)
		ck_assert_uint_eq(aperture.floor_last, aperture_last_of_bits(row->floor));
	ck_assert_uint_eq(aperture.ceiling_last, aperture_last_of_bits(row->ceiling));
	if (row->known_by)
		ck_assert_str_eq(aperture.known_by, row->known_by);
	else
		ck_assert_ptr_null(aperture.known_by);
	facts_unref(facts);
}

START_TEST(compute__vtd__registers_and_stages)
{
	test_check(&test_vtd[_i]);
}
END_TEST

START_TEST(compute__amd_vi__driver_or_table)
{
	test_check(&test_amd[_i]);
}
END_TEST

START_TEST(compute__smmu_v3__stage_of_the_log)
{
	test_check(&test_smmu[_i]);
}
END_TEST

START_TEST(compute__other_kinds__the_log_or_nothing)
{
	test_check(&test_others[_i]);
}
END_TEST

START_TEST(compute__reason__is_the_fact_that_was_needed)
{
	ASK(ask, ASK_INTEL);
	struct aperture aperture;
	struct facts *facts;

	ask_host(&ask, "iommus/unit0/input_bits", "{'unknown':'timed-out'}");
	facts = ask_decode(ask.facts);
	aperture = aperture_compute(facts, facts_find_iommu(facts, "unit0"), &ASSUME_NOTHING);
	ck_assert_int_eq(aperture.why, FACT_TIMED_OUT);
	aperture = aperture_compute(facts, NULL, &ASSUME_NOTHING);
	ck_assert(!aperture.floor_known);
	ck_assert_int_eq(aperture.why, FACT_NOT_COLLECTED);
	facts_unref(facts);
}
END_TEST

START_TEST(compute__assumption__wins_over_every_kind)
{
	static const enum ask_base bases[] = { ASK_INTEL, ASK_AMD, ASK_ARM };
	struct assume assume = ASSUME_NOTHING;

	assume.iommu_bits = 39;
	for (size_t i = 0; i < 3; i++) {
		ASK(ask, bases[i]);
		struct facts *facts = ask_decode(ask.facts);
		struct aperture aperture =
			aperture_compute(facts, facts_find_iommu(facts, "unit0"), &assume);

		ck_assert_uint_eq(aperture.floor_last, 0x7fffffffff);
		ck_assert_uint_eq(aperture.ceiling_last, 0x7fffffffff);
		ck_assert_str_eq(aperture.known_by, "assumption");
		facts_unref(facts);
	}
}
END_TEST

START_TEST(meet__two_units__what_both_reach)
{
	struct aperture a = { true, 0x7fffffffff, 0xffffffffffff, "register", 0 };
	struct aperture b = { true, 0xffffffffffff, 0xffffffffffff, "kernel-log", 0 };
	struct aperture c = { false, 0, 0xfffffff, NULL, FACT_VANISHED };
	struct aperture met = aperture_meet(a, b);

	ck_assert(met.floor_known);
	ck_assert_uint_eq(met.floor_last, 0x7fffffffff);
	ck_assert_uint_eq(met.ceiling_last, 0xffffffffffff);
	ck_assert_str_eq(met.known_by, "register");
	met = aperture_meet(b, a);
	ck_assert_uint_eq(met.floor_last, 0x7fffffffff);
	for (size_t i = 0; i < 2; i++) {
		met = i ? aperture_meet(c, a) : aperture_meet(a, c);
		ck_assert(!met.floor_known);
		ck_assert_uint_eq(met.ceiling_last, 0xfffffff);
		ck_assert_ptr_null(met.known_by);
		ck_assert_int_eq(met.why, FACT_VANISHED);
	}
}
END_TEST

START_TEST(last_of_bits__edges)
{
	ck_assert_uint_eq(aperture_last_of_bits(32), 0xffffffff);
	ck_assert_uint_eq(aperture_last_of_bits(63), INT64_MAX);
	ck_assert_uint_eq(aperture_last_of_bits(64), UINT64_MAX);
	ck_assert_uint_eq(aperture_last_of_bits(255), UINT64_MAX);
}
END_TEST

START_TEST(min_page__each_kind)
{
	struct facts_iommu unit = { .kind = fact_text("arm-smmu-v3") };

	ck_assert_int_eq(aperture_min_page(NULL).fact.state, FACT_MISSING);
	ck_assert_int_eq(aperture_min_page(&unit).fact.state, FACT_MISSING);
	unit.page_sizes = fact_number_null();
	ck_assert_int_eq(aperture_min_page(&unit).fact.state, FACT_UNKNOWN);
	unit.page_sizes = fact_number(0);
	ck_assert_int_eq(aperture_min_page(&unit).fact.state, FACT_UNKNOWN);
	unit.page_sizes = fact_number_unknown(FACT_ASLEEP);
	ck_assert_int_eq(fact_why(aperture_min_page(&unit).fact), FACT_ASLEEP);
	unit.page_sizes = fact_number(0x20010000);
	ck_assert_uint_eq(aperture_min_page(&unit).value, 0x10000);
	/* These two have pages of 4 KiB always. */
	unit.page_sizes = fact_number_unknown(FACT_ASLEEP);
	unit.kind = fact_text("intel-vtd");
	ck_assert_uint_eq(aperture_min_page(&unit).value, 4096);
	unit.kind = fact_text("amd-vi");
	ck_assert_uint_eq(aperture_min_page(&unit).value, 4096);
}
END_TEST

static Suite *test_aperture_suite(void)
{
	Suite *suite = suite_create("aperture");
	TCase *cases = tcase_create("aperture");

	tcase_add_loop_test(cases, compute__vtd__registers_and_stages, 0,
		sizeof(test_vtd) / sizeof(test_vtd[0]));
	tcase_add_loop_test(
		cases, compute__amd_vi__driver_or_table, 0, sizeof(test_amd) / sizeof(test_amd[0]));
	tcase_add_loop_test(cases, compute__smmu_v3__stage_of_the_log, 0,
		sizeof(test_smmu) / sizeof(test_smmu[0]));
	tcase_add_loop_test(cases, compute__other_kinds__the_log_or_nothing, 0,
		sizeof(test_others) / sizeof(test_others[0]));
	tcase_add_test(cases, compute__reason__is_the_fact_that_was_needed);
	tcase_add_test(cases, compute__assumption__wins_over_every_kind);
	tcase_add_test(cases, meet__two_units__what_both_reach);
	tcase_add_test(cases, last_of_bits__edges);
	tcase_add_test(cases, min_page__each_kind);
	suite_add_tcase(suite, cases);
	return suite;
}

int main(void)
{
	return unit_run(test_aperture_suite());
}
