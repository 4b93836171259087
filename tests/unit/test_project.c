/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The class projection: what is in it and what is not. */
#include "core/judge/host_view.h"
#include "tests/support/ask.h"
#include "tests/support/unit.h"

#include <string.h>

struct test_edit {
	enum ask_base base;
	const char *path, *json;
};

static void test_digests(struct ask *ask, char class_[65], char map[65])
{
	struct host_digests digests = host_digests(ask_judge_host(ask));

	ck_assert_uint_eq(strlen(digests.class_), 64);
	memcpy(class_, digests.class_, 65);
	memcpy(map, digests.map, 65);
}

#define TEST_NIC "devices/" ASK_NIC "/"

/* Every fact that a static rule reads: another value is another class. */
static const struct test_edit test_static[] = {
	{ ASK_INTEL, "host/arch", "'aarch64'" },
	{ ASK_INTEL, "host/page_size", "16384" },
	{ ASK_INTEL, "host/cpu_bits", "39" },
	{ ASK_INTEL, "host/virtual", "true" },
	{ ASK_INTEL, "host/words", "['pcie_acs_override=downstream']" },
	{ ASK_ARM, "host/kernel/version", "'6.8.1'" },
	{ ASK_ARM, "host/kernel/flavour", "'el'" },
	{ ASK_ARM, "host/va_bits", "39" },
	{ ASK_ARM, "kvm/ipa_bits", "40" },
	{ ASK_INTEL, "kvm/present", "false" },
	{ ASK_INTEL, "vfio/interrupts/isolated", "false" },
	{ ASK_INTEL, "vfio/type1/allow_unsafe_interrupts", "true" },
	{ ASK_INTEL, "vfio/type1/dma_entry_limit", "7" },
	{ ASK_INTEL, "vfio/type1", "null" },
	{ ASK_INTEL, "vfio/iommufd", "null" },
	{ ASK_INTEL, "vfio/iommufd/allow_unsafe_interrupts", "true" },
	{ ASK_INTEL, "iommus/unit0/kind", "'other'" },
	{ ASK_INTEL, "iommus/unit0/input_bits", "39" },
	{ ASK_INTEL, "iommus/unit0/ecap", "null" },
	{ ASK_INTEL, "iommus/unit0/page_sizes", "'0x200000'" },
	{ ASK_INTEL, "iommus/unit0/pasid_bits", "20" },
	{ ASK_INTEL, "iommus/unit0/formats", "['amd-v2']" },
	{ ASK_INTEL, "host/cpu_vendor", "'amd'" },
	{ ASK_ARM, "iommus/unit0/smmu_features", "'0x1def'" },
	{ ASK_INTEL, "groups/9/reserved/0/last", "'0xfeefefff'" },
	{ ASK_INTEL, "groups/9/reserved/0/type", "'reserved'" },
	{ ASK_INTEL, "groups/9/reserved/0/type", "'direct'" },
	{ ASK_INTEL, "groups/9/reserved", "{'unknown':'not-exposed'}" },
	{ ASK_INTEL, "groups/9/devices", "['" ASK_NIC "','" ASK_GPU "']" },
	{ ASK_INTEL, "groups/9", NULL },
	{ ASK_INTEL, TEST_NIC "bus", "'other'" },
	{ ASK_INTEL, TEST_NIC "vendor", "'0x8087'" },
	{ ASK_INTEL, TEST_NIC "device", "'0x10d4'" },
	{ ASK_INTEL, TEST_NIC "subsystem_vendor", "'0x1'" },
	{ ASK_INTEL, TEST_NIC "subsystem_device", "'0x1'" },
	{ ASK_INTEL, TEST_NIC "class", "'0x10802'" },
	{ ASK_INTEL, TEST_NIC "header_type", "1" },
	{ ASK_INTEL, TEST_NIC "reset_methods", "null" },
	{ ASK_INTEL, TEST_NIC "sriov", "{'total_vfs':8,'num_vfs':0,'vf_device':'0x10ca'}" },
	{ ASK_INTEL, TEST_NIC "iommu", "null" },
	{ ASK_INTEL, "devices/" ASK_NIC_PORT "/acs", "null" },
	{ ASK_INTEL, "devices/" ASK_NIC_PORT "/acs/control", "'0xd'" },
	{ ASK_INTEL, "devices/" ASK_NIC_PORT "/port_type", "'pcie-to-pci-bridge'" },
	{ ASK_INTEL, TEST_NIC "parent", "{'unknown':'vanished'}" },
	{ ASK_ARM, "windows",
		"[{'bus':'0000:00','direction':'inbound','first':'0x0','last':'0xffff'}]" },
	{ ASK_INTEL, "devices", "{'unknown':'timed-out'}" },
	{ ASK_INTEL, "groups", "[]" },
};

