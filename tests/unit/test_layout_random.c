/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Laws that hold for every machine, however absurd: laying out ends, gives the same twice, never a
 * reversed range nor two solid ones that overlap; what is placed is inside the window it belongs
 * to; nothing is said of a host that is known.
 */
#include "tests/unit/test_layout.h"

#define TEST_LAYOUT_RANDOM_RUNS 12000U

static uint64_t test_layout_random_state;

static uint64_t test_layout_random_below(uint64_t n)
{
	return unit_random(&test_layout_random_state) % n;
}

static bool test_layout_random_chance(unsigned percent)
{
	return test_layout_random_below(100) < percent;
}

/* A size: of a guest mostly, near an edge often, of any 64 bits sometimes. */
static uint64_t test_layout_random_size(void)
{
	static const uint64_t edges[] = { 2816, 3584, 3072, 4096, 978 << 10, 979 << 10, 1010 << 10,
		1011 << 10, 1012 << 10, 1 << 20 };
	uint64_t mib;

	if (test_layout_random_chance(3))
		return unit_random(&test_layout_random_state);
	if (test_layout_random_chance(30))
		mib = edges[test_layout_random_below(sizeof(edges) / sizeof(edges[0]))];
	else
		mib = 1 + test_layout_random_below(test_layout_random_chance(50) ? 8192 : 2 << 20);
	return mib * TEST_LAYOUT_MIB + (test_layout_random_chance(10) ? 4096 : 0);
}

static enum tri test_layout_random_tri(void)
{
	return (enum tri)test_layout_random_below(3);
}

static void test_layout_random_memories(void)
{
	for (uint64_t n = test_layout_random_below(6); n; n--) {
		struct machine_memory *memory =
			test_layout_add((enum machine_memory_model)test_layout_random_below(
						_MACHINE_MEMORY_MODEL_MAX),
				(1 + test_layout_random_below(64)) * 32 * TEST_LAYOUT_MIB);

		if (test_layout_random_chance(5))
			memory->size = unit_random(&test_layout_random_state);
		memory->backing = (enum machine_backing)test_layout_random_below(3);
		memory->page_bytes =
			test_layout_random_chance(90) ? TEST_LAYOUT_GIB : test_layout_random_size();
		memory->label = test_layout_random_chance(20) ? 128 << 10 : 0;
		memory->align = test_layout_random_chance(10) ? 16 << 20 : 0;
		memory->block = test_layout_random_chance(20) ? 4 << 20 : 0;
		memory->dynamic_memslots = test_layout_random_chance(20);
		memory->placed = test_layout_random_chance(30);
		memory->address = UINT64_C(0x100000000) +
				  test_layout_random_below(64) * 512 * TEST_LAYOUT_MIB;
	}
}

static void test_layout_random_x86(void)
{
	static const char *const types[] = { "pc", "q35", "microvm", "pc-q35-2.4", "pc-i440fx-2.1",
		"pc-i440fx-1.7", "pc-q35-7.0", "pc-q35-7.2", "pc-i440fx-8.1", "pc-q35-8.2",
		"isapc" };
	static const char *const models[] = { "qemu64", "EPYC", "qemu32", "486", "Haswell",
		"pentium3", "Skylake-Server", "nobody-knows" };

	test_layout_is(types[test_layout_random_below(sizeof(types) / sizeof(types[0]))],
		test_layout_random_size());
	test_layout_machine->cpu.model =
		models[test_layout_random_below(sizeof(models) / sizeof(models[0]))];
	test_layout_machine->cpu.bits =
		test_layout_random_chance(50) ? (unsigned)test_layout_random_below(60) : 0;
	if (test_layout_random_chance(20))
		test_layout_machine->max_ram_below_4g = test_layout_random_size();
	test_layout_machine->pci_hole64_given = test_layout_random_chance(20);
	test_layout_machine->pci_hole64 =
		test_layout_machine->pci_hole64_given ? test_layout_random_size() : 0;
}

