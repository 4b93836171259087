/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a device can be given to any guest at all. */
#include "tests/support/ask.h"
#include "tests/support/unit.h"

#define TEST_DIRECT                                                                                \
	"[{'first':'0x7d800000','last':'0x7fffffff','type':'direct'},"                             \
	"{'first':'0xfee00000','last':'0xfeefffff','type':'msi'}]"
#define TEST_UNKNOWN "{'unknown':'not-readable'}"

START_TEST(no_iommu__holds)
{
	ASK(ask, ASK_INTEL);

	ask_silent(&ask, FINDING_NO_IOMMU);
}
END_TEST

START_TEST(no_iommu__violated)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "groups", "[]");
	ask_host(&ask, "devices/" ASK_NIC "/group", "null");
	ask_host(&ask, "devices/" ASK_GPU "/group", "null");
	(void)ask_says(&ask, FINDING_NO_IOMMU, FINDING_VIOLATED, ASK_H | ASK_MEM);
	ask_answers(&ask, "safe unsafe unsafe");
	ask_guest(&ask, "devices", "['8086:10d3']");
	ask_answers(&ask, "unsafe unsafe unsafe");
}
END_TEST

START_TEST(no_iommu__violated__one_device_without_a_group)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "groups/9/devices", "[]");
	ask_host(&ask, "devices/" ASK_NIC "/group", "null");
	ask_silent(&ask, FINDING_NO_IOMMU); /* the other one can be had */
	ask_attach(&ask, ASK_NIC);
	(void)ask_says(&ask, FINDING_NO_IOMMU, FINDING_VIOLATED, ASK_H | ASK_MEM);
	ask_answers(&ask, "safe unsafe unsafe");
}
END_TEST

START_TEST(no_iommu__cannot_tell)
{
	static const struct {
		const char *path, *json;
	} rows[] = {
		{ "groups", TEST_UNKNOWN },
		{ "groups", NULL },
		{ "groups/9/devices", TEST_UNKNOWN },
		{ "groups/9", NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ASK(ask, ASK_INTEL);

		ask_host(&ask, rows[i].path, rows[i].json);
		(void)ask_says(&ask, FINDING_NO_IOMMU, FINDING_CANNOT_TELL, ASK_H | ASK_MEM);
		ask_answers(&ask, "safe unknown unknown");
		ask_attach(&ask, ASK_NIC);
		ask_answers(&ask, "safe unknown unknown");
	}
}
END_TEST

START_TEST(device_is_bridge__holds)
{
	ASK(ask, ASK_INTEL);

	ask_attach(&ask, ASK_NIC);
	ask_silent(&ask, FINDING_DEVICE_IS_BRIDGE);
}
END_TEST

START_TEST(device_is_bridge__violated)
{
	ASK(ask, ASK_INTEL);

	ask_attach(&ask, ASK_NIC_PORT);
	(void)ask_says(&ask, FINDING_DEVICE_IS_BRIDGE, FINDING_VIOLATED, ASK_H);
	ck_assert_int_eq(ask.verdict->hotplug, VERDICT_UNSAFE);
}
END_TEST

START_TEST(device_is_bridge__cannot_tell)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "devices/" ASK_NIC "/header_type", TEST_UNKNOWN);
	(void)ask_says(&ask, FINDING_DEVICE_IS_BRIDGE, FINDING_CANNOT_TELL, ASK_H);
	ask_answers(&ask, "safe unknown safe");
}
END_TEST

START_TEST(device_not_pci__holds)
{
	ASK(ask, ASK_INTEL);

	ask_attach(&ask, ASK_NIC);
	ask_silent(&ask, FINDING_DEVICE_NOT_PCI);
}
END_TEST

#define TEST_PLATFORM                                                                              \
	"{'address':'fe200000.dma','bus':'platform','group':12,'iommu':'unit0',"                   \
	"'driver':null,'header_type':null,'reset_methods':null,'vfio_driver':false,"               \
	"'msix':null,'parent':null,'sriov':null}"

