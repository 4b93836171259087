/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/judge/answer.h"
#include "core/judge/answer_json.h"
#include "core/judge/assignable.h"
#include "core/judge/project_shape.h"
#include "core/model/limits.h"

/* No endpoint of the group can reach devices outside of it past the IOMMU, as the ACS bits say. */
static enum tri answer_json_groups_isolated(
	const struct host *host, const struct facts_group *group)
{
	enum tri isolated = fact_is_value(group->devices.fact) ? TRI_YES : TRI_UNKNOWN;
	size_t n = fact_is_value(group->devices.fact) ? group->devices.n : 0;

	for (size_t i = 0; i < n; i++) {
		const struct facts_device *device =
			facts_find_device(host->facts, group->devices.items[i]);
		enum tri one = TRI_UNKNOWN;

		if (device && project_shape_is_bridge(device) == TRI_YES)
			continue;
		if (device)
			one = host->project.paths[host_view_index(host, device)].isolated;
		isolated = tri_and(isolated, one);
	}
	return isolated;
}

static void answer_json_groups_reserved(struct answer *answer, struct fact_list reserved)
{
	const struct facts_region *regions = reserved.items;
	json_t *array;

	answer_ignorance(answer, "reserved", reserved.fact);
	if (!fact_is_value(reserved.fact))
		return;
	array = json_array();
	for (size_t i = 0; i < reserved.n; i++) {
		struct answer region = answer_start();

		answer_fact_hex(&region, "first", regions[i].first);
		answer_fact_hex(&region, "last", regions[i].last);
		answer_fact_text(&region, "type", regions[i].type);
		array = answer_append_answer(array, &region);
	}
	answer_set(answer, "reserved", array);
}

static int answer_json_groups_one(
	const struct host *host, size_t index, struct arena *arena, struct answer *ret)
{
	const struct facts_group *group =
		(const struct facts_group *)host->facts->groups.items + index;
	struct report report = { .arena = arena };
	struct assignable assignable;
	int r = assignable_group(host, index, &report, &assignable);

	if (r < 0)
		return r;
	*ret = answer_start();
	answer_fact_integer(ret, "id", group->id);
	answer_fact_text(ret, "type", group->type);
	answer_fact_texts(ret, "devices", group->devices);
	answer_json_groups_reserved(ret, group->reserved);
	answer_tri(ret, "isolated", answer_json_groups_isolated(host, group));
	answer_tri(ret, "assignable", assignable.now);
	answer_tri(ret, "assignable_after_rebind", assignable.after_rebind);
	return 0;
}

static json_t *answer_json_groups_all(const struct host *host)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < facts_count(host->facts->groups); i++) {
		struct answer group = { .error = -1 };
		struct arena *arena;

		/* what speaks against each is not shown here, so it need not be kept */
		if (arena_new(LIMIT_ARENA_BYTES, &arena) == 0) {
			(void)answer_json_groups_one(host, i, arena, &group);
			arena_free(arena);
		}
		array = answer_append_answer(array, &group);
	}
	return array;
}

int answer_json_groups(const struct host *host, json_t **ret)
{
	struct answer answer = answer_start();

	answer_ignorance(&answer, "groups", host->facts->groups.fact);
	if (!fact_is_ignorance(host->facts->groups.fact))
		answer_set(&answer, "groups", answer_json_groups_all(host));
	return answer_finish(&answer, ret);
}
