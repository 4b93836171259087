/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/judge/planner.h"

#include "core/cleanup.h"
#include "core/judge/planner_ask.h"
#include "core/judge/planner_search.h"
#include "core/judge/planner_text.h"

#include <errno.h>
#include <string.h>

CLEANUP_DEFINE(struct guest *, guest_free, planner_guest_freep);

#define PLANNER_COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define PLANNER_SMALL_RAM    (UINT64_C(512) << 20) /* fits wherever anything does */
#define PLANNER_SMALL_BITS   36U
#define PLANNER_SUGGESTIONS  20U

/* One plan in the making. */
struct planner_work {
	struct planner_ask ask;
	/* The guest's, its devices told without the help of their host's addresses; NULL: a map
	 * was given. */
	const struct machine *machine;
	struct planner_host *hosts; /* of each member, as the guest is */
	bool *fails;		    /* likewise: it is not safe, or not like the others */
	struct planner_plan plan;
};

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

/* ------------------------------------------------------------------ the guest as it is */

/* The members that the filters leave, in order. */
static int planner_members(struct planner_work *work, const struct fleet *fleet)
{
	_cleanup_(fleet_found_done) struct fleet_found found = { 0 };
	struct planner_ask *ask = &work->ask;
	struct fleet_question list = ask->asked->ask;
	bool *wanted = arena_array(ask->arena, fleet->n_members, sizeof(*wanted));
	int r = wanted ? 0 : -ENOMEM;

	ask->fleet = *fleet;
	list.guest = NULL;
	if (r == 0)
		r = fleet_find(fleet, &list, &found, ask->refusal);
	if (r != FLEET_DONE)
		return r < 0 ? r : PLANNER_E_REFUSED;
	for (size_t i = 0; i < found.n; i++)
		wanted[found.answers[i].member] = true;
	r = planner_ask_some(ask, wanted, &ask->fleet);
	ask->question = ask->asked->ask;
	ask->question.label = ask->question.label_value = ask->question.class_digest = NULL;
	if (!ask->question.question.questions)
		ask->question.question.questions = FINDING_MIGRATE | FINDING_HOTPLUG;
	work->plan.questions = ask->question.question.questions;
	return r;
}

static const char *planner_copy(struct planner_work *work, const char *text, int *fault)
{
	const char *copy = text ? arena_text(work->plan.arena, text, strlen(text)) : NULL;

	if (text && !copy)
		*fault = -ENOMEM;
	return copy;
}

/* Takes @devices over; an address that no host explains is of another host than is asked. */
static int planner_take_devices(
	struct planner_work *work, const struct guest_device *devices, struct machine *ret)
{
	const char *name = work->ask.asked->ask.origin.name;
	int fault = 0;

	ret->devices = arena_array(work->plan.arena, ret->n_devices, sizeof(*ret->devices));
	if (!ret->devices)
		return -ENOMEM;
	for (size_t i = 0; i < ret->n_devices; i++) {
		struct guest_device device = devices[i];

		if (device.address && !device.host)
			device.host = name ? name : "";
		device.address = planner_copy(work, device.address, &fault);
		device.host = planner_copy(work, device.host, &fault);
		device.text = planner_copy(work, device.text, &fault);
		ret->devices[i] = device;
	}
	return fault;
}

/*
 * The machine as it can be asked about wherever it is started: its devices are those of the host
 * that it is defined on, not those at the same addresses of another.
 */
static int planner_translate(struct planner_work *work)
{
	const struct fleet_question *asked = &work->ask.asked->ask;
	struct definition_origin origin = asked->origin;
	_cleanup_(planner_guest_freep) struct guest *guest = NULL;
	struct machine *copy;
	int r = 0;

	work->plan.changeable = asked->guest->machine != NULL;
	if (!work->plan.changeable)
		return 0;
	copy = planner_ask_copy(&work->ask, asked->guest->machine);
	if (!copy)
		return -ENOMEM;
	origin.here = origin.started_here = false;
	if (origin.host && copy->n_devices)
		r = definition_guest(asked->guest, origin.host, &origin, &guest);
	if (r == 0)
		r = planner_take_devices(
			work, guest ? guest->devices : asked->guest->machine->devices, copy);
	work->machine = copy;
	return r;
}

