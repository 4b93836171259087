/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory around what is in the way: RAM at boot is in one piece, or two, wherever the board puts
 * it, but a DIMM can be given an address. So RAM that is small enough to end before a hole, and the
 * rest of the memory as DIMMs past it.
 */
#pragma once

#include "core/judge/planner_ask.h"

/*
 * @base with as much of its RAM at boot as can be and the rest as DIMMs, so that it is safe on all
 * hosts that can be helped: the machine in @ret, in ask->arena, or NULL. Outcomes of enum
 * planner_outcome, -ENOMEM.
 */
int planner_dimm_split(
	struct planner_ask *ask, const struct machine *base, const struct machine **ret);
