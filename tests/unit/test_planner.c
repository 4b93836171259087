/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is suggested for a guest that does not fit everywhere, on fleets of two or three hosts. */
#include "core/judge/planner.h"
#include "tests/support/ask.h"
#include "tests/support/unit.h"

#include <string.h>

#define TEST_GIB   (1ULL << 30)
#define TEST_HOSTS 4U

static struct machine *test_machine;
static struct guest_text test_text;
static const struct host *test_classes[TEST_HOSTS];
static struct fleet_member test_members[TEST_HOSTS];
static struct fleet test_fleet;
static struct planner_question test_question;
static struct planner_plan test_plan;

/* A q35 of version 7.2 with the host's CPU and 4 GiB, and no host yet. */
static void test_setup(void)
{
	ck_assert_int_eq(machine_new(&test_machine), 0);
	test_machine->arch = "x86_64";
	test_machine->type = "pc-q35-7.2";
	test_machine->kvm = true;
	test_machine->cpu.kind = MACHINE_CPU_HOST;
	test_machine->ram = 4 * TEST_GIB;
	test_text = (struct guest_text){ .machine = test_machine };
	test_question = (struct planner_question){ .ask.guest = &test_text };
	test_fleet = (struct fleet){ .classes = test_classes, .members = test_members };
	test_plan = (struct planner_plan){ 0 };
}

static void test_teardown(void)
{
	arena_free(test_plan.arena);
	for (size_t i = 0; i < test_fleet.n_classes; i++)
		host_unref((struct host *)test_classes[i]);
	machine_free(test_machine);
}

/* Adds a host; names have to come in order. @edits are pairs of a path and JSON, NULL at the end.
 */
static void test_host(const char *name, enum ask_base base, const char *const *edits)
{
	ASK(ask, base);

	for (; edits && edits[0]; edits += 2)
		ask_host(&ask, edits[0], edits[1]);
	test_classes[test_fleet.n_classes] = host_ref((struct host *)ask_judge_host(&ask));
	test_members[test_fleet.n_members++] = (struct fleet_member){
		.name = name,
		.class_index = (int32_t)test_fleet.n_classes++,
		.collected_us = 1,
	};
}

static void test_compute(void)
{
	struct refusal refusal = { 0 };

	ck_assert_int_eq(
		planner_compute(&test_fleet, &test_question, &test_plan, &refusal), PLANNER_DONE);
	ck_assert_uint_eq(
		test_plan.safe + test_plan.unknown + test_plan.unsafe, test_fleet.n_members);
	ck_assert_uint_eq(test_plan.n_leave_out, test_plan.unknown + test_plan.unsafe);
}

/* The suggestion of exactly @changes, or NULL. */
static const struct planner_suggestion *test_find(unsigned changes)
{
	for (size_t i = 0; i < test_plan.n_suggestions; i++)
		if (test_plan.suggestions[i].changes == changes)
			return &test_plan.suggestions[i];
	return NULL;
}

static bool test_says(const struct planner_host *host, enum finding_code code)
{
	for (size_t i = 0; i < host->n_findings; i++)
		if (host->findings[i] == code)
			return true;
	return false;
}

/* Firmware keeps a piece of memory below 2 GiB to itself. */
#define TEST_HOLE                                                                                  \
	"[{'first':'0x7c000000','last':'0x7fffffff','type':'reserved'},"                           \
	"{'first':'0xfee00000','last':'0xfeefffff','type':'msi'}]"
static const char *const test_hole[] = { "groups/9/reserved", TEST_HOLE, "groups/10/reserved",
	TEST_HOLE, NULL };
static const char *const test_narrow[] = { "host/cpu_bits", "39", "iommus/unit0/input_bits", "39",
	NULL };
static const char *const test_bits_of_amd[] = { "host/cpu_bits", "48", NULL };

START_TEST(plan__map_of_no_host_in_particular__fits)
{
	test_host("a", ASK_INTEL, NULL);
	test_host("b", ASK_AMD, NULL);
	test_compute();
	ck_assert(test_plan.fits);
	ck_assert_uint_eq(test_plan.safe, 2);
	ck_assert_uint_eq(test_plan.questions, FINDING_MIGRATE | FINDING_HOTPLUG);
	ck_assert_uint_eq(test_plan.n_suggestions, 0);
}
END_TEST

