/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory that is added beside a device. */
#include "tests/support/ask.h"
#include "tests/support/unit.h"

#define TEST_RAM      "ram 0x0-0x7fffffff"
#define TEST_WINDOW   ", hotplug 0x100000000-0x1ffffffff"
#define TEST_RESERVED "[{'first':'0x180000000','last':'0x18000ffff','type':'reserved'}]"

START_TEST(hotplug_memory_in_reserved__holds)
{
	ASK(ask, ASK_INTEL);

	ask_map(&ask, TEST_RAM TEST_WINDOW);
	ask_silent(&ask, FINDING_HOTPLUG_MEMORY_IN_RESERVED);
	ask_answers(&ask, "safe safe safe");
}
END_TEST

START_TEST(hotplug_memory_in_reserved__violated)
{
	const struct finding *finding;
	ASK(ask, ASK_INTEL);

	ask_map(&ask, TEST_RAM TEST_WINDOW);
	ask_host(&ask, "groups/9/reserved", TEST_RESERVED);
	finding = ask_says(
		&ask, FINDING_HOTPLUG_MEMORY_IN_RESERVED, FINDING_VIOLATED, FINDING_MEMORY_HOTPLUG);
	ck_assert_uint_eq(finding->guest->first, 0x100000000);
	ck_assert_uint_eq(finding->region->first, 0x180000000);
	ck_assert_str_eq(finding->region_type, "reserved");
	ck_assert_int_eq(finding->severity, FINDING_BLOCKS);
	ask_answers(&ask, "safe safe unsafe");
}
END_TEST

START_TEST(hotplug_memory_in_reserved__violated__beside_a_device_the_guest_has)
{
	ASK(ask, ASK_INTEL);

	ask_map(&ask, TEST_RAM TEST_WINDOW);
	ask_host(&ask, "groups/9/reserved", TEST_RESERVED);
	ask_guest(&ask, "devices", "['8086:10d3']");
	ask_answers(&ask, "safe safe unsafe");
	/* It stays attached when another device comes beside it. */
	ask_attach(&ask, ASK_GPU);
	ask_answers(&ask, "safe safe unsafe");
}
END_TEST

/* Where a size is said, the place that it gets decides, and the rest of the window only informs. */
START_TEST(hotplug_memory_in_reserved__violated__only_where_first_fit_puts_it)
{
	ASK(ask, ASK_INTEL);

	ask_map(&ask, TEST_RAM TEST_WINDOW);
	ask_host(&ask, "groups/9/reserved", TEST_RESERVED);
	ask.question.attach_memory = 2ULL << 30;
	ask_answers(&ask, "safe safe safe");
	ck_assert_int_eq(ask_says(&ask, FINDING_HOTPLUG_MEMORY_IN_RESERVED, FINDING_VIOLATED,
				 FINDING_MEMORY_HOTPLUG)
				 ->severity,
		FINDING_INFORMS);
	ask.question.attach_memory = 3ULL << 30;
	ask_answers(&ask, "safe safe unsafe");
}
END_TEST

/* A DIMM that is there already moves the next one up. */
START_TEST(hotplug_memory_in_reserved__violated__behind_the_memory_that_is_there)
{
	ASK(ask, ASK_INTEL);

	ask_map(&ask, TEST_RAM ", ram 0x100000000-0x13fffffff" TEST_WINDOW);
	ask_attach(&ask, ASK_NIC);
	ask_host(&ask, "groups/9/reserved", TEST_RESERVED);
	ask.question.attach_memory = 1ULL << 30;
	ask_answers(&ask, "safe safe safe");
	ask.question.attach_memory = (1ULL << 30) + (2ULL << 20);
	ask_answers(&ask, "safe safe unsafe");
	/* A gap below that is too small is left alone. */
	ask_map(&ask, TEST_RAM ", ram 0x110000000-0x17fffffff" TEST_WINDOW);
	ask.question.attach_memory = 256ULL << 20;
	ask_answers(&ask, "safe safe safe");
	ask.question.attach_memory = 512ULL << 20;
	ask_answers(&ask, "safe safe unsafe");
}
END_TEST

