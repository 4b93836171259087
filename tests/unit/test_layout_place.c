/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's part in a map: vendor, address bits, what is open without them; windows of firmware.
 */
#include "tests/unit/test_layout.h"

/* Under KVM the vendor is the host's, whatever model is named (measured). */
START_TEST(guest__under_kvm__vendor_of_the_host_not_of_the_model)
{
	test_layout_is("pc-q35-7.2", 980 * TEST_LAYOUT_GIB);
	test_layout_machine->kvm = true;
	test_layout_machine->cpu.model = "Skylake-Server";
	test_layout_at(TEST_LAYOUT_HOST(true, 48));
	test_layout_assert_plain();
	ck_assert_str_eq(
		test_layout_ranges(GUEST_RAM, UINT64_C(1) << 32), "10000000000-1f47fffffff");
	test_layout_machine->cpu.model = "EPYC";
	test_layout_at(TEST_LAYOUT_HOST(false, 46));
	test_layout_assert_plain();
	ck_assert_str_eq(test_layout_ranges(GUEST_RAM, UINT64_C(1) << 32), "100000000-f57fffffff");
	ck_assert_ptr_null(test_layout_guest->cpu_vendor);
	test_layout_machine->cpu.vendor = "AuthenticAMD";
	test_layout();
	test_layout_assert_plain();
	ck_assert_str_eq(
		test_layout_ranges(GUEST_RAM, UINT64_C(1) << 32), "10000000000-1f47fffffff");
}
END_TEST

START_TEST(guest__vendor_not_known__open_only_near_the_edge)
{
	test_layout_is("pc-q35-7.2", 978 * TEST_LAYOUT_GIB);
	test_layout_machine->kvm = true;
	test_layout();
	test_layout_assert_plain();
	test_layout_machine->ram += TEST_LAYOUT_GIB;
	test_layout();
	ck_assert_ptr_nonnull(strstr(test_layout_guest->open, "host's CPU is AMD's"));
	ck_assert_ptr_null(strstr(test_layout_guest->open, "address bits"));
	test_layout_machine->type = "pc-q35-7.0";
	test_layout();
	test_layout_assert_plain();
	/* 40 bits: an AMD host refuses what another starts */
	test_layout_machine->type = "pc-q35-7.2";
	test_layout_machine->cpu.bits = 40;
	test_layout();
	ck_assert_ptr_nonnull(strstr(test_layout_guest->open, "AMD"));
	ck_assert_ptr_null(test_layout_guest->refused);
}
END_TEST

/* Emulated CPUs are what their model is, wherever it runs. */
START_TEST(guest__emulated__nothing_of_the_host_counts)
{
	test_layout_is("pc-q35-7.2", 980 * TEST_LAYOUT_GIB);
	test_layout_machine->cpu.model = "EPYC-Rome-v2";
	test_layout_at(TEST_LAYOUT_HOST(false, 39));
	test_layout_assert_plain();
	ck_assert_str_eq(
		test_layout_ranges(GUEST_RAM, UINT64_C(1) << 32), "10000000000-1f47fffffff");
	ck_assert_uint_eq(test_layout_guest->address_bits, 46);
	test_layout_machine->cpu.model = "Dhyana";
	test_layout_at(TEST_LAYOUT_HOST(true, 39));
	ck_assert_str_eq(test_layout_ranges(GUEST_RAM, UINT64_C(1) << 32), "100000000-f57fffffff");
	test_layout_machine->cpu.model = "Zen9000";
	test_layout_at(TEST_LAYOUT_HOST(true, 39));
	ck_assert_ptr_nonnull(strstr(test_layout_guest->open, "CPU model"));
	test_layout_machine->ram = 4 * TEST_LAYOUT_GIB;
	test_layout();
	test_layout_assert_plain();
	test_layout_machine->cpu.kind = MACHINE_CPU_HOST;
	test_layout();
	test_layout_assert_refused("KVM");
}
END_TEST