START_TEST(plan__no_host__does_not_fit)
{
	test_compute();
	ck_assert(!test_plan.fits);
}
END_TEST

/*
 * 1000 GiB reach, with the PCI hole, past 1012 GiB: 7.1 and newer move RAM to 1 TiB on AMD's hosts
 * only. 7.0 leaves it, and it ends at 1002 GiB, below AMD's hole.
 */
START_TEST(plan__relocated_on_one_vendor__older_machine)
{
	const struct planner_suggestion *version;

	test_machine->ram = 1000 * TEST_GIB;
	test_host("a", ASK_AMD, NULL);
	test_host("b", ASK_INTEL, NULL);
	test_host("c", ASK_INTEL, NULL);
	test_compute();
	ck_assert(!test_plan.fits);
	/* Two of three can have it among themselves. */
	ck_assert_uint_eq(test_plan.safe, 2);
	ck_assert_uint_eq(test_plan.n_leave_out, 1);
	ck_assert_str_eq(test_plan.leave_out[0].name, "a");
	ck_assert_int_eq(test_plan.leave_out[0].answer, VERDICT_UNSAFE);
	ck_assert(test_says(&test_plan.leave_out[0], FINDING_MAP_DIFFERS_THERE));
	ck_assert_ptr_nonnull(strstr(test_plan.leave_out[0].reason, "another map"));
	ck_assert_uint_eq(test_plan.n_helpless, 0);

	version = test_find(PLANNER_VERSION);
	ck_assert_ptr_nonnull(version);
	ck_assert_str_eq(version->machine->type, "pc-q35-7.0");
	ck_assert_str_eq(version->text, "Use the machine pc-q35-7.0");
	ck_assert_str_eq(version->xml, "<type arch='x86_64' machine='pc-q35-7.0'>hvm</type>");
	ck_assert_str_eq(version->option, "-machine pc-q35-7.0");
	ck_assert_uint_eq(version->safe, 3);
}
END_TEST

/* 1020 GiB without being moved lie in AMD's hole, so an older machine is no way out; more RAM in
 * DIMMs ends as high, so that is none either. */
START_TEST(plan__relocated_and_in_the_hole_otherwise__no_machine)
{
	test_machine->ram = 1020 * TEST_GIB;
	test_host("a", ASK_AMD, NULL);
	test_host("b", ASK_INTEL, test_bits_of_amd);
	test_compute();
	ck_assert_uint_eq(test_plan.n_leave_out, 1);
	ck_assert_ptr_null(test_find(PLANNER_VERSION));
	for (size_t i = 0; i < test_plan.n_suggestions; i++)
		ck_assert(!(test_plan.suggestions[i].changes & PLANNER_MAXMEM));
}
END_TEST

/*
 * 4 GiB with room for 1 TiB: RAM ends at 6 GiB (2 GiB of it below 4 GiB), then there is room for
 * maxMemory less 4 GiB and one GiB for each slot, and 32 GiB of PCI hole, which have to end by 1012
 * GiB: 1012 - 32 - 6 + 4 - 16.
 */
START_TEST(plan__room_for_too_much__less_room)
{
	const struct planner_suggestion *less;

	test_machine->maxmem = 1024 * TEST_GIB;
	test_machine->slots = 16;
	test_host("a", ASK_AMD, NULL);
	test_host("b", ASK_INTEL, NULL);
	test_compute();
	ck_assert(!test_plan.fits);
	less = test_find(PLANNER_MAXMEM);
	ck_assert_ptr_nonnull(less);
	ck_assert_uint_eq(less->machine->maxmem, 962 * TEST_GIB);
	ck_assert_uint_eq(less->machine->slots, 16);
	ck_assert_str_eq(less->text, "Lower maxMemory to 962 GiB");
	ck_assert_str_eq(less->xml, "<maxMemory slots='16' unit='KiB'>1008730112</maxMemory>");
	ck_assert_str_eq(less->option, "-m size=4194304k,slots=16,maxmem=1008730112k");
	ck_assert_uint_eq(less->safe, 2);
	ck_assert_ptr_eq(less, &test_plan.suggestions[0]);
}
END_TEST

