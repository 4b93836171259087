/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whom a change of the machine helps, and which changes help all of those. */
#pragma once

#include "core/judge/planner_work.h"

/*
 * Fills in the suggestions of work->plan, and the hosts that nothing helps, for a definition that
 * is not safe on all hosts as it is. Outcomes of enum planner_outcome, -ENOMEM.
 */
int planner_change_find(struct planner_work *work);