/* Emulated models whose vendor and width are known, in the forms that QEMU names them. */
START_TEST(guest__names_of_models__known_with_versions_and_variants)
{
	static const char *const amd[] = { "qemu64", "qemu64-v1", "EPYC", "EPYC-v4",
		"EPYC-Turin-v1", "Opteron_G3-v1", "phenom", "max" };
	static const char *const others[] = { "Dhyana-v2", "Conroe-v1", "Haswell-noTSX-IBRS",
		"Icelake-Server-v7", "SapphireRapids-v3", "kvm64-v1", "YongFeng" };

	test_layout_is("pc-q35-7.2", 980 * TEST_LAYOUT_GIB);
	for (size_t i = 0; i < sizeof(amd) / sizeof(amd[0]); i++) {
		test_layout_machine->cpu.model = amd[i];
		test_layout_machine->cpu.kind =
			strcmp(amd[i], "max") == 0 ? MACHINE_CPU_MAX : MACHINE_CPU_NAMED;
		test_layout();
		test_layout_assert_plain();
		ck_assert_str_eq(test_layout_ranges(GUEST_RAM, UINT64_C(1) << 32),
			"10000000000-1f47fffffff");
	}
	test_layout_machine->cpu.kind = MACHINE_CPU_NAMED;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		test_layout_machine->cpu.model = others[i];
		test_layout();
		test_layout_assert_plain();
		ck_assert_str_eq(
			test_layout_ranges(GUEST_RAM, UINT64_C(1) << 32), "100000000-f57fffffff");
	}
	test_layout_machine->cpu.model = "EPYCish";
	test_layout();
	ck_assert_ptr_nonnull(test_layout_guest->open);
}
END_TEST

/* The most RAM in GiB that starts, and what QEMU says to one more. */
static const struct test_layout_place_reach {
	const char *type;
	const char *vendor;
	unsigned bits;
	uint64_t gib;
	const char *refused;
} test_layout_place_reaches[] = {
	{ "pc-q35-7.2", "GenuineIntel", 40, 990,
		"Address space limit 0xffffffffff < 0x1003fffffff phys-bits too low (40)" },
	{ "pc-i440fx-7.2", "GenuineIntel", 40, 1021,
		"Address space limit 0xffffffffff < 0x1003fffffff phys-bits too low (40)" },
	{ "pc-q35-7.2", "AuthenticAMD", 40, 978,
		"Address space limit 0xffffffffff < 0x1fc3fffffff phys-bits too low (40)" },
	{ "pc-q35-7.0", "AuthenticAMD", 40, 990,
		"Address space limit 0xffffffffff < 0x1003fffffff phys-bits too low (40)" },
	{ "pc-q35-7.2", "GenuineIntel", 39, 478,
		"Address space limit 0x7fffffffff < 0x803fffffff phys-bits too low (39)" },
	{ "pc-q35-7.2", "GenuineIntel", 36, 30,
		"Address space limit 0xfffffffff < 0x103fffffff phys-bits too low (36)" },
};

START_TEST(guest__past_the_address_bits__refused_in_qemus_numbers)
{
	const struct test_layout_place_reach *row = &test_layout_place_reaches[_i];

	test_layout_is(row->type, row->gib * TEST_LAYOUT_GIB);
	test_layout_machine->cpu.bits = row->bits;
	test_layout_machine->cpu.vendor = row->vendor;
	test_layout();
	test_layout_assert_plain();
	test_layout_machine->ram += TEST_LAYOUT_GIB;
	test_layout();
	test_layout_assert_refused(row->refused);
	/* 40 is what a model has that says nothing */
	test_layout_machine->cpu.bits = 0;
	test_layout();
	ck_assert_int_eq(!test_layout_guest->refused, row->bits < 40);
	ck_assert_uint_eq(test_layout_guest->address_bits, 40);
}
END_TEST

