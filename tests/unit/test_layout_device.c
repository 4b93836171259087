/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory devices: first fit, alignment, what is left, and what QEMU refuses in its own numbers. */
#include "tests/unit/test_layout.h"

#define TEST_LAYOUT_DEVICE_AREA UINT64_C(0x180000000) /* of q35 with 4 GiB */

/* q35 with 4 GiB, of 16, and 4 slots. */
static void test_layout_device_setup(void)
{
	test_layout_setup();
	test_layout_is("pc-q35-7.2", 4 * TEST_LAYOUT_GIB);
	test_layout_machine->maxmem = 16 * TEST_LAYOUT_GIB;
	test_layout_machine->slots = 4;
}

static const char *test_layout_device_ram(void)
{
	return test_layout_ranges(GUEST_RAM, TEST_LAYOUT_DEVICE_AREA);
}

/* As libvirt's guest with three DIMMs in shared/domains: 1, 2 and 0.5 GiB. */
START_TEST(place__without_addresses__one_after_the_other)
{
	test_layout_add(MACHINE_MEMORY_DIMM, TEST_LAYOUT_GIB);
	test_layout_add(MACHINE_MEMORY_DIMM, 2 * TEST_LAYOUT_GIB);
	test_layout_add(MACHINE_MEMORY_DIMM, 512 * TEST_LAYOUT_MIB);
	test_layout();
	test_layout_assert_plain();
	ck_assert_str_eq(test_layout_device_ram(),
		"180000000-1bfffffff 1c0000000-23fffffff 240000000-25fffffff");
	ck_assert_str_eq(test_layout_ranges(GUEST_HOTPLUG, 0), "180000000-57fffffff");
	ck_assert(!test_layout_guest->hotplug_none);
	ck_assert(test_layout_guest->memory.known);
	ck_assert_uint_eq(test_layout_guest->memory.room, UINT64_C(0x220000000));
	ck_assert_uint_eq(test_layout_guest->memory.slots, 1);
	ck_assert_uint_eq(test_layout_guest->memory.align, 2 * TEST_LAYOUT_MIB);
	ck_assert_ptr_nonnull(test_layout_find("dimm1"));
}
END_TEST

/* A later device fills the first gap that is large enough, an earlier one does not move. */
START_TEST(place__with_an_address__gaps_are_filled_in_order)
{
	struct machine_memory *second;

	test_layout_add(MACHINE_MEMORY_DIMM, 512 * TEST_LAYOUT_MIB);
	second = test_layout_add(MACHINE_MEMORY_DIMM, TEST_LAYOUT_GIB);
	second->placed = true;
	second->address = UINT64_C(0x1c0000000);
	test_layout_add(MACHINE_MEMORY_DIMM, TEST_LAYOUT_GIB);
	test_layout_add(MACHINE_MEMORY_VIRTIO_MEM, 512 * TEST_LAYOUT_MIB);
	test_layout();
	test_layout_assert_plain();
	ck_assert_str_eq(test_layout_device_ram(),
		"180000000-19fffffff 1a0000000-1bfffffff 1c0000000-1ffffffff "
		"200000000-23fffffff");
}
END_TEST

START_TEST(place__addresses_from_above__what_follows_finds_the_gap_between)
{
	struct machine_memory *memory = test_layout_add(MACHINE_MEMORY_DIMM, TEST_LAYOUT_GIB);

	memory->placed = true;
	memory->address = UINT64_C(0x200000000);
	memory = test_layout_add(MACHINE_MEMORY_DIMM, TEST_LAYOUT_GIB);
	memory->placed = true;
	memory->address = TEST_LAYOUT_DEVICE_AREA;
	test_layout_add(MACHINE_MEMORY_DIMM, TEST_LAYOUT_GIB);
	test_layout();
	test_layout_assert_plain();
	ck_assert_str_eq(test_layout_device_ram(),
		"180000000-1bfffffff 1c0000000-1ffffffff 200000000-23fffffff");
}
END_TEST