#define TEST_MEMORY(room) "{'room':'" room "','slots':2,'align':'0x200000'}"

/* What can still be added bounds how far first fit goes; past that the window only informs. */
START_TEST(hotplug_memory_in_reserved__violated__only_as_far_as_first_fit_reaches)
{
	ASK(ask, ASK_INTEL);

	ask_map(&ask, TEST_RAM TEST_WINDOW);
	ask_host(&ask, "groups/9/reserved", TEST_RESERVED);
	ask_guest(&ask, "memory", TEST_MEMORY("0x80000000"));
	ask_answers(&ask, "safe safe safe");
	ck_assert_int_eq(ask_says(&ask, FINDING_HOTPLUG_MEMORY_IN_RESERVED, FINDING_VIOLATED,
				 FINDING_MEMORY_HOTPLUG)
				 ->severity,
		FINDING_INFORMS);
	ask_guest(&ask, "memory", TEST_MEMORY("0x80200000"));
	ask_answers(&ask, "safe safe unsafe");
	/* A gap below that is too small for all of it moves the rest up. */
	ask_map(&ask, TEST_RAM ", ram 0x110000000-0x14fffffff" TEST_WINDOW);
	ask_guest(&ask, "memory", TEST_MEMORY("0x30000000"));
	ask_answers(&ask, "safe safe safe");
	ask_guest(&ask, "memory", TEST_MEMORY("0x30200000"));
	ask_answers(&ask, "safe safe unsafe");
	/* One that takes all is where it ends, whatever lies behind. */
	ask_guest(&ask, "memory", TEST_MEMORY("0x10000000"));
	ask_answers(&ask, "safe safe safe");
	/* Nothing can be added: there is nothing to meet. */
	ask_guest(&ask, "memory", TEST_MEMORY("0x0"));
	ask_silent(&ask, FINDING_HOTPLUG_MEMORY_IN_RESERVED);
}
END_TEST

/* Memory of huge pages begins at a multiple of their size. */
START_TEST(hotplug_memory_in_reserved__violated__where_its_alignment_puts_it)
{
	ASK(ask, ASK_INTEL);

	ask_map(&ask, TEST_RAM ", ram 0x100000000-0x1001fffff" TEST_WINDOW);
	ask_host(&ask, "groups/9/reserved", TEST_RESERVED);
	ask.question.attach_memory = 1ULL << 30;
	ask_guest(&ask, "memory", "{'room':'0x100000000','slots':1,'align':'0x200000'}");
	ask_answers(&ask, "safe safe safe");
	ask_guest(&ask, "memory", "{'room':'0x100000000','slots':1,'align':'0x80000000'}");
	ask.question.attach_memory = 2ULL << 30;
	ask_answers(&ask, "safe safe unsafe");
}
END_TEST

/* A device of memory that is not mapped yet has its addresses all the same. */
START_TEST(hotplug_memory_in_reserved__violated__behind_a_device_that_is_not_mapped)
{
	ASK(ask, ASK_INTEL);

	ask_map(&ask, TEST_RAM ", mmio 0x100000000-0x17fffffff" TEST_WINDOW);
	ask_attach(&ask, ASK_NIC);
	ask_host(&ask, "groups/9/reserved", TEST_RESERVED);
	ask.question.attach_memory = 1ULL << 30;
	ask_answers(&ask, "safe safe unsafe");
}
END_TEST

START_TEST(hotplug_memory_in_reserved__cannot_tell__regions_unknown_speaks)
{
	ASK(ask, ASK_INTEL);

	ask_map(&ask, TEST_RAM TEST_WINDOW);
	ask_host(&ask, "groups/9/reserved", "{'unknown':'not-readable'}");
	ask_silent(&ask, FINDING_HOTPLUG_MEMORY_IN_RESERVED);
	ask_answers(&ask, "safe unknown unknown");
}
END_TEST