/* True when nothing says where the guest is started: then it may be started anywhere. */
static bool planner_is_new(const struct planner_work *work)
{
	const struct definition_origin *origin = &work->ask.asked->ask.origin;

	return work->machine && !work->machine->running && !origin->host && !origin->started_here;
}

/* Asks about the guest started on each of @starts; the worst goes to @ret, by member. */
static int planner_started(struct planner_work *work, const struct host *const *starts, size_t n,
	struct planner_host *ret)
{
	int r = PLANNER_DONE;

	for (size_t i = 0; r == PLANNER_DONE && i < n; i++)
		r = planner_ask_report(&work->ask, &work->ask.fleet, work->machine, starts[i], ret);
	return r;
}

static size_t planner_count(const struct planner_host *hosts, size_t n, enum verdict_answer answer)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += hosts[i].answer == answer;
	return count;
}

/*
 * Hosts of different places may give the guest maps that differ: of those where it may be started,
 * the one from which it can go to most others decides, then the rest leave who does not go along.
 */
static int planner_best_start(
	struct planner_work *work, const struct host *const *starts, size_t n_starts)
{
	size_t n = work->ask.fleet.n_members, best_safe = 0;
	bool found = false;
	int r = PLANNER_DONE;

	for (size_t i = 0; r == PLANNER_DONE && i < n_starts; i++) {
		struct planner_host *hosts = arena_array(work->ask.arena, n, sizeof(*hosts));
		size_t safe;

		if (!hosts)
			return -ENOMEM;
		r = planner_started(work, &starts[i], 1, hosts);
		safe = planner_count(hosts, n, VERDICT_SAFE);
		if (r == PLANNER_DONE && (!found || safe > best_safe)) {
			found = true;
			best_safe = safe;
			work->hosts = hosts;
		}
	}
	return r;
}

/* Leaves out, until those that remain can start it and take it from each other. */
static int planner_agree(struct planner_work *work)
{
	size_t n = work->ask.fleet.n_members, safe = planner_count(work->hosts, n, VERDICT_SAFE);
	int r = PLANNER_DONE;

	for (size_t before = n; r == PLANNER_DONE && safe && safe < before;) {
		bool *keep = arena_array(work->ask.arena, n, sizeof(*keep));
		struct planner_host *hosts = arena_array(work->ask.arena, n, sizeof(*hosts));
		const struct host **starts;
		size_t n_starts;

		if (!keep || !hosts)
			return -ENOMEM;
		for (size_t i = 0; i < n; i++)
			keep[i] = work->hosts[i].answer == VERDICT_SAFE;
		r = planner_ask_places(&work->ask, keep, &starts, &n_starts);
		if (r == PLANNER_DONE)
			r = planner_started(work, starts, n_starts, hosts);
		for (size_t i = 0; r == PLANNER_DONE && i < n; i++)
			if (keep[i])
				work->hosts[i] = hosts[i];
		before = safe;
		safe = planner_count(work->hosts, n, VERDICT_SAFE);
	}
	return r;
}

static int planner_ask_new(struct planner_work *work)
{
	size_t n = work->ask.fleet.n_members, n_starts;
	bool *all = arena_array(work->ask.arena, n, sizeof(*all));
	const struct host **starts;
	int r;

	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		all[i] = true;
	r = planner_ask_places(&work->ask, all, &starts, &n_starts);
	/* Of a fleet of which nothing is known, nothing is known as it is. */
	if (r == PLANNER_DONE && !n_starts)
		return planner_ask_as_is(&work->ask, work->hosts);
	if (r == PLANNER_DONE)
		r = planner_best_start(work, starts, n_starts);
	return r == PLANNER_DONE ? planner_agree(work) : r;
}

