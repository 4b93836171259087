/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest's RAM against where a device's group can be given memory. */
#include "tests/support/ask.h"
#include "tests/support/unit.h"

#define TEST_HOT_RESERVED "[{'first':'0x70000000','last':'0x7000ffff','type':'reserved'}]"

START_TEST(ram_in_reserved__holds)
{
	ASK(ask, ASK_INTEL);

	ask_silent(&ask, FINDING_RAM_IN_RESERVED);
	ask_answers(&ask, "safe safe safe");
}
END_TEST

START_TEST(ram_in_reserved__holds__direct_relaxable_is_not_carved)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "groups/9/reserved",
		"[{'first':'0x0','last':'0xffffff','type':'direct-relaxable'}]");
	ask_silent(&ask, FINDING_RAM_IN_RESERVED);
	ask_answers(&ask, "safe safe safe");
}
END_TEST

START_TEST(ram_in_reserved__violated)
{
	const struct finding *finding;
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "groups/9/reserved", TEST_HOT_RESERVED);
	finding = ask_says(&ask, FINDING_RAM_IN_RESERVED, FINDING_VIOLATED, ASK_H);
	ck_assert_str_eq(finding->device, ASK_NIC);
	ck_assert_int_eq(finding->group, 9);
	ck_assert_uint_eq(finding->guest->first, 0);
	ck_assert_uint_eq(finding->guest->last, 0x7fffffff);
	ck_assert_str_eq(finding->guest_kind, "ram");
	ck_assert_uint_eq(finding->region->first, 0x70000000);
	ck_assert_uint_eq(finding->region->last, 0x7000ffff);
	ck_assert_str_eq(finding->region_type, "reserved");
	ck_assert_str_eq(finding->facts[0], "groups/9/reserved/0");
	ask_answers(&ask, "safe unsafe safe");
}
END_TEST

START_TEST(ram_in_reserved__violated__for_a_device_the_guest_has)
{
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "devices", "['8086:10d3']");
	ask_attach(&ask, ASK_GPU);
	ask_host(&ask, "groups/9/reserved", TEST_HOT_RESERVED);
	(void)ask_says(&ask, FINDING_RAM_IN_RESERVED, FINDING_VIOLATED, ASK_M);
	ask_answers(&ask, "unsafe safe safe");
}
END_TEST

/* The word decides, and a word that nobody knows is taken for the worst. */
START_TEST(ram_in_reserved__violated__each_word_but_relaxable)
{
	static const char *const words[] = { "reserved", "msi", "direct", "future-word" };
	ASK(ask, ASK_INTEL);

	ask_attach(&ask, ASK_NIC);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		char json[128];

		(void)snprintf(json, sizeof(json),
			"[{'first':'0x70000000','last':'0x7000ffff','type':'%s'}]", words[i]);
		ask_host(&ask, "groups/9/reserved", json);
		(void)ask_says(&ask, FINDING_RAM_IN_RESERVED, FINDING_VIOLATED, ASK_H);
	}
}
END_TEST

/* ROM is mapped like RAM; what VFIO never maps may lie where it likes. */
START_TEST(ram_in_reserved__violated__rom_but_not_mmio)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "groups/9/reserved", TEST_HOT_RESERVED);
	ask_map(&ask, "ram 0x0-0x6fffffff, mmio 0x70000000-0x7fffffff");
	ask_answers(&ask, "safe safe safe");
	ask_map(&ask, "ram 0x0-0x6fffffff, rom 0x70000000-0x7fffffff");
	(void)ask_says(&ask, FINDING_RAM_IN_RESERVED, FINDING_VIOLATED, ASK_H);
}
END_TEST

START_TEST(ram_in_reserved__cannot_tell__regions_unknown_speaks)
{
	ASK(ask, ASK_INTEL);

	ask_attach(&ask, ASK_NIC);
	ask_host(&ask, "groups/9/reserved", "{'unknown':'not-readable'}");
	ask_silent(&ask, FINDING_RAM_IN_RESERVED);
	ask_answers(&ask, "safe unknown unknown");
}
END_TEST

START_TEST(regions_unknown__holds)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "groups/9/reserved", "[]");
	ask_silent(&ask, FINDING_REGIONS_UNKNOWN);
}
END_TEST

