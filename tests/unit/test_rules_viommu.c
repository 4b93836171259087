/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest with an IOMMU of its own. */
#include "tests/support/ask.h"
#include "tests/support/unit.h"

#define TEST_UNKNOWN	 "{'unknown':'not-readable'}"
#define TEST_INTEL(bits) "{'model':'intel','caching_mode':true,'aw_bits':" bits "}"

START_TEST(viommu_wider_than_host__holds)
{
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "viommu", TEST_INTEL("48"));
	ask_silent(&ask, FINDING_VIOMMU_WIDER_THAN_HOST);
	ask_guest(&ask, "viommu", TEST_INTEL("39"));
	ask_silent(&ask, FINDING_VIOMMU_WIDER_THAN_HOST);
	ask_answers(&ask, "safe safe safe");
	ask_guest(&ask, "viommu", NULL);
	ask_host(&ask, "iommus/unit0/input_bits", "39");
	ask_silent(&ask, FINDING_VIOMMU_WIDER_THAN_HOST);
}
END_TEST

/* QEMU: "aw-bits 48 > host aw-bits 39". */
START_TEST(viommu_wider_than_host__violated)
{
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "viommu", TEST_INTEL("48"));
	ask_host(&ask, "iommus/unit0/input_bits", "39");
	(void)ask_says(&ask, FINDING_VIOMMU_WIDER_THAN_HOST, FINDING_VIOLATED, ASK_H);
	ask_answers(&ask, "safe unsafe safe");
	/* A guest that has such a device could not get it there. */
	ask_guest(&ask, "devices", "['8086:10d3']");
	ask_attach(&ask, ASK_GPU);
	ask_answers(&ask, "unsafe unsafe safe");
	ask_guest(&ask, "viommu", TEST_INTEL("39"));
	ask_answers(&ask, "safe safe safe");
}
END_TEST

START_TEST(viommu_wider_than_host__cannot_tell)
{
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "viommu", "{'model':'intel','caching_mode':true}");
	(void)ask_says(&ask, FINDING_VIOMMU_WIDER_THAN_HOST, FINDING_CANNOT_TELL, ASK_H);
	ask_guest(&ask, "viommu", TEST_INTEL("48"));
	ask_host(&ask, "iommus/unit0/input_bits", TEST_UNKNOWN);
	(void)ask_says(&ask, FINDING_VIOMMU_WIDER_THAN_HOST, FINDING_CANNOT_TELL, ASK_H);
	ask_answers(&ask, "safe unknown safe");
}
END_TEST

/* QEMU takes the device; what the guest may map there depends on what it was told. */
START_TEST(viommu_wider_than_host__cannot_tell__virtio)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "iommus/unit0/input_bits", "39");
	ask_guest(&ask, "viommu", "{'model':'virtio','aw_bits':48}");
	(void)ask_says(&ask, FINDING_VIOMMU_WIDER_THAN_HOST, FINDING_CANNOT_TELL, ASK_H);
	ask_guest(&ask, "viommu",
		"{'model':'virtio','aw_bits':48,'regions':[{'first':'0xfee00000','last':'"
		"0xfeefffff'"
		"},{'first':'0x8000000000','last':'0xffffffffffffffff'}]}");
	ask_silent(&ask, FINDING_VIOMMU_WIDER_THAN_HOST);
	/* Told of a part of it only. */
	ask_guest(&ask, "viommu",
		"{'model':'virtio','aw_bits':48,'regions':[{'first':'0x8000001000','last':"
		"'0xffffffffffffffff'}]}");
	(void)ask_says(&ask, FINDING_VIOMMU_WIDER_THAN_HOST, FINDING_CANNOT_TELL, ASK_H);
}
END_TEST

