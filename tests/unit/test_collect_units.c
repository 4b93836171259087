/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Units by kind: registers of real ones, and what VFIO said of them. */
#include "daemon/collect/amdvi.h"
#include "daemon/collect/smmu.h"
#include "daemon/collect/vtd.h"
#include "tests/support/unit.h"

#include <string.h>

static struct facts_iommu test_vtd(uint64_t cap, uint64_t ecap, struct fact_number scalable)
{
	struct facts_iommu unit = { .cap = fact_number(cap), .ecap = fact_number(ecap) };

	vtd_decode(scalable, &unit);
	return unit;
}

static const struct fact_number test_silent = { .fact = { FACT_UNKNOWN, FACT_NOT_EXPOSED } };

START_TEST(vtd__39_and_48_bits__as_vfio_says)
{
	struct facts_iommu narrow = test_vtd(0xd2008c22260286, 0xf00f4a, test_silent);
	struct facts_iommu wide = test_vtd(0xd2008c222f0686, 0xf00f4a, test_silent);

	ck_assert_uint_eq(narrow.input_bits.value, 39);
	ck_assert_uint_eq(wide.input_bits.value, 48);
	ck_assert_uint_eq(narrow.page_sizes.value, 0x40201000);
	ck_assert(fact_is_yes(narrow.caching_mode));
	ck_assert(fact_is_yes(narrow.interrupt_remapping));
	ck_assert(fact_is_no(narrow.scalable_mode));
	ck_assert(fact_is_yes(narrow.second_stage));
	ck_assert(fact_is_no(narrow.first_stage));
}
END_TEST

START_TEST(vtd__tables_wider_than_the_unit__mgaw_bounds)
{
	/* SAGAW 48 and 57 bits, MGAW 39: tables of four levels, of which the top is hardly used. */
	ck_assert_uint_eq(test_vtd(0x260c00, 0xf00f4a, test_silent).input_bits.value, 39);
	ck_assert_uint_eq(test_vtd(0x380c00, 0xf00f4a, test_silent).input_bits.value, 57);
}
END_TEST

START_TEST(vtd__no_remapping__not_able)
{
	ck_assert(fact_is_no(test_vtd(0xd2008c22260286, 0xf42, test_silent).interrupt_remapping));
}
END_TEST

START_TEST(vtd__first_stage_only__when_scalable_mode_is_on)
{
	struct facts_iommu on = test_vtd(0x1d2008c222f0606, 0x880000f00f4a, fact_number(1));
	struct facts_iommu off = test_vtd(0x1d2008c222f0606, 0x880000f00f4a, fact_number(0));
	struct facts_iommu either = test_vtd(0x1d2008c222f0606, 0x880000f00f4a, test_silent);

	ck_assert(fact_is_yes(on.first_stage) && fact_is_no(on.second_stage));
	ck_assert(fact_is_no(off.first_stage) && fact_is_yes(off.second_stage));
	ck_assert(fact_is_ignorance(either.first_stage.fact));
	ck_assert(fact_is_ignorance(either.second_stage.fact));
	ck_assert(fact_is_ignorance(either.page_sizes.fact));
}
END_TEST

START_TEST(vtd__both_stages_and_nesting__format_is_shared)
{
	uint64_t ecap =
		1ULL << 26 | 1ULL << 43 | 1ULL << 46 | 1ULL << 47 | 1ULL << 40 | 19ULL << 35;
	struct facts_iommu unit = test_vtd(0xd2008c222f0686, ecap, fact_number(1));

	ck_assert_uint_eq(unit.formats.n, 1);
	ck_assert_str_eq(unit.formats.items[0], "vtd-s1");
	ck_assert_uint_eq(unit.pasid_bits.value, 20);
	unit = test_vtd(0xd2008c222f0686, ecap, test_silent);
	ck_assert_int_eq(unit.formats.fact.state, FACT_UNKNOWN);
	unit = test_vtd(0xd2008c222f0686, ecap, fact_number(0));
	ck_assert_uint_eq(unit.formats.n, 0);
	ck_assert_int_eq(unit.formats.fact.state, FACT_VALUE);
}
END_TEST

START_TEST(vtd__registers_without_sense_or_unreadable__unknown)
{
	struct facts_iommu unit = { .cap = fact_number_unknown(FACT_NOT_READABLE),
		.ecap = fact_number_unknown(FACT_TIMED_OUT) };

	ck_assert(fact_is_ignorance(test_vtd(0, 0, test_silent).input_bits.fact));
	vtd_decode(test_silent, &unit);
	ck_assert_int_eq(unit.input_bits.fact.why, FACT_NOT_READABLE);
	ck_assert_int_eq(unit.interrupt_remapping.fact.why, FACT_TIMED_OUT);
	ck_assert_int_eq(unit.formats.fact.why, FACT_TIMED_OUT);
}
END_TEST

START_TEST(vtd__word_of_scalable_mode__last_one_counts)
{
	const char *on[] = { "intel_iommu=on,sm_off", "intel_iommu=sm_on" };
	const char *other[] = { "iommu=sm_on", "intel_iommu=on" };
	struct fact_texts words = { .fact = FACT_KNOWN, .n = 2, .items = on };

	ck_assert(fact_is_yes(vtd_scalable_word(&words)));
	words.n = 1;
	ck_assert(fact_is_no(vtd_scalable_word(&words)));
	words = (struct fact_texts){ .fact = FACT_KNOWN, .n = 2, .items = other };
	ck_assert(fact_is_ignorance(vtd_scalable_word(&words).fact));
}
END_TEST

