/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/facts_json.h"
#include "core/judge/assume.h"
#include "core/judge/assume_apply.h"
#include "tests/support/unit.h"

#include <string.h>

static const char *const test_assume_document =
	"{\"schema\":\"iommufleet-facts-1\",\"minor\":0,\"host\":{\"arch\":\"x86_64\","
	"\"cpu_bits\":46,\"cpu_vendor\":\"intel\",\"kernel\":{\"flavour\":\"debian\","
	"\"release\":\"6.1.0-56-amd64\",\"version\":\"6.1.176\"},\"page_size\":4096},"
	"\"vfio\":{\"iommufd\":null,\"type1\":{\"allow_unsafe_interrupts\":false,"
	"\"dma_entry_limit\":65535}}}";

static struct facts *test_assume_observed;

static void test_assume_setup(void)
{
	struct refusal refusal = { "", "" };

	ck_assert_msg(facts_json_decode(test_assume_document, strlen(test_assume_document),
			      &test_assume_observed, &refusal) == FACTS_JSON_DONE,
		"%s: %s", refusal.where, refusal.text);
}

static void test_assume_teardown(void)
{
	test_assume_observed = facts_unref(test_assume_observed);
}

static struct assume test_assume_of(const char *pair)
{
	struct assume assume = ASSUME_NOTHING;
	struct refusal refusal = { "", "" };

	ck_assert_msg(assume_add_pair(&assume, pair, &refusal) == ASSUME_DONE, "%s: %s",
		refusal.where, refusal.text);
	return assume;
}

static struct facts *test_assume_facts(const struct assume *assume)
{
	struct facts *facts;

	ck_assert_int_eq(assume_apply(assume, test_assume_observed, &facts), 0);
	return facts;
}

static void test_assume_list(const char *key, const char *value, void *data)
{
	char *text = data;

	(void)snprintf(text + strlen(text), 512 - strlen(text), "%s=%s;", key, value);
}

START_TEST(add_pair__every_key__listed_in_a_fixed_order)
{
	static const char *const pairs[] = { "nested=trust", "cpu-vendor=amd", "cpu-bits=46",
		"iommu-bits=39", "allow-unsafe-interrupts=yes", "page-size=65536", "kernel=6.6" };
	struct assume assume = ASSUME_NOTHING;
	char text[512] = "";

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct refusal refusal;

		ck_assert_int_eq(assume_add_pair(&assume, pairs[i], &refusal), ASSUME_DONE);
	}
	assume_each(&assume, test_assume_list, text);
	ck_assert_str_eq(text, "kernel=6.6;page-size=65536;allow-unsafe-interrupts=yes;"
			       "iommu-bits=39;cpu-bits=46;cpu-vendor=amd;nested=trust;");
	ck_assert(!assume_is_nothing(&assume));
}
END_TEST

START_TEST(nothing__assumed__is_nothing)
{
	struct assume assume = ASSUME_NOTHING;
	char text[512] = "";

	ck_assert(assume_is_nothing(&assume));
	assume_each(&assume, test_assume_list, text);
	ck_assert_str_eq(text, "");
	assume = test_assume_of("allow-unsafe-interrupts=no");
	ck_assert(!assume_is_nothing(&assume));
	assume = ASSUME_NOTHING;
	(void)snprintf(assume.flavour, sizeof(assume.flavour), "el");
	ck_assert(!assume_is_nothing(&assume));
}
END_TEST

START_TEST(add__no_such_value__refused_and_unchanged)
{
	static const char *const bad[] = { "kernel=", "kernel=6", "kernel=six", "kernel=6.6-el9",
		"page-size=4095", "page-size=0x1000", "page-size=2097152",
		"allow-unsafe-interrupts=Y", "allow-unsafe-interrupts=", "iommu-bits=31",
		"iommu-bits=65", "iommu-bits=039", "cpu-bits=-1", "cpu-bits=46 ",
		"cpu-vendor=Intel", "nested=yes", "nested=" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct assume assume = ASSUME_NOTHING;
		struct refusal refusal = { "", "" };

		ck_assert_msg(assume_add_pair(&assume, bad[i], &refusal) == ASSUME_E_REFUSED,
			"took %s", bad[i]);
		ck_assert(assume_is_nothing(&assume));
		ck_assert_msg(strncmp(bad[i], refusal.where, strlen(refusal.where)) == 0 &&
				      refusal.text[0] != '\0',
			"%s: %s", refusal.where, refusal.text);
	}
}
END_TEST

START_TEST(add__no_such_key__refused_and_the_keys_are_named)
{
	static const char *const bad[] = { "cpu=46", "=6.6", "kernel", "", "Kernel=6.6",
		"kernel-flavour=el", "kernelkernelkernelkernelkernelkernelkernelkernelkernel=6.6" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct assume assume = ASSUME_NOTHING;
		struct refusal refusal = { "", "" };

		ck_assert_msg(assume_add_pair(&assume, bad[i], &refusal) == ASSUME_E_REFUSED,
			"took %s", bad[i]);
		ck_assert_ptr_nonnull(strstr(refusal.text, "kernel"));
	}
}
END_TEST

START_TEST(apply__kernel__release_version_and_plain_flavour)
{
	struct assume assume = test_assume_of("kernel=6.6");
	struct facts *facts = test_assume_facts(&assume);

	ck_assert_str_eq(facts->host.kernel.release.value, "6.6");
	ck_assert_str_eq(facts->host.kernel.version.value, "6.6");
	ck_assert_str_eq(facts->host.kernel.flavour.value, "plain");
	ck_assert_uint_eq(facts->host.page_size.value, 4096);
	facts_unref(facts);
}
END_TEST