/* What is plugged stays. 512 GiB end where a CPU of 39 bits does: 512 - 32 - 6 + 4 - 2. */
START_TEST(plan__host_of_few_bits__less_room_beside_what_is_plugged)
{
	struct machine_memory dimm = { .model = MACHINE_MEMORY_DIMM, .size = 8 * TEST_GIB };
	const struct planner_suggestion *less;

	ck_assert_int_eq(machine_add_memory(test_machine, &dimm), 0);
	test_machine->maxmem = 768 * TEST_GIB;
	test_machine->slots = 2;
	test_host("a", ASK_INTEL, NULL);
	test_host("b", ASK_INTEL, test_narrow);
	test_compute();
	ck_assert_uint_eq(test_plan.n_leave_out, 1);
	ck_assert_str_eq(test_plan.leave_out[0].name, "b");
	ck_assert(test_says(&test_plan.leave_out[0], FINDING_GUEST_CANNOT_START));
	less = test_find(PLANNER_MAXMEM);
	ck_assert_ptr_nonnull(less);
	ck_assert_uint_eq(less->machine->maxmem, 476 * TEST_GIB);
}
END_TEST

/* 600 GiB fit no CPU of 39 bits in any way. */
START_TEST(plan__guest_too_large__nothing_helps)
{
	test_machine->ram = 600 * TEST_GIB;
	test_host("a", ASK_INTEL, NULL);
	test_host("b", ASK_INTEL, test_narrow);
	test_compute();
	ck_assert_uint_eq(test_plan.n_leave_out, 1);
	ck_assert_uint_eq(test_plan.n_helpless, 1);
	ck_assert_uint_eq(test_plan.n_suggestions, 0);
}
END_TEST

/*
 * 8 GiB have 2 GiB below 4 GiB, of which a hole takes the end. With 1 GiB at boot there is nothing
 * in the hole, and memory devices begin at 4 GiB.
 */
START_TEST(plan__hole_in_low_ram__less_at_boot_and_a_dimm)
{
	const struct planner_suggestion *boot;

	test_machine->ram = 8 * TEST_GIB;
	test_machine->cpus = 4;
	test_host("a", ASK_INTEL, NULL);
	test_host("b", ASK_INTEL, test_hole);
	test_compute();
	ck_assert_uint_eq(test_plan.n_leave_out, 1);
	ck_assert(test_says(&test_plan.leave_out[0], FINDING_RAM_IN_RESERVED));
	ck_assert_uint_eq(test_plan.n_suggestions, 1);
	boot = test_find(PLANNER_BOOT_RAM);
	ck_assert_ptr_nonnull(boot);
	ck_assert_uint_eq(boot->machine->ram, TEST_GIB);
	ck_assert_uint_eq(boot->machine->n_memories, 1);
	ck_assert_uint_eq(boot->machine->memories[0].size, 7 * TEST_GIB);
	ck_assert_uint_eq(boot->machine->memories[0].address, 4 * TEST_GIB);
	ck_assert_uint_eq(boot->machine->maxmem, 8 * TEST_GIB);
	ck_assert_uint_eq(boot->machine->slots, 1);
	ck_assert_str_eq(boot->xml,
		"<numa><cell id='0' cpus='0-3' memory='1048576' unit='KiB'/></numa>\n"
		"<memory model='dimm'><target><size unit='KiB'>7340032</size><node>0</node>"
		"</target><address type='dimm' slot='0' base='0x100000000'/></memory>\n"
		"<maxMemory slots='1' unit='KiB'>8388608</maxMemory>");
	ck_assert_uint_eq(boot->safe, 2);
	/* The guest that was given is as it was. */
	ck_assert_uint_eq(test_machine->n_memories, 0);
}
END_TEST

/* A hole above 4 GiB is gone round. */
START_TEST(plan__hole_in_high_ram__dimms_past_it)
{
	static const char *const edits[] = { "groups/9/reserved",
		"[{'first':'0x200000000','last':'0x23fffffff','type':'reserved'}]", NULL };
	const struct planner_suggestion *boot;

	test_machine->ram = 16 * TEST_GIB;
	test_host("a", ASK_INTEL, edits);
	test_compute();
	boot = test_find(PLANNER_BOOT_RAM);
	ck_assert_ptr_nonnull(boot);
	/* 2 GiB below 4 GiB and 4 GiB from there to the hole, which ends at 9 GiB. */
	ck_assert_uint_eq(boot->machine->ram, 6 * TEST_GIB);
	ck_assert_uint_eq(boot->machine->memories[0].address, 9 * TEST_GIB);
	ck_assert_uint_eq(boot->machine->memories[0].size, 10 * TEST_GIB);
	/* The area begins at 8 GiB. */
	ck_assert_uint_eq(boot->machine->maxmem, (19 - 8 + 6) * TEST_GIB);
}
END_TEST