START_TEST(device_not_pci__violated)
{
	ASK(ask, ASK_ARM);

	ask_host(&ask, "devices/+", TEST_PLATFORM);
	ask_host(&ask, "groups/+",
		"{'id':12,'devices':['fe200000.dma'],'reserved':["
		"{'first':'0x8000000','last':'0x80fffff','type':'msi'}]}");
	ask_answers(&ask, "safe safe safe"); /* it is offered to nobody */
	ask_attach(&ask, "fe200000.dma");
	(void)ask_says(&ask, FINDING_DEVICE_NOT_PCI, FINDING_VIOLATED, ASK_H);
	ask_answers(&ask, "safe unsafe safe");
}
END_TEST

START_TEST(device_not_pci__cannot_tell)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "devices/" ASK_NIC "/bus", TEST_UNKNOWN);
	(void)ask_says(&ask, FINDING_DEVICE_NOT_PCI, FINDING_CANNOT_TELL, ASK_H);
	ask_answers(&ask, "safe unknown safe");
}
END_TEST

START_TEST(device_needs_identity_map__holds)
{
	ASK(ask, ASK_AMD);

	ask_silent(&ask, FINDING_DEVICE_NEEDS_IDENTITY_MAP);
	/* Before 6.6 only VT-d refused it; the range itself is taken out all the same. */
	ask_attach(&ask, ASK_NIC);
	ask_host(&ask, "groups/9/reserved", TEST_DIRECT);
	ask_host(&ask, "host/kernel/version", "'6.5.13'");
	ask_silent(&ask, FINDING_DEVICE_NEEDS_IDENTITY_MAP);
	ask_answers(&ask, "safe unsafe safe");
	ask_map(&ask, "ram 0x0-0x7d7fffff");
	ask_answers(&ask, "safe safe safe");
}
END_TEST