START_TEST(guest__cpu_of_the_host__its_bits_count_and_no_others)
{
	test_layout_is("pc-q35-7.2", 600 * TEST_LAYOUT_GIB);
	test_layout_kvm_host();
	test_layout_machine->cpu.bits = 46; /* QEMU ignores it */
	test_layout_at(TEST_LAYOUT_HOST(false, 39));
	test_layout_assert_refused("(39)");
	test_layout_at(TEST_LAYOUT_HOST(false, 48));
	test_layout_assert_plain();
	ck_assert_uint_eq(test_layout_guest->address_bits, 48);
	test_layout_machine->cpu.bits_limit = 39;
	test_layout_at(TEST_LAYOUT_HOST(false, 48));
	test_layout_assert_refused("(39)");
	test_layout_machine->cpu.host_bits = TRI_NO;
	test_layout_at(TEST_LAYOUT_HOST(false, 39));
	test_layout_assert_plain();
	ck_assert_uint_eq(test_layout_guest->address_bits, 46);
	test_layout_machine->cpu.kind = MACHINE_CPU_NAMED;
	test_layout_machine->cpu.model = "EPYC";
	test_layout_machine->cpu.bits = 0;
	test_layout_machine->cpu.bits_limit = 0;
	test_layout_machine->cpu.host_bits = TRI_YES;
	test_layout_at(TEST_LAYOUT_HOST(false, 39));
	test_layout_assert_refused("(39)");
}
END_TEST

START_TEST(guest__bits_of_a_32_bit_cpu__never_taken)
{
	test_layout_is("pc-q35-7.2", TEST_LAYOUT_GIB);
	test_layout_kvm_host();
	test_layout_machine->cpu.lm = TRI_NO;
	test_layout_at(TEST_LAYOUT_HOST(true, 48));
	test_layout_assert_plain();
	test_layout_machine->cpu.bits = 42;
	test_layout_at(TEST_LAYOUT_HOST(true, 48));
	test_layout_assert_refused("32-bit");
	test_layout_machine->cpu.kind = MACHINE_CPU_NAMED;
	test_layout_machine->cpu.model = "EPYC";
	test_layout_machine->cpu.host_bits = TRI_YES;
	test_layout_at(TEST_LAYOUT_HOST(true, 48));
	test_layout_assert_refused("32-bit");
}
END_TEST

START_TEST(guest__bits_of_the_host_not_known__open_only_where_they_matter)
{
	test_layout_is("pc-q35-7.2", 30 * TEST_LAYOUT_GIB);
	test_layout_kvm_host();
	test_layout_at(TEST_LAYOUT_HOST(false, 0));
	test_layout_assert_plain();
	ck_assert_uint_eq(test_layout_guest->address_bits, 0);
	ck_assert_str_eq(test_layout_ranges(GUEST_BAR_WINDOW, 0), "");
	test_layout_machine->ram += TEST_LAYOUT_GIB;
	test_layout_at(TEST_LAYOUT_HOST(false, 0));
	ck_assert_ptr_nonnull(strstr(test_layout_guest->open, "address bits"));
	ck_assert_ptr_null(test_layout_guest->refused);
	test_layout_at(TEST_LAYOUT_HOST(false, 255)); /* no CPU has as many: as if not known */
	ck_assert_ptr_nonnull(test_layout_guest->open);
	test_layout_machine->ram = 980 * TEST_LAYOUT_GIB;
	test_layout();
	ck_assert_ptr_nonnull(strstr(test_layout_guest->open, "AMD"));
	ck_assert_ptr_nonnull(strstr(test_layout_guest->open, "address bits"));
}
END_TEST