static void test_layout_random_arm(void)
{
	static const char *const types[] = { "virt", "virt-2.6", "virt-4.1", "virt-7.1" };
	static const char *const models[] = { "max", "cortex-a15", "cortex-a53", "cortex-a57",
		"nobody-knows" };

	test_layout_machine->arch = "aarch64";
	test_layout_is(types[test_layout_random_below(sizeof(types) / sizeof(types[0]))],
		test_layout_random_size());
	test_layout_machine->cpu.model =
		models[test_layout_random_below(sizeof(models) / sizeof(models[0]))];
	test_layout_machine->highmem = test_layout_random_tri();
	test_layout_machine->highmem_ecam = test_layout_random_tri();
	test_layout_machine->highmem_mmio = test_layout_random_tri();
	test_layout_machine->highmem_redists = test_layout_random_tri();
	test_layout_machine->compact_highmem = test_layout_random_tri();
	if (test_layout_random_chance(20))
		test_layout_machine->highmem_mmio_size = test_layout_random_chance(80)
								 ? UINT64_C(1) << 41
								 : test_layout_random_size();
}

static void test_layout_random_machine(void)
{
	static uint64_t windows[3];
	struct machine_bar bar = { .size = 64 << 20, .name = "ivshmem-plain" };

	if (test_layout_random_chance(30))
		test_layout_random_arm();
	else
		test_layout_random_x86();
	test_layout_machine->kvm = test_layout_random_chance(50);
	test_layout_machine->cpu.kind = (enum machine_cpu_kind)test_layout_random_below(4);
	test_layout_machine->cpu.host_bits = test_layout_random_tri();
	test_layout_machine->cpu.lm = test_layout_random_tri();
	test_layout_machine->firmware = (enum machine_firmware)test_layout_random_below(4);
	if (test_layout_random_chance(50)) {
		test_layout_machine->maxmem = test_layout_machine->ram + test_layout_random_size();
		test_layout_machine->slots = (unsigned)test_layout_random_below(300);
	}
	if (test_layout_random_chance(50))
		test_layout_random_memories();
	if (test_layout_random_chance(20))
		ck_assert_int_eq(machine_add_bar(test_layout_machine, &bar), 0);
	test_layout_machine->cxl = test_layout_random_chance(10);
	test_layout_machine->n_cxl_windows = test_layout_random_below(4);
	test_layout_machine->cxl_windows = windows;
	for (size_t i = 0; i < 3; i++)
		windows[i] = test_layout_random_chance(90)
				     ? test_layout_random_below(32) * 256 * TEST_LAYOUT_MIB
				     : test_layout_random_size();
}

/* Every memory device is inside the window, and every known guest has RAM from its start. */
static void test_layout_random_inside(void)
{
	const struct guest_range *window = test_layout_find("device-memory");

	for (size_t i = 0; i < test_layout_guest->n_ranges; i++) {
		const struct guest_range *range = &test_layout_guest->ranges[i];

		ck_assert_uint_le(range->region.first, range->region.last);
		if (range->block)
			ck_assert(window && region_covers(window->region, range->region));
		if (window && range->kind == GUEST_RAM &&
			region_overlaps(window->region, range->region))
			ck_assert(region_covers(window->region, range->region));
	}
	if (test_layout_guest->hotplug_none)
		ck_assert_ptr_null(window);
	if (window)
		ck_assert(!test_layout_guest->hotplug_none);
}

static void test_layout_random_run(void)
{
	struct layout_place known = { .amd = test_layout_random_chance(50) ? TRI_YES : TRI_NO,
		.cpu_bits = 36 + (unsigned)test_layout_random_below(17),
		.ipa_bits = 36 + (unsigned)test_layout_random_below(17) };
	const struct guest_range *mine, *theirs;
	struct guest *first;
	bool open;

	test_layout_at(known);
	test_layout_random_inside();
	first = test_layout_guest;
	test_layout_guest = NULL;
	test_layout_at(known);
	ck_assert(layout_same(first, test_layout_guest, &mine, &theirs));
	ck_assert_uint_eq(first->n_ranges, test_layout_guest->n_ranges);
	ck_assert_int_eq(!first->refused, !test_layout_guest->refused);
	/* What is not open is the same on every host, but for how wide a BAR's window is taken. */
	open = test_layout()->open;
	test_layout_random_inside();
	if (!open && !first->open && !test_layout_machine->n_bars) {
		ck_assert_int_eq(!first->refused, !test_layout_guest->refused);
		ck_assert(layout_same(first, test_layout_guest, &mine, &theirs));
	}
	guest_free(first);
}

START_TEST(guest__random_machines__laws_hold)
{
	for (unsigned i = 0; i < TEST_LAYOUT_RANDOM_RUNS; i++) {
		test_layout_setup();
		test_layout_random_machine();
		test_layout_random_run();
		test_layout_teardown();
	}
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("layout_random");
	TCase *tc = tcase_create("random");

	test_layout_random_state = unit_seed(argc, argv);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, guest__random_machines__laws_hold);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
