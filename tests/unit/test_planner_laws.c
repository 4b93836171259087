/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Suggestions hold: random machines on fleets made of captured hosts; each suggested machine is
 * laid out and judged here again, host by host, from every host to every other, without anything of
 * the planner or of questions about fleets.
 */
#include "core/cleanup.h"
#include "core/judge/planner.h"
#include "tests/support/ask.h"
#include "tests/support/prop.h"
#include "tests/support/unit.h"

#include <string.h>

CLEANUP_DEFINE(struct guest *, guest_free, test_guest_freep);
CLEANUP_DEFINE(struct verdict *, verdict_free, test_verdict_freep);
CLEANUP_DEFINE(struct machine *, machine_free, test_machine_freep);

#define TEST_GIB   (1ULL << 30)
#define TEST_HOSTS 4U
#define TEST_POOL  16U

/* Hosts with changes that put things in the way, made once. */
static struct host *test_pool[TEST_POOL];
static size_t test_n_pool;

static struct fleet_member test_members[TEST_HOSTS];
static const struct host *test_classes[TEST_HOSTS];
static unsigned test_suggested[_PLANNER_CHANGE_END], test_fitting, test_plans;

static void test_hole(json_t *facts, const char *first, const char *last)
{
	json_t *groups = json_object_get(facts, "groups"), *group;
	size_t i;

	json_array_foreach(groups, i, group) json_array_append_new(
		json_object_get(group, "reserved"),
		json_pack("{s:s, s:s, s:s}", "first", first, "last", last, "type", "reserved"));
}

static void test_add(const json_t *facts)
{
	ck_assert_uint_lt(test_n_pool, TEST_POOL);
	test_pool[test_n_pool++] = prop_host(facts, NULL);
}

/* The captured hosts are guests themselves, of narrow CPUs and without KVM: real ones are not. */
static void test_load(void)
{
	static const struct {
		const char *name, *vendor, *bits, *first, *last;
	} hosts[] = {
		{ "x86-vfio", "'intel'", "46", "0x7c000000", "0x7fffffff" },
		{ "x86-vfio-sm", "'intel'", "52", "0x280000000", "0x2bfffffff" },
		{ "x86-vfio-sm", "'intel'", "39", NULL, NULL },
		{ "x86-vfio-sm", "'intel'", "46", NULL, NULL },
		{ "x86-vfio-sm", "'intel'", "48", NULL, NULL },
		{ "x86-vfio-amdvi", "'amd'", "48", "0x4000000000", "0x403fffffff" },
		{ "x86-vfio-ivmd", "'amd'", "48", NULL, NULL },
		{ "x86-amdvi-7.2", "'amd'", "48", NULL, NULL },
		{ "x86-none", "'intel'", "46", NULL, NULL },
		{ "arm64-vfio", "'arm'", "48", NULL, NULL },
	};

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		json_t *facts = prop_load(hosts[i].name);

		ask_set(facts, "kvm/present", "true");
		ask_set(facts, "host/cpu_vendor", hosts[i].vendor);
		ask_set(facts, "host/cpu_bits", hosts[i].bits);
		test_add(facts);
		if (hosts[i].first) {
			test_hole(facts, hosts[i].first, hosts[i].last);
			test_add(facts);
		}
		json_decref(facts);
	}
}

static uint64_t test_pick(uint64_t *state, const uint64_t *values, size_t n)
{
	return values[unit_random(state) % n];
}

/* A random machine, many of them near an edge. */
static struct machine *test_machine(uint64_t *state)
{
	static const char *const types[] = { "pc-q35-7.2", "pc-q35-6.2", "pc-i440fx-7.2",
		"pc-i440fx-2.1", "q35", "pc-q35-9.2" };
	static const uint64_t rams[] = { 1, 2, 3, 4, 8, 12, 16, 60, 480, 990, 1000, 1020, 1100 };
	static const uint64_t more[] = { 0, 0, 0, 4, 64, 470, 900, 1024, 4096 };
	struct machine_memory dimm = { .model = MACHINE_MEMORY_DIMM, .size = 2 * TEST_GIB };
	struct machine_bar bar = { .size = 1 << 20, .name = "ivshmem-plain" };
	struct machine *machine;

	ck_assert_int_eq(machine_new(&machine), 0);
	machine->arch = "x86_64";
	machine->type = types[unit_random(state) % (sizeof(types) / sizeof(types[0]))];
	machine->kvm = true;
	machine->ram = test_pick(state, rams, sizeof(rams) / sizeof(rams[0])) * TEST_GIB;
	machine->maxmem = test_pick(state, more, sizeof(more) / sizeof(more[0])) * TEST_GIB;
	if (machine->maxmem) {
		machine->maxmem += machine->ram;
		machine->slots = (unsigned)(unit_random(state) % 16 + 1);
	}
	machine->cpu.kind = unit_random(state) % 2 ? MACHINE_CPU_HOST : MACHINE_CPU_NAMED;
	if (machine->cpu.kind == MACHINE_CPU_NAMED)
		machine->cpu.model = "Skylake-Server";
	machine->firmware =
		unit_random(state) % 2 ? MACHINE_FIRMWARE_PFLASH : MACHINE_FIRMWARE_DEFAULT;
	machine->running = unit_random(state) % 8 == 0;
	if (machine->slots && unit_random(state) % 3 == 0)
		ck_assert_int_eq(machine_add_memory(machine, &dimm), 0);
	if (unit_random(state) % 3 == 0)
		ck_assert_int_eq(machine_add_bar(machine, &bar), 0);
	return machine;
}