static struct amdvi_features test_features(
	const char *text, const char *version, const char *flavour)
{
	struct facts_kernel kernel = { .version = fact_text(version),
		.flavour = fact_text(flavour) };

	return amdvi_parse_features(scan_of(text, strlen(text)), &kernel);
}

START_TEST(amdvi__order_of_words__told_from_values)
{
	struct amdvi_features old = test_features("0:29d3\n", "6.1.192", "debian");
	struct amdvi_features new = test_features("29d3:0\n", "6.12.95", "debian");

	ck_assert_uint_eq(old.efr.value, 0x29d3);
	ck_assert_uint_eq(old.efr2.value, 0);
	ck_assert_uint_eq(new.efr.value, 0x29d3);
	/* A kernel with backports: the high half tells, whatever the number says. */
	ck_assert_uint_eq(test_features("246577efa2254afa:10\n", "5.14.0", "el").efr.value,
		0x246577efa2254afa);
	ck_assert_uint_eq(test_features("18:246577efa2254afa\n", "5.14.0", "el").efr.value,
		0x246577efa2254afa);
}
END_TEST

START_TEST(amdvi__values_alike__version_decides_or_nothing)
{
	ck_assert_uint_eq(test_features("29d3:10\n", "6.12.1", "plain").efr.value, 0x29d3);
	ck_assert_uint_eq(test_features("10:29d3\n", "6.6.1", "plain").efr.value, 0x29d3);
	ck_assert(fact_is_ignorance(test_features("29d3:10\n", "6.9.1", "plain").efr.fact));
	ck_assert(fact_is_ignorance(test_features("29d3:10\n", "5.14.0", "el").efr.fact));
}
END_TEST

START_TEST(amdvi__one_word_or_garbage__no_guess)
{
	struct amdvi_features one = test_features("29d3\n", "4.19.1", "plain");

	ck_assert_uint_eq(one.efr.value, 0x29d3);
	ck_assert(fact_is_ignorance(one.efr2.fact));
	ck_assert_int_eq(test_features("", "6.1.1", "plain").efr.fact.why, FACT_MALFORMED);
	ck_assert_int_eq(test_features("29d3:0:1", "6.1.1", "plain").efr.fact.why, FACT_MALFORMED);
	ck_assert_int_eq(test_features("x:0", "6.1.1", "plain").efr.fact.why, FACT_MALFORMED);
}
END_TEST

START_TEST(amdvi__decode__as_vfio_says)
{
	struct facts_iommu unit = { .cap = fact_number(0x1f03000f), .efr = fact_number(0x29d3) };

	amdvi_decode(&unit);
	ck_assert_uint_eq(unit.page_sizes.value, 0xffffff7ffffff000);
	ck_assert_int_eq(unit.input_bits.fact.state, FACT_NULL);
	ck_assert(fact_is_yes(unit.ats));
	ck_assert(fact_is_yes(unit.first_stage));
	ck_assert_str_eq(unit.formats.items[0], "amd-v2");
	unit.efr = fact_number_unknown(FACT_MALFORMED);
	amdvi_decode(&unit);
	ck_assert_int_eq(unit.nesting.fact.why, FACT_MALFORMED);
	ck_assert_int_eq(unit.formats.fact.why, FACT_MALFORMED);
}
END_TEST

START_TEST(smmu_v3__stages__from_features)
{
	struct kernel_log_smmu log = { .features = fact_number(0x88705), .ias = fact_number(44) };
	struct facts_iommu unit = { 0 };

	smmu_decode_v3(&log, &unit);
	ck_assert(fact_is_yes(unit.first_stage) && fact_is_yes(unit.second_stage));
	ck_assert(fact_is_yes(unit.nesting));
	ck_assert_str_eq(unit.formats.items[0], "smmuv3");
	log.features = fact_number(0x8305);
	unit = (struct facts_iommu){ 0 };
	smmu_decode_v3(&log, &unit);
	ck_assert(fact_is_no(unit.second_stage) && fact_is_no(unit.nesting));
	ck_assert_uint_eq(unit.formats.n, 0);
	log.features = test_silent;
	smmu_decode_v3(&log, &unit);
	ck_assert(fact_is_ignorance(unit.first_stage.fact));
	ck_assert(fact_is_ignorance(unit.formats.fact));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("units");
	TCase *tcase = tcase_create("decode");

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, vtd__39_and_48_bits__as_vfio_says);
	tcase_add_test(tcase, vtd__tables_wider_than_the_unit__mgaw_bounds);
	tcase_add_test(tcase, vtd__no_remapping__not_able);
	tcase_add_test(tcase, vtd__first_stage_only__when_scalable_mode_is_on);
	tcase_add_test(tcase, vtd__both_stages_and_nesting__format_is_shared);
	tcase_add_test(tcase, vtd__registers_without_sense_or_unreadable__unknown);
	tcase_add_test(tcase, vtd__word_of_scalable_mode__last_one_counts);
	tcase_add_test(tcase, amdvi__order_of_words__told_from_values);
	tcase_add_test(tcase, amdvi__values_alike__version_decides_or_nothing);
	tcase_add_test(tcase, amdvi__one_word_or_garbage__no_guess);
	tcase_add_test(tcase, amdvi__decode__as_vfio_says);
	tcase_add_test(tcase, smmu_v3__stages__from_features);
	return unit_run(suite);
}