START_TEST(hotplug_memory_beyond_aperture__holds)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "iommus/unit0/input_bits", "39");
	ask_map(&ask, TEST_RAM ", hotplug 0x100000000-0x7fffffffff");
	ask_silent(&ask, FINDING_HOTPLUG_MEMORY_BEYOND_APERTURE);
	ask_answers(&ask, "safe safe safe");
}
END_TEST

START_TEST(hotplug_memory_beyond_aperture__violated)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "iommus/unit0/input_bits", "39");
	ask_map(&ask, TEST_RAM ", hotplug 0x7fc0000000-0x803fffffff");
	(void)ask_says(&ask, FINDING_HOTPLUG_MEMORY_BEYOND_APERTURE, FINDING_VIOLATED,
		FINDING_MEMORY_HOTPLUG);
	ask_answers(&ask, "safe safe unsafe");
	ask.question.attach_memory = 1ULL << 30;
	ask_answers(&ask, "safe safe safe");
	ask.question.attach_memory = (1ULL << 30) + 1;
	ask_answers(&ask, "safe safe unsafe");
}
END_TEST

START_TEST(hotplug_memory_beyond_aperture__cannot_tell)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "iommus/unit0/input_bits", "{'unknown':'not-readable'}");
	ask_map(&ask, TEST_RAM TEST_WINDOW);
	(void)ask_says(&ask, FINDING_HOTPLUG_MEMORY_BEYOND_APERTURE, FINDING_CANNOT_TELL,
		FINDING_MEMORY_HOTPLUG);
	ask_answers(&ask, "safe safe unknown");
	ask_map(&ask, TEST_RAM ", hotplug 0x80000000-0xbfffffff");
	ask_answers(&ask, "safe safe safe");
}
END_TEST

START_TEST(hotplug_memory_no_room__holds)
{
	ASK(ask, ASK_INTEL);

	ask_map(&ask, TEST_RAM TEST_WINDOW);
	ask.question.attach_memory = 4ULL << 30;
	ask_silent(&ask, FINDING_HOTPLUG_MEMORY_NO_ROOM);
	/* The second window is as good as the first. */
	ask_map(&ask, TEST_RAM ", hotplug 0x90000000-0x9fffffff" TEST_WINDOW);
	ask_silent(&ask, FINDING_HOTPLUG_MEMORY_NO_ROOM);
	ask_answers(&ask, "safe safe safe");
}
END_TEST

START_TEST(hotplug_memory_no_room__violated)
{
	ASK(ask, ASK_INTEL);

	ask.question.attach_memory = 4096;
	(void)ask_says(
		&ask, FINDING_HOTPLUG_MEMORY_NO_ROOM, FINDING_VIOLATED, FINDING_MEMORY_HOTPLUG);
	ask_map(&ask, TEST_RAM TEST_WINDOW);
	ask_answers(&ask, "safe safe safe");
	ask.question.attach_memory = (4ULL << 30) + 1;
	(void)ask_says(
		&ask, FINDING_HOTPLUG_MEMORY_NO_ROOM, FINDING_VIOLATED, FINDING_MEMORY_HOTPLUG);
	ask_answers(&ask, "safe safe unsafe");
	/* Memory starts at a multiple of 2 MiB, or of the window's own block. */
	ask_map(&ask, TEST_RAM ", hotplug 0x1000fffff-0x1002fffff");
	ask.question.attach_memory = 1ULL << 20;
	ask_answers(&ask, "safe safe safe");
	ask.question.attach_memory = 2ULL << 20;
	ask_answers(&ask, "safe safe unsafe");
	/* What is there already takes its room. */
	ask_map(&ask, TEST_RAM ", ram 0x100000000-0x1efffffff" TEST_WINDOW);
	ask.question.attach_memory = 512ULL << 20;
	ask_answers(&ask, "safe safe unsafe");
	/* No address is left above the window's start. */
	ask_map(&ask, TEST_RAM ", hotplug 0xfffffffffff00001-0xffffffffffffffff");
	ask_host(&ask, "kvm/present", "true");
	(void)ask_says(
		&ask, FINDING_HOTPLUG_MEMORY_NO_ROOM, FINDING_VIOLATED, FINDING_MEMORY_HOTPLUG);
}
END_TEST

