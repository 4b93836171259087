/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of the planner share while a plan is made. */
#pragma once

#include "core/judge/planner_ask.h"

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

/* True when nothing says where the guest is started: then it may be started anywhere. */
static inline bool planner_work_is_new(const struct planner_work *work)
{
	const struct definition_origin *origin = &work->ask.asked->ask.origin;

	return work->machine && !work->machine->running && !origin->host && !origin->started_here;
}

/* How many of the @n hosts have that answer. */
static inline size_t planner_work_count(
	const struct planner_host *hosts, size_t n, enum verdict_answer answer)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += hosts[i].answer == answer;
	return count;
}
