/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/judge/assignable.h"

#include "core/judge/evaluate.h"
#include "core/judge/project_shape.h"
#include "core/judge/subject.h"

#include <errno.h>
#include <inttypes.h>

static enum tri assignable_tri(enum finding_answer worst)
{
	switch (worst) {
	case FINDING_VIOLATED:
		return TRI_NO;
	case FINDING_CANNOT_TELL:
		return TRI_UNKNOWN;
	case FINDING_HOLDS:
		break;
	}
	return TRI_YES;
}

/* What the device's own binding allows now: only what is on a VFIO driver can be opened. */
static enum tri assignable_binding(const struct host *host, size_t index)
{
	switch (host->bindings[index]) {
	case HOST_VFIO:
		return TRI_YES;
	case HOST_UNBOUND:
	case HOST_HARMLESS:
	case HOST_DRIVER:
		return TRI_NO;
	case HOST_BINDING_UNKNOWN:
		break;
	}
	return TRI_UNKNOWN;
}

/* The rules about a device alone, for a guest that has no memory, through type1. */
static int assignable_judge(const struct host *host, size_t index, const bool *attached,
	struct report *report, enum tri *ret)
{
	static const struct guest nobody = { .arch = "", .vfio = GUEST_VFIO_TYPE1 };
	static const struct verdict_question nothing = { .guest = &nobody };
	struct evaluation evaluation = { 0 };
	struct rule_context context = {
		.host = host,
		.class_ = &host->project.class_,
		.guest = &nobody,
		.question = &nothing,
		.asked = FINDING_HOTPLUG,
		.report = report,
		.attached = attached,
		.group = -1,
	};
	size_t from = report->n;
	struct subject subject;
	int r = subject_of_device(host, index, report->arena, &subject);

	if (r < 0)
		return r;
	if (rule_host_newer(&context) != FINDING_HOLDS)
		evaluate_findings(report, from, &evaluation);
	subject_enter(&subject, &context);
	evaluate_rules(&context, RULE_DEVICE, &evaluation);
	*ret = assignable_tri(evaluation.hotplug);
	return report->error;
}

int assignable_device(
	const struct host *host, size_t index, struct report *report, struct assignable *ret)
{
	enum tri judged;
	int r = assignable_judge(host, index, NULL, report, &judged);

	if (r < 0)
		return r;
	ret->after_rebind = judged;
	ret->now = tri_and(judged, assignable_binding(host, index));
	return 0;
}

static int assignable_attached(
	const struct host *host, const struct facts_group *group, struct arena *arena, bool **ret)
{
	bool *attached = arena_array(arena, facts_count(host->facts->devices), sizeof(*attached));
	size_t n = fact_is_value(group->devices.fact) ? group->devices.n : 0;

	if (!attached)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct facts_device *device =
			facts_find_device(host->facts, group->devices.items[i]);

		if (device && project_shape_is_bridge(device) != TRI_YES)
			attached[host_view_index(host, device)] = true;
	}
	*ret = attached;
	return 0;
}

/*
 * A group without an endpoint: its bridges say for themselves why they cannot be given away, and
 * members that nothing is known of leave it open what they are.
 */
static int assignable_no_endpoint(const struct host *host, const struct facts_group *group,
	struct report *report, struct assignable *ret)
{
	size_t n = fact_is_value(group->devices.fact) ? group->devices.n : 0;
	bool lost = !fact_is_value(group->devices.fact);
	struct finding *finding;
	enum tri judged;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		const struct facts_device *device =
			facts_find_device(host->facts, group->devices.items[i]);

		lost = lost || !device;
		if (device)
			r = assignable_judge(
				host, host_view_index(host, device), NULL, report, &judged);
	}
	ret->now = ret->after_rebind = lost ? TRI_UNKNOWN : TRI_NO;
	if (r < 0 || (n && !lost))
		return r;
	finding = report_add(report, FINDING_DEVICE_ABSENT,
		lost ? FINDING_CANNOT_TELL : FINDING_VIOLATED, FINDING_HOTPLUG);
	finding->group = (int64_t)group->id.value;
	report_fact(report, finding, "groups/%" PRIu64 "/devices", group->id.value);
	report_say(report, finding,
		lost ? "what is in group %" PRIu64 " is not known"
		     : "group %" PRIu64 " has no device",
		group->id.value);
	return report->error;
}

/*
 * A group is open as soon as one of its endpoints is on a VFIO driver and none on the host's own;
 * all that stands in an endpoint's way stands in the group's.
 */
int assignable_group(
	const struct host *host, size_t index, struct report *report, struct assignable *ret)
{
	const struct facts_group *group =
		(const struct facts_group *)host->facts->groups.items + index;
	struct assignable result = { .now = TRI_NO, .after_rebind = TRI_NO };
	enum tri judged, all = TRI_YES, free_of_drivers = TRI_YES, any_vfio = TRI_NO;
	bool *attached, any = false;
	int r = assignable_attached(host, group, report->arena, &attached);

	for (size_t i = 0; r == 0 && i < facts_count(host->facts->devices); i++) {
		enum tri binding = assignable_binding(host, i);

		if (!attached[i])
			continue;
		any = true;
		r = assignable_judge(host, i, attached, report, &judged);
		if (r < 0)
			return r;
		all = tri_and(all, judged);
		if (host->bindings[i] == HOST_DRIVER)
			free_of_drivers = TRI_NO;
		else if (binding == TRI_UNKNOWN)
			free_of_drivers = tri_and(free_of_drivers, TRI_UNKNOWN);
		if (binding == TRI_YES || (binding == TRI_UNKNOWN && any_vfio == TRI_NO))
			any_vfio = binding;
	}
	if (any) {
		result.after_rebind = all;
		result.now = tri_and(tri_and(all, free_of_drivers), any_vfio);
	} else if (r == 0) {
		r = assignable_no_endpoint(host, group, report, &result);
	}
	*ret = result;
	return r;
}
