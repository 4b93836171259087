/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changes of one kind to a machine, from small to large, and the first of them that works. */
#pragma once

#include "core/judge/planner_ask.h"

/* Machines to try; with BOOT_RAM there are none: how it is split follows from the hosts. */
struct planner_search_list {
	size_t n;
	struct machine **machines;
};

/* What @base may become by a change of kind @change, nearest first, in @ret. -ENOMEM. */
int planner_search_candidates(const struct planner_ask *ask, const struct machine *base,
	enum planner_change change, struct planner_search_list *ret);

/*
 * The smallest change of kind @change with which @base is safe on all hosts that can be helped: the
 * machine in @ret, in ask->arena, or NULL. Outcomes of enum planner_outcome, -ENOMEM.
 */
int planner_search_one(struct planner_ask *ask, const struct machine *base,
	enum planner_change change, const struct machine **ret);

/*
 * @base with as much memory that can be added as works, in whole GiB, from what @least has, which
 * works and differs in nothing else, up to what @base has: in @ret, at worst @least. Outcomes of
 * enum planner_outcome, -ENOMEM.
 */
int planner_search_most_memory(struct planner_ask *ask, const struct machine *base,
	const struct machine *least, const struct machine **ret);
