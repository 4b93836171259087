/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/model/guest.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <string.h>

static struct guest *test_guest;

static void test_guest_setup(void)
{
	ck_assert_int_eq(guest_new(&test_guest), 0);
}

static void test_guest_teardown(void)
{
	test_guest = guest_free(test_guest);
}

static void test_guest_map(const struct guest_range *ranges, size_t n)
{
	test_guest->ranges = arena_array(test_guest->arena, n, sizeof(*ranges));
	ck_assert_ptr_nonnull(test_guest->ranges);
	memcpy(test_guest->ranges, ranges, n * sizeof(*ranges));
	test_guest->n_ranges = n;
}

static struct guest_range test_guest_range(uint64_t first, uint64_t last, enum guest_kind kind)
{
	return (struct guest_range){ .region = { first, last }, .kind = kind, .placed = true };
}

START_TEST(new__nothing_said__kvm_guest_without_promises)
{
	ck_assert(test_guest->kvm);
	ck_assert(!test_guest->hotplug_none);
	ck_assert_int_eq(test_guest->vfio, GUEST_VFIO_UNKNOWN);
	ck_assert_uint_eq(test_guest->n_ranges, 0);
	ck_assert_ptr_null(test_guest->cpu_vendor);
	ck_assert_ptr_null(guest_free(NULL));
}
END_TEST

START_TEST(kind__every_word__comes_back)
{
	for (unsigned kind = 0; kind < _GUEST_KIND_MAX; kind++) {
		enum guest_kind parsed;

		ck_assert_int_eq(guest_kind_parse(guest_kind_word(kind), &parsed), 0);
		ck_assert_uint_eq(parsed, kind);
	}
}
END_TEST

START_TEST(kind_parse__no_such_word__refused)
{
	enum guest_kind kind = GUEST_ROM;

	ck_assert_int_eq(guest_kind_parse("RAM", &kind), -EINVAL);
	ck_assert_int_eq(guest_kind_parse("", &kind), -EINVAL);
	ck_assert_uint_eq(kind, GUEST_ROM);
}
END_TEST

START_TEST(kind_is_mapped__what_vfio_maps__and_no_more)
{
	ck_assert(guest_kind_is_mapped(GUEST_RAM));
	ck_assert(guest_kind_is_mapped(GUEST_ROM));
	ck_assert(guest_kind_is_mapped(GUEST_RAM_DEVICE));
	ck_assert(!guest_kind_is_mapped(GUEST_MMIO));
	ck_assert(!guest_kind_is_mapped(GUEST_HOTPLUG));
	ck_assert(!guest_kind_is_mapped(GUEST_BAR_WINDOW));
	ck_assert(!guest_kind_is_mapped(GUEST_PCI_HOLE64));
}
END_TEST

START_TEST(device_parse__identity__numbers_and_nothing_else)
{
	struct guest_device device;

	ck_assert_int_eq(guest_device_parse("8086:10d3", &device), 0);
	ck_assert_int_eq(device.vendor, 0x8086);
	ck_assert_int_eq(device.device, 0x10d3);
	ck_assert_int_eq(device.subsystem_vendor, -1);
	ck_assert_int_eq(device.subsystem_device, -1);
	ck_assert_int_eq(device.class_code, -1);
	ck_assert_ptr_null(device.address);
	ck_assert_str_eq(device.text, "8086:10d3");

	ck_assert_int_eq(guest_device_parse("10DE:2236:10de:1482", &device), 0);
	ck_assert_int_eq(device.vendor, 0x10de);
	ck_assert_int_eq(device.subsystem_vendor, 0x10de);
	ck_assert_int_eq(device.subsystem_device, 0x1482);
}
END_TEST