START_TEST(regions_unknown__violated__is_never_said)
{
	ASK(ask, ASK_INTEL);

	ask_attach(&ask, ASK_NIC);
	ask_host(&ask, "groups/9/reserved", "null");
	(void)ask_says(&ask, FINDING_REGIONS_UNKNOWN, FINDING_CANNOT_TELL, ASK_H | ASK_MEM);
}
END_TEST

START_TEST(regions_unknown__cannot_tell)
{
	static const char *const lists[] = { "{'unknown':'not-exposed'}",
		"{'unknown':'over-limit'}", NULL,
		"[{'first':{'unknown':'malformed'},'last':'0xff','type':'msi'}]",
		"[{'first':'0x0','type':'msi'}]",
		"[{'first':'0x0','last':'0xff','type':{'unknown':'malformed'}}]" };

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		ASK(ask, ASK_INTEL);

		ask_host(&ask, "groups/9/reserved", lists[i]);
		(void)ask_says(&ask, FINDING_REGIONS_UNKNOWN, FINDING_CANNOT_TELL, ASK_H | ASK_MEM);
		ask_answers(&ask, "safe unknown unknown");
	}
}
END_TEST

START_TEST(ram_beyond_aperture__holds)
{
	ASK(ask, ASK_INTEL);

	ask_map(&ask, "ram 0x0-0x7fffffff, ram 0x100000000-0xffffffffffff");
	ask_attach(&ask, ASK_NIC);
	ask_silent(&ask, FINDING_RAM_BEYOND_APERTURE);
}
END_TEST

START_TEST(ram_beyond_aperture__violated)
{
	const struct finding *finding;
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "iommus/unit0/input_bits", "39");
	ask_map(&ask, "ram 0x0-0x7fffffff, ram 0x7fffff0000-0x800000ffff");
	finding = ask_says(&ask, FINDING_RAM_BEYOND_APERTURE, FINDING_VIOLATED, ASK_H);
	ck_assert_uint_eq(finding->guest->last, 0x800000ffff);
	ck_assert_uint_eq(finding->region->first, 0x8000000000);
	ck_assert_str_eq(finding->facts[0], "iommus/unit0");
	ask_answers(&ask, "safe unsafe safe");
}
END_TEST

START_TEST(ram_beyond_aperture__cannot_tell__aperture_unknown_speaks)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "iommus/unit0/input_bits", "{'unknown':'not-readable'}");
	ask_silent(&ask, FINDING_RAM_BEYOND_APERTURE);
	ask_answers(&ask, "safe unknown safe");
}
END_TEST

START_TEST(aperture_unknown__holds__below_the_floor_of_the_kind)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "iommus/unit0/input_bits", "{'unknown':'not-readable'}");
	ask_map(&ask, "ram 0x0-0x7fffffff");
	ask_silent(&ask, FINDING_APERTURE_UNKNOWN);
	ask_answers(&ask, "safe safe safe");
}
END_TEST

START_TEST(aperture_unknown__violated__ram_beyond_aperture_speaks)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "iommus/unit0/input_bits", "39");
	ask_map(&ask, "ram 0x0-0x7fffffff, ram 0x8000000000-0x800000ffff");
	ask_silent(&ask, FINDING_APERTURE_UNKNOWN);
}
END_TEST

