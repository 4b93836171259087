/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small tables of the kernel and the firmware: reserved regions, resources, iomem, IVRS, ranges. */
#include "core/arena.h"
#include "core/model/limits.h"
#include "daemon/collect/ivrs.h"
#include "daemon/collect/pci_resource.h"
#include "daemon/collect/reserved_regions.h"
#include "daemon/collect/windows.h"
#include "tests/support/unit.h"

#include <string.h>

static struct arena *test_arena;

static void test_setup(void)
{
	ck_assert_int_eq(arena_new(8 << 20, &test_arena), 0);
}

static void test_teardown(void)
{
	test_arena = arena_free(test_arena);
}

static struct fact_list test_regions(const char *text)
{
	struct fact_list list = { 0 };

	ck_assert_int_eq(reserved_regions_parse(test_arena, text, strlen(text), &list), 0);
	return list;
}

static void test_unknown(struct fact fact, enum fact_why why)
{
	ck_assert_int_eq(fact.state, FACT_UNKNOWN);
	ck_assert_int_eq(fact.why, why);
}

START_TEST(regions__kernel_format__values)
{
	struct fact_list list =
		test_regions("0x0000000000000000 0x0000000000ffffff direct-relaxable\n"
			     "0x00000000fee00000 0x00000000feefffff msi\n");
	const struct facts_region *regions = list.items;

	ck_assert_uint_eq(facts_count(list), 2);
	ck_assert_uint_eq(regions[0].first.value, 0);
	ck_assert_uint_eq(regions[0].last.value, 0xffffff);
	ck_assert_str_eq(regions[0].type.value, "direct-relaxable");
	ck_assert_uint_eq(regions[1].last.value, 0xfeefffff);
}
END_TEST

START_TEST(regions__short_hex_new_word_no_newline__taken)
{
	struct fact_list list = test_regions("0x0 0xF quantum\n0xfee00000 0xfeefffff msi");
	const struct facts_region *regions = list.items;

	ck_assert_uint_eq(facts_count(list), 2);
	ck_assert_str_eq(regions[0].type.value, "quantum");
	ck_assert_str_eq(regions[1].type.value, "msi");
}
END_TEST

START_TEST(regions__whole_address_space__no_overflow)
{
	const struct facts_region *regions =
		test_regions("0x0 0xffffffffffffffff reserved\n").items;

	ck_assert_uint_eq(regions[0].last.value, UINT64_MAX);
}
END_TEST

START_TEST(regions__empty__not_exposed)
{
	test_unknown(test_regions("").fact, FACT_NOT_EXPOSED);
}
END_TEST

