/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What no machine type says, but the QEMU that there is: each as QEMU 7.2, 10.0 and 11.1 have it.
 */
#include "tests/unit/test_layout.h"

static uint64_t test_layout_build_windows[] = { 512 * TEST_LAYOUT_MIB };

static void test_layout_build_cxl(const char *type, uint64_t ram)
{
	test_layout_is(type, ram);
	test_layout_machine->cxl = true;
	test_layout_machine->cxl_windows = test_layout_build_windows;
	test_layout_machine->n_cxl_windows = 1;
}

START_TEST(guest__cxl_behind_ram_of_no_whole_gib__rounded_by_old_builds_only)
{
	test_layout_build_cxl("pc-q35-10.0", 4097 * TEST_LAYOUT_MIB);
	test_layout();
	test_layout_assert_plain();
	ck_assert_uint_eq(test_layout_find("cxl-host")->region.first, UINT64_C(0x180100000));
	ck_assert_uint_eq(test_layout_find("cxl-window")->region.first, UINT64_C(0x190000000));
	/* Where the windows are is no matter of RAM, unless they end on both sides of an edge. */
	test_layout_build_cxl("pc-q35-7.2", 4097 * TEST_LAYOUT_MIB);
	test_layout();
	test_layout_assert_plain();
	test_layout_machine->cpu.bits = 40;
	test_layout_machine->ram = 989 * TEST_LAYOUT_GIB + TEST_LAYOUT_MIB;
	test_layout();
	ck_assert_ptr_null(test_layout_guest->refused);
	ck_assert_ptr_nonnull(test_layout_guest->open);
	ck_assert_ptr_nonnull(strstr(test_layout_guest->open, "8.2"));
	test_layout_machine->type = "pc-q35-8.2";
	test_layout();
	test_layout_assert_plain();
	test_layout_machine->ram += TEST_LAYOUT_GIB;
	test_layout();
	test_layout_assert_refused("< 0x1003fffffff phys-bits too low (40)");
	test_layout_machine->type = "pc-q35-7.2";
	test_layout();
	ck_assert_ptr_null(test_layout_guest->open);
	test_layout_assert_refused("phys-bits too low (40)");
}
END_TEST

START_TEST(guest__cxl_behind_an_area_of_devices__the_same_by_all_builds)
{
	test_layout_build_cxl("pc-q35-7.2", 4097 * TEST_LAYOUT_MIB);
	test_layout_machine->maxmem = 8193 * TEST_LAYOUT_MIB;
	test_layout_machine->slots = 2;
	test_layout();
	test_layout_assert_plain();
	ck_assert_str_eq(test_layout_ranges(GUEST_HOTPLUG, 0), "1c0000000-33fffffff");
	ck_assert_uint_eq(test_layout_find("cxl-host")->region.first, UINT64_C(0x340000000));
	ck_assert_uint_eq(test_layout_find("cxl-window")->region.first, UINT64_C(0x350000000));
}
END_TEST

START_TEST(guest__wide_cpu_of_32_bits__started_by_old_builds_only)
{
	test_layout_is("pc-q35-7.1", TEST_LAYOUT_GIB);
	test_layout_machine->cpu.bits = 32;
	test_layout();
	ck_assert_ptr_null(test_layout_guest->refused);
	ck_assert_uint_eq(test_layout_guest->n_opaque, 1);
	ck_assert_ptr_nonnull(strstr(test_layout_guest->opaque[0], "8.2"));
	test_layout_machine->type = "pc-q35-8.2";
	test_layout();
	test_layout_assert_refused("phys-bits too low (32)");
}
END_TEST

START_TEST(guest__nvdimm_without_acpi__taken_by_new_builds_on_arm_only)
{
	test_layout_machine->maxmem = 4 * TEST_LAYOUT_GIB;
	test_layout_machine->slots = 2;
	test_layout_machine->acpi = false;
	test_layout_add(MACHINE_MEMORY_NVDIMM, TEST_LAYOUT_GIB);
	test_layout_is("pc-q35-7.2", TEST_LAYOUT_GIB);
	test_layout();
	test_layout_assert_refused("ACPI");
	test_layout_machine->arch = "aarch64";
	test_layout_machine->cpu.model = "cortex-a57";
	test_layout_is("virt-7.2", TEST_LAYOUT_GIB);
	test_layout();
	ck_assert_ptr_null(test_layout_guest->refused);
	ck_assert_uint_eq(test_layout_guest->n_opaque, 1);
	ck_assert_ptr_nonnull(strstr(test_layout_guest->opaque[0], "ACPI"));
	ck_assert_str_eq(test_layout_ranges(GUEST_RAM, 0), "40000000-7fffffff 80000000-bfffffff");
	test_layout_machine->memories[0].model = MACHINE_MEMORY_DIMM;
	test_layout();
	test_layout_assert_refused("ACPI");
}
END_TEST

static Suite *test_layout_build_suite(void)
{
	Suite *suite = suite_create("layout_build");
	TCase *tc = tcase_create("builds");

	tcase_add_checked_fixture(tc, test_layout_setup, test_layout_teardown);
	tcase_add_test(tc, guest__cxl_behind_ram_of_no_whole_gib__rounded_by_old_builds_only);
	tcase_add_test(tc, guest__cxl_behind_an_area_of_devices__the_same_by_all_builds);
	tcase_add_test(tc, guest__wide_cpu_of_32_bits__started_by_old_builds_only);
	tcase_add_test(tc, guest__nvdimm_without_acpi__taken_by_new_builds_on_arm_only);
	suite_add_tcase(suite, tc);
	return suite;
}

int main(void)
{
	return unit_run(test_layout_build_suite());
}