/* An address is only respected once its device is there: first come, first served. */
START_TEST(place__address_taken_by_an_earlier_one__refused)
{
	struct machine_memory *second;

	test_layout_add(MACHINE_MEMORY_DIMM, TEST_LAYOUT_GIB);
	second = test_layout_add(MACHINE_MEMORY_DIMM, TEST_LAYOUT_GIB);
	second->placed = true;
	second->address = TEST_LAYOUT_DEVICE_AREA + 512 * TEST_LAYOUT_MIB;
	test_layout();
	test_layout_assert_refused("conflicts");
	second->address = TEST_LAYOUT_DEVICE_AREA + TEST_LAYOUT_MIB;
	test_layout();
	test_layout_assert_refused("aligned to 0x200000");
	second->address = UINT64_C(0x540000001) - 1;
	test_layout();
	test_layout_assert_plain();
	second->address = UINT64_C(0x540200000);
	test_layout();
	test_layout_assert_refused("[0x180000000:0x400000000]");
	second->address = UINT64_C(0xffffffffffe00000);
	test_layout();
	test_layout_assert_refused("0xffffffffffe00000");
	second->address = 0;
	test_layout();
	ck_assert_str_eq(test_layout_device_ram(), "180000000-1bfffffff 1c0000000-1ffffffff");
}
END_TEST

static const struct test_layout_device_alignment {
	enum machine_memory_model model;
	enum machine_backing backing;
	uint64_t page;
	uint64_t align;
	uint64_t block;
	const char *second; /* where it comes to lie behind 4 KiB */
} test_layout_device_alignments[] = {
	{ MACHINE_MEMORY_DIMM, MACHINE_BACKING_ANONYMOUS, 0, 0, 0, "180200000-1bfffffff" },
	{ MACHINE_MEMORY_DIMM, MACHINE_BACKING_FILE, 0, 0, 0, "180001000-1c0000fff" },
	{ MACHINE_MEMORY_DIMM, MACHINE_BACKING_FILE, 0, 16 << 20, 0, "181000000-1c0ffffff" },
	{ MACHINE_MEMORY_DIMM, MACHINE_BACKING_HUGE, 1 << 30, 0, 0, "1c0000000-1ffffffff" },
	{ MACHINE_MEMORY_VIRTIO_MEM, MACHINE_BACKING_ANONYMOUS, 0, 0, 8 << 20,
		"180800000-1c07fffff" },
	{ MACHINE_MEMORY_VIRTIO_MEM, MACHINE_BACKING_FILE, 0, 0, 0, "180200000-1c01fffff" },
	{ MACHINE_MEMORY_VIRTIO_PMEM, MACHINE_BACKING_FILE, 0, 0, 0, "180001000-1c0000fff" },
};

START_TEST(place__after_a_page__aligned_by_backing_and_kind)
{
	const struct test_layout_device_alignment *row = &test_layout_device_alignments[_i];
	struct machine_memory *memory;
	uint64_t size = TEST_LAYOUT_GIB;

	test_layout_add(MACHINE_MEMORY_VIRTIO_PMEM, 4096)->backing = MACHINE_BACKING_FILE;
	if (row->backing == MACHINE_BACKING_ANONYMOUS && !row->block)
		size -= 2 * TEST_LAYOUT_MIB;
	memory = test_layout_add(row->model, size);
	memory->backing = row->backing;
	memory->page_bytes = row->page;
	memory->align = row->align;
	memory->block = row->block;
	test_layout();
	test_layout_assert_plain();
	ck_assert_str_eq(test_layout_ranges(GUEST_RAM, TEST_LAYOUT_DEVICE_AREA + 1), row->second);
}
END_TEST

START_TEST(place__machine_of_2_1__dimms_are_aligned_to_4_kib)
{
	test_layout_machine->type = "pc-i440fx-2.1";
	test_layout_add(MACHINE_MEMORY_VIRTIO_PMEM, 4096)->backing = MACHINE_BACKING_FILE;
	test_layout_add(MACHINE_MEMORY_DIMM, TEST_LAYOUT_GIB);
	test_layout();
	test_layout_assert_plain();
	ck_assert_str_eq(
		test_layout_ranges(GUEST_RAM, UINT64_C(0x140000001)), "140001000-180000fff");
	ck_assert_uint_eq(test_layout_guest->memory.align, 4096);
	/* and their sizes are checked against no more */
	test_layout_machine->memories[1].size -= 4096;
	test_layout();
	test_layout_assert_plain();
	ck_assert_str_eq(
		test_layout_ranges(GUEST_RAM, UINT64_C(0x140000001)), "140001000-17fffffff");
	test_layout_machine->type = "pc-i440fx-2.2";
	test_layout();
	test_layout_assert_refused("multiple of 0x200000");
}
END_TEST