/* Pages of 1 GiB, and what QEMU's command line alone can say. */
START_TEST(plan__arguments__low_ram_ends_before_the_hole)
{
	const struct planner_suggestion *low;

	test_machine->ram = 8 * TEST_GIB;
	test_question.cmdline = true;
	test_host("a", ASK_INTEL, test_hole);
	test_compute();
	low = test_find(PLANNER_LOW_RAM);
	ck_assert_ptr_nonnull(low);
	ck_assert_uint_eq(low->machine->max_ram_below_4g, TEST_GIB);
	ck_assert_ptr_null(low->xml);
	ck_assert_str_eq(low->option, "-machine ...,max-ram-below-4g=1024M");
}
END_TEST

/*
 * A BAR of RAM lies between memory and the CPU's end, and with 48 bits AMD's hole is there. 39 bits
 * end before it, 40 do not.
 */
START_TEST(plan__bar_of_ram__fewer_bits)
{
	struct machine_bar bar = { .size = 1 << 20, .name = "ivshmem-plain" };
	const struct planner_suggestion *bits;

	ck_assert_int_eq(machine_add_bar(test_machine, &bar), 0);
	test_host("a", ASK_AMD, NULL);
	test_host("b", ASK_INTEL, NULL);
	test_compute();
	ck_assert(!test_plan.fits);
	bits = test_find(PLANNER_ADDRESS);
	ck_assert_ptr_nonnull(bits);
	ck_assert_uint_eq(bits->machine->cpu.bits_limit, 39);
	ck_assert_str_eq(bits->xml, "<maxphysaddr mode='passthrough' limit='39'/>");
}
END_TEST

/*
 * A guest that is started on the wider host may have its BAR past what the narrower reaches; one
 * that comes from there fits both. So they are not alike, and the narrower's width is a way out.
 */
START_TEST(plan__bar_placed_on_a_wider_host__not_taken_by_a_narrower)
{
	struct machine_bar bar = { .size = 1 << 20, .name = "ivshmem-plain" };

	ck_assert_int_eq(machine_add_bar(test_machine, &bar), 0);
	test_host("a", ASK_INTEL, NULL);
	test_host("b", ASK_INTEL, test_bits_of_amd);
	test_compute();
	ck_assert(!test_plan.fits);
	ck_assert_uint_eq(test_plan.safe, 1);
	ck_assert_str_eq(test_plan.leave_out[0].name, "a");
	ck_assert(test_says(&test_plan.leave_out[0], FINDING_ADDRESS_BITS_TOO_FEW));
	ck_assert_ptr_nonnull(test_find(PLANNER_ADDRESS));
	ck_assert_uint_eq(test_find(PLANNER_ADDRESS)->machine->cpu.bits_limit, 46);
}
END_TEST

/* A model without a width has 40 bits, which 1200 GiB exceed; both CPUs have more. */
START_TEST(plan__model_of_few_bits__more_bits)
{
	const struct planner_suggestion *bits;

	test_machine->cpu.kind = MACHINE_CPU_NAMED;
	test_machine->cpu.model = "Skylake-Server";
	test_machine->ram = 1200 * TEST_GIB;
	test_host("a", ASK_INTEL, NULL);
	test_host("b", ASK_INTEL, test_bits_of_amd);
	test_compute();
	ck_assert_uint_eq(test_plan.unsafe, 2);
	bits = test_find(PLANNER_ADDRESS);
	ck_assert_ptr_nonnull(bits);
	ck_assert_uint_eq(bits->machine->cpu.bits, 46);
	ck_assert_str_eq(bits->xml, "<maxphysaddr mode='emulate' bits='46'/>");
}
END_TEST