START_TEST(device_needs_identity_map__violated)
{
	static const struct {
		enum ask_base base;
		const char *version;
	} rows[] = {
		{ ASK_INTEL, "'6.12.95'" },
		{ ASK_INTEL, "'6.1.176'" },
		{ ASK_INTEL, "'3.17.0'" },
		{ ASK_AMD, "'6.6.0'" },
		{ ASK_ARM, "'7.2.1'" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct finding *finding;
		ASK(ask, rows[i].base);

		ask_attach(&ask, ASK_NIC);
		ask_map(&ask,
			"ram 0x40000000-0x7d7fffff"); /* nothing of the range is the guest's */
		ask_host(&ask, "groups/9/reserved", TEST_DIRECT);
		ask_host(&ask, "host/kernel/version", rows[i].version);
		finding =
			ask_says(&ask, FINDING_DEVICE_NEEDS_IDENTITY_MAP, FINDING_VIOLATED, ASK_H);
		ck_assert_uint_eq(finding->region->first, 0x7d800000);
		ck_assert_str_eq(finding->facts[0], "groups/9/reserved/0");
		ask_answers(&ask, "safe unsafe safe");
	}
}
END_TEST

START_TEST(device_needs_identity_map__violated__going_there_with_the_device)
{
	ASK(ask, ASK_AMD);

	ask_guest(&ask, "devices", "[{'address':'" ASK_NIC "'}]");
	ask_host(&ask, "groups/9/reserved", TEST_DIRECT);
	(void)ask_says(&ask, FINDING_DEVICE_NEEDS_IDENTITY_MAP, FINDING_VIOLATED, ASK_M);
}
END_TEST

START_TEST(device_needs_identity_map__cannot_tell)
{
	static const struct {
		enum ask_base base;
		const char *path, *json;
	} rows[] = {
		{ ASK_AMD, "host/kernel/flavour", "'el'" },
		{ ASK_AMD, "host/kernel/version", TEST_UNKNOWN },
		{ ASK_AMD, "host/kernel", NULL },
		{ ASK_INTEL, "host/kernel/flavour", "'pve'" },
		{ ASK_INTEL, "host", NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ASK(ask, rows[i].base);

		ask_attach(&ask, ASK_NIC);
		ask_host(&ask, "groups/9/reserved", TEST_DIRECT);
		ask_host(&ask, rows[i].path, rows[i].json);
		(void)ask_says(&ask, FINDING_DEVICE_NEEDS_IDENTITY_MAP, FINDING_CANNOT_TELL, ASK_H);
	}
}
END_TEST

/* A region of a word that nobody knows may be of this kind; so may any below a unit of no kind. */
START_TEST(device_needs_identity_map__cannot_tell__word_or_unit_not_known)
{
	ASK(ask, ASK_AMD);

	ask_attach(&ask, ASK_NIC);
	ask_map(&ask, "ram 0x0-0x6fffffff");
	ask_host(&ask, "groups/9/reserved",
		"[{'first':'0x7d800000','last':'0x7fffffff','type':'direct-soon'}]");
	(void)ask_says(&ask, FINDING_DEVICE_NEEDS_IDENTITY_MAP, FINDING_CANNOT_TELL, ASK_H);
	ask_answers(&ask, "safe unknown safe");
	ask_host(&ask, "groups/9/reserved", TEST_DIRECT);
	ask_host(&ask, "host/kernel/version", "'6.1.9'");
	ask_answers(&ask, "safe safe safe");
	ask_host(&ask, "devices/" ASK_NIC "/iommu", NULL);
	(void)ask_says(&ask, FINDING_DEVICE_NEEDS_IDENTITY_MAP, FINDING_CANNOT_TELL, ASK_H);
}
END_TEST

#define TEST_MSI_KINDS                                                                             \
	"[{'first':'0x8000000','last':'0x80fffff','type':'msi'},"                                  \
	"{'first':'0xc6010000','last':'0xc601ffff','type':'msi'}]"

START_TEST(msi_kinds_conflict__holds)
{
	ASK(ask, ASK_ARM);

	ask_attach(&ask, ASK_NIC);
	ask_map(&ask, "ram 0x40000000-0x7fffffff");
	ask_silent(&ask, FINDING_MSI_KINDS_CONFLICT);
	ask_host(&ask, "groups/9/reserved", TEST_MSI_KINDS);
	ask_guest(&ask, "vfio", "'type1'");
	ask_silent(&ask, FINDING_MSI_KINDS_CONFLICT);
	ask_guest(&ask, "vfio", "'unknown'");
	ask_host(&ask, "vfio/iommufd", "null"); /* then it cannot be iommufd */
	ask_silent(&ask, FINDING_MSI_KINDS_CONFLICT);
	ask_answers(&ask, "safe safe safe");
	/* Two hardware windows are no conflict. */
	ask_guest(&ask, "vfio", "'iommufd'");
	ask_host(&ask, "groups/9/reserved/0/last", "'0x80effff'");
	ask_silent(&ask, FINDING_MSI_KINDS_CONFLICT);
}
END_TEST

START_TEST(msi_kinds_conflict__violated)
{
	ASK(ask, ASK_ARM);

	ask_attach(&ask, ASK_NIC);
	ask_map(&ask, "ram 0x40000000-0x7fffffff");
	ask_host(&ask, "groups/9/reserved", TEST_MSI_KINDS);
	ask_guest(&ask, "vfio", "'iommufd'");
	(void)ask_says(&ask, FINDING_MSI_KINDS_CONFLICT, FINDING_VIOLATED, ASK_H);
	ask_answers(&ask, "safe unsafe safe");
	/* Both back ends must pass when nobody says which it is. */
	ask_guest(&ask, "vfio", "'unknown'");
	ask_answers(&ask, "safe unsafe safe");
	/* The kernel lists the two kinds apart even where they touch. */
	ask_host(&ask, "groups/9/reserved/1/first", "'0x8100000'");
	ask_host(&ask, "groups/9/reserved/1/last", "'0x810ffff'");
	ask_answers(&ask, "safe unsafe safe");
}
END_TEST

START_TEST(msi_kinds_conflict__cannot_tell)
{
	ASK(ask, ASK_ARM);

	ask_attach(&ask, ASK_NIC);
	ask_map(&ask, "ram 0x40000000-0x7fffffff");
	ask_host(&ask, "groups/9/reserved", TEST_MSI_KINDS);
	ask_host(&ask, "vfio/iommufd", TEST_UNKNOWN);
	(void)ask_says(&ask, FINDING_MSI_KINDS_CONFLICT, FINDING_CANNOT_TELL, ASK_H);
	ask_answers(&ask, "safe unknown safe");
}
END_TEST

START_TEST(iommufd_absent__holds)
{
	ASK(ask, ASK_INTEL);

	ask_attach(&ask, ASK_NIC);
	ask_map(&ask, "ram 0x0-0x7fffffff");
	ask_host(&ask, "vfio/iommufd", "null");
	ask_guest(&ask, "vfio", "'type1'");
	ask_silent(&ask, FINDING_IOMMUFD_ABSENT);
	ask_guest(&ask, "vfio", "'iommufd'");
	ask_host(&ask, "vfio/iommufd", "{'allow_unsafe_interrupts':false}");
	ask_silent(&ask, FINDING_IOMMUFD_ABSENT);
}
END_TEST
/* A module that is not loaded can be loaded: nothing proves that it is not there. */
START_TEST(iommufd_absent__violated__never_cannot_tell_speaks)
{
	ASK(ask, ASK_INTEL);

	ask_attach(&ask, ASK_NIC);
	ask_map(&ask, "ram 0x0-0x7fffffff");
	ask_guest(&ask, "vfio", "'iommufd'");
	ask_host(&ask, "vfio/iommufd", "null");
	(void)ask_says(&ask, FINDING_IOMMUFD_ABSENT, FINDING_CANNOT_TELL, ASK_H);
	ask_answers(&ask, "safe unknown safe");
}
END_TEST
START_TEST(iommufd_absent__cannot_tell)
{
	ASK(ask, ASK_INTEL);

	ask_attach(&ask, ASK_NIC);
	ask_map(&ask, "ram 0x0-0x7fffffff");
	ask_guest(&ask, "vfio", "'iommufd'");
	ask_host(&ask, "vfio/iommufd", TEST_UNKNOWN);
	(void)ask_says(&ask, FINDING_IOMMUFD_ABSENT, FINDING_CANNOT_TELL, ASK_H);
	ask_answers(&ask, "safe unknown safe");
}
END_TEST

START_TEST(interrupts_not_isolated__holds)
{
	ASK(ask, ASK_INTEL);

	ask_silent(&ask, FINDING_INTERRUPTS_NOT_ISOLATED);
	ask_host(&ask, "vfio/interrupts/isolated", "false");
	ask_host(&ask, "vfio/type1/allow_unsafe_interrupts", "true");
	ask_guest(&ask, "vfio", "'type1'");
	ask_silent(&ask, FINDING_INTERRUPTS_NOT_ISOLATED);
	ask_answers(&ask, "safe safe safe");
}
END_TEST

START_TEST(interrupts_not_isolated__violated)
{
	static const char *const backends[] = { "'type1'", "'iommufd'", "'unknown'" };

	for (size_t i = 0; i < 3; i++) {
		ASK(ask, ASK_INTEL);

		ask_host(&ask, "vfio/interrupts/isolated", "false");
		ask_guest(&ask, "vfio", backends[i]);
		(void)ask_says(&ask, FINDING_INTERRUPTS_NOT_ISOLATED, FINDING_VIOLATED, ASK_H);
		ask_answers(&ask, "safe unsafe safe");
		/* The override of the other back end does not help. */
		ask_host(&ask,
			i == 1 ? "vfio/type1/allow_unsafe_interrupts"
			       : "vfio/iommufd/allow_unsafe_interrupts",
			"true");
		ask_answers(&ask, "safe unsafe safe");
		ask_host(&ask, "vfio/type1", "null"); /* not loaded: nothing is allowed */
		if (i == 0)
			ask_answers(&ask, "safe unsafe safe");
	}
}
END_TEST

START_TEST(interrupts_not_isolated__cannot_tell)
{
	static const char *const paths[] = { "vfio/interrupts/isolated", "vfio/interrupts",
		"vfio" };

	for (size_t i = 0; i < 3; i++) {
		ASK(ask, ASK_INTEL);

		ask_host(&ask, paths[i], TEST_UNKNOWN);
		(void)ask_says(&ask, FINDING_INTERRUPTS_NOT_ISOLATED, FINDING_CANNOT_TELL, ASK_H);
		ck_assert_int_eq(ask.verdict->hotplug, VERDICT_UNKNOWN);
	}
}
END_TEST

START_TEST(interrupts_not_isolated__cannot_tell__override_not_known)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "vfio/interrupts/isolated", "false");
	ask_host(&ask, "vfio/type1/allow_unsafe_interrupts", TEST_UNKNOWN);
	ask_guest(&ask, "vfio", "'type1'");
	(void)ask_says(&ask, FINDING_INTERRUPTS_NOT_ISOLATED, FINDING_CANNOT_TELL, ASK_H);
	ask_answers(&ask, "safe unknown safe");
}
END_TEST