/* Its labels are at the end, and what is left is cut to whole pages. */
START_TEST(place__nvdimm__without_its_labels)
{
	struct machine_memory *nvdimm = test_layout_add(MACHINE_MEMORY_NVDIMM, 64 << 20);

	test_layout();
	ck_assert_str_eq(test_layout_device_ram(), "180000000-183ffffff");
	nvdimm->label = 128 << 10;
	test_layout();
	test_layout_assert_plain();
	ck_assert_str_eq(test_layout_device_ram(), "180000000-183dfffff");
	nvdimm->label = 1000;
	test_layout();
	test_layout_assert_refused("0x20000");
	nvdimm->label = 128 << 10;
	nvdimm->size = 2 << 20;
	test_layout();
	test_layout_assert_refused("0x200000");
}
END_TEST

START_TEST(place__virtio_mem__whole_unless_its_slots_are_dynamic)
{
	struct machine_memory *memory = test_layout_add(MACHINE_MEMORY_VIRTIO_MEM, 1 << 30);

	test_layout();
	ck_assert_str_eq(test_layout_device_ram(), "180000000-1bfffffff");
	ck_assert_uint_eq(test_layout_find("virtio-mem0")->block, 2 << 20);
	memory->dynamic_memslots = true;
	memory->name = "vmem";
	test_layout_add(MACHINE_MEMORY_DIMM, TEST_LAYOUT_GIB);
	test_layout();
	ck_assert_str_eq(test_layout_device_ram(), "1c0000000-1ffffffff");
	ck_assert_int_eq(test_layout_find("vmem")->kind, GUEST_MMIO);
	ck_assert_uint_eq(test_layout_find("vmem")->region.first, TEST_LAYOUT_DEVICE_AREA);
	ck_assert_uint_eq(test_layout_guest->memory.room, 10 * TEST_LAYOUT_GIB);
}
END_TEST

START_TEST(place__size_no_multiple_of_the_alignment__refused)
{
	struct machine_memory *memory =
		test_layout_add(MACHINE_MEMORY_DIMM, 1025 * TEST_LAYOUT_MIB);

	test_layout();
	test_layout_assert_refused("backend memory size must be multiple of 0x200000");
	memory->model = MACHINE_MEMORY_VIRTIO_MEM;
	memory->size = 66 * TEST_LAYOUT_MIB;
	memory->block = 4 << 20;
	test_layout();
	test_layout_assert_refused("0x400000");
	memory->block = 3 << 20;
	test_layout();
	test_layout_assert_refused("0x300000");
	memory->size = 0;
	test_layout();
	test_layout_assert_refused("no size");
	memory->size = 64 << 20;
	memory->align = 3 << 20;
	test_layout();
	test_layout_assert_refused("alignment");
}
END_TEST

START_TEST(place__more_than_maxmem__refused_with_both_numbers)
{
	test_layout_add(MACHINE_MEMORY_DIMM, 8 * TEST_LAYOUT_GIB);
	test_layout_add(MACHINE_MEMORY_VIRTIO_MEM, 4 * TEST_LAYOUT_GIB);
	test_layout();
	test_layout_assert_plain();
	ck_assert_uint_eq(test_layout_guest->memory.room, 0);
	test_layout_machine->memories[1].size += 2 << 20;
	test_layout();
	test_layout_assert_refused("currently 0x200000000 in use of total space for memory devices "
				   "0x300000000");
}
END_TEST

/* 12 GiB may be added, but the second device does not fit before the third, nor after it. */
START_TEST(place__fragmented__refused)
{
	struct machine_memory *memory;

	test_layout_machine->slots = 1;
	memory = test_layout_add(MACHINE_MEMORY_VIRTIO_MEM, 2 << 20);
	memory->placed = true;
	memory->address = TEST_LAYOUT_DEVICE_AREA + 5 * TEST_LAYOUT_GIB;
	test_layout_add(MACHINE_MEMORY_VIRTIO_MEM, 10 * TEST_LAYOUT_GIB);
	test_layout();
	test_layout_assert_refused("could not find position");
}
END_TEST