START_TEST(class__fact_that_a_static_rule_reads__changes_it)
{
	char before[65], after[65], map[65];
	ASK(ask, test_static[_i].base);

	test_digests(&ask, before, map);
	ask_host(&ask, test_static[_i].path, test_static[_i].json);
	test_digests(&ask, after, map);
	ck_assert_msg(strcmp(before, after) != 0, "%s", test_static[_i].path);
}
END_TEST

static const struct test_edit test_live[] = {
	{ ASK_INTEL, "host/boot_id", "'another'" },
	{ ASK_INTEL, "host/kernel/release", "'6.12.95-cloud'" },
	{ ASK_INTEL, "host/kernel/version", "'6.12.96'" },
	{ ASK_INTEL, "host/words", "['intel_iommu=on']" },
	{ ASK_INTEL, "vfio/invalidation", "'lazy'" },
	{ ASK_INTEL, "iommus/unit0/cap", "'0x1'" },
	{ ASK_INTEL, "iommus/unit0/page_requests", "true" },
	{ ASK_INTEL, "groups/9/type", "'identity'" },
	{ ASK_INTEL, TEST_NIC "driver", "'e1000e'" },
	{ ASK_INTEL, TEST_NIC "vfio_driver", "false" },
	{ ASK_INTEL, TEST_NIC "numa_node", "1" },
	{ ASK_INTEL, TEST_NIC "revision", "'0x7'" },
	{ ASK_INTEL, TEST_NIC "bars/0/first", "'0xa0010000'" },
	{ ASK_INTEL, "devices/" ASK_NIC_PORT "/windows", "[]" },
};

START_TEST(class__what_no_static_rule_reads__changes_nothing)
{
	char before[65], after[65], map_before[65], map_after[65];
	ASK(ask, test_live[_i].base);

	test_digests(&ask, before, map_before);
	ask_host(&ask, test_live[_i].path, test_live[_i].json);
	test_digests(&ask, after, map_after);
	ck_assert_msg(strcmp(before, after) == 0, "%s", test_live[_i].path);
	ck_assert_str_eq(map_before, map_after);
}
END_TEST

/* Kernels merge touching lines or not, and list them in any order. */
START_TEST(class__lines_merged_or_not__same)
{
	char before[65], after[65], map_before[65], map_after[65];
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "groups/9/reserved",
		"[{'first':'0x1000','last':'0x3fff','type':'reserved'},"
		"{'first':'0x2000','last':'0x2fff','type':'msi'}]");
	test_digests(&ask, before, map_before);
	ask_host(&ask, "groups/9/reserved",
		"[{'first':'0x2000','last':'0x3fff','type':'reserved'},"
		"{'first':'0x2000','last':'0x2fff','type':'msi'},"
		"{'first':'0x1000','last':'0x1fff','type':'reserved'},"
		"{'first':'0x1800','last':'0x18ff','type':'reserved'}]");
	test_digests(&ask, after, map_after);
	ck_assert_str_eq(before, after);
	ck_assert_str_eq(map_before, map_after);
	/* A gap of a byte is a gap; the end of the space is no wrap. */
	ask_host(&ask, "groups/9/reserved",
		"[{'first':'0x1000','last':'0x1ffe','type':'reserved'},"
		"{'first':'0x2000','last':'0x3fff','type':'reserved'},"
		"{'first':'0xffffffffffffff00','last':'0xffffffffffffffff','type':'reserved'}]");
	test_digests(&ask, after, map_after);
	ck_assert_uint_eq(
		host_view_shape(ask.host, ask.host->project.group_shapes[2])->regions.n, 3);
}
END_TEST