START_TEST(interrupts_unsafe_allowed__holds)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "vfio/type1/allow_unsafe_interrupts", "true");
	ask_silent(&ask, FINDING_INTERRUPTS_UNSAFE_ALLOWED); /* they are isolated */
}
END_TEST

START_TEST(interrupts_unsafe_allowed__violated)
{
	ASK(ask, ASK_INTEL);

	ask_assume(&ask, "allow-unsafe-interrupts=yes");
	ask_host(&ask, "vfio/interrupts/isolated", "false");
	(void)ask_says(&ask, FINDING_INTERRUPTS_UNSAFE_ALLOWED, FINDING_VIOLATED, ASK_H);
	ask_answers(&ask, "safe safe safe");
	ask_host(&ask, "vfio/interrupts/isolated", TEST_UNKNOWN);
	ask_answers(&ask, "safe safe safe");
}
END_TEST

START_TEST(interrupts_unsafe_allowed__cannot_tell__interrupts_not_isolated_speaks)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "vfio/interrupts/isolated", "false");
	ask_host(&ask, "vfio/type1/allow_unsafe_interrupts", TEST_UNKNOWN);
	ask_guest(&ask, "vfio", "'type1'");
	ask_silent(&ask, FINDING_INTERRUPTS_UNSAFE_ALLOWED);
}
END_TEST