START_TEST(device_parse__address__no_number_is_set)
{
	static const char *const good[] = { "0000:01:00.0", "10000:e1:1f.7", "0009fa5b:00:02.0" };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct guest_device device;

		ck_assert_int_eq(guest_device_parse(good[i], &device), 0);
		ck_assert_str_eq(device.address, good[i]);
		ck_assert_int_eq(device.vendor, -1);
		ck_assert_int_eq(device.class_code, -1);
		ck_assert_ptr_null(device.host);
	}
}
END_TEST

START_TEST(device_parse__class__sixteen_bits)
{
	struct guest_device device;

	ck_assert_int_eq(guest_device_parse("class:0200", &device), 0);
	ck_assert_int_eq(device.class_code, 0x0200);
	ck_assert_int_eq(device.vendor, -1);
}
END_TEST

START_TEST(device_parse__anything_else__refused)
{
	static const char *const bad[] = {
		"",
		":",
		"8086",
		"8086:",
		"8086:10d",
		"8086:10d33",
		"8086:10d3:",
		"8086:10d3:8086",
		"8086:10d3:8086:",
		"8086:10d3:8086:a01f:",
		"8086:10d3:8086:a01f:1",
		"808g:10d3",
		" 8086:10d3",
		"8086:10d3 ",
		"0x8086:0x10d3",
		"01:00.0",
		"000:01:00.0",
		"000000000:01:00.0",
		"0000:01:00.8",
		"0000:01:20.0",
		"0000:01:00.",
		"0000:01:00.00",
		"0000:1:00.0",
		"0000:0A:00.0",
		"0000:01:00.0/..",
		"class:",
		"class:02",
		"class:020000",
		"class:0x0200",
		"CLASS:0200",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct guest_device device = { .vendor = 7 };

		ck_assert_msg(
			guest_device_parse(bad[i], &device) == -EINVAL, "took \"%s\"", bad[i]);
		ck_assert_int_eq(device.vendor, 7);
	}
}
END_TEST

START_TEST(check__shuffled__sorted_by_address)
{
	const struct guest_range ranges[] = {
		test_guest_range(0x100000000, 0x17fffffff, GUEST_RAM),
		test_guest_range(0xfffc0000, 0xffffffff, GUEST_ROM),
		test_guest_range(0, 0x7fffffff, GUEST_RAM),
	};
	size_t at;

	test_guest_map(ranges, 3);
	ck_assert_int_eq(guest_check(test_guest, &at), GUEST_DONE);
	ck_assert_uint_eq(test_guest->ranges[0].region.first, 0);
	ck_assert_uint_eq(test_guest->ranges[1].region.first, 0xfffc0000);
	ck_assert_uint_eq(test_guest->ranges[2].region.first, 0x100000000);
}
END_TEST

START_TEST(check__same_place_in_any_order__same_result)
{
	struct guest_range ranges[] = {
		test_guest_range(0x100000000, 0x1ffffffff, GUEST_HOTPLUG),
		test_guest_range(0x100000000, 0x1ffffffff, GUEST_RAM),
		test_guest_range(0x100000000, 0x1ffffffff, GUEST_MMIO),
		test_guest_range(0x100000000, 0x1ffffffff, GUEST_MMIO),
	};
	size_t at;

	ranges[2].name = "b";
	ranges[3].name = "a";
	test_guest_map(ranges, 4);
	ck_assert_int_eq(guest_check(test_guest, &at), GUEST_DONE);
	ck_assert_uint_eq(test_guest->ranges[0].kind, GUEST_RAM);
	ck_assert_str_eq(test_guest->ranges[1].name, "a");
	ck_assert_str_eq(test_guest->ranges[2].name, "b");
	ck_assert_uint_eq(test_guest->ranges[3].kind, GUEST_HOTPLUG);
}
END_TEST

START_TEST(check__end_before_beginning__reversed)
{
	const struct guest_range ranges[] = {
		test_guest_range(0x2000, 0x1fff, GUEST_RAM),
		test_guest_range(0, 0xfff, GUEST_RAM),
	};
	size_t at = 9;

	test_guest_map(ranges, 2);
	ck_assert_int_eq(guest_check(test_guest, &at), GUEST_E_REVERSED);
	ck_assert_uint_eq(at, 1);
}
END_TEST