START_TEST(viommu_caching_mode_missing__holds)
{
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "viommu", TEST_INTEL("39"));
	ask_silent(&ask, FINDING_VIOMMU_CACHING_MODE_MISSING);
	ask_guest(&ask, "viommu", "{'model':'virtio','aw_bits':39}");
	ask_silent(&ask, FINDING_VIOMMU_CACHING_MODE_MISSING);
	/* With shared tables the host walks them itself. */
	ask_guest(&ask, "viommu", "{'model':'smmuv3','shares_tables':true}");
	ask_silent(&ask, FINDING_VIOMMU_CACHING_MODE_MISSING);
}
END_TEST

START_TEST(viommu_caching_mode_missing__violated)
{
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "viommu", "{'model':'intel','caching_mode':false,'aw_bits':39}");
	(void)ask_says(&ask, FINDING_VIOMMU_CACHING_MODE_MISSING, FINDING_VIOLATED, ASK_H);
	ask_answers(&ask, "safe unsafe safe");
	ask_guest(&ask, "viommu", "{'model':'smmuv3','shares_tables':false}");
	(void)ask_says(&ask, FINDING_VIOMMU_CACHING_MODE_MISSING, FINDING_VIOLATED, ASK_H);
}
END_TEST

START_TEST(viommu_caching_mode_missing__cannot_tell)
{
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "viommu", "{'model':'intel','aw_bits':39}");
	(void)ask_says(&ask, FINDING_VIOMMU_CACHING_MODE_MISSING, FINDING_CANNOT_TELL, ASK_H);
	ask_guest(&ask, "viommu", "{'model':'amd','aw_bits':48}");
	(void)ask_says(&ask, FINDING_VIOMMU_CACHING_MODE_MISSING, FINDING_CANNOT_TELL, ASK_H);
	ask_guest(&ask, "viommu", "'smmuv3'");
	(void)ask_says(&ask, FINDING_VIOMMU_CACHING_MODE_MISSING, FINDING_CANNOT_TELL, ASK_H);
	ask_answers(&ask, "safe unknown safe");
}
END_TEST

#define TEST_TOLD                                                                                  \
	"{'model':'virtio','aw_bits':48,'regions':[{'first':'0xfee00000','last':'0xfeefffff'}]}"

START_TEST(viommu_regions_differ__holds)
{
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "devices", "['8086:10d3']");
	ask_guest(&ask, "viommu", TEST_TOLD);
	ask_silent(&ask, FINDING_VIOMMU_REGIONS_DIFFER);
	ask_answers(&ask, "safe safe safe");
	/* VFIO leaves a relaxable one alone, and past its width the guest maps nothing. */
	ask_host(&ask, "groups/9/reserved",
		"[{'first':'0x1000','last':'0x1fff','type':'direct-relaxable'},{'first':"
		"'0xfee00000','last':'0xfeefffff','type':'msi'},{'first':'0x1000000000000','last':"
		"'0x1ffffffffffff','type':'reserved'}]");
	ask_silent(&ask, FINDING_VIOMMU_REGIONS_DIFFER);
}
END_TEST

START_TEST(viommu_regions_differ__violated)
{
	const struct finding *finding;
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "devices", "['8086:10d3']");
	ask_guest(&ask, "viommu", TEST_TOLD);
	ask_host(&ask, "groups/9/reserved",
		"[{'first':'0xd0000000','last':'0xd000ffff','type':'reserved'},{'first':"
		"'0xfee00000','last':'0xfeefffff','type':'msi'}]");
	finding = ask_says(&ask, FINDING_VIOMMU_REGIONS_DIFFER, FINDING_VIOLATED, ASK_M);
	ck_assert_uint_eq(finding->region->first, 0xd0000000);
	ask_answers(&ask, "unsafe safe safe");
	/* A device that comes later tells the guest itself. */
	ask_guest(&ask, "devices", NULL);
	ask_silent(&ask, FINDING_VIOMMU_REGIONS_DIFFER);
}
END_TEST