START_TEST(device_not_resettable__holds)
{
	ASK(ask, ASK_INTEL);

	ask_silent(&ask, FINDING_DEVICE_NOT_RESETTABLE);
}
END_TEST

START_TEST(device_not_resettable__violated)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "devices/" ASK_NIC "/reset_methods", "null");
	(void)ask_says(&ask, FINDING_DEVICE_NOT_RESETTABLE, FINDING_VIOLATED, ASK_H);
	ask_answers(&ask, "safe safe safe");
	ask_host(&ask, "devices/" ASK_NIC "/reset_methods", "[]");
	(void)ask_says(&ask, FINDING_DEVICE_NOT_RESETTABLE, FINDING_VIOLATED, ASK_H);
}
END_TEST

START_TEST(device_not_resettable__cannot_tell)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "devices/" ASK_NIC "/reset_methods", TEST_UNKNOWN);
	(void)ask_says(&ask, FINDING_DEVICE_NOT_RESETTABLE, FINDING_CANNOT_TELL, ASK_H);
	ask_answers(&ask, "safe safe safe");
}
END_TEST

#define TEST_MSIX(table, pba)                                                                      \
	"{'vectors':64,'table_bar':0,'table_offset':'" table "','pba_bar':0,'pba_offset':'" pba "'}"

START_TEST(msix_page_shared__holds)
{
	ASK(ask, ASK_ARM);

	ask_host(&ask, "devices/" ASK_NIC "/msix", TEST_MSIX("0x0", "0x1000"));
	ask_silent(&ask, FINDING_MSIX_PAGE_SHARED); /* pages of 4 KiB */
	ask_host(&ask, "host/page_size", "65536");
	ask_host(&ask, "devices/" ASK_NIC "/msix", "null");
	ask_silent(&ask, FINDING_MSIX_PAGE_SHARED);
	/* The rest of the page is not of this BAR, or is the pending-bit array. */
	ask_host(&ask, "devices/" ASK_NIC "/msix", TEST_MSIX("0x0", "0x1000"));
	ask_host(&ask, "devices/" ASK_NIC "/bars/0/last", "'0xa0001fff'");
	ask_silent(&ask, FINDING_MSIX_PAGE_SHARED);
}
END_TEST