/* QEMU counts bytes and slots before it looks for a place, and takes whole multiples only. */
START_TEST(hotplug_memory_no_room__violated__by_what_qemu_counts)
{
	ASK(ask, ASK_INTEL);

	ask_map(&ask, TEST_RAM TEST_WINDOW);
	ask_guest(&ask, "memory", TEST_MEMORY("0x40000000"));
	ask.question.attach_memory = 1ULL << 30;
	ask_silent(&ask, FINDING_HOTPLUG_MEMORY_NO_ROOM);
	ask_answers(&ask, "safe safe safe");
	ask.question.attach_memory = (1ULL << 30) + (2ULL << 20);
	(void)ask_says(
		&ask, FINDING_HOTPLUG_MEMORY_NO_ROOM, FINDING_VIOLATED, FINDING_MEMORY_HOTPLUG);
	ask.question.attach_memory = (1ULL << 20);
	(void)ask_says(
		&ask, FINDING_HOTPLUG_MEMORY_NO_ROOM, FINDING_VIOLATED, FINDING_MEMORY_HOTPLUG);
	ask.question.attach_memory = 1ULL << 30;
	ask_guest(&ask, "memory/slots", "0");
	(void)ask_says(
		&ask, FINDING_HOTPLUG_MEMORY_NO_ROOM, FINDING_VIOLATED, FINDING_MEMORY_HOTPLUG);
	ask_answers(&ask, "safe safe unsafe");
}
END_TEST

START_TEST(hotplug_memory_no_room__cannot_tell__hotplug_memory_unknown_speaks)
{
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "hotplug", NULL);
	ask.question.attach_memory = 4096;
	ask_silent(&ask, FINDING_HOTPLUG_MEMORY_NO_ROOM);
	ask_answers(&ask, "safe safe unknown");
}
END_TEST

START_TEST(hotplug_memory_unknown__holds)
{
	ASK(ask, ASK_INTEL);

	ask_silent(&ask, FINDING_HOTPLUG_MEMORY_UNKNOWN);
	ask_map(&ask, TEST_RAM TEST_WINDOW);
	ask_silent(&ask, FINDING_HOTPLUG_MEMORY_UNKNOWN);
}
END_TEST

START_TEST(hotplug_memory_unknown__violated__is_never_said)
{
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "hotplug", NULL);
	ask_host(&ask, "groups/9/reserved", TEST_RESERVED);
	(void)ask_says(
		&ask, FINDING_HOTPLUG_MEMORY_UNKNOWN, FINDING_CANNOT_TELL, FINDING_MEMORY_HOTPLUG);
}
END_TEST

START_TEST(hotplug_memory_unknown__cannot_tell)
{
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "hotplug", NULL);
	(void)ask_says(
		&ask, FINDING_HOTPLUG_MEMORY_UNKNOWN, FINDING_CANNOT_TELL, FINDING_MEMORY_HOTPLUG);
	ask_answers(&ask, "safe safe unknown");
}
END_TEST

#define TEST_BLOCKS(block)                                                                         \
	"{'first':'0x100000000','last':'0x1ffffffff','kind':'hotplug','block':'" block "'}"

