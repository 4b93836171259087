/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pc, q35 and microvm: where RAM is, by size, version and vendor, each as QEMU has it. */
#include "tests/unit/test_layout.h"

/* One machine and the RAM above 1 MiB that QEMU gave it. */
static const struct test_layout_split {
	const char *type;
	uint64_t mib;
	uint64_t low_limit; /* max-ram-below-4g, MiB; 0: not given */
	const char *ram;
} test_layout_splits[] = {
	{ "pc-q35-7.2", 1024, 0, "100000-3fffffff" },
	{ "pc-q35-7.2", 2560, 0, "100000-9fffffff" },
	{ "pc-q35-7.2", 2815, 0, "100000-afefffff" },
	{ "pc-q35-7.2", 2816, 0, "100000-7fffffff 100000000-12fffffff" },
	{ "pc-q35-7.2", 3584, 0, "100000-7fffffff 100000000-15fffffff" },
	{ "pc-q35-7.2", 4096, 0, "100000-7fffffff 100000000-17fffffff" },
	{ "pc-q35-7.2", 8192, 1024, "100000-3fffffff 100000000-2bfffffff" },
	{ "pc-q35-7.2", 8192, 4096, "100000-7fffffff 100000000-27fffffff" },
	{ "pc-q35-1.7", 4096, 0, "100000-afffffff 100000000-14fffffff" },
	{ "pc-q35-2.4", 4096, 0, "100000-7fffffff 100000000-17fffffff" },
	{ "pc-i440fx-7.2", 3072, 0, "100000-bfffffff" },
	{ "pc-i440fx-7.2", 3583, 0, "100000-dfefffff" },
	{ "pc-i440fx-7.2", 3584, 0, "100000-bfffffff 100000000-11fffffff" },
	{ "pc-i440fx-7.2", 4096, 0, "100000-bfffffff 100000000-13fffffff" },
	{ "pc-i440fx-7.2", 8192, 3584, "100000-bfffffff 100000000-23fffffff" },
	{ "pc-i440fx-7.2", 4000, 4096, "100000-f9ffffff" },
	{ "pc-i440fx-7.2", 4096, 4096, "100000-bfffffff 100000000-13fffffff" },
	{ "pc-i440fx-7.2", 4096, 2048, "100000-7fffffff 100000000-17fffffff" },
	{ "pc-i440fx-1.7", 4096, 0, "100000-dfffffff 100000000-11fffffff" },
	{ "pc-1.0", 4096, 0, "100000-dfffffff 100000000-11fffffff" },
	{ "microvm", 1024, 0, "100000-3fffffff fffe0000-ffffffff" },
	{ "microvm", 4096, 0, "100000-bfffffff fffe0000-ffffffff 100000000-13fffffff" },
};

START_TEST(guest__ram_of_a_size__is_split_where_qemu_splits_it)
{
	const struct test_layout_split *split = &test_layout_splits[_i];

	test_layout_is(split->type, split->mib * TEST_LAYOUT_MIB);
	test_layout_machine->max_ram_below_4g = split->low_limit * TEST_LAYOUT_MIB;
	test_layout();
	test_layout_assert_plain();
	ck_assert_str_eq(test_layout_ram(), split->ram);
}
END_TEST

START_TEST(guest__first_mebibyte__ram_and_rom_that_vfio_maps)
{
	test_layout_is("pc-q35-7.2", TEST_LAYOUT_GIB);
	test_layout();
	ck_assert_str_eq(test_layout_ranges(GUEST_RAM, 0), "0-bffff 100000-3fffffff");
	ck_assert_str_eq(
		test_layout_ranges(GUEST_ROM, 0), "c0000-dffff e0000-fffff fffc0000-ffffffff");
	test_layout_is("pc-i440fx-1.7", TEST_LAYOUT_GIB);
	test_layout();
	ck_assert_str_eq(
		test_layout_ranges(GUEST_ROM, 0), "c0000-dffff e0000-fffff fffe0000-ffffffff");
	test_layout_is("microvm", TEST_LAYOUT_GIB);
	test_layout();
	ck_assert_str_eq(test_layout_ranges(GUEST_RAM, 0),
		"0-effff f0000-fffff 100000-3fffffff fffe0000-ffffffff");
	ck_assert_str_eq(test_layout_ranges(GUEST_ROM, 0), "");
}
END_TEST