/* Neither alone is enough: the hole needs another boot, the 39 bits less room. */
START_TEST(plan__two_things_in_the_way__two_changes)
{
	const struct planner_suggestion *both;

	test_machine->ram = 8 * TEST_GIB;
	test_machine->maxmem = 1024 * TEST_GIB;
	test_machine->slots = 4;
	test_host("a", ASK_INTEL, test_hole);
	test_host("b", ASK_INTEL, test_narrow);
	test_compute();
	both = test_find(PLANNER_MAXMEM | PLANNER_BOOT_RAM);
	ck_assert_ptr_nonnull(both);
	ck_assert_uint_eq(both->machine->ram, TEST_GIB);
	/* From 4 GiB on: what is added, a slot, 32 GiB of PCI hole, up to 512 GiB. */
	ck_assert_uint_eq(both->machine->slots, 1);
	ck_assert_uint_eq(both->machine->maxmem, (512 - 32 - 4 - 1 + 1) * TEST_GIB);
	ck_assert_uint_eq(both->safe, 2);
	for (unsigned change = 1; change < _PLANNER_CHANGE_END; change <<= 1)
		ck_assert_ptr_null(test_find(change));
}
END_TEST

/* Whom nothing helps is told from whom a change helps, and keeps nobody from a suggestion. */
START_TEST(plan__hosts_that_nothing_helps__told_apart)
{
	static const char *const none[] = { "kvm/present", "false", NULL };

	test_machine->maxmem = 768 * TEST_GIB;
	test_machine->slots = 1;
	test_host("a", ASK_INTEL, none);
	test_host("b", ASK_INTEL, test_narrow);
	test_members[test_fleet.n_members++] =
		(struct fleet_member){ .name = "c", .class_index = -1 };
	test_host("d", ASK_INTEL, NULL);
	test_members[3].expired = true;
	test_compute();
	ck_assert_uint_eq(test_plan.n_leave_out, 4);
	ck_assert_uint_eq(test_plan.n_helpless, 3);
	ck_assert_str_eq(test_plan.helpless[0].name, "a");
	ck_assert(test_says(&test_plan.helpless[0], FINDING_NO_KVM));
	ck_assert_str_eq(test_plan.helpless[1].name, "c");
	ck_assert_int_eq(test_plan.helpless[1].answer, VERDICT_UNKNOWN);
	ck_assert_ptr_nonnull(test_plan.helpless[1].reason);
	ck_assert_str_eq(test_plan.helpless[2].name, "d");
	ck_assert(test_says(&test_plan.helpless[2], FINDING_FACTS_STALE));
	ck_assert_ptr_nonnull(test_plan.helpless[2].reason);
	ck_assert_ptr_nonnull(test_find(PLANNER_MAXMEM));
	ck_assert_uint_eq(test_find(PLANNER_MAXMEM)->safe, 1);
	ck_assert_uint_eq(test_find(PLANNER_MAXMEM)->unknown, 2);
	ck_assert_uint_eq(test_find(PLANNER_MAXMEM)->unsafe, 1);
}
END_TEST

/* A host that is too narrow for the guest in any way keeps no other from what helps that. */
START_TEST(plan__one_that_nothing_helps_after_all__others_helped)
{
	test_machine->ram = 600 * TEST_GIB;
	test_host("a", ASK_INTEL, NULL);
	test_host("b", ASK_INTEL, test_narrow);
	test_host("c", ASK_INTEL, test_hole);
	test_compute();
	ck_assert_uint_eq(test_plan.n_leave_out, 2);
	ck_assert_uint_eq(test_plan.n_helpless, 1);
	ck_assert_str_eq(test_plan.helpless[0].name, "b");
	ck_assert_ptr_nonnull(test_find(PLANNER_BOOT_RAM));
	ck_assert_uint_eq(test_find(PLANNER_BOOT_RAM)->safe, 2);
	ck_assert_uint_eq(test_find(PLANNER_BOOT_RAM)->unsafe, 1);
}
END_TEST

/* Where all others are safe, there is nothing to change. */
START_TEST(plan__only_a_host_that_nothing_helps__no_suggestion)
{
	static const char *const arm[] = { "host/arch", "'aarch64'", NULL };

	test_host("a", ASK_INTEL, NULL);
	test_host("b", ASK_INTEL, arm);
	test_compute();
	ck_assert_uint_eq(test_plan.n_leave_out, 1);
	ck_assert_uint_eq(test_plan.n_helpless, 1);
	ck_assert(test_says(&test_plan.helpless[0], FINDING_ARCH_DIFFERS));
	ck_assert_uint_eq(test_plan.n_suggestions, 0);
}
END_TEST