/* With blocks of 2 MiB the window of 4 GiB takes 2048 mappings, and the RAM below it two. */
START_TEST(dma_mappings_exhausted__holds)
{
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "map/1", TEST_BLOCKS("0x200000"));
	ask_guest(&ask, "hotplug", NULL);
	ask_host(&ask, "vfio/type1/dma_entry_limit", "2049");
	ask_silent(&ask, FINDING_DMA_MAPPINGS_EXHAUSTED);
	ask_answers(&ask, "safe safe safe");
	ask_host(&ask, "vfio/type1/dma_entry_limit", "2");
	ask_guest(&ask, "vfio", "'iommufd'");
	ask_silent(&ask, FINDING_DMA_MAPPINGS_EXHAUSTED);
}
END_TEST

START_TEST(dma_mappings_exhausted__violated)
{
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "map/1", TEST_BLOCKS("0x200000"));
	ask_guest(&ask, "hotplug", NULL);
	ask_host(&ask, "vfio/type1/dma_entry_limit", "2048");
	(void)ask_says(
		&ask, FINDING_DMA_MAPPINGS_EXHAUSTED, FINDING_VIOLATED, FINDING_MEMORY_HOTPLUG);
	ask_answers(&ask, "safe safe unsafe");
	ask.question.attach_memory = 2ULL << 20; /* one block is all that is wanted */
	ask_answers(&ask, "safe safe safe");
	ask.question.attach_memory = 0;
	ask_host(&ask, "vfio/type1/dma_entry_limit", "0");
	(void)ask_says(&ask, FINDING_DMA_MAPPINGS_EXHAUSTED, FINDING_VIOLATED,
		FINDING_HOTPLUG | FINDING_MEMORY_HOTPLUG);
	ask_answers(&ask, "safe unsafe unsafe");
}
END_TEST

/* Where the module is not loaded its default counts. */
START_TEST(dma_mappings_exhausted__violated__by_the_default_limit)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "vfio/type1", "null");
	ask_guest(&ask, "map/1", TEST_BLOCKS("0x20000"));
	ask_guest(&ask, "hotplug", NULL);
	ask_silent(&ask, FINDING_DMA_MAPPINGS_EXHAUSTED);
	ask_guest(&ask, "map/1", TEST_BLOCKS("0x10000"));
	(void)ask_says(
		&ask, FINDING_DMA_MAPPINGS_EXHAUSTED, FINDING_VIOLATED, FINDING_MEMORY_HOTPLUG);
}
END_TEST

/* So many that their number passes 64 bits: not few. */
START_TEST(dma_mappings_exhausted__violated__more_than_can_be_counted)
{
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "hotplug", NULL);
	ask_guest(&ask, "map/+",
		"{'first':'0x0','last':'0xffffffffffffffff','kind':'hotplug','block':'0x1'}");
	(void)ask_says(
		&ask, FINDING_DMA_MAPPINGS_EXHAUSTED, FINDING_VIOLATED, FINDING_MEMORY_HOTPLUG);
}
END_TEST

/* Each block of virtio-mem that is plugged is a mapping of its own, and no map says how many are.
 */
START_TEST(dma_mappings_exhausted__cannot_tell__by_blocks_that_may_be_plugged)
{
	ASK(ask, ASK_INTEL);

	ask_map(&ask, "ram 0x0-0x7fffffff");
	ask_guest(&ask, "map/+",
		"{'first':'0x100000000','last':'0x13fffffff','kind':'ram','block':'0x200000'}");
	ask_host(&ask, "vfio/type1/dma_entry_limit", "513");
	ask_silent(&ask, FINDING_DMA_MAPPINGS_EXHAUSTED);
	ask_host(&ask, "vfio/type1/dma_entry_limit", "512");
	ask_answers(&ask, "safe unknown unknown");
	ask_host(&ask, "vfio/type1/dma_entry_limit", "1");
	ask_answers(&ask, "safe unsafe unsafe");
}
END_TEST