START_TEST(guest__display_with_vga__no_ram_where_its_memory_is)
{
	static const char *const types[] = { "pc-q35-7.2", "pc-i440fx-7.2" };

	for (size_t i = 0; i < 2; i++) {
		test_layout_is(types[i], TEST_LAYOUT_GIB);
		test_layout_machine->vga = true;
		test_layout();
		test_layout_assert_plain();
		ck_assert_str_eq(test_layout_ranges(GUEST_RAM, 0), "0-9ffff 100000-3fffffff");
		ck_assert_uint_eq(test_layout_find("vga")->region.first, 0xa0000);
		ck_assert_uint_eq(test_layout_find("vga")->region.last, 0xbffff);
	}
}
END_TEST

START_TEST(guest__flash__is_no_rom_that_vfio_maps)
{
	test_layout_is("pc-q35-7.2", TEST_LAYOUT_GIB);
	test_layout_machine->firmware = MACHINE_FIRMWARE_PFLASH;
	test_layout();
	ck_assert_str_eq(test_layout_ranges(GUEST_ROM, 0), "c0000-dffff e0000-fffff");
	ck_assert_int_eq(test_layout_find("flash")->kind, GUEST_MMIO);
}
END_TEST

/* What the size of an image is cannot be known: it is taken for larger than it can be. */
START_TEST(guest__image_of_no_known_size__rom_is_not_too_small)
{
	test_layout_is("pc-q35-7.2", TEST_LAYOUT_GIB);
	test_layout_machine->firmware = MACHINE_FIRMWARE_BIOS;
	test_layout();
	ck_assert_str_eq(test_layout_ranges(GUEST_ROM, TEST_LAYOUT_MIB), "ff000000-ffffffff");
}
END_TEST

START_TEST(guest__little_ram__ends_inside_the_first_mebibyte)
{
	test_layout_is("pc-q35-7.2", 512 << 10);
	test_layout();
	ck_assert_str_eq(test_layout_ranges(GUEST_RAM, 0), "0-7ffff");
	test_layout_is("pc-q35-7.2", 1025 << 10);
	test_layout();
	ck_assert_str_eq(test_layout_ranges(GUEST_RAM, 0), "0-bffff 100000-101fff");
}
END_TEST

/* Where RAM above 4 GiB begins, for an AMD CPU unless said. */
static const struct test_layout_relocation {
	const char *type;
	const char *vendor;
	uint64_t gib;
	uint64_t hole64_gib; /* 0: the default */
	uint64_t maxmem_gib;
	const char *ram; /* above 4 GiB */
} test_layout_relocations[] = {
	{ "pc-q35-7.2", "AuthenticAMD", 978, 0, 0, "100000000-f4ffffffff" },
	{ "pc-q35-7.2", "AuthenticAMD", 979, 0, 0, "10000000000-1f43fffffff" },
	{ "pc-q35-7.2", "GenuineIntel", 979, 0, 0, "100000000-f53fffffff" },
	{ "pc-q35-7.2", "HygonGenuine", 979, 0, 0, "100000000-f53fffffff" },
	{ "pc-q35-7.0", "AuthenticAMD", 979, 0, 0, "100000000-f53fffffff" },
	{ "pc-q35-7.1", "AuthenticAMD", 979, 0, 0, "10000000000-1f43fffffff" },
	{ "pc-q35-11.1", "AuthenticAMD", 979, 0, 0, "10000000000-1f43fffffff" },
	{ "pc-q35-7.0", "AuthenticAMD", 1011, 0, 0, "100000000-fd3fffffff" },
	{ "pc-q35-7.2", "AuthenticAMD", 946, 64, 0, "100000000-ecffffffff" },
	{ "pc-q35-7.2", "AuthenticAMD", 947, 64, 0, "10000000000-1ec3fffffff" },
	{ "pc-q35-7.2", "AuthenticAMD", 4, 1012, 0, "10000000000-1007fffffff" },
	{ "pc-i440fx-7.2", "AuthenticAMD", 1008, 0, 0, "100000000-fc3fffffff" },
	{ "pc-i440fx-7.2", "AuthenticAMD", 1009, 0, 0, "100000000-fc7fffffff" },
	{ "pc-i440fx-7.2", "AuthenticAMD", 1010, 0, 0, "10000000000-1fbbfffffff" },
	{ "pc-i440fx-7.2", "AuthenticAMD", 1012, 0, 0, "10000000000-1fc3fffffff" },
	{ "pc-i440fx-7.0", "AuthenticAMD", 1012, 0, 0, "100000000-fd3fffffff" },
	{ "pc-q35-7.2", "AuthenticAMD", 4, 0, 1024, "10000000000-1007fffffff" },
	{ "pc-q35-7.2", "GenuineIntel", 4, 0, 1024, "100000000-17fffffff" },
	{ "pc-q35-2.4", "AuthenticAMD", 4, 0, 1024, "100000000-17fffffff" },
};