START_TEST(place__slots__dimms_need_them_and_virtio_does_not)
{
	test_layout_machine->slots = 1;
	test_layout_add(MACHINE_MEMORY_DIMM, 64 << 20);
	test_layout_add(MACHINE_MEMORY_VIRTIO_PMEM, 64 << 20);
	test_layout();
	test_layout_assert_plain();
	ck_assert_uint_eq(test_layout_guest->memory.slots, 0);
	test_layout_machine->memories[1].model = MACHINE_MEMORY_NVDIMM;
	test_layout();
	test_layout_assert_refused("no free slots");
	test_layout_machine->memories[1].model = MACHINE_MEMORY_VIRTIO_PMEM;
	test_layout_machine->acpi = false;
	test_layout();
	test_layout_assert_refused("ACPI");
}
END_TEST

START_TEST(place__nothing_can_be_added__said_and_devices_refused)
{
	test_layout_machine->maxmem = 0;
	test_layout_machine->slots = 0;
	test_layout();
	test_layout_assert_plain();
	ck_assert(test_layout_guest->hotplug_none);
	ck_assert(!test_layout_guest->memory.known);
	test_layout_add(MACHINE_MEMORY_DIMM, TEST_LAYOUT_GIB);
	test_layout();
	test_layout_assert_refused("maxmem");
	test_layout_machine->type = "microvm";
	test_layout_machine->maxmem = 16 * TEST_LAYOUT_GIB;
	test_layout();
	ck_assert(test_layout_guest->hotplug_none);
	test_layout_assert_refused("not prepared");
}
END_TEST

static const struct test_layout_device_size {
	uint64_t ram;
	uint64_t maxmem;
	unsigned slots;
	uint64_t low;
	const char *refused;
} test_layout_device_sizes[] = {
	{ 1 << 30, 512 << 20, 0, 0, "0x20000000" },
	{ 1 << 30, 1 << 30, 2, 0, "equal to the initial memory size" },
	{ 1 << 30, 0, 2, 0, "slots" },
	{ 1 << 30, UINT64_C(2) << 30, 257, 0, "257" },
	{ 1 << 30, (1 << 30) + 1024, 0, 0, "4096" },
	{ 1 << 30, 0, 0, UINT64_C(5) << 30, "5368709120" },
	{ UINT64_MAX, 0, 0, 0, "0xffffffffffffffff" },
	{ 1 << 30, UINT64_MAX, 4, 0, "0xffffffffffffffff" },
	{ UINT64_C(1) << 60, 0, 0, 0, "phys-bits too low (46)" },
};

START_TEST(guest__sizes_that_qemu_does_not_take__refused_with_the_number)
{
	const struct test_layout_device_size *row = &test_layout_device_sizes[_i];

	test_layout_is("pc-q35-7.2", row->ram);
	test_layout_machine->maxmem = row->maxmem;
	test_layout_machine->slots = row->slots;
	test_layout_machine->max_ram_below_4g = row->low;
	test_layout();
	test_layout_assert_refused(row->refused);
}
END_TEST

/* QEMU ends itself with an assertion. */
START_TEST(guest__low_ram_past_the_ioapic__refused)
{
	test_layout_is("pc-i440fx-7.2", 4092 * TEST_LAYOUT_MIB);
	test_layout_machine->maxmem = 0;
	test_layout_machine->slots = 0;
	test_layout_machine->max_ram_below_4g = UINT64_C(1) << 32;
	test_layout();
	test_layout_assert_refused("0xffc00000");
	test_layout_machine->ram = 4076 * TEST_LAYOUT_MIB;
	test_layout();
	test_layout_assert_plain();
	ck_assert_str_eq(test_layout_ram(), "100000-febfffff");
}
END_TEST

