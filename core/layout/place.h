/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is not known of the place where a machine is started: it is laid out for each thing that may
 * be so, and where the results differ, that is what the map is open about.
 */
#pragma once

#include "core/layout/plan.h"

/* As layout_guest(), for a machine whose type is @type. */
int place_lay_out(const struct machine *machine, const struct machine_type *type,
	const struct layout_place *place, struct guest **ret);