/* Groups that are alike are one shape; of mates that are alike two are kept. */
START_TEST(class__many_of_a_kind__are_as_two)
{
	char two[65], three[65], one[65], map[65];
	ASK(ask, ASK_INTEL);
	json_t *devices = json_object_get(ask.facts, "devices");

	for (int i = 1; i < 4; i++) {
		json_t *copy = json_deep_copy(json_array_get(devices, 2));
		char address[32];

		(void)snprintf(address, sizeof(address), "0000:01:00.%d", i);
		json_object_set_new(copy, "address", json_string(address));
		json_array_append_new(devices, copy);
	}
	ask_host(&ask, "groups/9/devices", "['0000:01:00.0']");
	test_digests(&ask, one, map);
	ask_host(&ask, "groups/9/devices", "['0000:01:00.0','0000:01:00.1']");
	test_digests(&ask, two, map);
	ask_host(&ask, "groups/9/devices", "['0000:01:00.0','0000:01:00.1','0000:01:00.2']");
	test_digests(&ask, three, map);
	ck_assert_str_eq(two, three);
	ck_assert_str_ne(one, two);
	ck_assert_uint_eq(
		host_view_shape(ask.host, ask.host->project.group_shapes[2])->members.n, 2);
}
END_TEST

/* A device in two groups, in none, named twice, or not there: each has one place, or none. */
START_TEST(places__document_that_lies__every_place_is_one)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "groups/1/devices",
		"['" ASK_GPU "','" ASK_NIC "','0000:77:00.0','" ASK_NIC_PORT "']");
	ask_host(&ask, "groups/9/devices", "['" ASK_NIC "','" ASK_NIC "']");
	ask_host(&ask, "groups/2/devices", "['" ASK_NIC_PORT "','" ASK_NIC "']");
	(void)ask_judge(&ask);
	for (size_t i = 0; i < facts_count(ask.host->facts->devices); i++) {
		struct project_place place = ask.host->project.places[i];
		size_t n = place.shape < 0 ? ask.host->project.class_.ungrouped.n
					   : host_view_shape(ask.host, place.shape)->members.n;

		ck_assert_int_ge(place.member, 0);
		ck_assert_uint_lt((size_t)place.member, n);
	}
	for (size_t i = 0; i < 2; i++) {
		ask.question.n_attach = 0;
		ask_attach(&ask, i ? ASK_GPU : ASK_NIC);
		ck_assert_int_eq(ask_judge(&ask)->targets[0].group, 1);
		ck_assert_int_ne(ask.verdict->hotplug, VERDICT_SAFE);
	}
}
END_TEST

/* A group that two units serve reaches as far as both do. */
START_TEST(shape__two_units__both_are_obeyed)
{
	const struct class_shape *shape;
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "groups/9/devices", "['" ASK_NIC "','" ASK_GPU "']");
	ask_host(&ask, "iommus/+",
		"{'name':'unit1','kind':'intel-vtd','input_bits':39,'ecap':'0xf00f4a'}");
	ask_host(&ask, "devices/" ASK_GPU "/iommu", "'unit1'");
	(void)ask_judge_host(&ask);
	shape = host_view_shape(ask.host, ask.host->project.group_shapes[2]);
	ck_assert_uint_eq(shape->aperture.value, 0x7fffffffff);
	ck_assert_uint_eq(shape->aperture_at_most.value, 0x7fffffffff);
	ask_host(&ask, "devices/" ASK_GPU "/iommu", "null");
	(void)ask_judge_host(&ask);
	shape = host_view_shape(ask.host, ask.host->project.group_shapes[2]);
	ck_assert(!fact_is_value(shape->aperture.fact));
	ask_host(&ask, "groups/9/devices", "[]");
	(void)ask_judge_host(&ask);
	shape = host_view_shape(ask.host, ask.host->project.group_shapes[2]);
	ck_assert(!fact_is_value(shape->aperture.fact));
}
END_TEST