/* 32-bit CPUs: refused by what of QEMU's checks there is, which is also the build's. */
START_TEST(guest__32_bit_cpu__checked_by_version_and_build)
{
	test_layout_is("pc-q35-8.2", 64 * TEST_LAYOUT_GIB);
	test_layout_machine->cpu.bits = 0;
	test_layout_machine->cpu.model = "pentium3";
	test_layout();
	test_layout_assert_refused(
		"Address space limit 0xfffffffff < 0x107fffffff phys-bits too low (36)");
	test_layout_machine->cpu.model = "486";
	test_layout();
	test_layout_assert_refused("(32)");
	test_layout_machine->ram = 2 * TEST_LAYOUT_GIB;
	test_layout();
	test_layout_assert_plain();
	/* pentium3 has PSE36: refused before 8.2, started since, whatever the hole */
	test_layout_is("pc-q35-8.1", 31 * TEST_LAYOUT_GIB);
	test_layout_machine->cpu.model = "pentium3";
	test_layout();
	ck_assert_ptr_nonnull(strstr(test_layout_guest->open, "8.2"));
	ck_assert_ptr_null(test_layout_guest->refused);
	test_layout_machine->ram = 30 * TEST_LAYOUT_GIB;
	test_layout();
	test_layout_assert_plain();
	/* qemu32 has PAE only: 32 bits before 8.2, and never refused */
	test_layout_machine->ram = 64 * TEST_LAYOUT_GIB;
	test_layout_machine->cpu.model = "qemu32";
	test_layout();
	test_layout_assert_plain();
	test_layout_machine->cpu.bits = 40;
	test_layout();
	test_layout_assert_refused("32-bit");
	test_layout_machine->cpu.lm = TRI_YES;
	test_layout();
	test_layout_assert_plain();
	test_layout_machine->cpu.bits = 53;
	test_layout();
	test_layout_assert_refused("between 32 and 52 (but is 53)");
}
END_TEST

/* Where OVMF (edk2 since 2022-11) and SeaBIOS (since 1.16.3) put 64-bit BARs; "" for not certain.
 */
static const struct test_layout_place_window {
	enum machine_firmware firmware;
	const char *vendor;
	const char *cpu;
	unsigned bits;
	uint64_t gib;
	const char *window;
} test_layout_place_windows[] = {
	{ MACHINE_FIRMWARE_PFLASH, "GenuineIntel", "Skylake-Server", 39, 4,
		"7000000000-7fffffffff" },
	{ MACHINE_FIRMWARE_PFLASH, "GenuineIntel", "Skylake-Server", 46, 4,
		"380000000000-3fffffffffff" },
	{ MACHINE_FIRMWARE_PFLASH, "GenuineIntel", "Skylake-Server", 48, 4,
		"380000000000-3fffffffffff" },
	/* 40 is only true of AMD's, and there the HyperTransport range is in the way */
	{ MACHINE_FIRMWARE_PFLASH, "GenuineIntel", "Skylake-Server", 40, 4, "800000000-fffffffff" },
	{ MACHINE_FIRMWARE_PFLASH, "AuthenticAMD", "EPYC", 40, 4, "c000000000-dfffffffff" },
	/* no room for an eighth above RAM */
	{ MACHINE_FIRMWARE_PFLASH, "GenuineIntel", "Skylake-Server", 39, 460,
		"7800000000-7fffffffff" },
	{ MACHINE_FIRMWARE_PFLASH, "GenuineIntel", "Haswell", 46, 4, "" },
	{ MACHINE_FIRMWARE_DEFAULT, "GenuineIntel", "Skylake-Server", 39, 4,
		"7000000000-7fffffffff" },
	{ MACHINE_FIRMWARE_DEFAULT, "GenuineIntel", "Skylake-Server", 46, 4,
		"e0000000000-fffffffffff" },
	{ MACHINE_FIRMWARE_DEFAULT, "GenuineIntel", "Skylake-Server", 40, 4,
		"180000000-97fffffff" },
	{ MACHINE_FIRMWARE_DEFAULT, "AuthenticAMD", "EPYC", 40, 4, "c000000000-dfffffffff" },
	{ MACHINE_FIRMWARE_DEFAULT, "GenuineIntel", "Skylake-Server", 46, 2, "c0000000-febfffff" },
	{ MACHINE_FIRMWARE_BIOS, "GenuineIntel", "Skylake-Server", 46, 4, "" },
	{ MACHINE_FIRMWARE_UNKNOWN, "GenuineIntel", "Skylake-Server", 46, 4, "" },
};