/* A guest that runs has the map of a host that is not named; one that is started anew does not. */
START_TEST(plan__running_from_nowhere__start_anew)
{
	test_machine->ram = 1000 * TEST_GIB;
	test_machine->running = true;
	test_host("a", ASK_INTEL, NULL);
	test_host("b", ASK_INTEL, NULL);
	test_compute();
	ck_assert_uint_eq(test_plan.unknown, 2);
	ck_assert_uint_eq(test_plan.n_suggestions, 1);
	ck_assert_uint_eq(test_plan.suggestions[0].changes, PLANNER_RESTART);
	ck_assert_ptr_null(test_plan.suggestions[0].xml);
	ck_assert_ptr_null(test_plan.suggestions[0].option);
}
END_TEST

static void test_add_device(void)
{
	struct guest_device device = {
		.vendor = -1,
		.device = -1,
		.subsystem_vendor = -1,
		.subsystem_device = -1,
		.class_code = -1,
		.address = ASK_NIC,
		.text = ASK_NIC,
	};

	ck_assert_int_eq(machine_add_device(test_machine, &device), 0);
}

/* An address says nothing of another host's devices: nothing can be told, and no change helps. */
START_TEST(plan__device_at_an_address_from_nowhere__nothing_helps)
{
	test_add_device();
	test_host("a", ASK_INTEL, NULL);
	test_compute();
	ck_assert_uint_eq(test_plan.unknown, 1);
	ck_assert_uint_eq(test_plan.n_helpless, 1);
	ck_assert(test_says(&test_plan.helpless[0], FINDING_DEVICE_OF_ANOTHER_HOST));
	ck_assert_uint_eq(test_plan.n_suggestions, 0);
}
END_TEST

/* With its host named, the device is a kind, in suggestions too. */
START_TEST(plan__device_of_a_named_host__is_looked_for)
{
	static const char *const other[] = { "devices/" ASK_NIC "/device", "'0x1572'",
		"devices/" ASK_NIC "/subsystem_device", "'0x1'", NULL };
	const struct planner_suggestion *less;

	test_add_device();
	test_machine->maxmem = 1024 * TEST_GIB;
	test_machine->slots = 1;
	test_host("a", ASK_INTEL, NULL);
	test_host("b", ASK_AMD, NULL);
	test_host("c", ASK_INTEL, other);
	test_question.ask.origin.host = test_classes[0];
	test_question.ask.origin.name = "a";
	test_compute();
	ck_assert_uint_eq(test_plan.n_helpless, 1);
	ck_assert_str_eq(test_plan.helpless[0].name, "c");
	ck_assert(test_says(&test_plan.helpless[0], FINDING_DEVICE_ABSENT));
	less = test_find(PLANNER_MAXMEM);
	ck_assert_ptr_nonnull(less);
	ck_assert_uint_eq(less->safe, 2);
	ck_assert_uint_eq(less->unsafe, 1);
}
END_TEST

/* A map is what it is. */
START_TEST(plan__map_given__only_leave_out)
{
	struct guest_range high = {
		.region = { 0x100000000, 0xffffffffff }, .kind = GUEST_RAM, .placed = true
	};
	struct guest *guest;

	ck_assert_int_eq(guest_new(&guest), 0);
	guest->arch = "x86_64";
	guest->kvm = true;
	guest->hotplug_none = true;
	guest->ranges = &high;
	guest->n_ranges = 1;
	test_text = (struct guest_text){ .guest = guest };
	test_host("a", ASK_AMD, NULL);
	test_host("b", ASK_INTEL, NULL);
	test_compute();
	ck_assert(!test_plan.changeable);
	ck_assert_uint_eq(test_plan.n_leave_out, 1);
	ck_assert_str_eq(test_plan.leave_out[0].name, "a");
	ck_assert_uint_eq(test_plan.n_suggestions, 0);
	guest_free(guest);
}
END_TEST

/* What is asked decides: room that only memory added later would meet harms nobody else. */
START_TEST(plan__adding_memory_asked__room_counts)
{
	static const char *const edits[] = { "groups/9/reserved",
		"[{'first':'0x1000000000','last':'0x103fffffff','type':'reserved'}]", NULL };

	test_machine->maxmem = 128 * TEST_GIB;
	test_machine->slots = 4;
	test_host("a", ASK_INTEL, edits);
	test_compute();
	ck_assert(test_plan.fits);
	arena_free(test_plan.arena);
	test_question.ask.question.questions = FINDING_MEMORY_HOTPLUG;
	test_compute();
	ck_assert(!test_plan.fits);
	ck_assert_ptr_nonnull(test_find(PLANNER_MAXMEM));
}
END_TEST

