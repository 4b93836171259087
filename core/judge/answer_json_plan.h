/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a planner suggests, as JSON. Conventions are those of core/judge/answer_json.h. */
#pragma once

#include "core/judge/planner.h"

#include <jansson.h>

#define ANSWER_JSON_PLAN_SCHEMA "iommufleet-plan-1"

/* @plan for hosts of @fleet as schema/plan-1.schema.json. A new reference in @ret. -ENOMEM. */
int answer_json_plan(const struct fleet *fleet, const struct planner_plan *plan, json_t **ret);
