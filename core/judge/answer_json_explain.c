/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/cleanup.h"
#include "core/judge/answer.h"
#include "core/judge/answer_json.h"
#include "core/judge/answer_target.h"
#include "core/judge/project_shape.h"
#include "core/model/limits.h"

/* Bridges above each other that are shown; PCI has no more than 256 buses in a domain. */
#define ANSWER_JSON_EXPLAIN_DEPTH 256U

CLEANUP_DEFINE(struct arena *, arena_free, answer_json_explain_freep);

static json_t *answer_json_explain_bits(unsigned bits)
{
	static const char *const names[] = { "SV", "TB", "RR", "CR", "UF", "EC", "DT" };
	json_t *array = json_array();

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (bits & 1U << i)
			array = answer_append(array, json_string_nocheck(names[i]));
	}
	return array;
}

static struct answer answer_json_explain_step(const struct facts_device *device)
{
	struct answer answer = answer_start(), acs;
	unsigned missing;
	enum tri redirects = isolation_acs_enabled(device, ISOLATION_ACS_REQUIRED, &missing);

	answer_fact_text(&answer, "address", device->address);
	answer_fact_text(&answer, "port_type", device->port_type);
	answer_ignorance(&answer, "acs", device->acs.fact);
	if (fact_is_value(device->acs.fact)) {
		acs = answer_start();
		answer_fact_hex(&acs, "capability", device->acs.capability);
		answer_fact_hex(&acs, "control", device->acs.control);
		answer_set_answer(&answer, "acs", &acs);
	}
	answer_tri(&answer, "redirects", redirects);
	if (redirects == TRI_NO)
		answer_set(&answer, "missing",
			answer_json_explain_bits(missing ? missing : ISOLATION_ACS_REQUIRED));
	return answer;
}

/* From the device at @index to the root bus; a hostile document may have a ring of bridges. */
static json_t *answer_json_explain_path(
	const struct host *host, size_t index, const struct isolation *isolation)
{
	ptrdiff_t at = (ptrdiff_t)index;
	json_t *array = json_array();

	for (unsigned depth = 0; at >= 0 && depth < ANSWER_JSON_EXPLAIN_DEPTH; depth++) {
		struct answer step = answer_json_explain_step(host_view_device(host, (size_t)at));

		array = answer_append_answer(array, &step);
		at = isolation_parent(isolation, (size_t)at);
	}
	return array;
}

/* The device itself, or the first one of a group that is no bridge, else its first; -1: none. */
static ptrdiff_t answer_json_explain_device(
	const struct host *host, const struct answer_target *target)
{
	const struct facts_group *group = host->facts->groups.items;
	ptrdiff_t found = -1;

	if (target->device >= 0)
		return target->device;
	group += target->group;
	for (size_t i = 0; fact_is_value(group->devices.fact) && i < group->devices.n; i++) {
		const struct facts_device *device =
			facts_find_device(host->facts, group->devices.items[i]);

		if (!device)
			continue;
		if (found < 0)
			found = (ptrdiff_t)host_view_index(host, device);
		if (project_shape_is_bridge(device) != TRI_YES)
			return (ptrdiff_t)host_view_index(host, device);
	}
	return found;
}

static void answer_json_explain_way(struct answer *answer, const struct host *host, size_t index,
	const struct isolation *isolation)
{
	const struct facts_device *device = host_view_device(host, index);
	const struct isolation_path *path = &host->project.paths[index];

	if (project_shape_is_bridge(device) != TRI_YES)
		answer_tri(answer, "isolated", path->isolated);
	answer_set(answer, "path", answer_json_explain_path(host, index, isolation));
	if (path->hole)
		answer_fact_text(answer, "first_hole", path->hole->address);
}

int answer_json_explain(
	const struct host *host, const char *target_text, json_t **ret, struct refusal *refusal)
{
	_cleanup_(answer_json_explain_freep) struct arena *arena = NULL;
	const struct facts_group *groups = host->facts->groups.items;
	struct isolation *isolation;
	struct answer_target target;
	struct answer answer;
	ptrdiff_t device;
	int r = arena_new(LIMIT_ARENA_BYTES, &arena);

	if (r < 0)
		return r;
	r = answer_target_find(host, target_text, arena, &target, refusal);
	if (r != ANSWER_TARGET_DONE)
		return r < 0 ? r : ANSWER_JSON_E_NO_TARGET;
	r = isolation_new(host->facts, arena, &isolation);
	if (r < 0)
		return r;

	answer = answer_start();
	answer_text(&answer, "target", target.text);
	if (target.group >= 0)
		answer_fact_integer(&answer, "group", groups[target.group].id);
	device = answer_json_explain_device(host, &target);
	if (device >= 0)
		answer_json_explain_way(&answer, host, (size_t)device, isolation);
	answer_set(&answer, "findings", answer_findings(target.report.items, target.report.n));
	return answer_finish(&answer, ret);
}
