/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* BARs and windows, of the guest and of the host. */
#include "tests/support/ask.h"
#include "tests/support/unit.h"

#define TEST_RAM     "ram 0x0-0x7fffffff"
#define TEST_IVSHMEM ", ram-device 0x380000000000-0x3800003fffff"

START_TEST(bar_in_reserved__holds)
{
	ASK(ask, ASK_INTEL);

	ask_map(&ask, TEST_RAM TEST_IVSHMEM);
	ask_silent(&ask, FINDING_BAR_IN_RESERVED);
	ask_answers(&ask, "safe safe safe");
}
END_TEST

START_TEST(bar_in_reserved__violated)
{
	ASK(ask, ASK_INTEL);

	ask_map(&ask, TEST_RAM TEST_IVSHMEM);
	ask_host(&ask, "iommus/unit0/input_bits", "39");
	(void)ask_says(&ask, FINDING_BAR_IN_RESERVED, FINDING_VIOLATED, ASK_H);
	ask_answers(&ask, "safe unsafe safe");
	ask_host(&ask, "iommus/unit0/input_bits", "48");
	ask_host(&ask, "groups/9/reserved",
		"[{'first':'0x380000300000','last':'0x3800003fffff','type':'msi'}]");
	ask_attach(&ask, ASK_NIC);
	(void)ask_says(&ask, FINDING_BAR_IN_RESERVED, FINDING_VIOLATED, ASK_H);
}
END_TEST

START_TEST(bar_in_reserved__cannot_tell)
{
	ASK(ask, ASK_INTEL);

	ask_map(&ask, TEST_RAM TEST_IVSHMEM);
	ask_host(&ask, "iommus/unit0/input_bits", "{'unknown':'not-readable'}");
	(void)ask_says(&ask, FINDING_BAR_IN_RESERVED, FINDING_CANNOT_TELL, ASK_H);
	ask_answers(&ask, "safe unknown safe");
}
END_TEST

START_TEST(bar_window_unusable__holds)
{
	ASK(ask, ASK_INTEL);

	ask_map(&ask, TEST_RAM ", bar-window 0x380000000000-0x3fffffffffff");
	ask_silent(&ask, FINDING_BAR_WINDOW_UNUSABLE);
}
END_TEST

/* Ordinary BARs only lose peer-to-peer access; RAM-backed ones end the guest. */
START_TEST(bar_window_unusable__violated)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "iommus/unit0/input_bits", "39");
	ask_map(&ask, TEST_RAM ", bar-window 0x380000000000-0x3fffffffffff");
	ck_assert_int_eq(
		ask_says(&ask, FINDING_BAR_WINDOW_UNUSABLE, FINDING_VIOLATED, ASK_H)->severity,
		FINDING_DEGRADES);
	ask_answers(&ask, "safe safe safe");
	ask_map(&ask, TEST_RAM TEST_IVSHMEM);
	ask_guest(&ask, "map/1/placed", "false");
	ck_assert_int_eq(
		ask_says(&ask, FINDING_BAR_WINDOW_UNUSABLE, FINDING_VIOLATED, ASK_H)->severity,
		FINDING_BLOCKS);
	ask_answers(&ask, "safe unsafe safe");
}
END_TEST

START_TEST(bar_window_unusable__cannot_tell)
{
	ASK(ask, ASK_AMD);

	ask_map(&ask, TEST_RAM ", ram-device 0xe000000000-0xffffffffff");
	ask_guest(&ask, "map/1/placed", "false");
	(void)ask_says(&ask, FINDING_BAR_WINDOW_UNUSABLE, FINDING_CANNOT_TELL, ASK_H);
	ask_answers(&ask, "safe unknown safe");
}
END_TEST

/* Firmware chooses among the places of one BAR, so a bad one alone does not make it fail. */
START_TEST(bar_window_unusable__cannot_tell__one_of_two_places)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "iommus/unit0/input_bits", "39");
	ask_map(&ask, TEST_RAM
		", ram-device 0x90000000-0x9fffffff, ram-device 0x8000000000-0xffffffffff");
	ask_guest(&ask, "map/1/placed", "false");
	ask_guest(&ask, "map/2/placed", "false");
	ask_guest(&ask, "map/1/name", "'ivshmem'");
	ask_guest(&ask, "map/2/name", "'ivshmem'");
	(void)ask_says(&ask, FINDING_BAR_WINDOW_UNUSABLE, FINDING_CANNOT_TELL, ASK_H);
	ask_answers(&ask, "safe unknown safe");
	/* It is another BAR's. */
	ask_guest(&ask, "map/1/name", "'vga'");
	(void)ask_says(&ask, FINDING_BAR_WINDOW_UNUSABLE, FINDING_VIOLATED, ASK_H);
	ask_answers(&ask, "safe unsafe safe");
}
END_TEST