static int planner_as_it_is(struct planner_work *work)
{
	struct planner_plan *plan = &work->plan;
	size_t n = work->ask.fleet.n_members;
	int r;

	work->hosts = arena_array(work->ask.arena, n, sizeof(*work->hosts));
	work->fails = arena_array(work->ask.arena, n, sizeof(*work->fails));
	plan->leave_out = arena_array(plan->arena, n, sizeof(*plan->leave_out));
	plan->helpless = arena_array(plan->arena, n, sizeof(*plan->helpless));
	if (!work->hosts || !work->fails || !plan->leave_out || !plan->helpless)
		return -ENOMEM;
	r = planner_is_new(work) ? planner_ask_new(work)
				 : planner_ask_as_is(&work->ask, work->hosts);
	if (r != PLANNER_DONE)
		return r;
	for (size_t i = 0; i < n; i++) {
		work->fails[i] = work->hosts[i].answer != VERDICT_SAFE;
		if (work->fails[i])
			plan->leave_out[plan->n_leave_out++] = work->hosts[i];
	}
	plan->safe = planner_count(work->hosts, n, VERDICT_SAFE);
	plan->unknown = planner_count(work->hosts, n, VERDICT_UNKNOWN);
	plan->unsafe = planner_count(work->hosts, n, VERDICT_UNSAFE);
	plan->fits = n > 0 && plan->safe == n;
	return r;
}

/* ------------------------------------------------------------------ whom a change can help */

/* The least that a guest can be on its board: what is in its way then is not its size. */
static struct machine planner_small(const struct machine *machine)
{
	struct machine small = *machine;

	if (small.ram > PLANNER_SMALL_RAM)
		small.ram = PLANNER_SMALL_RAM;
	small.maxmem = 0;
	small.slots = 0;
	small.n_memories = 0;
	return small;
}

/* Marks members that are safe for a small guest, of @machine or of it with few address bits. */
static int planner_help(struct planner_work *work, const struct machine *machine)
{
	struct planner_ask *ask = &work->ask;
	size_t n = ask->fleet.n_members;
	bool *wanted = arena_array(ask->arena, n, sizeof(*wanted));
	struct machine small = planner_small(machine);
	int r = wanted ? PLANNER_DONE : -ENOMEM;

	for (unsigned narrow = 0; r == PLANNER_DONE && narrow < 2; narrow++) {
		for (size_t i = 0; i < n; i++)
			wanted[i] = !ask->helpable[i];
		r = planner_ask_at_home(ask, &small, wanted, ask->helpable);
		small.cpu.bits = PLANNER_SMALL_BITS;
		small.cpu.bits_limit = PLANNER_SMALL_BITS;
	}
	return r;
}

/* Tells those that can be helped from the others. */
static int planner_find_helpable(struct planner_work *work)
{
	struct planner_ask *ask = &work->ask;
	struct planner_plan *plan = &work->plan;
	struct planner_search_list versions;
	int r = planner_search_candidates(ask, work->machine, PLANNER_VERSION, &versions);

	for (size_t i = 0; i < ask->fleet.n_members; i++)
		ask->helpable[i] = !work->fails[i];
	if (r == PLANNER_DONE)
		r = planner_help(work, work->machine);
	for (size_t i = 0; r == PLANNER_DONE && i < versions.n; i++)
		r = planner_help(work, versions.machines[i]);
	for (size_t i = 0; r == PLANNER_DONE && i < ask->fleet.n_members; i++)
		if (!ask->helpable[i])
			plan->helpless[plan->n_helpless++] = work->hosts[i];
	return r;
}

/* ------------------------------------------------------------------ suggestions */

/* Asks about @machine of every host, wherever it is started, and adds it to the plan. */
static int planner_suggest(
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
		.safe = planner_count(hosts, n, VERDICT_SAFE),
		.unknown = planner_count(hosts, n, VERDICT_UNKNOWN),
		.unsafe = planner_count(hosts, n, VERDICT_UNSAFE),
	};
	r = planner_text_say(plan->arena, work->machine, ret);
	plan->n_suggestions += r == 0;
	return r;
}

