/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/judge/kernel_gate.h"
#include "tests/support/unit.h"

static struct facts_kernel test_kernel_gate_kernel(const char *version, const char *flavour)
{
	return (struct facts_kernel){
		.fact = FACT_KNOWN,
		.release = fact_text(version),
		.version = fact_text(version),
		.flavour = fact_text(flavour),
	};
}

static enum kernel_gate_answer test_kernel_gate_of(const char *version, enum kernel_gate gate)
{
	struct facts_kernel kernel = test_kernel_gate_kernel(version, "debian");

	return kernel_gate_evaluate(&kernel, gate);
}

static bool test_kernel_gate_differs(const char *from, const char *to, const char *kind)
{
	const char *arch = kind[0] == 'i' || kind[0] == 'a' ? "x86_64" : "aarch64";
	bool there, back;

	if (kind[0] == 'a' && kind[1] == 'r')
		arch = "aarch64";
	there = kernel_gate_observation_differs(from, to, arch, kind, true);
	back = kernel_gate_observation_differs(to, from, arch, kind, true);
	ck_assert_msg(there == back, "%s to %s depends on the direction", from, to);
	return there;
}

START_TEST(evaluate__plain_numbers__off_before_on_since)
{
	static const struct {
		enum kernel_gate gate;
		const char *off, *on;
	} rows[] = {
		{ KERNEL_GATE_VTD_DIRECT_REFUSED, "3.16.99", "3.17" },
		{ KERNEL_GATE_DIRECT_REFUSED, "6.5.13", "6.6" },
		{ KERNEL_GATE_DIRECT_REFUSED, "6.1.176", "6.6.0" },
		{ KERNEL_GATE_VTD_FIRST_STAGE_FIRST, "6.12.95", "6.13.1" },
		{ KERNEL_GATE_AMD_HATS_BOUNDS, "6.12.95", "7.2.12" },
		{ KERNEL_GATE_AMD_HATS_BOUNDS, "6.15.11", "6.17" },
		{ KERNEL_GATE_BAR_WRITE_COMBINING, "6.8.12", "6.9" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_int_eq(test_kernel_gate_of(rows[i].off, rows[i].gate), KERNEL_GATE_OFF);
		ck_assert_int_eq(test_kernel_gate_of(rows[i].on, rows[i].gate), KERNEL_GATE_ON);
	}
}
END_TEST

START_TEST(evaluate__numbers_compare_as_numbers__not_as_text)
{
	ck_assert_int_eq(test_kernel_gate_of("6.10.3", KERNEL_GATE_DIRECT_REFUSED), KERNEL_GATE_ON);
	ck_assert_int_eq(test_kernel_gate_of("10.0.1", KERNEL_GATE_DIRECT_REFUSED), KERNEL_GATE_ON);
	ck_assert_int_eq(
		test_kernel_gate_of("5.19.1", KERNEL_GATE_DIRECT_REFUSED), KERNEL_GATE_OFF);
}
END_TEST

START_TEST(evaluate__release_nobody_read__unknown)
{
	ck_assert_int_eq(
		test_kernel_gate_of("6.16.4", KERNEL_GATE_AMD_HATS_BOUNDS), KERNEL_GATE_UNKNOWN);
}
END_TEST

START_TEST(evaluate__flavour_with_backports__unknown)
{
	static const char *const flavours[] = { "el", "pve", "sles", "", "Debian" };

	for (size_t i = 0; i < sizeof(flavours) / sizeof(flavours[0]); i++) {
		struct facts_kernel kernel = test_kernel_gate_kernel("5.14.0", flavours[i]);

		for (unsigned gate = 0; gate < _KERNEL_GATE_MAX; gate++)
			ck_assert_int_eq(kernel_gate_evaluate(&kernel, gate), KERNEL_GATE_UNKNOWN);
	}
}
END_TEST

START_TEST(evaluate__something_not_known__unknown)
{
	struct facts_kernel kernel = test_kernel_gate_kernel("6.6.30", "plain");

	ck_assert_int_eq(kernel_gate_evaluate(&kernel, KERNEL_GATE_DIRECT_REFUSED), KERNEL_GATE_ON);
	kernel.flavour = fact_text_unknown(FACT_NOT_READABLE);
	ck_assert_int_eq(
		kernel_gate_evaluate(&kernel, KERNEL_GATE_DIRECT_REFUSED), KERNEL_GATE_UNKNOWN);

	kernel = test_kernel_gate_kernel("6.6.30", "plain");
	kernel.version = fact_text_null();
	ck_assert_int_eq(
		kernel_gate_evaluate(&kernel, KERNEL_GATE_DIRECT_REFUSED), KERNEL_GATE_UNKNOWN);

	kernel = (struct facts_kernel){ 0 };
	ck_assert_int_eq(
		kernel_gate_evaluate(&kernel, KERNEL_GATE_DIRECT_REFUSED), KERNEL_GATE_UNKNOWN);
	kernel = test_kernel_gate_kernel("6.6.30-rc1", "plain");
	ck_assert_int_eq(
		kernel_gate_evaluate(&kernel, KERNEL_GATE_DIRECT_REFUSED), KERNEL_GATE_UNKNOWN);
}
END_TEST

START_TEST(flavour__follows_number__only_those_known_to)
{
	ck_assert(kernel_gate_flavour_follows_number("plain"));
	ck_assert(kernel_gate_flavour_follows_number("debian"));
	ck_assert(kernel_gate_flavour_follows_number("ubuntu"));
	ck_assert(kernel_gate_flavour_follows_number("fedora"));
	ck_assert(kernel_gate_flavour_follows_number("arch"));
	ck_assert(!kernel_gate_flavour_follows_number("el"));
	ck_assert(!kernel_gate_flavour_follows_number("pve"));
	ck_assert(!kernel_gate_flavour_follows_number(""));
}
END_TEST

START_TEST(observation__upgrade_from_6_1_to_6_6_on_x86__says_the_same)
{
	ck_assert(!test_kernel_gate_differs("6.1.176", "6.6", "intel-vtd"));
	ck_assert(!test_kernel_gate_differs("6.1.176", "6.6", "amd-vi"));
	ck_assert(!test_kernel_gate_differs("6.1.176", "6.12.95", "intel-vtd"));
	ck_assert(!test_kernel_gate_differs("5.10.10", "6.12", "amd-vi"));
	ck_assert(!test_kernel_gate_differs("6.12.95", "6.12.95", "intel-vtd"));
}
END_TEST

START_TEST(observation__across_a_change__differs)
{
	ck_assert(test_kernel_gate_differs("5.2.21", "5.3", "intel-vtd"));
	ck_assert(test_kernel_gate_differs("4.19.300", "5.4", "amd-vi"));
	ck_assert(test_kernel_gate_differs("4.16", "4.17.3", "intel-vtd"));
	ck_assert(test_kernel_gate_differs("4.17", "4.18", "intel-vtd"));
	ck_assert(test_kernel_gate_differs("5.19", "6.0", "arm-smmu-v3"));
	ck_assert(test_kernel_gate_differs("6.1.176", "6.6", "arm-smmu-v3"));
	ck_assert(!test_kernel_gate_differs("6.6.10", "6.12.95", "arm-smmu-v3"));
	ck_assert(test_kernel_gate_differs("6.12.95", "7.2.12", "arm-smmu-v3"));
}
END_TEST

START_TEST(observation__kernels_nobody_read__differs)
{
	ck_assert(test_kernel_gate_differs("6.12.95", "6.13", "intel-vtd"));
	ck_assert(test_kernel_gate_differs("6.1.176", "7.2", "intel-vtd"));
	ck_assert(test_kernel_gate_differs("6.17", "7.2", "amd-vi"));
	ck_assert(!test_kernel_gate_differs("7.2.1", "7.2.12", "amd-vi"));
	ck_assert(test_kernel_gate_differs("6.19.2", "6.19.9", "amd-vi"));
	ck_assert(test_kernel_gate_differs("6.19.2", "6.19", "amd-vi"));
	ck_assert(!test_kernel_gate_differs("6.19.2", "6.19.2", "amd-vi"));
	ck_assert(kernel_gate_observation_differs("6.1.176", "6.6", "x86_64", "other", true));
	ck_assert(kernel_gate_observation_differs("6.1.176", "6.6", "s390x", "other", true));
	ck_assert(kernel_gate_observation_differs("6.1.176", "6.6", "riscv64", "intel-vtd", true));
}
END_TEST

START_TEST(observation__stable_releases_that_merged_groups__differ_from_the_rest)
{
	static const struct {
		const char *before, *inside, *last, *after;
	} rows[] = {
		{ "6.12.74", "6.12.75", "6.12.82", "6.12.83" },
		{ "6.6.127", "6.6.128", "6.6.134", "6.6.135" },
		{ "6.1.150", "6.1.166", "6.1.168", "6.1.169" },
		{ "5.15.190", "5.15.202", "5.15.202", "5.15.203" },
		{ "5.10.251", "5.10.252", "5.10.252", "5.10.253" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert(test_kernel_gate_differs(rows[i].before, rows[i].inside, "intel-vtd"));
		ck_assert(test_kernel_gate_differs(rows[i].last, rows[i].after, "intel-vtd"));
		ck_assert(!test_kernel_gate_differs(rows[i].inside, rows[i].last, "intel-vtd"));
		ck_assert(!test_kernel_gate_differs(rows[i].before, rows[i].after, "intel-vtd"));
	}
	ck_assert(test_kernel_gate_differs("6.12.80", "6.6.130", "intel-vtd"));
}
END_TEST

START_TEST(observation__series_without_patch_level__its_ordinary_releases)
{
	ck_assert(!test_kernel_gate_differs("6.12.95", "6.12", "intel-vtd"));
	ck_assert(test_kernel_gate_differs("6.12.80", "6.12", "intel-vtd"));
}
END_TEST

START_TEST(observation__number_says_nothing__differs)
{
	ck_assert(kernel_gate_observation_differs("6.6.1", "6.6.1", "x86_64", "amd-vi", false));
	ck_assert(kernel_gate_observation_differs("6.6.1-x", "6.6.1", "x86_64", "amd-vi", true));
	ck_assert(kernel_gate_observation_differs("6.6.1", "", "x86_64", "amd-vi", true));
}
END_TEST

START_TEST(version_is_valid__two_or_three_numbers__only)
{
	static const char *const bad[] = { "", "6", "6.", ".6", "6.6.", "6.6.1.2", "6.06",
		"6.6-rc1", "v6.6", " 6.6", "6.6 ", "6..6", "65536.1", "6.99999999999999999999",
		"latest" };

	ck_assert(kernel_gate_version_is_valid("6.6"));
	ck_assert(kernel_gate_version_is_valid("6.12.95"));
	ck_assert(kernel_gate_version_is_valid("10.0.0"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!kernel_gate_version_is_valid(bad[i]), "took \"%s\"", bad[i]);
}
END_TEST

static Suite *test_kernel_gate_suite(void)
{
	Suite *suite = suite_create("kernel_gate");
	TCase *cases = tcase_create("kernel_gate");

	tcase_add_test(cases, evaluate__plain_numbers__off_before_on_since);
	tcase_add_test(cases, evaluate__numbers_compare_as_numbers__not_as_text);
	tcase_add_test(cases, evaluate__release_nobody_read__unknown);
	tcase_add_test(cases, evaluate__flavour_with_backports__unknown);
	tcase_add_test(cases, evaluate__something_not_known__unknown);
	tcase_add_test(cases, flavour__follows_number__only_those_known_to);
	tcase_add_test(cases, observation__upgrade_from_6_1_to_6_6_on_x86__says_the_same);
	tcase_add_test(cases, observation__across_a_change__differs);
	tcase_add_test(cases, observation__kernels_nobody_read__differs);
	tcase_add_test(
		cases, observation__stable_releases_that_merged_groups__differ_from_the_rest);
	tcase_add_test(cases, observation__series_without_patch_level__its_ordinary_releases);
	tcase_add_test(cases, observation__number_says_nothing__differs);
	tcase_add_test(cases, version_is_valid__two_or_three_numbers__only);
	suite_add_tcase(suite, cases);
	return suite;
}

int main(void)
{
	return unit_run(test_kernel_gate_suite());
}