/* What decides where RAM may lie, and nothing else. */
START_TEST(map__by_what_it_changes_with)
{
	static const struct {
		const char *path, *json;
		bool changes;
	} rows[] = {
		{ "groups/9/reserved/0/last", "'0xfeffffff'", true },
		{ "groups/9/reserved/0/type", "'reserved'", false }, /* taken out either way */
		{ "iommus/unit0/input_bits", "39", true },
		{ "host/page_size", "65536", true },
		{ "iommus/unit0/page_sizes", "'0x200000'", true },
		{ "devices/" ASK_NIC_PORT "/acs", "null", true },
		{ "groups/9/reserved", "{'unknown':'not-exposed'}", true },
		{ TEST_NIC "device", "'0x1234'", false },
		{ TEST_NIC "reset_methods", "null", false },
		{ "vfio/interrupts/isolated", "false", false },
		{ "kvm/present", "false", false },
		{ "groups/1/reserved", "[]", false }, /* of a bridge */
		{ "groups", "[]", true },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char class_[65], before[65], after[65];
		ASK(ask, ASK_INTEL);

		test_digests(&ask, class_, before);
		ask_host(&ask, rows[i].path, rows[i].json);
		test_digests(&ask, class_, after);
		ck_assert_msg((strcmp(before, after) != 0) == rows[i].changes, "%s", rows[i].path);
	}
}
END_TEST

START_TEST(host__references_and_views)
{
	struct facts *facts;
	struct assume assume = ASSUME_NOTHING;
	struct host *host;
	ASK(ask, ASK_INTEL);

	facts = ask_decode(ask.facts);
	assume.page_size = 65536;
	ck_assert_int_eq(host_new(facts, &assume, &host), 0);
	ck_assert_ptr_eq(host_ref(host), host);
	ck_assert_ptr_null(host_unref(host));
	ck_assert_ptr_null(host_unref(NULL));
	ck_assert_uint_eq(host_facts(host)->host.page_size.value, 65536);
	ck_assert_uint_eq(facts->host.page_size.value, 4096);
	ck_assert_uint_eq(host_assume(host)->page_size, 65536);
	ck_assert_ptr_nonnull(strstr(host_class_document(host), "\"page_size\":65536"));
	host_unref(host);
	ck_assert_int_eq(host_new(facts, NULL, &host), 0);
	ck_assert(assume_is_nothing(host_assume(host)));
	host_unref(host);
	facts_unref(facts);
}
END_TEST

/* What a newer version wrote is named by what was received, assumptions or not. */
START_TEST(host__facts_of_a_newer_version__digest_of_what_was_received)
{
	char own[65];
	ASK(ask, ASK_INTEL);

	memcpy(own, host_digests(ask_judge_host(&ask)).facts, 65);
	ask_host(&ask, "minor", "3");
	ask_host(&ask, "news", "true");
	(void)ask_judge_host(&ask);
	ck_assert_str_ne(own, host_digests(ask.host).facts);
	ck_assert_str_eq(ask.host->observed->received, host_digests(ask.host).facts);
}
END_TEST

static Suite *test_project_suite(void)
{
	Suite *suite = suite_create("project");
	TCase *cases = tcase_create("project");

	tcase_add_loop_test(cases, class__fact_that_a_static_rule_reads__changes_it, 0,
		sizeof(test_static) / sizeof(test_static[0]));
	tcase_add_loop_test(cases, class__what_no_static_rule_reads__changes_nothing, 0,
		sizeof(test_live) / sizeof(test_live[0]));
	tcase_add_test(cases, class__lines_merged_or_not__same);
	tcase_add_test(cases, class__many_of_a_kind__are_as_two);
	tcase_add_test(cases, places__document_that_lies__every_place_is_one);
	tcase_add_test(cases, shape__two_units__both_are_obeyed);
	tcase_add_test(cases, map__by_what_it_changes_with);
	tcase_add_test(cases, host__references_and_views);
	tcase_add_test(cases, host__facts_of_a_newer_version__digest_of_what_was_received);
	suite_add_tcase(suite, cases);
	return suite;
}

int main(void)
{
	return unit_run(test_project_suite());
}
