/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How the planner asks about a machine: of all hosts that a change of it can help, wherever among
 * them it is started. Where a guest is started decides its map and where its BARs are; that depends
 * on the place alone (core/layout/layout.h), so one host stands for all that are alike in it.
 */
#pragma once

#include "core/judge/fleet_baseline.h"
#include "core/judge/planner.h"

struct planner_ask {
	struct arena *arena;
	struct fleet fleet; /* the members that were asked about */
	const struct planner_question *asked;
	struct fleet_question question; /* without a guest, an origin and filters */
	struct refusal *refusal;
	bool *helpable; /* for each member: some change of the guest helps there */
	size_t n_starts;
	const struct host **starts; /* one for each place of those that are helped */
	struct fleet screens[3];    /* one host, the rest of those that fail, those that do not */
	unsigned tries, tries_most; /* machines that are asked about */
	bool exhausted;		    /* something was not tried, there being too many tries */
	/* Of those that can be helped; its arena is NULL before somebody needed it. */
	struct fleet_baseline baseline;
};

/* The members of @ask for which @wanted is set, as a fleet in @ret. -ENOMEM. */
int planner_ask_some(const struct planner_ask *ask, const bool *wanted, struct fleet *ret);

/* One host for each place of the members for which @wanted is set, in @ret. -ENOMEM. */
int planner_ask_places(
	const struct planner_ask *ask, const bool *wanted, const struct host ***ret, size_t *ret_n);

/* True when @a and @b give every machine the same map. */
bool planner_ask_same_place(const struct host *a, const struct host *b);

/*
 * Asks about @machine, started on a host like @start, of each member of @hosts, and makes @merged,
 * one for each of those, the worse of what it was and what is answered. Outcomes of enum
 * planner_outcome, -ENOMEM.
 */
int planner_ask_report(struct planner_ask *ask, const struct fleet *hosts,
	const struct machine *machine, const struct host *start, struct planner_host *merged);

/* The same of the guest of ask->asked as it is, asked about as ask->asked says. */
int planner_ask_as_is(struct planner_ask *ask, struct planner_host *merged);

/*
 * Finds which of the members of @wanted are safe for @machine when it is started on a host like
 * them; sets @safe for those. Outcomes of enum planner_outcome, -ENOMEM.
 */
int planner_ask_at_home(
	struct planner_ask *ask, const struct machine *machine, const bool *wanted, bool *safe);

/*
 * Prepares planner_ask_try() for ask->helpable and at most @tries tries: @fails says which members
 * are not safe as it is. Without one of those that can be helped screens[0] is empty. -ENOMEM.
 */
int planner_ask_prepare(struct planner_ask *ask, const bool *fails, unsigned tries);

/*
 * Whether @machine is safe on all hosts that can be helped, wherever among them it is started, in
 * @ret: no when the tries are used up. Outcomes of enum planner_outcome, -ENOMEM.
 */
int planner_ask_try(struct planner_ask *ask, const struct machine *machine, bool *ret);

/* Where memory is usable on all that can be helped, in @ret, borrowed. -ENOMEM. */
int planner_ask_usable(struct planner_ask *ask, const struct region_set **ret);

/* A copy of @machine to change, in ask->arena, borrowing all that it points to; NULL: -ENOMEM. */
struct machine *planner_ask_copy(const struct planner_ask *ask, const struct machine *machine);
