/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The board virt of Arm: RAM, windows above it, and what the address bits of the place decide. */
#include "tests/unit/test_layout.h"

static void test_layout_virt_setup(void)
{
	test_layout_setup();
	test_layout_machine->arch = "aarch64";
	test_layout_machine->cpu.model = "max";
	test_layout_machine->cpu.bits = 0;
}

static const struct guest *test_layout_virt_kvm(unsigned ipa_bits)
{
	test_layout_kvm_host();
	return test_layout_at((struct layout_place){ .amd = TRI_UNKNOWN, .ipa_bits = ipa_bits });
}

/* Windows above 4 GiB: PCI configuration space and MMIO ("-" for none). */
static const struct test_layout_virt_row {
	const char *type;
	const char *cpu;
	uint64_t gib;
	uint64_t maxmem_gib;
	unsigned slots;
	const char *ram;
	const char *hotplug;
	uint64_t ecam;
	const char *mmio;
} test_layout_virt_rows[] = {
	{ "virt-7.2", "max", 4, 0, 0, "40000000-13fffffff", "", 0x4010000000,
		"8000000000-ffffffffff" },
	{ "virt-7.2", "max", 4, 300, 4, "40000000-13fffffff", "140000000-4c3fffffff", 0x4c50000000,
		"8000000000-ffffffffff" },
	{ "virt-7.2", "max", 256, 0, 0, "40000000-403fffffff", "", 0x4050000000,
		"8000000000-ffffffffff" },
	{ "virt-7.2", "max", 300, 0, 0, "40000000-4b3fffffff", "", 0x4b50000000,
		"8000000000-ffffffffff" },
	/* 44 bits hold RAM and configuration space, not 512 GiB more */
	{ "virt-7.2", "cortex-a57", 16000, 0, 0, "40000000-fa03fffffff", "", 0xfa050000000, "" },
	{ "virt-7.2", "cortex-a53", 1, 1000, 2, "40000000-7fffffff", "80000000-fabfffffff",
		0xfad0000000, "" },
	/* hw/arm/virt.c: no high configuration space before 3.0 */
	{ "virt-2.12", "max", 4, 0, 0, "40000000-13fffffff", "", 0x3f000000,
		"8000000000-ffffffffff" },
};

START_TEST(guest__ram_and_windows__as_qemu_has_them)
{
	const struct test_layout_virt_row *row = &test_layout_virt_rows[_i];

	test_layout_is(row->type, row->gib * TEST_LAYOUT_GIB);
	test_layout_machine->cpu.model = row->cpu;
	test_layout_machine->maxmem = row->maxmem_gib * TEST_LAYOUT_GIB;
	test_layout_machine->slots = row->slots;
	test_layout();
	test_layout_assert_plain();
	ck_assert_str_eq(test_layout_ranges(GUEST_RAM, 0), row->ram);
	ck_assert_str_eq(test_layout_ranges(GUEST_HOTPLUG, 0), row->hotplug);
	ck_assert_str_eq(test_layout_ranges(GUEST_PCI_HOLE64, 0), row->mmio);
	ck_assert_str_eq(test_layout_ranges(GUEST_BAR_WINDOW, 0), row->mmio);
	ck_assert_uint_eq(test_layout_find("pci-ecam")->region.first, row->ecam);
	ck_assert_str_eq(test_layout_ranges(GUEST_ROM, 0), "");
}
END_TEST

/* -m 1G: high MMIO ends at 1 TiB, configuration space at 0x401fffffff. */
START_TEST(guest__limit_of_the_host__windows_past_it_are_dropped)
{
	test_layout_is("virt-7.2", TEST_LAYOUT_GIB);
	test_layout_virt_kvm(40);
	test_layout_assert_plain();
	ck_assert_str_eq(test_layout_ranges(GUEST_PCI_HOLE64, 0), "8000000000-ffffffffff");
	ck_assert_uint_eq(test_layout_guest->address_bits, 40);
	test_layout_virt_kvm(39);
	test_layout_assert_plain();
	ck_assert_str_eq(test_layout_ranges(GUEST_PCI_HOLE64, 0), "");
	ck_assert_uint_eq(test_layout_find("pci-ecam")->region.first, UINT64_C(0x4010000000));
	test_layout_virt_kvm(38);
	ck_assert_uint_eq(test_layout_find("pci-ecam")->region.first, 0x3f000000);
}
END_TEST