/* A DIMM is one mapping; the same memory as virtio-mem is one for each 2 MiB. */
START_TEST(dma_mappings_exhausted__holds__virtio_mem_informs)
{
	ASK(ask, ASK_INTEL);

	ask_map(&ask, TEST_RAM TEST_WINDOW);
	ask.question.attach_memory = 1ULL << 30;
	ask_host(&ask, "vfio/type1/dma_entry_limit", "514");
	ask_silent(&ask, FINDING_DMA_MAPPINGS_EXHAUSTED);
	ask_host(&ask, "vfio/type1/dma_entry_limit", "513");
	ck_assert_int_eq(
		ask_says(&ask, FINDING_DMA_MAPPINGS_EXHAUSTED, FINDING_VIOLATED, ASK_MEM)->severity,
		FINDING_INFORMS);
	ask_answers(&ask, "safe safe safe");
}
END_TEST

START_TEST(dma_mappings_exhausted__cannot_tell)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "vfio/type1/dma_entry_limit", "{'unknown':'not-readable'}");
	(void)ask_says(&ask, FINDING_DMA_MAPPINGS_EXHAUSTED, FINDING_CANNOT_TELL,
		FINDING_HOTPLUG | FINDING_MEMORY_HOTPLUG);
	ask_answers(&ask, "safe unknown unknown");
	ask_host(&ask, "vfio/type1", NULL);
	ask_answers(&ask, "safe unknown unknown");
}
END_TEST

static Suite *test_rules_hotplug_suite(void)
{
	Suite *suite = suite_create("rules_hotplug");
	TCase *cases = tcase_create("rules_hotplug");

	tcase_add_test(cases, hotplug_memory_in_reserved__holds);
	tcase_add_test(cases, hotplug_memory_in_reserved__violated);
	tcase_add_test(cases, hotplug_memory_in_reserved__violated__beside_a_device_the_guest_has);
	tcase_add_test(cases, hotplug_memory_in_reserved__violated__only_where_first_fit_puts_it);
	tcase_add_test(
		cases, hotplug_memory_in_reserved__violated__behind_the_memory_that_is_there);
	tcase_add_test(
		cases, hotplug_memory_in_reserved__violated__only_as_far_as_first_fit_reaches);
	tcase_add_test(cases, hotplug_memory_in_reserved__violated__where_its_alignment_puts_it);
	tcase_add_test(cases, hotplug_memory_in_reserved__cannot_tell__regions_unknown_speaks);
	tcase_add_test(cases, hotplug_memory_no_room__violated__by_what_qemu_counts);
	tcase_add_test(
		cases, hotplug_memory_in_reserved__violated__behind_a_device_that_is_not_mapped);
	tcase_add_test(cases, dma_mappings_exhausted__cannot_tell__by_blocks_that_may_be_plugged);
	tcase_add_test(cases, dma_mappings_exhausted__holds__virtio_mem_informs);
	tcase_add_test(cases, hotplug_memory_beyond_aperture__holds);
	tcase_add_test(cases, hotplug_memory_beyond_aperture__violated);
	tcase_add_test(cases, hotplug_memory_beyond_aperture__cannot_tell);
	tcase_add_test(cases, hotplug_memory_no_room__holds);
	tcase_add_test(cases, hotplug_memory_no_room__violated);
	tcase_add_test(cases, hotplug_memory_no_room__cannot_tell__hotplug_memory_unknown_speaks);
	tcase_add_test(cases, hotplug_memory_unknown__holds);
	tcase_add_test(cases, hotplug_memory_unknown__violated__is_never_said);
	tcase_add_test(cases, hotplug_memory_unknown__cannot_tell);
	tcase_add_test(cases, dma_mappings_exhausted__holds);
	tcase_add_test(cases, dma_mappings_exhausted__violated);
	tcase_add_test(cases, dma_mappings_exhausted__violated__by_the_default_limit);
	tcase_add_test(cases, dma_mappings_exhausted__violated__more_than_can_be_counted);
	tcase_add_test(cases, dma_mappings_exhausted__cannot_tell);
	suite_add_tcase(suite, cases);
	return suite;
}

int main(void)
{
	return unit_run(test_rules_hotplug_suite());
}