START_TEST(viommu_regions_differ__cannot_tell)
{
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "devices", "['8086:10d3']");
	ask_guest(&ask, "viommu", "{'model':'virtio','aw_bits':48}");
	(void)ask_says(&ask, FINDING_VIOMMU_REGIONS_DIFFER, FINDING_CANNOT_TELL, ASK_M);
	ask_answers(&ask, "unknown safe safe");
	ask_guest(&ask, "viommu", TEST_TOLD);
	ask_host(&ask, "groups/9/reserved", TEST_UNKNOWN);
	(void)ask_says(&ask, FINDING_VIOMMU_REGIONS_DIFFER, FINDING_CANNOT_TELL, ASK_M);
}
END_TEST

START_TEST(page_table_format_differs__holds)
{
	ASK(ask, ASK_INTEL);

	ask_silent(&ask, FINDING_PAGE_TABLE_FORMAT_DIFFERS);
	ask_guest(&ask, "needs", "{'nested-format':'vtd-s1'}");
	ask_host(&ask, "iommus/unit0/formats", "['vtd-s1']");
	ask_silent(&ask, FINDING_PAGE_TABLE_FORMAT_DIFFERS);
	ask_answers(&ask, "safe safe safe");
	ask_guest(&ask, "needs", NULL);
	ask_guest(&ask, "viommu",
		"{'model':'intel','aw_bits':48,'caching_mode':false,'shares_tables':true}");
	ask_answers(&ask, "safe safe safe");
}
END_TEST

START_TEST(page_table_format_differs__violated)
{
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "needs", "{'nested-format':'vtd-s1'}");
	(void)ask_says(&ask, FINDING_PAGE_TABLE_FORMAT_DIFFERS, FINDING_VIOLATED, ASK_H);
	ask_host(&ask, "iommus/unit0/formats", "['amd-v2']");
	(void)ask_says(&ask, FINDING_PAGE_TABLE_FORMAT_DIFFERS, FINDING_VIOLATED, ASK_H);
	ask_answers(&ask, "safe unsafe safe");
	ask_guest(&ask, "needs", NULL);
	ask_guest(&ask, "viommu", "{'model':'smmuv3','shares_tables':true}");
	(void)ask_says(&ask, FINDING_PAGE_TABLE_FORMAT_DIFFERS, FINDING_VIOLATED, ASK_H);
}
END_TEST

/* No register of an SMMU is shown. */
START_TEST(page_table_format_differs__cannot_tell)
{
	ASK(ask, ASK_ARM);

	ask_guest(&ask, "needs", "{'nested-format':'smmuv3'}");
	ask_host(&ask, "iommus/unit0/formats", "{'unknown':'not-exposed'}");
	(void)ask_says(&ask, FINDING_PAGE_TABLE_FORMAT_DIFFERS, FINDING_CANNOT_TELL, ASK_H);
	ask_answers(&ask, "safe unknown safe");
}
END_TEST

START_TEST(pasid_narrower__holds)
{
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "needs", "{'pasid-bits':16}");
	ask_host(&ask, "iommus/unit0/pasid_bits", "16");
	ask_silent(&ask, FINDING_PASID_NARROWER);
	ask_answers(&ask, "safe safe safe");
	ask_guest(&ask, "needs", "{'pasid-bits':0}");
	ask_host(&ask, "iommus/unit0/pasid_bits", "0");
	ask_silent(&ask, FINDING_PASID_NARROWER);
}
END_TEST

START_TEST(pasid_narrower__violated)
{
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "needs", "{'pasid-bits':16}");
	ask_host(&ask, "iommus/unit0/pasid_bits", "15");
	(void)ask_says(&ask, FINDING_PASID_NARROWER, FINDING_VIOLATED, ASK_H);
	ask_answers(&ask, "safe unsafe safe");
}
END_TEST