START_TEST(guest__memory_past_the_limit__refused_with_bits_and_bytes)
{
	test_layout_is("virt-7.2", 1023 * TEST_LAYOUT_GIB);
	test_layout_virt_kvm(40);
	test_layout_assert_plain();
	test_layout_machine->ram += TEST_LAYOUT_MIB;
	test_layout_virt_kvm(40);
	test_layout_assert_refused(
		"Addressing limited to 40 bits, but memory exceeds it by 1073741824 bytes");
	ck_assert_uint_eq(test_layout_find("ram")->region.first, 0x40000000);
	test_layout_virt_kvm(41);
	test_layout_assert_plain();
	test_layout_machine->ram = 4 * TEST_LAYOUT_GIB;
	test_layout_machine->highmem = TRI_NO;
	test_layout_virt_kvm(48);
	test_layout_assert_refused(
		"Addressing limited to 32 bits, but memory exceeds it by 1073741824 bytes");
}
END_TEST

/* Emulated: cortex-a53 has 40 bits, and 1 TiB of DIMMs do not fit. */
START_TEST(guest__emulated_model__its_own_bits_count)
{
	test_layout_is("virt-7.2", TEST_LAYOUT_GIB);
	test_layout_machine->maxmem = 1023 * TEST_LAYOUT_GIB;
	test_layout_machine->slots = 2;
	test_layout_machine->cpu.model = "cortex-a53";
	test_layout();
	test_layout_assert_refused("limited to 40 bits");
	test_layout_machine->cpu.model = "cortex-a57";
	test_layout();
	test_layout_assert_plain();
	test_layout_machine->cpu.model = "cortex-a9000";
	test_layout();
	ck_assert_ptr_nonnull(test_layout_guest->open);
	test_layout_machine->maxmem = 0;
	test_layout_machine->slots = 0;
	test_layout();
	test_layout_assert_plain();
}
END_TEST

/* qemu-system-arm: 40 bits for the models that the board takes, 32 or 40 for "max", no DIMMs. */
START_TEST(guest__32_bit_arm__its_width_and_no_dimms)
{
	test_layout_is("virt-7.2", TEST_LAYOUT_GIB);
	test_layout_machine->arch = "armv7l";
	test_layout_machine->cpu.model = "cortex-a15";
	test_layout_machine->firmware = MACHINE_FIRMWARE_BIOS;
	test_layout_machine->maxmem = 1023 * TEST_LAYOUT_GIB;
	test_layout();
	test_layout_assert_plain();
	ck_assert_uint_eq(test_layout_guest->address_bits, 40);
	test_layout_machine->cpu.kind = MACHINE_CPU_MAX;
	test_layout();
	ck_assert_ptr_nonnull(test_layout_guest->open);
	test_layout_machine->cpu.kind = MACHINE_CPU_NAMED;
	test_layout();
	ck_assert_uint_eq(test_layout_find("pci-ecam")->region.first, 0x3f000000);
	test_layout_machine->slots = 2;
	test_layout();
	test_layout_assert_refused("limited to 40 bits");
	test_layout_machine->maxmem = 8 * TEST_LAYOUT_GIB;
	test_layout_add(MACHINE_MEMORY_DIMM, TEST_LAYOUT_GIB);
	test_layout();
	test_layout_assert_refused("memory hotplug is not enabled");
}
END_TEST

START_TEST(guest__limit_not_known__open_only_where_it_matters)
{
	test_layout_is("virt-7.2", 4 * TEST_LAYOUT_GIB);
	test_layout_virt_kvm(0);
	test_layout_assert_plain();
	ck_assert_str_eq(test_layout_ranges(GUEST_RAM, 0), "40000000-13fffffff");
	ck_assert_str_eq(test_layout_ranges(GUEST_PCI_HOLE64, 0), "");
	ck_assert_uint_eq(test_layout_guest->address_bits, 0);
	test_layout_machine->ram = 64 * TEST_LAYOUT_GIB;
	test_layout_virt_kvm(0);
	ck_assert_ptr_nonnull(strstr(test_layout_guest->open, "address bits"));
	ck_assert_ptr_null(test_layout_guest->refused);
}
END_TEST