START_TEST(msix_page_shared__violated)
{
	ASK(ask, ASK_ARM);

	ask_host(&ask, "host/page_size", "65536");
	ask_host(&ask, "devices/" ASK_NIC "/msix", TEST_MSIX("0x10000", "0x11000"));
	(void)ask_says(&ask, FINDING_MSIX_PAGE_SHARED, FINDING_VIOLATED, ASK_H);
	ask_host(&ask, "devices/" ASK_NIC "/bars/0/last", "'0xa0002fff'");
	ask_host(&ask, "devices/" ASK_NIC "/msix", TEST_MSIX("0x0", "0x1000"));
	(void)ask_says(&ask, FINDING_MSIX_PAGE_SHARED, FINDING_VIOLATED, ASK_H);
	ck_assert_int_eq(ask.verdict->hotplug, VERDICT_SAFE);
}
END_TEST

START_TEST(msix_page_shared__cannot_tell)
{
	static const struct {
		const char *path, *json;
	} rows[] = {
		{ "host/page_size", TEST_UNKNOWN },
		{ "devices/" ASK_NIC "/msix", TEST_UNKNOWN },
		{ "devices/" ASK_NIC "/msix/vectors", NULL },
		{ "devices/" ASK_NIC "/msix/vectors", "0" },
		{ "devices/" ASK_NIC "/msix/vectors", "4096" },
		{ "devices/" ASK_NIC "/msix/table_bar", "4" },
		{ "devices/" ASK_NIC "/bars", TEST_UNKNOWN },
		{ "devices/" ASK_NIC "/bars/0/last", NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ASK(ask, ASK_ARM);

		ask_attach(&ask, ASK_NIC);
		ask_host(&ask, "host/page_size", "65536");
		ask_host(&ask, "devices/" ASK_NIC "/msix", TEST_MSIX("0x10000", "0x11000"));
		ask_host(&ask, rows[i].path, rows[i].json);
		(void)ask_says(&ask, FINDING_MSIX_PAGE_SHARED, FINDING_CANNOT_TELL, ASK_H);
	}
}
END_TEST

START_TEST(bar_not_write_combining__holds)
{
	ASK(ask, ASK_ARM);

	ask_guest(&ask, "needs", "{'write-combining-bar':true}");
	ask_silent(&ask, FINDING_BAR_NOT_WRITE_COMBINING); /* 6.12 */
	ask_host(&ask, "host/kernel/version", "'6.1.0'");
	ask_guest(&ask, "needs", "{'write-combining-bar':false}");
	ask_silent(&ask, FINDING_BAR_NOT_WRITE_COMBINING);
}
END_TEST

START_TEST(bar_not_write_combining__holds__on_x86_always)
{
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "needs", "{'write-combining-bar':true}");
	ask_host(&ask, "host/kernel/version", "'6.1.0'");
	ask_silent(&ask, FINDING_BAR_NOT_WRITE_COMBINING);
}
END_TEST

START_TEST(bar_not_write_combining__violated)
{
	ASK(ask, ASK_ARM);

	ask_guest(&ask, "needs", "{'write-combining-bar':true}");
	ask_host(&ask, "host/kernel/version", "'6.8.12'");
	(void)ask_says(&ask, FINDING_BAR_NOT_WRITE_COMBINING, FINDING_VIOLATED, ASK_H);
	ask_answers(&ask, "safe safe safe");
}
END_TEST

START_TEST(bar_not_write_combining__cannot_tell)
{
	ASK(ask, ASK_ARM);

	ask_guest(&ask, "needs", "{'write-combining-bar':true}");
	ask_host(&ask, "host/kernel/flavour", "'openEuler'");
	(void)ask_says(&ask, FINDING_BAR_NOT_WRITE_COMBINING, FINDING_CANNOT_TELL, ASK_H);
}
END_TEST

#define TEST_SRIOV "{'total_vfs':8,'num_vfs':0,'vf_device':'0x10ca'}"

