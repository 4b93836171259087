/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/judge/answer_fleet.h"

#include "core/judge/answer.h"

static json_t *answer_fleet_baseline_names(const struct fleet_baseline_hosts *hosts)
{
	json_t *array = json_array();

	for (size_t i = 0; i < hosts->n; i++)
		array = answer_append(array, json_string_nocheck(hosts->names[i]));
	return array;
}

static json_t *answer_fleet_baseline_holes(const struct fleet_baseline *baseline)
{
	json_t *array = json_array();

	for (size_t i = 0; i < baseline->n_causes; i++) {
		const struct fleet_baseline_cause *cause = &baseline->causes[i];
		struct answer hole = answer_region(cause->region, "type", cause->type);

		answer_set(&hole, "hosts", answer_fleet_baseline_names(&cause->hosts));
		array = answer_append_answer(array, &hole);
	}
	return array;
}

int answer_fleet_baseline(const struct fleet_baseline *baseline, json_t **ret)
{
	struct answer answer = answer_start();

	answer_text(&answer, "schema", ANSWER_FLEET_BASELINE);
	answer_integer(&answer, "hosts", baseline->n_hosts);
	answer_set(&answer, "usable", answer_regions(&baseline->usable));
	answer_set(&answer, "usable_on_known", answer_regions(&baseline->known));
	answer_set(&answer, "holes", answer_fleet_baseline_holes(baseline));
	answer_set(&answer, "unable", answer_fleet_baseline_names(&baseline->unable));
	answer_set(&answer, "unknown", answer_fleet_baseline_names(&baseline->unknown));
	answer_set(&answer, "stale", answer_fleet_baseline_names(&baseline->stale));
	answer_collected(&answer, baseline->oldest_us);
	return answer_finish(&answer, ret);
}