START_TEST(apply__flavour__stands_with_and_without_a_kernel)
{
	struct assume assume = ASSUME_NOTHING;
	struct facts *facts;

	(void)snprintf(assume.flavour, sizeof(assume.flavour), "el");
	facts = test_assume_facts(&assume);
	ck_assert_str_eq(facts->host.kernel.version.value, "6.1.176");
	ck_assert_str_eq(facts->host.kernel.flavour.value, "el");
	facts_unref(facts);

	(void)snprintf(assume.kernel, sizeof(assume.kernel), "6.12");
	facts = test_assume_facts(&assume);
	ck_assert_str_eq(facts->host.kernel.version.value, "6.12");
	ck_assert_str_eq(facts->host.kernel.flavour.value, "el");
	facts_unref(facts);
}
END_TEST

START_TEST(apply__host__each_its_own_fact)
{
	struct assume assume = test_assume_of("page-size=65536");
	struct facts *facts = test_assume_facts(&assume);

	ck_assert_uint_eq(facts->host.page_size.value, 65536);
	ck_assert_uint_eq(facts->host.cpu_bits.value, 46);
	facts_unref(facts);
	assume = test_assume_of("cpu-bits=39");
	facts = test_assume_facts(&assume);
	ck_assert_uint_eq(facts->host.cpu_bits.value, 39);
	facts_unref(facts);
	assume = test_assume_of("cpu-vendor=amd");
	facts = test_assume_facts(&assume);
	ck_assert_str_eq(facts->host.cpu_vendor.value, "amd");
	ck_assert_str_eq(facts->host.kernel.flavour.value, "debian");
	facts_unref(facts);
}
END_TEST

START_TEST(apply__unsafe_interrupts__only_where_there_is_a_parameter)
{
	struct assume assume = test_assume_of("allow-unsafe-interrupts=yes");
	struct facts *facts = test_assume_facts(&assume);

	ck_assert_uint_eq(facts->vfio.type1.allow_unsafe_interrupts.value, 1);
	ck_assert(fact_is_null(facts->vfio.iommufd.fact));
	facts_unref(facts);
}
END_TEST

START_TEST(apply__policy_and_reach__facts_as_observed)
{
	struct assume assume = test_assume_of("nested=trust");
	struct facts *facts = test_assume_facts(&assume);

	ck_assert_ptr_eq(facts, test_assume_observed);
	facts_unref(facts);
	assume = test_assume_of("iommu-bits=39");
	facts = test_assume_facts(&assume);
	ck_assert_ptr_eq(facts, test_assume_observed);
	facts_unref(facts);
}
END_TEST

START_TEST(apply__anything__observed_facts_stay_as_they_are)
{
	struct assume assume = test_assume_of("kernel=6.6");
	struct facts *facts;
	char *before, *after;
	size_t n_before, n_after;

	ck_assert_int_eq(facts_json_encode(test_assume_observed, &before, &n_before), 0);
	assume.page_size = 16384;
	assume.cpu_bits = 40;
	assume.unsafe_interrupts = 1;
	facts = test_assume_facts(&assume);
	ck_assert_int_eq(facts_json_encode(test_assume_observed, &after, &n_after), 0);
	ck_assert_str_eq(before, after);
	facts_unref(facts);
	free(before);
	free(after);
}
END_TEST

START_TEST(apply__newer_document__still_says_that_something_was_unread)
{
	struct assume assume = test_assume_of("kernel=6.6");
	struct facts *facts;

	test_assume_observed->unread = true;
	facts = test_assume_facts(&assume);
	ck_assert(facts->unread);
	facts_unref(facts);
}
END_TEST

START_TEST(apply__host_not_collected__only_what_was_assumed_is_known)
{
	static const char document[] = "{\"schema\":\"iommufleet-facts-1\",\"minor\":0}";
	struct assume assume = test_assume_of("cpu-bits=46");
	struct refusal refusal;
	struct facts *facts;

	facts_unref(test_assume_observed);
	ck_assert_int_eq(
		facts_json_decode(document, strlen(document), &test_assume_observed, &refusal),
		FACTS_JSON_DONE);
	facts = test_assume_facts(&assume);
	ck_assert_uint_eq(facts->host.cpu_bits.value, 46);
	ck_assert(fact_is_value(facts->host.fact));
	ck_assert(fact_is_ignorance(facts->host.page_size.fact));
	ck_assert(fact_is_ignorance(facts->host.kernel.version.fact));
	facts_unref(facts);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("assume");
	TCase *cases = tcase_create("assume");

	tcase_add_checked_fixture(cases, test_assume_setup, test_assume_teardown);
	tcase_add_test(cases, add_pair__every_key__listed_in_a_fixed_order);
	tcase_add_test(cases, nothing__assumed__is_nothing);
	tcase_add_test(cases, add__no_such_value__refused_and_unchanged);
	tcase_add_test(cases, add__no_such_key__refused_and_the_keys_are_named);
	tcase_add_test(cases, apply__kernel__release_version_and_plain_flavour);
	tcase_add_test(cases, apply__flavour__stands_with_and_without_a_kernel);
	tcase_add_test(cases, apply__host__each_its_own_fact);
	tcase_add_test(cases, apply__unsafe_interrupts__only_where_there_is_a_parameter);
	tcase_add_test(cases, apply__policy_and_reach__facts_as_observed);
	tcase_add_test(cases, apply__anything__observed_facts_stay_as_they_are);
	tcase_add_test(cases, apply__newer_document__still_says_that_something_was_unread);
	tcase_add_test(cases, apply__host_not_collected__only_what_was_assumed_is_known);
	suite_add_tcase(suite, cases);
	return unit_run(suite);
}
