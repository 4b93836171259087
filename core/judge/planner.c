/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/judge/planner.h"

#include "core/cleanup.h"
#include "core/judge/planner_change.h"

#include <errno.h>
#include <string.h>

CLEANUP_DEFINE(struct guest *, guest_free, planner_guest_freep);

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
	work->plan.oldest_us = fleet_oldest(&ask->fleet, NULL, ask->fleet.n_members);
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

/* Asks about the guest started on each of @starts; the worst goes to @ret, by member. */
static int planner_started(struct planner_work *work, const struct host *const *starts, size_t n,
	struct planner_host *ret)
{
	int r = PLANNER_DONE;

	for (size_t i = 0; r == PLANNER_DONE && i < n; i++)
		r = planner_ask_report(&work->ask, &work->ask.fleet, work->machine, starts[i], ret);
	return r;
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
		safe = planner_work_count(hosts, n, VERDICT_SAFE);
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
	size_t n = work->ask.fleet.n_members,
	       safe = planner_work_count(work->hosts, n, VERDICT_SAFE);
	int r = PLANNER_DONE;

	for (size_t before = n + 1; r == PLANNER_DONE && safe && safe < before;) {
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
		safe = planner_work_count(work->hosts, n, VERDICT_SAFE);
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
	r = planner_work_is_new(work) ? planner_ask_new(work)
				      : planner_ask_as_is(&work->ask, work->hosts);
	if (r != PLANNER_DONE)
		return r;
	for (size_t i = 0; i < n; i++) {
		work->fails[i] = work->hosts[i].answer != VERDICT_SAFE;
		if (work->fails[i])
			plan->leave_out[plan->n_leave_out++] = work->hosts[i];
	}
	plan->safe = planner_work_count(work->hosts, n, VERDICT_SAFE);
	plan->unknown = planner_work_count(work->hosts, n, VERDICT_UNKNOWN);
	plan->unsafe = planner_work_count(work->hosts, n, VERDICT_UNSAFE);
	plan->fits = n > 0 && plan->safe == n;
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
		r = planner_change_find(&work);
	arena_free(work.ask.baseline.arena);
	if (r != PLANNER_DONE) {
		arena_free(work.plan.arena);
		return r;
	}
	*ret = work.plan;
	return PLANNER_DONE;
}