/* The worst answer about @machine on @there when it was started on @from. */
static enum verdict_answer test_judge(const struct machine *machine, const struct host *from,
	const struct host *there, unsigned questions)
{
	struct definition_origin origin = { .host = from };
	struct machine copy = *machine;
	struct guest_text text = { .machine = &copy };
	_cleanup_(test_verdict_freep) struct verdict *verdict = NULL;
	_cleanup_(test_guest_freep) struct guest *guest = NULL;
	struct verdict_question question = { .questions = questions };
	struct refusal refusal;

	ck_assert_int_eq(definition_guest(&text, there, &origin, &guest), 0);
	question.guest = guest;
	ck_assert_int_eq(verdict_compute(there, &question, &verdict, &refusal), VERDICT_DONE);
	return verdict_worst(verdict);
}

/* The worst answer from each of the hosts in @among to @there. */
static enum verdict_answer test_from_all(const struct machine *machine, const bool *among, size_t n,
	size_t there, unsigned questions)
{
	enum verdict_answer worst = VERDICT_SAFE;

	for (size_t i = 0; i < n; i++) {
		enum verdict_answer one;

		if (!among[i])
			continue;
		one = test_judge(machine, test_classes[i], test_classes[there], questions);
		if (one > worst)
			worst = one;
	}
	return worst;
}

static void test_without(const struct planner_host *hosts, size_t n, bool *among)
{
	for (size_t i = 0; i < n; i++)
		among[hosts[i].name[0] - 'a'] = false;
}

/* Each host that a suggestion promises is safe wherever among those that it helps it is started. */
static void test_hold(const struct planner_plan *plan, size_t n, const char *seed)
{
	for (size_t i = 0; i < plan->n_suggestions; i++) {
		const struct planner_suggestion *suggestion = &plan->suggestions[i];
		bool among[TEST_HOSTS] = { true, true, true, true };
		size_t safe = 0;

		test_without(plan->helpless, plan->n_helpless, among);
		for (size_t j = 0; j < n; j++) {
			bool holds = test_from_all(suggestion->machine, among, n, j,
					     plan->questions) == VERDICT_SAFE;

			ck_assert_msg(
				holds || !among[j], "%s: host %zu: %s", seed, j, suggestion->text);
			safe += holds;
		}
		ck_assert_msg(safe == suggestion->safe, "%s: %s", seed, suggestion->text);
		ck_assert_ptr_nonnull(suggestion->text);
		test_suggested[suggestion->changes]++;
	}
}

static void test_try(uint64_t state, const char *seed)
{
	_cleanup_(test_machine_freep) struct machine *machine = test_machine(&state);
	struct guest_text text = { .machine = machine };
	struct fleet fleet = { .classes = test_classes, .members = test_members };
	struct planner_question question = { .ask.guest = &text,
		.cmdline = unit_random(&state) % 4 == 0 };
	bool among[TEST_HOSTS] = { true, true, true, true };
	struct planner_plan plan;
	struct refusal refusal;
	static const char *const names[] = { "a", "b", "c", "d" };

	fleet.n_members = fleet.n_classes = unit_random(&state) % TEST_HOSTS + 1;
	for (size_t i = 0; i < fleet.n_members; i++) {
		test_classes[i] = test_pool[unit_random(&state) % test_n_pool];
		test_members[i] =
			(struct fleet_member){ .name = names[i], .class_index = (int32_t)i };
	}
	ck_assert_int_eq(planner_compute(&fleet, &question, &plan, &refusal), PLANNER_DONE);
	test_without(plan.leave_out, plan.n_leave_out, among);
	/* Without those that are to be left out, it can run on the rest, from any to any. */
	for (size_t i = 0; i < fleet.n_members; i++)
		ck_assert_msg(machine->running || !among[i] ||
				      test_from_all(machine, among, fleet.n_members, i,
					      plan.questions) == VERDICT_SAFE,
			"%s: host %zu", seed, i);
	ck_assert_msg(plan.fits == (plan.n_leave_out == 0), "%s", seed);
	test_hold(&plan, fleet.n_members, seed);
	test_fitting += plan.fits;
	test_plans++;
	arena_free(plan.arena);
}

START_TEST(plan__suggestions__hold_on_every_host)
{
	unsigned kinds = 0;

	test_load();
	for (unsigned i = 0; i < prop_run.iterations; i++) {
		char seed[64];

		(void)snprintf(seed, sizeof(seed), "seed %llu try %u",
			(unsigned long long)prop_run.seed, i);
		test_try(prop_state(0, i), seed);
	}
	printf("%u plans, %u fit", test_plans, test_fitting);
	for (unsigned i = 0; i < _PLANNER_CHANGE_END; i++) {
		if (test_suggested[i])
			printf(", %u of %#x", test_suggested[i], i);
		kinds += test_suggested[i] != 0;
	}
	printf("\n");
	(void)fflush(stdout);
	/* A run that suggests little has tried nothing. */
	ck_assert(test_plans < 200 || (kinds >= 5 && test_fitting));
	for (size_t i = 0; i < test_n_pool; i++)
		host_unref(test_pool[i]);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("planner_laws");
	TCase *tests = tcase_create("planner_laws");

	prop_begin(argc, argv, 400);
	tcase_set_timeout(tests, 600);
	tcase_add_test(tests, plan__suggestions__hold_on_every_host);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