START_TEST(plan__label_and_refused_target__as_fleet_find)
{
	static const char *const targets[] = { "0000:01:00.0" };
	struct refusal refusal = { 0 };
	struct planner_plan plan;

	test_host("a", ASK_INTEL, NULL);
	test_question.ask.label = "rack";
	ck_assert_int_eq(planner_compute(&test_fleet, &test_question, &test_plan, &refusal), 0);
	ck_assert_uint_eq(test_plan.safe, 0);
	ck_assert(!test_plan.fits);
	test_question.ask.label = NULL;
	test_question.ask.question.attach = targets;
	test_question.ask.question.n_attach = 1;
	ck_assert_int_eq(
		planner_compute(&test_fleet, &test_question, &plan, &refusal), PLANNER_E_REFUSED);
	ck_assert_str_eq(refusal.where, "0000:01:00.0");
}
END_TEST

/* On Arm, RAM is in one piece from 1 GiB, and memory is added behind it. */
START_TEST(plan__arm__dimm_past_the_hole)
{
	static const char *const edits[] = { "groups/9/reserved",
		"[{'first':'0x8000000','last':'0x80fffff','type':'msi'},"
		"{'first':'0x100000000','last':'0x13fffffff','type':'reserved'}]",
		NULL };
	const struct planner_suggestion *boot;

	test_machine->arch = "aarch64";
	test_machine->type = "virt-7.2";
	test_machine->firmware = MACHINE_FIRMWARE_PFLASH;
	test_machine->ram = 8 * TEST_GIB;
	test_host("a", ASK_ARM, edits);
	test_compute();
	boot = test_find(PLANNER_BOOT_RAM);
	ck_assert_ptr_nonnull(boot);
	ck_assert_uint_eq(boot->machine->ram, 3 * TEST_GIB);
	ck_assert_uint_eq(boot->machine->memories[0].address, 5 * TEST_GIB);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("planner");
	TCase *tests = tcase_create("planner");

	tcase_add_checked_fixture(tests, test_setup, test_teardown);
	tcase_add_test(tests, plan__map_of_no_host_in_particular__fits);
	tcase_add_test(tests, plan__no_host__does_not_fit);
	tcase_add_test(tests, plan__relocated_on_one_vendor__older_machine);
	tcase_add_test(tests, plan__relocated_and_in_the_hole_otherwise__no_machine);
	tcase_add_test(tests, plan__room_for_too_much__less_room);
	tcase_add_test(tests, plan__host_of_few_bits__less_room_beside_what_is_plugged);
	tcase_add_test(tests, plan__guest_too_large__nothing_helps);
	tcase_add_test(tests, plan__hole_in_low_ram__less_at_boot_and_a_dimm);
	tcase_add_test(tests, plan__hole_in_high_ram__dimms_past_it);
	tcase_add_test(tests, plan__arguments__low_ram_ends_before_the_hole);
	tcase_add_test(tests, plan__bar_of_ram__fewer_bits);
	tcase_add_test(tests, plan__bar_placed_on_a_wider_host__not_taken_by_a_narrower);
	tcase_add_test(tests, plan__model_of_few_bits__more_bits);
	tcase_add_test(tests, plan__two_things_in_the_way__two_changes);
	tcase_add_test(tests, plan__hosts_that_nothing_helps__told_apart);
	tcase_add_test(tests, plan__one_that_nothing_helps_after_all__others_helped);
	tcase_add_test(tests, plan__only_a_host_that_nothing_helps__no_suggestion);
	tcase_add_test(tests, plan__running_from_nowhere__start_anew);
	tcase_add_test(tests, plan__device_at_an_address_from_nowhere__nothing_helps);
	tcase_add_test(tests, plan__device_of_a_named_host__is_looked_for);
	tcase_add_test(tests, plan__map_given__only_leave_out);
	tcase_add_test(tests, plan__adding_memory_asked__room_counts);
	tcase_add_test(tests, plan__label_and_refused_target__as_fleet_find);
	tcase_add_test(tests, plan__arm__dimm_past_the_hole);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
