/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/judge/answer_target.h"

#include "core/codec/text.h"

#include <string.h>

static ptrdiff_t answer_target_group(const struct host *host, uint64_t id)
{
	const struct facts_group *group = facts_find_group(host->facts, id);

	return group ? group - (const struct facts_group *)host->facts->groups.items : -1;
}

static bool answer_target_is_there(const struct host *host, struct answer_target *target)
{
	const struct facts_device *device = facts_find_device(host->facts, target->text);
	uint64_t id;

	if (text_parse_decimal(target->text, strlen(target->text), &id) == 0) {
		target->group = answer_target_group(host, id);
		return target->group >= 0;
	}
	if (!device)
		return false;
	target->device = (ptrdiff_t)host_view_index(host, device);
	if (fact_is_value(device->group.fact))
		target->group = answer_target_group(host, device->group.value);
	return true;
}

int answer_target_find(const struct host *host, const char *text, struct arena *arena,
	struct answer_target *ret, struct refusal *refusal)
{
	struct answer_target target = {
		.text = text,
		.device = -1,
		.group = -1,
		.shape = -1,
		.report.arena = arena,
	};
	int r;

	if (!answer_target_is_there(host, &target)) {
		(void)refusal_set(refusal, text,
			"this host has no IOMMU group of that number and no device of that "
			"address; `groups` and `devices` list them");
		return ANSWER_TARGET_E_NONE;
	}
	if (target.device >= 0) {
		target.shape = host->project.places[target.device].shape;
		r = assignable_device(
			host, (size_t)target.device, &target.report, &target.assignable);
	} else {
		target.shape = host->project.group_shapes[target.group];
		r = assignable_group(
			host, (size_t)target.group, &target.report, &target.assignable);
	}
	if (r < 0)
		return r;
	report_sort(&target.report);
	if (target.report.error < 0)
		return target.report.error;
	*ret = target;
	return ANSWER_TARGET_DONE;
}