START_TEST(guest__firmware__its_window_where_it_is_certain)
{
	const struct test_layout_place_window *row = &test_layout_place_windows[_i];

	test_layout_is("pc-q35-7.2", row->gib * TEST_LAYOUT_GIB);
	test_layout_machine->firmware = row->firmware;
	test_layout_machine->cpu.vendor = row->vendor;
	test_layout_machine->cpu.model = row->cpu;
	test_layout_machine->cpu.bits = row->bits;
	test_layout();
	test_layout_assert_plain();
	ck_assert_str_eq(test_layout_ranges(GUEST_BAR_WINDOW, 0), row->window);
}
END_TEST

START_TEST(guest__window_by_vendor__left_out_where_that_is_not_known)
{
	test_layout_is("pc-q35-7.2", 4 * TEST_LAYOUT_GIB);
	test_layout_machine->kvm = true;
	test_layout_machine->firmware = MACHINE_FIRMWARE_PFLASH;
	test_layout();
	test_layout_assert_plain();
	ck_assert_str_eq(test_layout_ranges(GUEST_BAR_WINDOW, 0), "380000000000-3fffffffffff");
	test_layout_machine->cpu.bits = 40;
	test_layout();
	test_layout_assert_plain();
	ck_assert_str_eq(test_layout_ranges(GUEST_BAR_WINDOW, 0), "");
}
END_TEST

START_TEST(guest__bar_of_ram__wherever_firmware_may_put_it)
{
	struct machine_bar bar = { .size = 64 << 20, .name = "ivshmem-plain" };
	struct machine_bar low = { .size = 16 << 20, .below_4g = true, .name = "qxl" };

	test_layout_is("pc-q35-7.2", 4 * TEST_LAYOUT_GIB);
	ck_assert_int_eq(machine_add_bar(test_layout_machine, &bar), 0);
	test_layout();
	test_layout_assert_plain();
	ck_assert_str_eq(test_layout_ranges(GUEST_RAM_DEVICE, 0),
		"80000000-febfffff 180000000-3fffffffffff");
	ck_assert(!guest_range_is_solid(test_layout_find("ivshmem-plain")));
	ck_assert_int_eq(machine_add_bar(test_layout_machine, &low), 0);
	test_layout_kvm_host();
	test_layout();
	test_layout_assert_plain();
	ck_assert_str_eq(test_layout_ranges(GUEST_RAM_DEVICE, 0),
		"80000000-febfffff 80000000-febfffff 180000000-fffffffffffff");
}
END_TEST

/* Without long mode there is nothing above 4 GiB for a BAR, however wide the host is. */
START_TEST(guest__bar_of_ram_beside_a_32_bit_cpu__stays_low)
{
	struct machine_bar bar = { .size = 64 << 20, .name = "ivshmem-plain" };

	test_layout_is("pc-q35-8.2", 2 * TEST_LAYOUT_GIB);
	test_layout_kvm_host();
	test_layout_machine->cpu.kind = MACHINE_CPU_NAMED;
	test_layout_machine->cpu.model = "486";
	test_layout_machine->cpu.host_bits = TRI_YES;
	ck_assert_int_eq(machine_add_bar(test_layout_machine, &bar), 0);
	test_layout();
	test_layout_assert_plain();
	ck_assert_str_eq(test_layout_ranges(GUEST_RAM_DEVICE, 0), "80000000-febfffff");
	ck_assert_uint_eq(test_layout_guest->address_bits, 32);
	ck_assert_str_eq(test_layout_ranges(GUEST_PCI_HOLE64, 0), "");
}
END_TEST