START_TEST(aperture_unknown__cannot_tell)
{
	static const struct {
		const char *path, *json;
	} rows[] = {
		{ "iommus/unit0/input_bits", "{'unknown':'not-readable'}" },
		{ "iommus/unit0/kind", "'other'" },
		{ "iommus/unit0/kind", NULL },
		{ "iommus", "[]" },
		{ "iommus", "{'unknown':'timed-out'}" },
		{ "devices/" ASK_NIC "/iommu", "{'unknown':'vanished'}" },
		{ "devices/" ASK_NIC "/iommu", "null" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ASK(ask, ASK_INTEL);

		ask_attach(&ask, ASK_NIC);
		ask_host(&ask, rows[i].path, rows[i].json);
		(void)ask_says(&ask, FINDING_APERTURE_UNKNOWN, FINDING_CANNOT_TELL, ASK_H);
		ask_answers(&ask, "safe unknown safe");
	}
}
END_TEST

START_TEST(ram_unaligned__holds)
{
	ASK(ask, ASK_ARM);

	ask_host(&ask, "host/page_size", "65536");
	ask_host(&ask, "iommus/unit0/page_sizes", "'0x20010000'");
	ask_silent(&ask, FINDING_RAM_UNALIGNED);
	ask_answers(&ask, "safe safe safe");
}
END_TEST

START_TEST(ram_unaligned__violated)
{
	const struct finding *finding;
	ASK(ask, ASK_ARM);

	ask_map(&ask, "ram 0x40000000-0x40004fff");
	ask_silent(&ask, FINDING_RAM_UNALIGNED);
	ask_host(&ask, "iommus/unit0/page_sizes", "'0x2004000'");
	finding = ask_says(&ask, FINDING_RAM_UNALIGNED, FINDING_VIOLATED, ASK_H);
	ck_assert_uint_eq(finding->guest->last, 0x40004fff);
	ask_host(&ask, "iommus/unit0/page_sizes", "'0x40201000'");
	ask_silent(&ask, FINDING_RAM_UNALIGNED);
	ask_host(&ask, "host/page_size", "65536");
	(void)ask_says(&ask, FINDING_RAM_UNALIGNED, FINDING_VIOLATED, ASK_H);
	ask_map(&ask, "ram 0x40001000-0x4000ffff");
	ask_answers(&ask, "safe unsafe safe");
}
END_TEST

START_TEST(ram_unaligned__violated__granule_that_the_guest_needs)
{
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "needs", "{'min-granule':'0x200000'}");
	ask_map(&ask, "ram 0x0-0x10ffff");
	(void)ask_says(&ask, FINDING_RAM_UNALIGNED, FINDING_VIOLATED, ASK_H);
}
END_TEST

START_TEST(ram_unaligned__cannot_tell)
{
	static const char *const paths[] = { "host/page_size", "iommus/unit0/page_sizes" };

	for (size_t i = 0; i < 2; i++) {
		ASK(ask, ASK_ARM);

		ask_host(&ask, paths[i], "{'unknown':'not-exposed'}");
		ask_silent(&ask, FINDING_RAM_UNALIGNED); /* 64 KiB are enough for any page */
		ask_map(&ask, "ram 0x40000000-0x40004fff");
		(void)ask_says(&ask, FINDING_RAM_UNALIGNED, FINDING_CANNOT_TELL, ASK_H);
		ask_answers(&ask, "safe unknown safe");
	}
}
END_TEST

/* The rows of guests that QEMU really makes, on hosts with these regions and this reach. */
#define TEST_T1 "[{'first':'0xfee00000','last':'0xfeefffff','type':'msi'}]"
#define TEST_T3                                                                                    \
	"[{'first':'0xfee00000','last':'0xfeefffff','type':'msi'},"                                \
	"{'first':'0xfd00000000','last':'0xffffffffff','type':'reserved'}]"
#define TEST_T5                                                                                    \
	"[{'first':'0x8000000','last':'0x80fffff','type':'msi'},"                                  \
	"{'first':'0xc6010000','last':'0xc601ffff','type':'msi'}]"

#define TEST_Q35_2G	"ram 0x0-0x9fffffff"
#define TEST_Q35_4G	"ram 0x0-0x7fffffff, ram 0x100000000-0x17fffffff"
#define TEST_I440FX_4G	"ram 0x0-0xbfffffff, ram 0x100000000-0x13fffffff"
#define TEST_Q35_1011G	"ram 0x0-0x7fffffff, ram 0x100000000-0xfd3fffffff"
#define TEST_Q35_979G	"ram 0x0-0x7fffffff, ram 0x10000000000-0x1f43fffffff"
#define TEST_Q35_MAXMEM "ram 0x0-0x7fffffff, ram 0x10000000000-0x1007fffffff"
#define TEST_VIRT_4G	"ram 0x40000000-0x13fffffff"