START_TEST(device_absent__holds)
{
	ASK(ask, ASK_INTEL);

	ask_attach(&ask, "8086:10d3:8086:a01f");
	ask_attach(&ask, "class:0302");
	ask_silent(&ask, FINDING_DEVICE_ABSENT);
	ask_answers(&ask, "safe safe safe");
}
END_TEST

START_TEST(device_absent__violated)
{
	static const char *const targets[] = { "8086:10ca", "8086:10d3:8086:0001", "class:0108" };

	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		ASK(ask, ASK_INTEL);

		ask_attach(&ask, targets[i]);
		(void)ask_says(&ask, FINDING_DEVICE_ABSENT, FINDING_VIOLATED, ASK_H | ASK_MEM);
		ask_answers(&ask, "safe unsafe unsafe");
	}
}
END_TEST

/* More are wanted than there are; and the guest's own count. */
START_TEST(device_absent__violated__more_than_there_are)
{
	ASK(ask, ASK_INTEL);

	ask_attach(&ask, "8086:10d3");
	ask_attach(&ask, "8086:10d3");
	(void)ask_says(&ask, FINDING_DEVICE_ABSENT, FINDING_VIOLATED, ASK_H | ASK_MEM);
	ck_assert_uint_eq(ask.verdict->n_targets, 2);
	ck_assert_int_eq(ask.verdict->targets[0].hotplug, VERDICT_SAFE);
	ck_assert_int_eq(ask.verdict->targets[1].hotplug, VERDICT_UNSAFE);
	ask.question.n_attach = 1;
	ask_guest(&ask, "devices", "['8086:10d3']");
	ask_answers(&ask, "safe unsafe unsafe");
	ask_guest(&ask, "devices", "['8086:10ca']");
	ask_answers(&ask, "unsafe safe unsafe");
}
END_TEST