START_TEST(same__maps__compared_by_what_vfio_maps)
{
	const struct guest_range *mine, *theirs;
	struct guest *first;

	test_layout_is("pc-q35-7.2", 980 * TEST_LAYOUT_GIB);
	test_layout_machine->kvm = true;
	test_layout_at(TEST_LAYOUT_HOST(true, 48));
	first = test_layout_guest;
	test_layout_guest = NULL;
	ck_assert(layout_same(first, first, &mine, &theirs));
	test_layout_at(TEST_LAYOUT_HOST(false, 48));
	ck_assert(!layout_same(first, test_layout_guest, &mine, &theirs));
	ck_assert_uint_eq(mine->region.first, UINT64_C(0x10000000000));
	ck_assert_uint_eq(theirs->region.first, UINT64_C(0x100000000));
	/* a map with less: what the other has more is named */
	test_layout_guest->n_ranges = 1;
	ck_assert(!layout_same(test_layout_guest, first, &mine, &theirs));
	ck_assert_ptr_null(mine);
	ck_assert_uint_eq(theirs->region.first, TEST_LAYOUT_MIB);
	guest_free(first);
}
END_TEST

/* RAM that QEMU has in pieces, as of NUMA nodes, is the same RAM; PCI holes are not compared. */
START_TEST(same__pieces_that_touch__are_one)
{
	struct guest_range whole[] = {
		{ .region = { 0, 0xffff }, .kind = GUEST_RAM, .placed = true },
		{ .region = { 0x20000, 0x2ffff }, .kind = GUEST_PCI_HOLE64, .placed = true },
	};
	struct guest_range pieces[] = {
		{ .region = { 0, 0x7fff }, .kind = GUEST_RAM, .placed = true },
		{ .region = { 0x8000, 0xffff }, .kind = GUEST_RAM, .placed = true },
	};
	struct guest a = { .n_ranges = 2, .ranges = whole };
	struct guest b = { .n_ranges = 2, .ranges = pieces };
	const struct guest_range *mine, *theirs;

	ck_assert(layout_same(&a, &b, &mine, &theirs));
	pieces[1].kind = GUEST_ROM;
	ck_assert(!layout_same(&a, &b, &mine, &theirs));
	ck_assert_ptr_eq(mine, &whole[0]);
	ck_assert_ptr_eq(theirs, &pieces[0]);
	pieces[1].kind = GUEST_RAM;
	whole[1].kind = GUEST_HOTPLUG;
	ck_assert(!layout_same(&a, &b, &mine, &theirs));
	ck_assert_ptr_eq(mine, &whole[1]);
	ck_assert_ptr_null(theirs);
}
END_TEST

static Suite *test_layout_place_suite(void)
{
	Suite *suite = suite_create("layout_place");
	TCase *tc = tcase_create("place");

	tcase_add_checked_fixture(tc, test_layout_setup, test_layout_teardown);
	tcase_add_test(tc, guest__under_kvm__vendor_of_the_host_not_of_the_model);
	tcase_add_test(tc, guest__vendor_not_known__open_only_near_the_edge);
	tcase_add_test(tc, guest__emulated__nothing_of_the_host_counts);
	tcase_add_test(tc, guest__names_of_models__known_with_versions_and_variants);
	tcase_add_loop_test(tc, guest__past_the_address_bits__refused_in_qemus_numbers, 0,
		sizeof(test_layout_place_reaches) / sizeof(test_layout_place_reaches[0]));
	tcase_add_test(tc, guest__cpu_of_the_host__its_bits_count_and_no_others);
	tcase_add_test(tc, guest__bits_of_the_host_not_known__open_only_where_they_matter);
	tcase_add_test(tc, guest__bits_of_a_32_bit_cpu__never_taken);
	tcase_add_test(tc, guest__32_bit_cpu__checked_by_version_and_build);
	tcase_add_loop_test(tc, guest__firmware__its_window_where_it_is_certain, 0,
		sizeof(test_layout_place_windows) / sizeof(test_layout_place_windows[0]));
	tcase_add_test(tc, guest__window_by_vendor__left_out_where_that_is_not_known);
	tcase_add_test(tc, guest__bar_of_ram__wherever_firmware_may_put_it);
	tcase_add_test(tc, guest__bar_of_ram_beside_a_32_bit_cpu__stays_low);
	tcase_add_test(tc, same__maps__compared_by_what_vfio_maps);
	tcase_add_test(tc, same__pieces_that_touch__are_one);
	suite_add_tcase(suite, tc);
	return suite;
}

int main(void)
{
	return unit_run(test_layout_place_suite());
}
