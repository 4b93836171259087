/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/judge/planner_change.h"

#include "core/judge/planner_search.h"
#include "core/judge/planner_text.h"

#include <errno.h>

#define PLANNER_CHANGE_COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define PLANNER_CHANGE_SMALL_RAM    (UINT64_C(512) << 20) /* fits wherever anything does */
#define PLANNER_CHANGE_SMALL_BITS   36U
#define PLANNER_CHANGE_SUGGESTIONS  20U
#define PLANNER_CHANGE_TRIES	    200U /* machines that are asked about, at most */
#define PLANNER_CHANGE_TRIES_ALONE  60U	 /* the same of one host alone, */
#define PLANNER_CHANGE_ALONE	    16U	 /* for so many hosts */

const char *planner_change_word(enum planner_change change)
{
	switch (change) {
	case PLANNER_RESTART:
		return "restart";
	case PLANNER_MAXMEM:
		return "maxmem";
	case PLANNER_ADDRESS:
		return "address-bits";
	case PLANNER_VERSION:
		return "machine-version";
	case PLANNER_LOW_RAM:
		return "max-ram-below-4g";
	case PLANNER_BOOT_RAM:
		return "boot-memory";
	case _PLANNER_CHANGE_END:
		break;
	}
	return "";
}

/* The least that a guest can be on its board: what is in its way then is not its size. */
static struct machine planner_change_small(const struct machine *machine)
{
	struct machine small = *machine;

	if (small.ram > PLANNER_CHANGE_SMALL_RAM)
		small.ram = PLANNER_CHANGE_SMALL_RAM;
	small.maxmem = 0;
	small.slots = 0;
	small.n_memories = 0;
	return small;
}

/* Marks members that are safe for a small guest, of @machine or of it with few address bits. */
static int planner_change_help(struct planner_work *work, const struct machine *machine)
{
	struct planner_ask *ask = &work->ask;
	size_t n = ask->fleet.n_members;
	bool *wanted = arena_array(ask->arena, n, sizeof(*wanted));
	struct machine small = planner_change_small(machine);
	int r = wanted ? PLANNER_DONE : -ENOMEM;

	for (unsigned narrow = 0; r == PLANNER_DONE && narrow < 2; narrow++) {
		for (size_t i = 0; i < n; i++)
			wanted[i] = !ask->helpable[i];
		r = planner_ask_at_home(ask, &small, wanted, ask->helpable);
		small.cpu.bits = PLANNER_CHANGE_SMALL_BITS;
		small.cpu.bits_limit = PLANNER_CHANGE_SMALL_BITS;
	}
	return r;
}

/* Tells those that can be helped from the others. */
static int planner_change_helpable(struct planner_work *work)
{
	struct planner_ask *ask = &work->ask;
	struct planner_search_list versions;
	int r = planner_search_candidates(ask, work->machine, PLANNER_VERSION, &versions);

	for (size_t i = 0; i < ask->fleet.n_members; i++)
		ask->helpable[i] = !work->fails[i];
	if (r == PLANNER_DONE)
		r = planner_change_help(work, work->machine);
	for (size_t i = 0; r == PLANNER_DONE && i < versions.n; i++)
		r = planner_change_help(work, versions.machines[i]);
	return r;
}

/* Asks about @machine of every host, wherever it is started, and adds it to the plan. */
static int planner_change_suggest(
	struct planner_work *work, const struct machine *machine, unsigned changes)
{
	struct planner_plan *plan = &work->plan;
	size_t n = work->ask.fleet.n_members;
	struct planner_host *hosts = arena_array(work->ask.arena, n, sizeof(*hosts));
	struct planner_suggestion *ret = &plan->suggestions[plan->n_suggestions];
	int r = hosts ? PLANNER_DONE : -ENOMEM;

	for (size_t i = 0; r == PLANNER_DONE && i < work->ask.n_starts; i++)
		r = planner_ask_report(
			&work->ask, &work->ask.fleet, machine, work->ask.starts[i], hosts);
	if (r != PLANNER_DONE)
		return r;
	for (size_t i = 0; i < n; i++)
		if (work->ask.helpable[i] && hosts[i].answer != VERDICT_SAFE)
			return PLANNER_DONE;
	*ret = (struct planner_suggestion){
		.changes = changes,
		.machine = machine,
		.safe = planner_work_count(hosts, n, VERDICT_SAFE),
		.unknown = planner_work_count(hosts, n, VERDICT_UNKNOWN),
		.unsafe = planner_work_count(hosts, n, VERDICT_UNSAFE),
	};
	r = planner_text_say(plan->arena, work->machine, ret);
	plan->n_suggestions += r == 0;
	return r;
}

/* One change of one kind; started anew it may need none. */
static int planner_change_singles(struct planner_work *work)
{
	struct planner_ask *ask = &work->ask;
	bool works = false;
	int r = PLANNER_DONE;

	if (!planner_work_is_new(work))
		r = planner_ask_try(ask, work->machine, &works);
	if (r == PLANNER_DONE && works)
		return planner_change_suggest(work, work->machine, PLANNER_RESTART);
	for (unsigned change = PLANNER_MAXMEM; r == PLANNER_DONE && change < _PLANNER_CHANGE_END;
		change <<= 1) {
		const struct machine *machine;

		r = planner_search_one(ask, work->machine, (enum planner_change)change, &machine);
		if (r == PLANNER_DONE && machine)
			r = planner_change_suggest(work, machine, change);
	}
	return r;
}

