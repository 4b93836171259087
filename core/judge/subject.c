/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/judge/subject.h"

#include "core/judge/evaluate.h"
#include "core/judge/project_shape.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define SUBJECT_BASE_BRIDGE 0x06U /* PCI Code and ID Assignment: base class of bridges */
#define SUBJECT_CLASS_IOMMU 0x0806U

int subject_of_device(
	const struct host *host, size_t index, struct arena *arena, struct subject *ret)
{
	const struct facts_device *device = host_view_device(host, index);
	struct subject subject = {
		.target = device->address.value,
		.device = (ptrdiff_t)index,
		.group = fact_is_value(device->group.fact) ? (int64_t)device->group.value : -1,
	};

	if (fact_is_value(device->vendor.fact) && fact_is_value(device->device.fact)) {
		subject.identity = arena_printf(arena, "%04" PRIx64 ":%04" PRIx64,
			device->vendor.value, device->device.value);
		if (!subject.identity)
			return -ENOMEM;
	}
	*ret = subject;
	return 0;
}

void subject_enter(const struct subject *subject, struct rule_context *context)
{
	const struct host *host = context->host;
	size_t index = (size_t)subject->device;
	struct project_place place = host->project.places[index];
	const struct class_member *ungrouped = host->project.class_.ungrouped.items;

	context->device = host_view_device(host, index);
	context->group = subject->group;
	context->shape = host_view_shape(host, place.shape);
	context->usable = context->shape ? &host->usables[place.shape] : NULL;
	context->member =
		context->shape
			? (const struct class_member *)context->shape->members.items + place.member
			: ungrouped + place.member;
}

static bool subject_number_matches(int32_t wanted, struct fact_number number)
{
	return wanted < 0 || (fact_is_value(number.fact) && number.value == (uint64_t)wanted);
}

bool subject_matches(const struct host *host, size_t index, const struct guest_device *wanted)
{
	const struct facts_device *device = host_view_device(host, index);
	struct fact_number class_code = device->class_code;

	if (wanted->address)
		return fact_text_is(device->address, wanted->address);
	class_code.value >>= 8;
	return project_shape_is_bridge(device) != TRI_YES && fact_text_is(device->bus, "pci") &&
	       subject_number_matches(wanted->vendor, device->vendor) &&
	       subject_number_matches(wanted->device, device->device) &&
	       subject_number_matches(wanted->subsystem_vendor, device->subsystem_vendor) &&
	       subject_number_matches(wanted->subsystem_device, device->subsystem_device) &&
	       subject_number_matches(wanted->class_code, class_code);
}

static int subject_rank(const struct rule_context *context, size_t index)
{
	struct report scratch = { .arena = context->report->arena };
	struct rule_context trial = *context;
	struct evaluation evaluation = { 0 };
	struct subject subject;

	trial.report = &scratch;
	if (subject_of_device(context->host, index, scratch.arena, &subject) < 0)
		return VERDICT_UNSAFE;
	subject_enter(&subject, &trial);
	evaluate_rules(&trial, RULE_DEVICE, &evaluation);
	if (scratch.error)
		context->report->error = scratch.error;
	evaluation.hotplug =
		evaluate_worst(evaluation, (struct evaluation){ .hotplug = evaluation.migrate })
			.hotplug;
	return (int)evaluate_answer(evaluation.hotplug);
}

ptrdiff_t subject_pick(
	const struct rule_context *context, const struct guest_device *wanted, const bool *taken)
{
	size_t n = facts_count(context->host->facts->devices);
	ptrdiff_t best = -1;
	int best_rank = VERDICT_UNSAFE + 1;

	for (size_t i = 0; i < n && best_rank != VERDICT_SAFE; i++) {
		int rank;

		if (taken[i] || !subject_matches(context->host, i, wanted))
			continue;
		rank = subject_rank(context, i);
		if (rank >= best_rank)
			continue;
		best_rank = rank;
		best = (ptrdiff_t)i;
	}
	return best;
}

/* A physical function whose VFs would be of the wanted kind and that has room for another. */
static const struct facts_device *subject_creator(
	const struct host *host, const struct guest_device *wanted)
{
	for (size_t i = 0; i < facts_count(host->facts->devices); i++) {
		const struct facts_device *device = host_view_device(host, i);
		const struct facts_sriov *sriov = &device->sriov;

		if (wanted->device < 0 || !fact_is_value(sriov->fact) ||
			!fact_is_value(sriov->vf_device.fact) ||
			sriov->vf_device.value != (uint64_t)wanted->device ||
			!subject_number_matches(wanted->vendor, device->vendor))
			continue;
		if (!fact_is_value(sriov->num_vfs.fact) || !fact_is_value(sriov->total_vfs.fact) ||
			sriov->num_vfs.value < sriov->total_vfs.value)
			return device;
	}
	return NULL;
}

void subject_absent(const struct rule_context *context, const struct guest_device *wanted)
{
	const struct facts_device *creator = subject_creator(context->host, wanted);
	struct fact devices = context->host->facts->devices.fact;
	struct finding *finding;

	if (creator) {
		finding = rule_report(
			context, FINDING_DEVICE_CREATABLE, FINDING_CANNOT_TELL, FACT_KNOWN);
		finding->device = creator->address.value;
		report_fact(context->report, finding, "devices/%s/sriov", creator->address.value);
		report_say(context->report, finding,
			"no %s is free on this host, but %s can make one: its VFs are off or not "
			"all on",
			wanted->text, creator->address.value);
		return;
	}
	finding = rule_report(context, FINDING_DEVICE_ABSENT,
		fact_is_value(devices) ? FINDING_VIOLATED : FINDING_CANNOT_TELL, devices);
	report_fact(context->report, finding, "devices");
	report_say(context->report, finding, "this host has no (further) device %s", wanted->text);
}

bool subject_is_candidate(const struct host *host, size_t index)
{
	const struct facts_device *device = host_view_device(host, index);

	return host->project.places[index].shape >= 0 && fact_text_is(device->bus, "pci") &&
	       project_shape_is_bridge(device) != TRI_YES &&
	       !(fact_is_value(device->class_code.fact) &&
		       (device->class_code.value >> 16 == SUBJECT_BASE_BRIDGE ||
			       device->class_code.value >> 8 == SUBJECT_CLASS_IOMMU));
}