/* Older machines leave room for what is switched off; newer ones do not. */
START_TEST(guest__switched_off_windows__take_addresses_by_version)
{
	uint64_t wide = UINT64_C(1) << 40;

	test_layout_is("virt-7.1", 255 * TEST_LAYOUT_GIB);
	test_layout_machine->highmem_mmio_size = 256 * TEST_LAYOUT_MIB;
	test_layout_machine->highmem_ecam = TRI_NO;
	test_layout();
	ck_assert_str_eq(test_layout_ranges(GUEST_PCI_HOLE64, 0), "4020000000-402fffffff");
	test_layout_machine->type = "virt-7.2";
	test_layout();
	ck_assert_str_eq(test_layout_ranges(GUEST_PCI_HOLE64, 0), "4010000000-401fffffff");
	test_layout_machine->compact_highmem = TRI_NO;
	test_layout();
	ck_assert_str_eq(test_layout_ranges(GUEST_PCI_HOLE64, 0), "4020000000-402fffffff");
	test_layout_machine->highmem_mmio_size = wide;
	test_layout();
	ck_assert_str_eq(test_layout_ranges(GUEST_PCI_HOLE64, 0), "10000000000-1ffffffffff");
	test_layout_machine->highmem_mmio = TRI_NO;
	test_layout();
	ck_assert_str_eq(test_layout_ranges(GUEST_PCI_HOLE64, 0), "");
	test_layout_machine->highmem_mmio_size = wide + 1;
	test_layout();
	test_layout_assert_refused("power of two");
}
END_TEST

/* A 32-bit CPU with firmware keeps configuration space where it reaches it. */
START_TEST(guest__32_bit_cpu__low_configuration_space_with_firmware)
{
	test_layout_is("virt-7.2", TEST_LAYOUT_GIB);
	test_layout_machine->cpu.kind = MACHINE_CPU_DEFAULT;
	test_layout();
	ck_assert_uint_eq(test_layout_find("pci-ecam")->region.first, UINT64_C(0x4010000000));
	test_layout_machine->firmware = MACHINE_FIRMWARE_BIOS;
	test_layout();
	ck_assert_uint_eq(test_layout_find("pci-ecam")->region.first, 0x3f000000);
}
END_TEST

START_TEST(guest__dimms__need_a_machine_of_4_2_firmware_and_acpi)
{
	test_layout_is("virt-7.2", TEST_LAYOUT_GIB);
	test_layout_machine->maxmem = 8 * TEST_LAYOUT_GIB;
	test_layout_machine->slots = 2;
	test_layout_add(MACHINE_MEMORY_DIMM, TEST_LAYOUT_GIB);
	test_layout();
	test_layout_assert_refused("memory hotplug is not enabled");
	ck_assert_uint_eq(test_layout_guest->memory.slots, 0);
	test_layout_machine->firmware = MACHINE_FIRMWARE_PFLASH;
	test_layout();
	test_layout_assert_plain();
	ck_assert_str_eq(test_layout_ranges(GUEST_RAM, 0), "40000000-7fffffff 80000000-bfffffff");
	ck_assert_uint_eq(test_layout_guest->memory.slots, 1);
	test_layout_machine->type = "virt-4.1";
	test_layout();
	test_layout_assert_refused("memory hotplug is not enabled");
	test_layout_machine->type = "virt-4.2";
	test_layout_machine->acpi = false;
	test_layout();
	test_layout_assert_refused("memory hotplug is not enabled");
	test_layout_machine->memories[0].model = MACHINE_MEMORY_VIRTIO_MEM;
	test_layout();
	test_layout_assert_plain();
	test_layout_machine->memories[0].model = MACHINE_MEMORY_SGX_EPC;
	test_layout();
	test_layout_assert_refused("SGX");
}
END_TEST

START_TEST(guest__file_on_arm__depends_on_a_page_size_that_is_not_known)
{
	struct machine_memory *memory;

	test_layout_is("virt-7.2", TEST_LAYOUT_GIB);
	test_layout_machine->maxmem = 8 * TEST_LAYOUT_GIB;
	memory = test_layout_add(MACHINE_MEMORY_VIRTIO_PMEM, 64 << 20);
	memory->backing = MACHINE_BACKING_FILE;
	test_layout();
	test_layout_assert_plain();
	memory->size += 4096;
	test_layout();
	ck_assert_uint_eq(test_layout_guest->n_opaque, 1);
	ck_assert_ptr_nonnull(strstr(test_layout_guest->opaque[0], "page size"));
}
END_TEST