/* The way of the peers: the NIC's port redirects nothing, and the GPU's port is beside it. */
static void test_open_path(struct ask *ask, const char *acs)
{
	ask_attach(ask, ASK_NIC);
	ask_host(ask, "devices/" ASK_NIC_PORT "/acs", acs);
}

START_TEST(peer_window_overlap__holds)
{
	ASK(ask, ASK_INTEL);

	ask_map(&ask, "ram 0x0-0xa00fffff"); /* all of both windows, behind ports with ACS */
	ask_silent(&ask, FINDING_PEER_WINDOW_OVERLAP);
	test_open_path(&ask, "null");
	ask_map(&ask, "ram 0x0-0x9fffffff"); /* nothing of either */
	ask_silent(&ask, FINDING_PEER_WINDOW_OVERLAP);
	ask_answers(&ask, "safe safe safe");
}
END_TEST

START_TEST(peer_window_overlap__violated)
{
	const struct finding *finding;
	ASK(ask, ASK_INTEL);

	test_open_path(&ask, "null");
	ask_map(&ask, "ram 0x0-0xa01fffff");
	finding = ask_says(&ask, FINDING_PEER_WINDOW_OVERLAP, FINDING_VIOLATED, ASK_H);
	ck_assert_uint_eq(finding->region->first, 0xa0000000);
	ck_assert_uint_eq(finding->region->last, 0xa01fffff);
	ck_assert_str_eq(finding->region_type, "peer-window");
	ask_answers(&ask, "safe unsafe safe");
	/* The bit that counts is request redirect. */
	ask_host(&ask, "devices/" ASK_NIC_PORT "/acs", "{'capability':'0x1f','control':'0x19'}");
	ask_answers(&ask, "safe unsafe safe");
	ask_host(&ask, "devices/" ASK_NIC_PORT "/acs", "{'capability':'0x1f','control':'0x4'}");
	ask_answers(&ask, "safe safe safe");
}
END_TEST

START_TEST(peer_window_overlap__violated__by_memory_that_is_added)
{
	ASK(ask, ASK_INTEL);

	test_open_path(&ask, "null");
	ask_map(&ask, "ram 0x0-0x7fffffff, hotplug 0x80000000-0xbfffffff");
	(void)ask_says(&ask, FINDING_PEER_WINDOW_OVERLAP, FINDING_VIOLATED, ASK_MEM);
	ask_answers(&ask, "safe safe unsafe");
	/* What fits below the peer is placed below it. */
	ask.question.attach_memory = 0x10000000;
	ask_answers(&ask, "safe safe safe");
	ask.question.attach_memory = 0x30000000;
	ask_answers(&ask, "safe safe unsafe");
}
END_TEST

START_TEST(peer_window_overlap__cannot_tell)
{
	static const struct {
		const char *path, *json, *map;
	} rows[] = {
		/* Nobody knows what the port redirects, and RAM is where the peer is. */
		{ "devices/" ASK_NIC_PORT "/acs", "{'unknown':'not-readable'}",
			"ram 0x0-0xa01fffff" },
		{ "devices/" ASK_NIC_PORT "/acs/control", "{'unknown':'asleep'}",
			"ram 0x0-0xa01fffff" },
		{ "devices/" ASK_NIC_PORT "/port_type", NULL, "ram 0x0-0xa01fffff" },
		/* The port redirects nothing, and nobody knows where the peer is. */
		{ "devices/" ASK_GPU_PORT "/windows", "{'unknown':'not-readable'}", TEST_RAM },
		{ "devices/" ASK_GPU_PORT "/bars", NULL, TEST_RAM },
		{ "devices/" ASK_GPU_PORT "/bus", NULL, TEST_RAM },
		{ "devices/" ASK_GPU_PORT "/parent", "{'unknown':'vanished'}", TEST_RAM },
		{ "devices/" ASK_NIC "/parent", "{'unknown':'vanished'}", TEST_RAM },
		{ "devices/" ASK_NIC "/parent", "'0000:00:1f.7'", TEST_RAM },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ASK(ask, ASK_INTEL);

		if (i < 3)
			ask_attach(&ask, ASK_NIC);
		else
			test_open_path(&ask, "null");
		ask_map(&ask, rows[i].map);
		ask_host(&ask, rows[i].path, rows[i].json);
		(void)ask_says(&ask, FINDING_PEER_WINDOW_OVERLAP, FINDING_CANNOT_TELL, ASK_H);
		ask_answers(&ask, "safe unknown safe");
	}
}
END_TEST