START_TEST(guest__sums_past_64_bits__refused_and_never_wrapped)
{
	uint64_t windows[] = { UINT64_MAX, UINT64_MAX };

	test_layout_machine->cxl = true;
	test_layout_machine->cxl_windows = windows;
	test_layout_machine->n_cxl_windows = 2;
	test_layout();
	test_layout_assert_refused("past any address space");
	test_layout_machine->cxl = false;
	test_layout_machine->n_cxl_windows = 0;
	test_layout_add(MACHINE_MEMORY_SGX_EPC, UINT64_MAX);
	test_layout_add(MACHINE_MEMORY_SGX_EPC, UINT64_MAX);
	test_layout();
	test_layout_assert_refused("past any address space");
	test_layout_machine->n_memories = 0;
	test_layout_machine->pci_hole64_given = true;
	test_layout_machine->pci_hole64 = UINT64_MAX;
	test_layout();
	test_layout_assert_refused("past any address space");
	test_layout_machine->ram = 0;
	test_layout();
	ck_assert_uint_eq(test_layout_guest->n_opaque, 1);
	ck_assert_uint_eq(test_layout_guest->n_ranges, 0);
}
END_TEST

/* LIMIT_GUEST_RANGES: what a document can carry. What is past it is said, not dropped. */
START_TEST(guest__more_ranges_than_a_map_can_have__said)
{
	test_layout_machine->maxmem = 64 * TEST_LAYOUT_GIB;
	for (unsigned i = 0; i < 1000; i++)
		test_layout_add(MACHINE_MEMORY_VIRTIO_PMEM, 2 << 20);
	test_layout();
	test_layout_assert_plain();
	ck_assert_ptr_nonnull(strstr(test_layout_device_ram(), "180200000-1803fffff"));
	for (unsigned i = 0; i < 24; i++)
		test_layout_add(MACHINE_MEMORY_VIRTIO_PMEM, 2 << 20);
	test_layout();
	ck_assert_uint_gt(test_layout_guest->n_opaque, 0);
	ck_assert_ptr_nonnull(strstr(test_layout_guest->opaque[0], "1024 ranges"));
}
END_TEST

START_TEST(guest__huge_pages_of_no_size__refused)
{
	test_layout_machine->backing = MACHINE_BACKING_HUGE;
	test_layout();
	test_layout_assert_refused("pages of 0x0 bytes");
	test_layout_machine->page_bytes = TEST_LAYOUT_GIB;
	test_layout();
	test_layout_assert_plain();
	ck_assert_uint_eq(test_layout_guest->memory.align, TEST_LAYOUT_GIB);
}
END_TEST

static Suite *test_layout_device_suite(void)
{
	Suite *suite = suite_create("layout_device");
	TCase *tc = tcase_create("devices");

	tcase_add_checked_fixture(tc, test_layout_device_setup, test_layout_teardown);
	tcase_add_test(tc, place__without_addresses__one_after_the_other);
	tcase_add_test(tc, place__with_an_address__gaps_are_filled_in_order);
	tcase_add_test(tc, place__addresses_from_above__what_follows_finds_the_gap_between);
	tcase_add_test(tc, place__address_taken_by_an_earlier_one__refused);
	tcase_add_loop_test(tc, place__after_a_page__aligned_by_backing_and_kind, 0,
		sizeof(test_layout_device_alignments) / sizeof(test_layout_device_alignments[0]));
	tcase_add_test(tc, place__machine_of_2_1__dimms_are_aligned_to_4_kib);
	tcase_add_test(tc, place__nvdimm__without_its_labels);
	tcase_add_test(tc, place__virtio_mem__whole_unless_its_slots_are_dynamic);
	tcase_add_test(tc, place__size_no_multiple_of_the_alignment__refused);
	tcase_add_test(tc, place__more_than_maxmem__refused_with_both_numbers);
	tcase_add_test(tc, place__fragmented__refused);
	tcase_add_test(tc, place__slots__dimms_need_them_and_virtio_does_not);
	tcase_add_test(tc, place__nothing_can_be_added__said_and_devices_refused);
	tcase_add_loop_test(tc, guest__sizes_that_qemu_does_not_take__refused_with_the_number, 0,
		sizeof(test_layout_device_sizes) / sizeof(test_layout_device_sizes[0]));
	tcase_add_test(tc, guest__low_ram_past_the_ioapic__refused);
	tcase_add_test(tc, guest__sums_past_64_bits__refused_and_never_wrapped);
	tcase_add_test(tc, guest__more_ranges_than_a_map_can_have__said);
	tcase_add_test(tc, guest__huge_pages_of_no_size__refused);
	suite_add_tcase(suite, tc);
	return suite;
}

int main(void)
{
	return unit_run(test_layout_device_suite());
}