START_TEST(guest__near_1_tib__relocated_by_vendor_version_and_reach)
{
	const struct test_layout_relocation *row = &test_layout_relocations[_i];

	test_layout_is(row->type, row->gib * TEST_LAYOUT_GIB);
	test_layout_machine->cpu.vendor = row->vendor;
	test_layout_machine->pci_hole64_given = row->hole64_gib;
	test_layout_machine->pci_hole64 = row->hole64_gib * TEST_LAYOUT_GIB;
	test_layout_machine->maxmem = row->maxmem_gib * TEST_LAYOUT_GIB;
	test_layout_machine->slots = row->maxmem_gib ? 16 : 0;
	test_layout();
	test_layout_assert_plain();
	ck_assert_str_eq(test_layout_ranges(GUEST_RAM, UINT64_C(1) << 32), row->ram);
}
END_TEST

/* FACTS T: 4 GiB with maxmem 1 TiB and 16 slots, an AMD vendor's CPU. */
START_TEST(guest__small_but_with_maxmem__window_follows_relocated_ram)
{
	test_layout_is("pc-q35-7.2", 4 * TEST_LAYOUT_GIB);
	test_layout_machine->cpu.vendor = "AuthenticAMD";
	test_layout_machine->maxmem = 1024 * TEST_LAYOUT_GIB;
	test_layout_machine->slots = 16;
	test_layout();
	ck_assert_str_eq(test_layout_ranges(GUEST_HOTPLUG, 0), "10080000000-2037fffffff");
	ck_assert_str_eq(test_layout_ranges(GUEST_PCI_HOLE64, 0), "20380000000-20b7fffffff");
	test_layout_machine->cpu.vendor = "GenuineIntel";
	test_layout();
	ck_assert_str_eq(test_layout_ranges(GUEST_HOTPLUG, 0), "180000000-1047fffffff");
}
END_TEST

/* hw/i386/pc.c pc_compat_2_1, pc_compat_2_4: no room to align, and the hole begins too low. */
START_TEST(guest__old_machine__window_and_hole_as_of_old)
{
	test_layout_is("pc-i440fx-2.1", 4 * TEST_LAYOUT_GIB);
	test_layout_machine->maxmem = 8 * TEST_LAYOUT_GIB;
	test_layout_machine->slots = 4;
	test_layout();
	ck_assert_str_eq(test_layout_ranges(GUEST_HOTPLUG, 0), "140000000-23fffffff");
	ck_assert_str_eq(test_layout_ranges(GUEST_PCI_HOLE64, 0), "140000000-1bfffffff");
	test_layout_is("pc-i440fx-2.4", 4 * TEST_LAYOUT_GIB);
	test_layout();
	ck_assert_str_eq(test_layout_ranges(GUEST_HOTPLUG, 0), "140000000-33fffffff");
	ck_assert_str_eq(test_layout_ranges(GUEST_PCI_HOLE64, 0), "140000000-1bfffffff");
	test_layout_is("pc-i440fx-2.5", 4 * TEST_LAYOUT_GIB);
	test_layout();
	ck_assert_str_eq(test_layout_ranges(GUEST_PCI_HOLE64, 0), "340000000-3bfffffff");
	test_layout_is("pc-i440fx-2.0", 4 * TEST_LAYOUT_GIB);
	test_layout();
	test_layout_assert_refused("pc-i440fx-2.0");
}
END_TEST