#define TEST_INBOUND(bus, last)                                                                    \
	"{'bus':'" bus "','direction':'inbound','first':'0x40000000','last':'" last "'}"

START_TEST(ram_outside_dma_ranges__holds)
{
	ASK(ask, ASK_ARM);

	ask_silent(&ask, FINDING_RAM_OUTSIDE_DMA_RANGES);
	ask_host(&ask, "windows/+", TEST_INBOUND("0000:00", "0x13fffffff"));
	ask_host(&ask, "windows/+", TEST_INBOUND("0001:00", "0x4fffffff"));
	ask_silent(&ask, FINDING_RAM_OUTSIDE_DMA_RANGES);
	ask_answers(&ask, "safe safe safe");
}
END_TEST

/* Firmware of x86 has no way to say such a thing. */
START_TEST(ram_outside_dma_ranges__holds__on_x86)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "windows/+", TEST_INBOUND("0000:00", "0x13fffffff"));
	ask_silent(&ask, FINDING_RAM_OUTSIDE_DMA_RANGES);
}
END_TEST

START_TEST(ram_outside_dma_ranges__violated)
{
	ASK(ask, ASK_ARM);

	ask_host(&ask, "windows/+", TEST_INBOUND("0000:00", "0x13ffffffe"));
	(void)ask_says(&ask, FINDING_RAM_OUTSIDE_DMA_RANGES, FINDING_VIOLATED, ASK_H);
	ask_answers(&ask, "safe unsafe safe");
}
END_TEST

START_TEST(ram_outside_dma_ranges__violated__by_memory_that_is_added)
{
	ASK(ask, ASK_ARM);

	ask_map(&ask, "ram 0x40000000-0x7fffffff, hotplug 0x80000000-0x13fffffff");
	ask_host(&ask, "windows/+", TEST_INBOUND("0000:00", "0x7fffffff"));
	(void)ask_says(&ask, FINDING_RAM_OUTSIDE_DMA_RANGES, FINDING_VIOLATED, ASK_MEM);
	ask_answers(&ask, "safe safe unsafe");
}
END_TEST

START_TEST(ram_outside_dma_ranges__cannot_tell)
{
	static const struct {
		const char *path, *json;
	} rows[] = {
		{ "windows", "{'unknown':'not-readable'}" },
		{ "windows/1/direction", "{'unknown':'malformed'}" },
		{ "windows/1/bus", NULL },
		{ "windows/1/first", "{'unknown':'malformed'}" },
		{ "windows/1/last", NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ASK(ask, ASK_ARM);

		ask_host(&ask, "windows/+", TEST_INBOUND("0000:00", "0x13fffffff"));
		ask_host(&ask, rows[i].path, rows[i].json);
		(void)ask_says(&ask, FINDING_RAM_OUTSIDE_DMA_RANGES, FINDING_CANNOT_TELL, ASK_H);
		ask_answers(&ask, "safe unknown safe");
	}
}
END_TEST

static Suite *test_rules_bar_suite(void)
{
	Suite *suite = suite_create("rules_bar");
	TCase *cases = tcase_create("rules_bar");

	tcase_add_test(cases, bar_in_reserved__holds);
	tcase_add_test(cases, bar_in_reserved__violated);
	tcase_add_test(cases, bar_in_reserved__cannot_tell);
	tcase_add_test(cases, bar_window_unusable__holds);
	tcase_add_test(cases, bar_window_unusable__violated);
	tcase_add_test(cases, bar_window_unusable__cannot_tell);
	tcase_add_test(cases, bar_window_unusable__cannot_tell__one_of_two_places);
	tcase_add_test(cases, peer_window_overlap__holds);
	tcase_add_test(cases, peer_window_overlap__violated);
	tcase_add_test(cases, peer_window_overlap__violated__by_memory_that_is_added);
	tcase_add_test(cases, peer_window_overlap__cannot_tell);
	tcase_add_test(cases, ram_outside_dma_ranges__holds);
	tcase_add_test(cases, ram_outside_dma_ranges__holds__on_x86);
	tcase_add_test(cases, ram_outside_dma_ranges__violated);
	tcase_add_test(cases, ram_outside_dma_ranges__violated__by_memory_that_is_added);
	tcase_add_test(cases, ram_outside_dma_ranges__cannot_tell);
	suite_add_tcase(suite, cases);
	return suite;
}

int main(void)
{
	return unit_run(test_rules_bar_suite());
}