/* One change of one kind; started anew it may need none. */
static int planner_singles(struct planner_work *work)
{
	struct planner_ask *ask = &work->ask;
	bool works = false;
	int r = PLANNER_DONE;

	if (!planner_is_new(work))
		r = planner_ask_try(ask, work->machine, &works);
	if (r == PLANNER_DONE && works)
		return planner_suggest(work, work->machine, PLANNER_RESTART);
	for (unsigned change = PLANNER_MAXMEM; r == PLANNER_DONE && change < _PLANNER_CHANGE_END;
		change <<= 1) {
		const struct machine *machine;

		r = planner_search_one(ask, work->machine, (enum planner_change)change, &machine);
		if (r == PLANNER_DONE && machine)
			r = planner_suggest(work, machine, change);
	}
	return r;
}

/* The first change of kind @first with which one of kind @second helps. */
static int planner_pair(
	struct planner_work *work, enum planner_change first, enum planner_change second)
{
	const struct machine *machine = NULL;
	struct planner_search_list list;
	int r = planner_search_candidates(&work->ask, work->machine, first, &list);

	for (size_t i = 0; r == PLANNER_DONE && !machine && i < list.n; i++)
		r = planner_search_one(&work->ask, list.machines[i], second, &machine);
	if (r == PLANNER_DONE && machine)
		r = planner_suggest(work, machine, first | second);
	return r;
}

/* What can be made smaller by degrees comes second. */
static int planner_pairs(struct planner_work *work)
{
	static const enum planner_change order[] = { PLANNER_ADDRESS, PLANNER_VERSION,
		PLANNER_LOW_RAM, PLANNER_MAXMEM, PLANNER_BOOT_RAM };
	int r = PLANNER_DONE;

	for (size_t second = PLANNER_COUNT(order); second-- > 1;)
		for (size_t first = 0; r == PLANNER_DONE && first < second; first++)
			r = planner_pair(work, order[first], order[second]);
	return r;
}

static int planner_change(struct planner_work *work)
{
	struct planner_plan *plan = &work->plan;
	bool helps = false;
	int r;

	plan->suggestions =
		arena_array(plan->arena, PLANNER_SUGGESTIONS, sizeof(*plan->suggestions));
	work->ask.helpable = arena_array(work->ask.arena, work->ask.fleet.n_members, sizeof(bool));
	if (!plan->suggestions || !work->ask.helpable)
		return -ENOMEM;
	r = planner_find_helpable(work);
	if (r == PLANNER_DONE)
		r = planner_ask_prepare(&work->ask, work->fails);
	for (size_t i = 0; r == PLANNER_DONE && i < work->ask.fleet.n_members; i++)
		helps = helps || (work->fails[i] && work->ask.helpable[i]);
	if (r != PLANNER_DONE || !helps)
		return r;
	r = planner_singles(work);
	if (r == PLANNER_DONE && !plan->n_suggestions)
		r = planner_pairs(work);
	plan->exhausted = work->ask.exhausted;
	return r;
}

int planner_compute(const struct fleet *fleet, const struct planner_question *question,
	struct planner_plan *ret, struct refusal *refusal)
{
	struct planner_work work = { .ask = { .asked = question, .refusal = refusal } };
	int r = arena_new(SIZE_MAX, &work.plan.arena);

	if (r < 0)
		return r;
	work.ask.arena = work.plan.arena;
	r = planner_members(&work, fleet);
	if (r == PLANNER_DONE)
		r = planner_translate(&work);
	if (r == PLANNER_DONE)
		r = planner_as_it_is(&work);
	if (r == PLANNER_DONE && !work.plan.fits && work.machine)
		r = planner_change(&work);
	arena_free(work.ask.baseline.arena);
	if (r != PLANNER_DONE) {
		arena_free(work.plan.arena);
		return r;
	}
	*ret = work.plan;
	return PLANNER_DONE;
}