START_TEST(guest__sgx_and_cxl__between_ram_and_the_hole)
{
	uint64_t windows[] = { 4 * TEST_LAYOUT_GIB, 768 * TEST_LAYOUT_MIB };

	test_layout_is("pc-q35-7.2", 4 * TEST_LAYOUT_GIB);
	test_layout_add(MACHINE_MEMORY_SGX_EPC, 64 * TEST_LAYOUT_MIB);
	test_layout_add(MACHINE_MEMORY_SGX_EPC, 16 * TEST_LAYOUT_MIB);
	test_layout();
	test_layout_assert_plain();
	ck_assert_str_eq(test_layout_ranges(GUEST_RAM, UINT64_C(1) << 32),
		"100000000-17fffffff 180000000-183ffffff 184000000-184ffffff");
	ck_assert_str_eq(test_layout_ranges(GUEST_PCI_HOLE64, 0), "1c0000000-9bfffffff");

	test_layout_machine->n_memories = 0;
	test_layout_machine->maxmem = 8 * TEST_LAYOUT_GIB;
	test_layout_machine->slots = 2;
	test_layout_machine->cxl = true;
	test_layout_machine->cxl_windows = windows;
	test_layout_machine->n_cxl_windows = 2;
	test_layout();
	test_layout_assert_plain();
	ck_assert_uint_eq(test_layout_find("cxl-host")->region.first, UINT64_C(0x300000000));
	ck_assert_uint_eq(test_layout_find("cxl-window")->region.first, UINT64_C(0x310000000));
	ck_assert_uint_eq(test_layout_find("cxl-window")[1].region.last, UINT64_C(0x43fffffff));
	ck_assert_str_eq(test_layout_ranges(GUEST_PCI_HOLE64, 0), "440000000-c3fffffff");
	windows[1] = TEST_LAYOUT_MIB;
	test_layout();
	test_layout_assert_refused("256 MiB");
	/* Nobody asks whether the windows are used. */
	test_layout_machine->cxl = false;
	test_layout();
	test_layout_assert_refused("256 MiB");
}
END_TEST

START_TEST(guest__fixed_mmio__is_where_hosts_and_guests_expect_it)
{
	test_layout_is("pc-q35-7.2", 4 * TEST_LAYOUT_GIB);
	test_layout_machine->viommu.model = VIOMMU_INTEL;
	test_layout();
	ck_assert_uint_eq(test_layout_find("msi")->region.first, 0xfee00000);
	ck_assert_uint_eq(test_layout_find("msi")->region.last, 0xfeefffff);
	ck_assert_uint_eq(test_layout_find("ioapic")->region.first, 0xfec00000);
	ck_assert_uint_eq(test_layout_find("hpet")->region.first, 0xfed00000);
	ck_assert_uint_eq(test_layout_find("intel-iommu")->region.first, 0xfed90000);
	ck_assert_uint_eq(test_layout_find("pci-hole")->region.first, 0x80000000);
	ck_assert_uint_eq(test_layout_find("pci-hole")->region.last, 0xfebfffff);
	test_layout_machine->viommu.model = VIOMMU_AMD;
	test_layout();
	ck_assert_uint_eq(test_layout_find("amd-iommu")->region.first, 0xfed80000);
}
END_TEST

static Suite *test_layout_suite(void)
{
	Suite *suite = suite_create("layout");
	TCase *tc = tcase_create("x86");

	tcase_add_checked_fixture(tc, test_layout_setup, test_layout_teardown);
	tcase_add_loop_test(tc, guest__ram_of_a_size__is_split_where_qemu_splits_it, 0,
		sizeof(test_layout_splits) / sizeof(test_layout_splits[0]));
	tcase_add_loop_test(tc, guest__near_1_tib__relocated_by_vendor_version_and_reach, 0,
		sizeof(test_layout_relocations) / sizeof(test_layout_relocations[0]));
	tcase_add_test(tc, guest__first_mebibyte__ram_and_rom_that_vfio_maps);
	tcase_add_test(tc, guest__flash__is_no_rom_that_vfio_maps);
	tcase_add_test(tc, guest__display_with_vga__no_ram_where_its_memory_is);
	tcase_add_test(tc, guest__image_of_no_known_size__rom_is_not_too_small);
	tcase_add_test(tc, guest__little_ram__ends_inside_the_first_mebibyte);
	tcase_add_test(tc, guest__small_but_with_maxmem__window_follows_relocated_ram);
	tcase_add_test(tc, guest__old_machine__window_and_hole_as_of_old);
	tcase_add_test(tc, guest__sgx_and_cxl__between_ram_and_the_hole);
	tcase_add_test(tc, guest__fixed_mmio__is_where_hosts_and_guests_expect_it);
	suite_add_tcase(suite, tc);
	return suite;
}

int main(void)
{
	return unit_run(test_layout_suite());
}
