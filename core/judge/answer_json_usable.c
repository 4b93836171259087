/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/cleanup.h"
#include "core/judge/answer.h"
#include "core/judge/answer_json.h"
#include "core/judge/answer_target.h"
#include "core/model/limits.h"

CLEANUP_DEFINE(struct arena *, arena_free, answer_json_usable_freep);

/* The last address that is surely reached and, where more is possible, the last one of that. */
static struct answer answer_json_usable_aperture(const struct class_shape *shape)
{
	struct answer answer = answer_start();

	answer_fact_hex(&answer, "last", shape->aperture);
	if (fact_is_value(shape->aperture_at_most.fact) &&
		!(fact_is_value(shape->aperture.fact) &&
			shape->aperture.value == shape->aperture_at_most.value))
		answer_hex(&answer, "at_most", shape->aperture_at_most.value);
	answer_fact_text(&answer, "known_by", shape->aperture_known_by);
	return answer;
}

static void answer_json_usable_shape(
	struct answer *answer, const struct host *host, const struct answer_target *target)
{
	const struct facts_group *groups = host->facts->groups.items;
	const struct class_shape *shape = host_view_shape(host, target->shape);
	struct answer aperture;

	if (target->group >= 0)
		answer_fact_integer(answer, "group", groups[target->group].id);
	if (!shape)
		return;
	aperture = answer_json_usable_aperture(shape);
	answer_set_answer(answer, "aperture", &aperture);
}

int answer_json_usable(
	const struct host *host, const char *target_text, json_t **ret, struct refusal *refusal)
{
	static const struct region_set nothing;
	_cleanup_(answer_json_usable_freep) struct arena *arena = NULL;
	struct answer_target target;
	struct answer answer;
	int r = arena_new(LIMIT_ARENA_BYTES, &arena);

	if (r < 0)
		return r;
	r = answer_target_find(host, target_text, arena, &target, refusal);
	if (r != ANSWER_TARGET_DONE)
		return r < 0 ? r : ANSWER_JSON_E_NO_TARGET;

	answer = answer_start();
	answer_text(&answer, "target", target.text);
	answer_json_usable_shape(&answer, host, &target);
	answer_tri(&answer, "assignable", target.assignable.now);
	answer_tri(&answer, "assignable_after_rebind", target.assignable.after_rebind);
	answer_set(&answer, "ranges",
		answer_regions(target.shape < 0 ? &nothing : &host->usables[target.shape].proven));
	answer_set(&answer, "findings", answer_findings(target.report.items, target.report.n));
	return answer_finish(&answer, ret);
}