START_TEST(pasid_narrower__cannot_tell)
{
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "needs", "{'pasid-bits':16}");
	ask_host(&ask, "iommus/unit0/pasid_bits", TEST_UNKNOWN);
	(void)ask_says(&ask, FINDING_PASID_NARROWER, FINDING_CANNOT_TELL, ASK_H);
	ask_answers(&ask, "safe unknown safe");
}
END_TEST

#define TEST_SHARES "{'model':'intel','aw_bits':39,'shares_tables':true}"

START_TEST(context_tables_need_memory__holds)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "iommus/unit0/formats", "['vtd-s1']");
	ask_guest(&ask, "viommu", TEST_SHARES);
	ask_silent(&ask, FINDING_CONTEXT_TABLES_NEED_MEMORY);
	/* It asks for nothing where no tables are shared. */
	ask_map(&ask, "ram 0x0-0xffffffffffffffff");
	ask_guest(&ask, "viommu", NULL);
	ask_silent(&ask, FINDING_CONTEXT_TABLES_NEED_MEMORY);
}
END_TEST

/* One page is enough, and less is not. */
START_TEST(context_tables_need_memory__violated)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "iommus/unit0/formats", "['vtd-s1']");
	ask_host(&ask, "host/cpu_bits", "39");
	ask_guest(&ask, "viommu", TEST_SHARES);
	ask_map(&ask, "ram 0x0-0xfedfffff, mmio 0xfef00000-0x7fffffefff");
	ask_silent(&ask, FINDING_CONTEXT_TABLES_NEED_MEMORY);
	ask_map(&ask, "ram 0x0-0xfedfffff, mmio 0xfef00000-0x7ffffff000");
	(void)ask_says(&ask, FINDING_CONTEXT_TABLES_NEED_MEMORY, FINDING_VIOLATED, ASK_H);
	ask_answers(&ask, "safe unsafe safe");
}
END_TEST

START_TEST(context_tables_need_memory__cannot_tell)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "iommus/unit0/formats", "['vtd-s1']");
	ask_host(&ask, "groups/9/reserved", TEST_UNKNOWN);
	ask_attach(&ask, ASK_NIC);
	ask_guest(&ask, "viommu", TEST_SHARES);
	(void)ask_says(&ask, FINDING_CONTEXT_TABLES_NEED_MEMORY, FINDING_CANNOT_TELL, ASK_H);
	ask_answers(&ask, "safe unknown unknown");
}
END_TEST

static Suite *test_rules_viommu_suite(void)
{
	Suite *suite = suite_create("rules_viommu");
	TCase *cases = tcase_create("rules_viommu");

	tcase_add_test(cases, viommu_wider_than_host__holds);
	tcase_add_test(cases, viommu_wider_than_host__violated);
	tcase_add_test(cases, viommu_wider_than_host__cannot_tell);
	tcase_add_test(cases, viommu_wider_than_host__cannot_tell__virtio);
	tcase_add_test(cases, viommu_caching_mode_missing__holds);
	tcase_add_test(cases, viommu_caching_mode_missing__violated);
	tcase_add_test(cases, viommu_caching_mode_missing__cannot_tell);
	tcase_add_test(cases, viommu_regions_differ__holds);
	tcase_add_test(cases, viommu_regions_differ__violated);
	tcase_add_test(cases, viommu_regions_differ__cannot_tell);
	tcase_add_test(cases, page_table_format_differs__holds);
	tcase_add_test(cases, page_table_format_differs__violated);
	tcase_add_test(cases, page_table_format_differs__cannot_tell);
	tcase_add_test(cases, pasid_narrower__holds);
	tcase_add_test(cases, pasid_narrower__violated);
	tcase_add_test(cases, pasid_narrower__cannot_tell);
	tcase_add_test(cases, context_tables_need_memory__holds);
	tcase_add_test(cases, context_tables_need_memory__violated);
	tcase_add_test(cases, context_tables_need_memory__cannot_tell);
	suite_add_tcase(suite, cases);
	return suite;
}

int main(void)
{
	return unit_run(test_rules_viommu_suite());
}