/* One whose identity could not be read may be the one. */
START_TEST(device_absent__cannot_tell)
{
	static const struct {
		const char *path, *json;
	} rows[] = {
		{ "devices", TEST_UNKNOWN },
		{ "devices", NULL },
		{ "devices/" ASK_NIC "/device", TEST_UNKNOWN },
		{ "devices/" ASK_NIC "/vendor", NULL },
		{ "devices/" ASK_NIC "/subsystem_device", TEST_UNKNOWN },
		{ "devices/" ASK_NIC "/bus", NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ASK(ask, ASK_INTEL);

		ask_attach(&ask, "8086:10d3:8086:a01f");
		ask_host(&ask, rows[i].path, rows[i].json);
		(void)ask_says(&ask, FINDING_DEVICE_ABSENT, FINDING_CANNOT_TELL, ASK_H | ASK_MEM);
		ask_answers(&ask, "safe unknown unknown");
	}
}
END_TEST

START_TEST(device_creatable__holds)
{
	ASK(ask, ASK_INTEL);

	ask_attach(&ask, "8086:10ca");
	ask_silent(&ask, FINDING_DEVICE_CREATABLE);
	ask_host(&ask, "devices/" ASK_NIC "/sriov", TEST_SRIOV);
	ask_host(&ask, "devices/" ASK_NIC "/sriov/num_vfs", "8"); /* all of them exist */
	ask_silent(&ask, FINDING_DEVICE_CREATABLE);
	ask_host(&ask, "devices/" ASK_NIC "/vendor", "'0x15b3'");
	ask_host(&ask, "devices/" ASK_NIC "/sriov/num_vfs", "0");
	ask_silent(&ask, FINDING_DEVICE_CREATABLE);
}
END_TEST

START_TEST(device_creatable__violated__is_never_said)
{
	ASK(ask, ASK_INTEL);

	ask_attach(&ask, "8086:10ca");
	ask_host(&ask, "devices/" ASK_NIC "/sriov", TEST_SRIOV);
	(void)ask_says(&ask, FINDING_DEVICE_CREATABLE, FINDING_CANNOT_TELL, ASK_H | ASK_MEM);
}
END_TEST

START_TEST(device_creatable__cannot_tell)
{
	const struct finding *finding;
	ASK(ask, ASK_INTEL);

	ask_attach(&ask, "8086:10ca");
	ask_host(&ask, "devices/" ASK_NIC "/sriov", TEST_SRIOV);
	finding = ask_says(&ask, FINDING_DEVICE_CREATABLE, FINDING_CANNOT_TELL, ASK_H | ASK_MEM);
	ck_assert_str_eq(finding->device, ASK_NIC);
	ask_answers(&ask, "safe unknown unknown");
	ask_host(&ask, "devices/" ASK_NIC "/sriov/num_vfs", TEST_UNKNOWN);
	ask_answers(&ask, "safe unknown unknown");
}
END_TEST

static Suite *test_rules_device_suite(void)
{
	Suite *suite = suite_create("rules_device");
	TCase *cases = tcase_create("rules_device");

	tcase_add_test(cases, no_iommu__holds);
	tcase_add_test(cases, no_iommu__violated);
	tcase_add_test(cases, no_iommu__violated__one_device_without_a_group);
	tcase_add_test(cases, no_iommu__cannot_tell);
	tcase_add_test(cases, device_is_bridge__holds);
	tcase_add_test(cases, device_is_bridge__violated);
	tcase_add_test(cases, device_is_bridge__cannot_tell);
	tcase_add_test(cases, device_not_pci__holds);
	tcase_add_test(cases, device_not_pci__violated);
	tcase_add_test(cases, device_not_pci__cannot_tell);
	tcase_add_test(cases, device_needs_identity_map__holds);
	tcase_add_test(cases, device_needs_identity_map__violated);
	tcase_add_test(cases, device_needs_identity_map__violated__going_there_with_the_device);
	tcase_add_test(cases, device_needs_identity_map__cannot_tell);
	tcase_add_test(cases, device_needs_identity_map__cannot_tell__word_or_unit_not_known);
	tcase_add_test(cases, msi_kinds_conflict__holds);
	tcase_add_test(cases, msi_kinds_conflict__violated);
	tcase_add_test(cases, msi_kinds_conflict__cannot_tell);
	tcase_add_test(cases, iommufd_absent__holds);
	tcase_add_test(cases, iommufd_absent__violated__never_cannot_tell_speaks);
	tcase_add_test(cases, iommufd_absent__cannot_tell);
	tcase_add_test(cases, interrupts_not_isolated__holds);
	tcase_add_test(cases, interrupts_not_isolated__violated);
	tcase_add_test(cases, interrupts_not_isolated__cannot_tell);
	tcase_add_test(cases, interrupts_not_isolated__cannot_tell__override_not_known);
	tcase_add_test(cases, interrupts_unsafe_allowed__holds);
	tcase_add_test(cases, interrupts_unsafe_allowed__violated);
	tcase_add_test(
		cases, interrupts_unsafe_allowed__cannot_tell__interrupts_not_isolated_speaks);
	tcase_add_test(cases, device_not_resettable__holds);
	tcase_add_test(cases, device_not_resettable__violated);
	tcase_add_test(cases, device_not_resettable__cannot_tell);
	tcase_add_test(cases, msix_page_shared__holds);
	tcase_add_test(cases, msix_page_shared__violated);
	tcase_add_test(cases, msix_page_shared__cannot_tell);
	tcase_add_test(cases, bar_not_write_combining__holds);
	tcase_add_test(cases, bar_not_write_combining__holds__on_x86_always);
	tcase_add_test(cases, bar_not_write_combining__violated);
	tcase_add_test(cases, bar_not_write_combining__cannot_tell);
	tcase_add_test(cases, device_absent__holds);
	tcase_add_test(cases, device_absent__violated);
	tcase_add_test(cases, device_absent__violated__more_than_there_are);
	tcase_add_test(cases, device_absent__cannot_tell);
	tcase_add_test(cases, device_creatable__holds);
	tcase_add_test(cases, device_creatable__violated__is_never_said);
	tcase_add_test(cases, device_creatable__cannot_tell);
	suite_add_tcase(suite, cases);
	return suite;
}

int main(void)
{
	return unit_run(test_rules_device_suite());
}