START_TEST(regions__garbage__malformed)
{
	static const char *const texts[] = {
		"\n",
		"garbage\n",
		"0x0\n",
		"0x0 0xfff\n",
		"0x0 0xfff msi more\n",
		"0xfff 0x0 msi\n",
		"0x10000000000000000 0x10000000000000001 msi\n",
		"0x0 0xfffmsi\n",
		"0x0 0xfff m\x01si\n",
		"0x0 0xfff msi\n\n",
		"-1 0xfff msi\n",
		"0x0 0xfff msi\nx",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		test_unknown(test_regions(texts[i]).fact, FACT_MALFORMED);
}
END_TEST

START_TEST(regions__page_that_may_be_cut__over_limit)
{
	char text[4097];

	memset(text, 'x', sizeof(text));
	text[4096] = '\0';
	test_unknown(test_regions(text).fact, FACT_OVER_LIMIT);
	text[4096 - 48] = '\0';
	test_unknown(test_regions(text).fact, FACT_OVER_LIMIT);
	text[4096 - 49] = '\0';
	test_unknown(test_regions(text).fact, FACT_MALFORMED);
}
END_TEST

START_TEST(regions__more_lines_than_the_limit__over_limit)
{
	char text[4096] = "";

	for (unsigned i = 0; i <= LIMIT_GROUP_REGIONS; i++)
		memcpy(text + strlen(text), "0 0 a\n", 7);
	test_unknown(test_regions(text).fact, FACT_OVER_LIMIT);
}
END_TEST

static struct pci_resource test_resource(const char *text, bool is_bridge)
{
	struct pci_resource resource = { 0 };

	ck_assert_int_eq(
		pci_resource_parse(test_arena, scan_of(text, strlen(text)), is_bridge, &resource),
		0);
	return resource;
}

#define TEST_ZERO "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"

START_TEST(resource__bridge__memory_windows_and_own_bar)
{
	/* A root port of a q35 machine: a BAR, then I/O, memory and prefetchable windows. */
	struct pci_resource resource = test_resource(
		"0x00000000fde64000 0x00000000fde64fff 0x0000000000040200\n" TEST_ZERO TEST_ZERO
			TEST_ZERO TEST_ZERO TEST_ZERO TEST_ZERO TEST_ZERO TEST_ZERO TEST_ZERO
				TEST_ZERO TEST_ZERO TEST_ZERO
		"0x000000000000e000 0x000000000000efff 0x0000000000000100\n"
		"0x00000000fdc00000 0x00000000fddfffff 0x0000000000000200\n"
		"0x00000000fea00000 0x00000000febfffff 0x0000000000102201\n" TEST_ZERO,
		true);
	const struct facts_window *windows = resource.windows.items;
	const struct facts_bar *bars = resource.bars.items;

	ck_assert_uint_eq(facts_count(resource.bars), 1);
	ck_assert_uint_eq(bars[0].index.value, 0);
	ck_assert_uint_eq(bars[0].flags.value, 0x40200);
	ck_assert_uint_eq(facts_count(resource.windows), 2);
	ck_assert_uint_eq(windows[0].first.value, 0xfdc00000);
	ck_assert_uint_eq(windows[1].last.value, 0xfebfffff);
}
END_TEST

START_TEST(resource__physical_function__vf_bar_keeps_its_index)
{
	struct pci_resource resource = test_resource(
		"0x00000000fe200000 0x00000000fe203fff 0x0000000000140204\n" TEST_ZERO TEST_ZERO
			TEST_ZERO TEST_ZERO TEST_ZERO TEST_ZERO
		"0x00000000fe204000 0x00000000fe213fff 0x0000000000140204\n" TEST_ZERO TEST_ZERO
			TEST_ZERO TEST_ZERO TEST_ZERO,
		false);
	const struct facts_bar *bars = resource.bars.items;

	ck_assert_uint_eq(facts_count(resource.bars), 2);
	ck_assert_uint_eq(bars[1].index.value, 7);
	ck_assert_int_eq(resource.windows.fact.state, FACT_NULL);
}
END_TEST

START_TEST(resource__nonsense__malformed)
{
	test_unknown(test_resource("", false).bars.fact, FACT_MALFORMED);
	test_unknown(test_resource("0x0 0x0\n", false).bars.fact, FACT_MALFORMED);
	test_unknown(test_resource(TEST_ZERO TEST_ZERO TEST_ZERO, false).bars.fact, FACT_MALFORMED);
	test_unknown(
		test_resource(
			TEST_ZERO TEST_ZERO TEST_ZERO TEST_ZERO TEST_ZERO TEST_ZERO TEST_ZERO, true)
			.windows.fact,
		FACT_MALFORMED);
}
END_TEST

static struct fact_list test_windows(const char *text, const struct devicetree *tree)
{
	struct fact_list list = { 0 };

	ck_assert_int_eq(windows_parse(test_arena, scan_of(text, strlen(text)), tree, &list), 0);
	return list;
}

START_TEST(windows__iomem__top_level_lines_of_host_bridges_only)
{
	struct devicetree none = { 0 };
	struct fact_list list = test_windows("00001000-0009fbff : System RAM\n"
					     "40000000-afffffff : PCI Bus 0000:00\n"
					     "c0000000-febfffff : PCI Bus 0000:00\n"
					     "  fd000000-fd3fffff : PCI Bus 0000:07\n"
					     "100000000-8ffffffff : PCI Bus 0000:60\n",
		&none);
	const struct facts_bridge_window *windows = list.items;

	ck_assert_uint_eq(facts_count(list), 3);
	ck_assert_str_eq(windows[0].bus.value, "0000:00");
	ck_assert_str_eq(windows[0].direction.value, "outbound");
	ck_assert_uint_eq(windows[2].last.value, 0x8ffffffff);
	ck_assert_str_eq(windows[2].bus.value, "0000:60");
}
END_TEST

START_TEST(windows__zeroes_without_privilege__not_readable)
{
	struct devicetree none = { 0 };

	test_unknown(test_windows("00000000-00000000 : System RAM\n"
				  "00000000-00000000 : PCI Bus 0000:00\n",
			     &none)
			     .fact,
		FACT_NOT_READABLE);
	test_unknown(
		test_windows("00001000-0009fbff : System RAM\n", &none).fact, FACT_NOT_EXPOSED);
	test_unknown(test_windows("", &none).fact, FACT_NOT_EXPOSED);
}
END_TEST

START_TEST(windows__device_tree__node_names_are_bridges)
{
	struct devicetree_bridge bridge = { .name = "pcie@10000000", .bus = fact_text("0000:00") };
	struct devicetree tree = { .n = 1, .bridges = &bridge };
	struct fact_list list = test_windows("10000000-3efeffff : pcie@10000000\n"
					     "  10000000-101fffff : PCI Bus 0000:01\n",
		&tree);
	const struct facts_bridge_window *windows = list.items;

	ck_assert_uint_eq(facts_count(list), 1);
	ck_assert_str_eq(windows[0].bus.value, "0000:00");
	ck_assert_uint_eq(windows[0].last.value, 0x3efeffff);
}
END_TEST

START_TEST(ranges__dma_ranges__pci_side_inclusive)
{
	struct devicetree_bridge bridge = { 0 };
	/* flags, PCI 0x40000000, CPU 0x40000000 (2 cells), 1 GiB */
	static const uint8_t bytes[] = { 2, 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0, 0x40, 0,
		0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0 };

	ck_assert(devicetree_parse_ranges(bytes, sizeof(bytes), 2, &bridge));
	ck_assert_uint_eq(bridge.n, 1);
	ck_assert_uint_eq(bridge.ranges[0].first, 0x40000000);
	ck_assert_uint_eq(bridge.ranges[0].last, 0x7fffffff);
	for (size_t n = 1; n < sizeof(bytes); n++)
		ck_assert(!devicetree_parse_ranges(bytes, n, 2, &bridge));
	ck_assert(!devicetree_parse_ranges(bytes, sizeof(bytes), 9, &bridge));
}
END_TEST

/* As QEMU writes it, with a block of type 11h in the place of its 10h: an EFR with HATS 2. */
static const uint8_t test_ivrs[] = { 'I', 'V', 'R', 'S', 0x58, 0, 0, 0, 1, 0xa9, 'B', 'O', 'C', 'H',
	'S', ' ', 'B', 'X', 'P', 'C', ' ', ' ', ' ', ' ', 1, 0, 0, 0, 'B', 'X', 'P', 'C', 1, 0, 0,
	0, 0, 0x28, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x11, 0xd1, 0x28, 0, 8, 0, 0x40, 0, 0, 0, 0xd8,
	0xfe, 0, 0, 0, 0, 0, 0, 0, 0, 0x44, 0, 0, 0, 0xd3, 0x29, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0 };

START_TEST(ivrs__block_11h__its_efr)
{
	struct fact_number efr = ivrs_efr(test_ivrs, sizeof(test_ivrs));

	ck_assert_int_eq(efr.fact.state, FACT_VALUE);
	ck_assert_uint_eq(efr.value, 0x29d3);
}
END_TEST

START_TEST(ivrs__only_block_10h__null)
{
	uint8_t bytes[sizeof(test_ivrs)];

	memcpy(bytes, test_ivrs, sizeof(bytes));
	bytes[48] = 0x10;
	ck_assert_int_eq(ivrs_efr(bytes, sizeof(bytes)).fact.state, FACT_NULL);
}
END_TEST

START_TEST(ivrs__every_cut_and_bad_length__malformed)
{
	uint8_t bytes[sizeof(test_ivrs)];

	for (size_t n = 0; n < sizeof(test_ivrs); n++) {
		uint8_t *copy = malloc(n ? n : 1);
		memcpy(copy, test_ivrs, n);
		test_unknown(ivrs_efr(copy, n).fact, FACT_MALFORMED);
		free(copy);
	}
	memcpy(bytes, test_ivrs, sizeof(bytes));
	bytes[48] = 0x10;
	bytes[50] = 0; /* a block of no length must not be walked for ever */
	test_unknown(ivrs_efr(bytes, sizeof(bytes)).fact, FACT_MALFORMED);
	bytes[50] = 0x29; /* past the table */
	test_unknown(ivrs_efr(bytes, sizeof(bytes)).fact, FACT_MALFORMED);
	memcpy(bytes, test_ivrs, sizeof(bytes));
	bytes[0] = 'D';
	test_unknown(ivrs_efr(bytes, sizeof(bytes)).fact, FACT_MALFORMED);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tables");
	TCase *tcase = tcase_create("parse");

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, test_setup, test_teardown);
	tcase_add_test(tcase, regions__kernel_format__values);
	tcase_add_test(tcase, regions__short_hex_new_word_no_newline__taken);
	tcase_add_test(tcase, regions__whole_address_space__no_overflow);
	tcase_add_test(tcase, regions__empty__not_exposed);
	tcase_add_test(tcase, regions__garbage__malformed);
	tcase_add_test(tcase, regions__page_that_may_be_cut__over_limit);
	tcase_add_test(tcase, regions__more_lines_than_the_limit__over_limit);
	tcase_add_test(tcase, resource__bridge__memory_windows_and_own_bar);
	tcase_add_test(tcase, resource__physical_function__vf_bar_keeps_its_index);
	tcase_add_test(tcase, resource__nonsense__malformed);
	tcase_add_test(tcase, windows__iomem__top_level_lines_of_host_bridges_only);
	tcase_add_test(tcase, windows__zeroes_without_privilege__not_readable);
	tcase_add_test(tcase, windows__device_tree__node_names_are_bridges);
	tcase_add_test(tcase, ranges__dma_ranges__pci_side_inclusive);
	tcase_add_test(tcase, ivrs__block_11h__its_efr);
	tcase_add_test(tcase, ivrs__only_block_10h__null);
	tcase_add_test(tcase, ivrs__every_cut_and_bad_length__malformed);
	return unit_run(suite);
}
