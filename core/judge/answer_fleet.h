/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is shown of many hosts at once, as JSON: the one form behind the command line's --json, its
 * tables, and the bus. Conventions are those of core/judge/answer_json.h, which has the comparison
 * of two hosts. Each gives a new reference in @ret (json_decref) or -ENOMEM.
 */
#pragma once

#include "core/judge/fleet.h"
#include "core/judge/fleet_baseline.h"

#include <jansson.h>

#define ANSWER_FLEET_HOSTS    "iommufleet-hosts-1"
#define ANSWER_FLEET_CLASSES  "iommufleet-classes-1"
#define ANSWER_FLEET_BASELINE "iommufleet-baseline-1"

/*
 * At most @n of the answers of @found from the one at @first on, as schema/hosts-1.schema.json:
 * what fleet_find() gave about @fleet, best first. "total" says how many there are in all. A member
 * whose class is not known here has a "class" and a "map" of null.
 */
int answer_fleet_hosts(const struct fleet *fleet, const struct fleet_found *found, size_t first,
	size_t n, json_t **ret);

/*
 * The members of @fleet by class, the largest class first, as schema/classes-1.schema.json. Members
 * whose class is not known here are in "unknown".
 */
int answer_fleet_classes(const struct fleet *fleet, json_t **ret);

/* @baseline as schema/baseline-1.schema.json. */
int answer_fleet_baseline(const struct fleet_baseline *baseline, json_t **ret);