START_TEST(check__one_shared_byte__overlap)
{
	const struct guest_range ranges[] = {
		test_guest_range(0xa0000, UINT64_MAX, GUEST_MMIO),
		test_guest_range(0x1000, 0x2000, GUEST_ROM),
		test_guest_range(0x2000, 0x2fff, GUEST_RAM),
	};
	size_t at = 9;

	test_guest_map(ranges, 3);
	ck_assert_int_eq(guest_check(test_guest, &at), GUEST_E_OVERLAP);
	ck_assert_uint_eq(at, 1);
}
END_TEST

START_TEST(check__inner_range_behind_another_one__overlap)
{
	const struct guest_range ranges[] = {
		test_guest_range(0, 0xffff, GUEST_RAM),
		test_guest_range(0x1000, 0x1fff, GUEST_HOTPLUG),
		test_guest_range(0x3000, 0x3fff, GUEST_RAM_DEVICE),
	};
	size_t at = 9;

	test_guest_map(ranges, 3);
	ck_assert_int_eq(guest_check(test_guest, &at), GUEST_E_OVERLAP);
	ck_assert_uint_eq(at, 2);
}
END_TEST

START_TEST(check__windows_hold_others_and_touch__done)
{
	struct guest_range ranges[] = {
		test_guest_range(0, 0x7fffffff, GUEST_RAM),
		test_guest_range(0x80000000, 0xffffffff, GUEST_MMIO),
		test_guest_range(0xfffc0000, 0xffffffff, GUEST_ROM),
		test_guest_range(0x100000000, UINT64_MAX, GUEST_HOTPLUG),
		test_guest_range(0x100000000, 0x13fffffff, GUEST_RAM),
		test_guest_range(0x8000000000, UINT64_MAX, GUEST_PCI_HOLE64),
		test_guest_range(0x8000000000, 0x8fffffffff, GUEST_BAR_WINDOW),
		test_guest_range(0x8000000000, 0x8fffffffff, GUEST_RAM_DEVICE),
		test_guest_range(0x8000000000, 0x80ffffffff, GUEST_RAM_DEVICE),
	};
	size_t at;

	ranges[7].placed = false;
	test_guest_map(ranges, 9);
	ck_assert_int_eq(guest_check(test_guest, &at), GUEST_DONE);
}
END_TEST

static Suite *test_guest_suite(void)
{
	Suite *suite = suite_create("guest");
	TCase *cases = tcase_create("guest");

	tcase_add_checked_fixture(cases, test_guest_setup, test_guest_teardown);
	tcase_add_test(cases, new__nothing_said__kvm_guest_without_promises);
	tcase_add_test(cases, kind__every_word__comes_back);
	tcase_add_test(cases, kind_parse__no_such_word__refused);
	tcase_add_test(cases, kind_is_mapped__what_vfio_maps__and_no_more);
	tcase_add_test(cases, device_parse__identity__numbers_and_nothing_else);
	tcase_add_test(cases, device_parse__address__no_number_is_set);
	tcase_add_test(cases, device_parse__class__sixteen_bits);
	tcase_add_test(cases, device_parse__anything_else__refused);
	tcase_add_test(cases, check__shuffled__sorted_by_address);
	tcase_add_test(cases, check__same_place_in_any_order__same_result);
	tcase_add_test(cases, check__end_before_beginning__reversed);
	tcase_add_test(cases, check__one_shared_byte__overlap);
	tcase_add_test(cases, check__inner_range_behind_another_one__overlap);
	tcase_add_test(cases, check__windows_hold_others_and_touch__done);
	suite_add_tcase(suite, cases);
	return suite;
}

int main(void)
{
	return unit_run(test_guest_suite());
}
