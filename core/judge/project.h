/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The class projection: from one host's facts to what the static rules read, in canonical order.
 * Which group became which shape, and which device which member of it, is kept beside the class, so
 * that an answer about the class can be told of this host's own groups and devices.
 */
#pragma once

#include "core/judge/assume.h"
#include "core/judge/isolation.h"
#include "core/model/class.h"
#include "core/model/facts.h"

struct project_place {	/* of a device; -1: none */
	int32_t group;	/* index in facts.groups: that which lists it, whatever it says itself */
	int32_t shape;	/* index in class.shapes */
	int32_t member; /* index in that shape's members, or in class.ungrouped when shape is -1 */
};

struct project {
	struct class class_;
	int32_t *group_shapes;	      /* for each of facts.groups, the index of its shape */
	struct project_place *places; /* for each of facts.devices */
	struct isolation_path *paths; /* for each of facts.devices; zero for bridges */
};

/*
 * Projects @facts, which must outlive @ret, under @assume. All lives in @arena. -ENOMEM.
 */
int project_compute(const struct facts *facts, const struct assume *assume, struct arena *arena,
	struct project *ret);