/* Measured with QEMU 11.1: the windows come after everything else, from 1 TiB on. */
START_TEST(guest__cxl__after_all_other_windows)
{
	uint64_t windows[] = { 4 * TEST_LAYOUT_GIB, 768 * TEST_LAYOUT_MIB };

	test_layout_is("virt-11.1", 4 * TEST_LAYOUT_GIB);
	test_layout_machine->cxl = true;
	test_layout_machine->cxl_windows = windows;
	test_layout_machine->n_cxl_windows = 2;
	test_layout();
	test_layout_assert_plain();
	ck_assert_uint_eq(test_layout_find("cxl-host")->region.first, UINT64_C(0x4004000000));
	ck_assert_uint_eq(test_layout_find("cxl-window")->region.first, UINT64_C(0x10000000000));
	ck_assert_uint_eq(test_layout_find("cxl-window")[1].region.last, UINT64_C(0x1012fffffff));
	test_layout_virt_kvm(40);
	ck_assert_uint_eq(test_layout_guest->n_opaque, 1);
}
END_TEST

START_TEST(guest__msi_frames__by_version_of_the_gic)
{
	test_layout_is("virt-7.2", TEST_LAYOUT_GIB);
	test_layout_machine->gic = "3";
	test_layout();
	ck_assert_uint_eq(test_layout_find("gic-its")->region.first, 0x8080000);
	ck_assert_ptr_null(test_layout_find("gic-v2m"));
	test_layout_machine->gic = "2";
	test_layout();
	ck_assert_uint_eq(test_layout_find("gic-v2m")->region.first, 0x8020000);
	ck_assert_ptr_null(test_layout_find("gic-its"));
	ck_assert_ptr_null(test_layout_find("gic-redist"));
	test_layout_machine->gic = NULL;
	test_layout();
	ck_assert_ptr_nonnull(test_layout_find("gic-v2m"));
	ck_assert_ptr_nonnull(test_layout_find("gic-its"));
	test_layout_machine->type = "virt-2.7";
	test_layout();
	ck_assert_ptr_null(test_layout_find("gic-its"));
	test_layout_machine->type = "virt-7.2";
	test_layout_machine->cpus = 124;
	test_layout();
	ck_assert_uint_eq(test_layout_find("gic-redist2")->region.first, UINT64_C(0x4000000000));
}
END_TEST

START_TEST(guest__bar_of_ram__in_either_window)
{
	struct machine_bar bar = { .size = 64 << 20, .name = "ivshmem-plain" };

	test_layout_is("virt-7.2", TEST_LAYOUT_GIB);
	ck_assert_int_eq(machine_add_bar(test_layout_machine, &bar), 0);
	test_layout();
	ck_assert_str_eq(
		test_layout_ranges(GUEST_RAM_DEVICE, 0), "10000000-3efeffff 8000000000-ffffffffff");
	ck_assert(!test_layout_find("ivshmem-plain")->placed);
	test_layout_virt_kvm(39);
	ck_assert_str_eq(test_layout_ranges(GUEST_RAM_DEVICE, 0), "10000000-3efeffff");
	test_layout_virt_kvm(0);
	ck_assert_ptr_nonnull(test_layout_guest->open);
}
END_TEST

static Suite *test_layout_virt_suite(void)
{
	Suite *suite = suite_create("layout_virt");
	TCase *tc = tcase_create("virt");

	tcase_add_checked_fixture(tc, test_layout_virt_setup, test_layout_teardown);
	tcase_add_loop_test(tc, guest__ram_and_windows__as_qemu_has_them, 0,
		sizeof(test_layout_virt_rows) / sizeof(test_layout_virt_rows[0]));
	tcase_add_test(tc, guest__limit_of_the_host__windows_past_it_are_dropped);
	tcase_add_test(tc, guest__memory_past_the_limit__refused_with_bits_and_bytes);
	tcase_add_test(tc, guest__emulated_model__its_own_bits_count);
	tcase_add_test(tc, guest__32_bit_arm__its_width_and_no_dimms);
	tcase_add_test(tc, guest__limit_not_known__open_only_where_it_matters);
	tcase_add_test(tc, guest__switched_off_windows__take_addresses_by_version);
	tcase_add_test(tc, guest__32_bit_cpu__low_configuration_space_with_firmware);
	tcase_add_test(tc, guest__dimms__need_a_machine_of_4_2_firmware_and_acpi);
	tcase_add_test(tc, guest__file_on_arm__depends_on_a_page_size_that_is_not_known);
	tcase_add_test(tc, guest__cxl__after_all_other_windows);
	tcase_add_test(tc, guest__msi_frames__by_version_of_the_gic);
	tcase_add_test(tc, guest__bar_of_ram__in_either_window);
	suite_add_tcase(suite, tc);
	return suite;
}

int main(void)
{
	return unit_run(test_layout_virt_suite());
}