/* Gives back of the memory that could be added before what @machine can have of it. */
static int planner_change_give_back(struct planner_work *work, const struct machine **machine)
{
	struct machine *base = planner_ask_copy(&work->ask, *machine);

	if (!base)
		return -ENOMEM;
	base->maxmem = work->machine->maxmem;
	return planner_search_most_memory(&work->ask, base, *machine, machine);
}

/* The first change of kind @first with which one of kind @second helps. */
static int planner_change_pair(
	struct planner_work *work, enum planner_change first, enum planner_change second)
{
	const struct machine *machine = NULL;
	struct planner_search_list list;
	int r = planner_search_candidates(&work->ask, work->machine, first, &list);

	for (size_t i = 0; r == PLANNER_DONE && !machine && i < list.n; i++)
		r = planner_search_one(&work->ask, list.machines[i], second, &machine);
	if (r == PLANNER_DONE && machine && first == PLANNER_MAXMEM)
		r = planner_change_give_back(work, &machine);
	if (r == PLANNER_DONE && machine)
		r = planner_change_suggest(work, machine, first | second);
	return r;
}

/* What can be made smaller by degrees comes second. */
static int planner_change_pairs(struct planner_work *work)
{
	static const enum planner_change order[] = { PLANNER_ADDRESS, PLANNER_VERSION,
		PLANNER_LOW_RAM, PLANNER_MAXMEM, PLANNER_BOOT_RAM };
	int r = PLANNER_DONE;

	for (size_t second = PLANNER_CHANGE_COUNT(order); second-- > 1;)
		for (size_t first = 0; r == PLANNER_DONE && first < second; first++)
			r = planner_change_pair(work, order[first], order[second]);
	return r;
}

/* What helps all that can be helped, in at most @tries tries. */
static int planner_change_round(struct planner_work *work, unsigned tries)
{
	struct planner_ask *ask = &work->ask;
	int r = planner_ask_prepare(ask, work->fails, tries);

	if (r != PLANNER_DONE || !ask->screens[0].n_members)
		return r;
	r = planner_change_singles(work);
	if (r == PLANNER_DONE && !work->plan.n_suggestions)
		r = planner_change_pairs(work);
	work->plan.exhausted = work->plan.exhausted || ask->exhausted;
	return r;
}

/*
 * Takes those of class @index out of @helpable, which says who can be helped, unless some change
 * helps them together with those that need none.
 */
static int planner_change_alone(struct planner_work *work, int32_t index, bool *helpable)
{
	struct planner_ask *ask = &work->ask;
	size_t n = ask->fleet.n_members;
	bool helps;
	int r;

	for (size_t i = 0; i < n; i++)
		ask->helpable[i] = !work->fails[i] ||
				   (helpable[i] && ask->fleet.members[i].class_index == index);
	r = planner_change_round(work, PLANNER_CHANGE_TRIES_ALONE);
	helps = work->plan.n_suggestions > 0;
	work->plan.n_suggestions = 0;
	for (size_t i = 0; r == PLANNER_DONE && !helps && i < n; i++)
		if (work->fails[i] && ask->fleet.members[i].class_index == index)
			helpable[i] = false;
	return r;
}

/* One host that nothing helps must not keep the others from what helps them: finds those. */
static int planner_change_single_out(struct planner_work *work)
{
	struct planner_ask *ask = &work->ask;
	size_t n = ask->fleet.n_members, tried = 0;
	bool *seen = arena_array(ask->arena, ask->fleet.n_classes, sizeof(*seen));
	bool *helpable = arena_array(ask->arena, n, sizeof(*helpable));
	int r = seen && helpable ? PLANNER_DONE : -ENOMEM;

	for (size_t i = 0; r == PLANNER_DONE && i < n; i++)
		helpable[i] = ask->helpable[i];
	for (size_t i = 0; r == PLANNER_DONE && i < n && tried < PLANNER_CHANGE_ALONE; i++) {
		int32_t index = ask->fleet.members[i].class_index;

		if (!work->fails[i] || !helpable[i] || seen[index])
			continue;
		seen[index] = true;
		tried++;
		r = planner_change_alone(work, index, helpable);
	}
	for (size_t i = 0; r == PLANNER_DONE && i < n; i++)
		ask->helpable[i] = helpable[i];
	return r;
}

int planner_change_find(struct planner_work *work)
{
	struct planner_ask *ask = &work->ask;
	struct planner_plan *plan = &work->plan;
	int r;

	plan->suggestions =
		arena_array(plan->arena, PLANNER_CHANGE_SUGGESTIONS, sizeof(*plan->suggestions));
	ask->helpable = arena_array(ask->arena, ask->fleet.n_members, sizeof(bool));
	if (!plan->suggestions || !ask->helpable)
		return -ENOMEM;
	r = planner_change_helpable(work);
	if (r == PLANNER_DONE)
		r = planner_change_round(work, PLANNER_CHANGE_TRIES);
	if (r == PLANNER_DONE && !plan->n_suggestions) {
		r = planner_change_single_out(work);
		if (r == PLANNER_DONE)
			r = planner_change_round(work, PLANNER_CHANGE_TRIES);
	}
	for (size_t i = 0; r == PLANNER_DONE && i < ask->fleet.n_members; i++)
		if (!ask->helpable[i])
			plan->helpless[plan->n_helpless++] = work->hosts[i];
	return r;
}