static const struct {
	enum ask_base base;
	const char *regions, *bits, *map;
	bool fits;
} test_guests[] = {
	{ ASK_INTEL, TEST_T1, "iommu-bits=39", TEST_Q35_2G, true },
	{ ASK_INTEL, TEST_T1, "iommu-bits=39", TEST_Q35_4G, true },
	{ ASK_INTEL, TEST_T1, "iommu-bits=39", TEST_I440FX_4G, true },
	{ ASK_INTEL, TEST_T1, "iommu-bits=39", TEST_Q35_1011G, false },
	{ ASK_INTEL, TEST_T1, "iommu-bits=39", TEST_Q35_979G, false },
	{ ASK_INTEL, TEST_T1, "iommu-bits=39", TEST_Q35_MAXMEM, false },
	{ ASK_INTEL, TEST_T1, "iommu-bits=48", TEST_Q35_1011G, true },
	{ ASK_AMD, TEST_T3, "iommu-bits=64", TEST_Q35_2G, true },
	{ ASK_AMD, TEST_T3, "iommu-bits=64", TEST_Q35_4G, true },
	{ ASK_AMD, TEST_T3, "iommu-bits=64", TEST_I440FX_4G, true },
	{ ASK_AMD, TEST_T3, "iommu-bits=64", TEST_Q35_1011G, false },
	{ ASK_AMD, TEST_T3, "iommu-bits=64", TEST_Q35_979G, true },
	{ ASK_AMD, TEST_T3, "iommu-bits=64", TEST_Q35_MAXMEM, true },
	{ ASK_ARM, TEST_T5, "iommu-bits=48", TEST_VIRT_4G, false },
	{ ASK_ARM, TEST_T5, "iommu-bits=48", "ram 0x40000000-0xc600ffff", true },
};

START_TEST(guests_of_qemu__fit_where_they_fit)
{
	ASK(ask, test_guests[_i].base);

	ask_host(&ask, "groups/9/reserved", test_guests[_i].regions);
	ask_assume(&ask, test_guests[_i].bits);
	ask_guest(&ask, "vfio", "'type1'");
	ask_map(&ask, test_guests[_i].map);
	ask_guest(&ask, "hotplug", "'none'");
	ask_attach(&ask, ASK_NIC);
	ask_answers(&ask, test_guests[_i].fits ? "safe safe safe" : "safe unsafe safe");
}
END_TEST

/* A small guest with a large maxmem: what is added first is low, what comes last is past HT. */
START_TEST(guest_with_maxmem__intel_cpu__ram_fits_and_late_memory_does_not)
{
	ASK(ask, ASK_AMD);

	ask_attach(&ask, ASK_NIC);
	ask_map(&ask, TEST_Q35_4G ", hotplug 0x180000000-0x1047fffffff");
	ask_answers(&ask, "safe safe unsafe");
	ask.question.attach_memory = 64ULL << 30;
	ask_answers(&ask, "safe safe safe");
	ask.question.attach_memory = 1020ULL << 30;
	ask_answers(&ask, "safe safe unsafe");
}
END_TEST

static Suite *test_rules_memory_suite(void)
{
	Suite *suite = suite_create("rules_memory");
	TCase *cases = tcase_create("rules_memory");

	tcase_add_test(cases, ram_in_reserved__holds);
	tcase_add_test(cases, ram_in_reserved__holds__direct_relaxable_is_not_carved);
	tcase_add_test(cases, ram_in_reserved__violated);
	tcase_add_test(cases, ram_in_reserved__violated__for_a_device_the_guest_has);
	tcase_add_test(cases, ram_in_reserved__violated__each_word_but_relaxable);
	tcase_add_test(cases, ram_in_reserved__violated__rom_but_not_mmio);
	tcase_add_test(cases, ram_in_reserved__cannot_tell__regions_unknown_speaks);
	tcase_add_test(cases, regions_unknown__holds);
	tcase_add_test(cases, regions_unknown__violated__is_never_said);
	tcase_add_test(cases, regions_unknown__cannot_tell);
	tcase_add_test(cases, ram_beyond_aperture__holds);
	tcase_add_test(cases, ram_beyond_aperture__violated);
	tcase_add_test(cases, ram_beyond_aperture__cannot_tell__aperture_unknown_speaks);
	tcase_add_test(cases, aperture_unknown__holds__below_the_floor_of_the_kind);
	tcase_add_test(cases, aperture_unknown__violated__ram_beyond_aperture_speaks);
	tcase_add_test(cases, aperture_unknown__cannot_tell);
	tcase_add_test(cases, ram_unaligned__holds);
	tcase_add_test(cases, ram_unaligned__violated);
	tcase_add_test(cases, ram_unaligned__violated__granule_that_the_guest_needs);
	tcase_add_test(cases, ram_unaligned__cannot_tell);
	tcase_add_loop_test(cases, guests_of_qemu__fit_where_they_fit, 0,
		sizeof(test_guests) / sizeof(test_guests[0]));
	tcase_add_test(cases, guest_with_maxmem__intel_cpu__ram_fits_and_late_memory_does_not);
	suite_add_tcase(suite, cases);
	return suite;
}

int main(void)
{
	return unit_run(test_rules_memory_suite());
}
