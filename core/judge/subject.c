/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/judge/subject.h"

#include "core/codec/text.h"
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
	const struct facts_group *groups = host->facts->groups.items;
	int32_t listed = host->project.places[index].group;
	struct subject subject = {
		.target = device->address.value,
		.device = (ptrdiff_t)index,
		.group = fact_is_value(device->group.fact) ? (int64_t)device->group.value : -1,
	};

	if (listed >= 0)
		subject.group = (int64_t)groups[listed].id.value;
	if (fact_is_value(device->vendor.fact) && fact_is_value(device->device.fact)) {
		subject.identity = arena_printf(arena, "%04" PRIx64 ":%04" PRIx64,
			device->vendor.value, device->device.value);
		if (!subject.identity)
			return -ENOMEM;
	}
	if (host->of_class)
		subject.target = subject.identity ? subject.identity : "a device";
	*ret = subject;
	return 0;
}

void subject_enter(const struct subject *subject, struct rule_context *context)
{
	const struct host *host = context->host;
	size_t index = (size_t)subject->device;
	struct project_place place = host->project.places[index];
	const struct class_member *ungrouped = host->project.class_.ungrouped.items;

	context->device = host->of_class ? NULL : host_view_device(host, index);
	context->group = subject->group;
	context->shape = host_view_shape(host, place.shape);
	context->usable = context->shape ? &host->usables[place.shape] : NULL;
	context->member =
		context->shape
			? (const struct class_member *)context->shape->members.items + place.member
			: ungrouped + place.member;
}

static enum tri subject_number_is(int32_t wanted, struct fact_number number)
{
	if (wanted < 0)
		return TRI_YES;
	if (fact_is_ignorance(number.fact))
		return TRI_UNKNOWN;
	return fact_is_value(number.fact) && number.value == (uint64_t)wanted ? TRI_YES : TRI_NO;
}

static enum tri subject_bus_is_pci(const struct facts_device *device)
{
	if (fact_is_ignorance(device->bus.fact))
		return TRI_UNKNOWN;
	return fact_text_is(device->bus, "pci") ? TRI_YES : TRI_NO;
}

/* Whether the device at @index is of the kind of @wanted, or at its address. */
static enum tri subject_is(const struct host *host, size_t index, const struct guest_device *wanted)
{
	const struct facts_device *device = host_view_device(host, index);
	struct fact_number class_code = device->class_code;
	enum tri is = subject_bus_is_pci(device);

	if (wanted->address)
		return fact_text_is(device->address, wanted->address) ? TRI_YES : TRI_NO;
	if (project_shape_is_bridge(device) == TRI_YES)
		return TRI_NO;
	class_code.value >>= 8;
	is = tri_and(is, subject_number_is(wanted->vendor, device->vendor));
	is = tri_and(is, subject_number_is(wanted->device, device->device));
	is = tri_and(is, subject_number_is(wanted->subsystem_vendor, device->subsystem_vendor));
	is = tri_and(is, subject_number_is(wanted->subsystem_device, device->subsystem_device));
	return tri_and(is, subject_number_is(wanted->class_code, class_code));
}

/* True when the device at @index is of the kind, or at the address, of @wanted. */
static bool subject_matches(
	const struct host *host, size_t index, const struct guest_device *wanted)
{
	return subject_is(host, index, wanted) == TRI_YES;
}

/* One of the devices could be what is wanted, if only its identity were known. */
static bool subject_may_be_there(const struct host *host, const struct guest_device *wanted)
{
	for (size_t i = 0; i < facts_count(host->facts->devices); i++)
		if (subject_is(host, i, wanted) == TRI_UNKNOWN)
			return true;
	return !fact_is_value(host->facts->devices.fact);
}

/* How bad it would be to give the device at @index. */
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
	return (int)evaluate_answer(evaluate_all(evaluation));
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
			subject_number_is(wanted->vendor, device->vendor) != TRI_YES)
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
	bool may_be_there;

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
	may_be_there = subject_may_be_there(context->host, wanted);
	finding = rule_report(context, FINDING_DEVICE_ABSENT,
		may_be_there ? FINDING_CANNOT_TELL : FINDING_VIOLATED, devices);
	report_fact(context->report, finding, "devices");
	report_say(context->report, finding,
		may_be_there ? "not all devices of this host are known, and %s is not among those "
			       "that are"
			     : "this host has no (further) device %s",
		wanted->text);
}

void subject_absent_in(const struct rule_context *context, const struct facts_group *group)
{
	bool empty = fact_is_value(group->devices.fact) && !group->devices.n;
	struct finding *finding = rule_report(context, FINDING_DEVICE_ABSENT,
		empty ? FINDING_VIOLATED : FINDING_CANNOT_TELL, group->devices.fact);

	finding->group = (int64_t)group->id.value;
	report_fact(context->report, finding, "groups/%" PRId64 "/devices", finding->group);
	report_say(context->report, finding,
		empty ? "there is no device in group %" PRId64
		      : "which devices are in group %" PRId64 " is not known",
		finding->group);
}

static void subject_reserve_address(const struct host *host, const char *address, bool *taken)
{
	const struct facts_device *device = facts_find_device(host->facts, address);

	if (device)
		taken[host_view_index(host, device)] = true;
}

void subject_reserve(const struct host *host, const struct verdict_question *question, bool *taken)
{
	const struct guest *guest = question->guest;

	for (size_t i = 0; i < guest->n_devices; i++)
		if (guest->devices[i].address && !guest->devices[i].host)
			subject_reserve_address(host, guest->devices[i].address, taken);
	for (size_t i = 0; i < question->n_attach; i++) {
		const char *text = question->attach[i];
		const struct facts_group *group = NULL;
		uint64_t id;

		if (text_parse_decimal(text, strlen(text), &id) == 0)
			group = facts_find_group(host->facts, id);
		for (size_t j = 0; group && j < group->devices.n; j++)
			subject_reserve_address(host, group->devices.items[j], taken);
		subject_reserve_address(host, text, taken);
	}
}

bool subject_is_candidate(const struct host *host, size_t index)
{
	const struct facts_device *device = host_view_device(host, index);

	/* What is not known may be what could be assigned: it is offered, and judged for it. */
	return (host->project.places[index].shape >= 0 || !fact_is_null(device->group.fact)) &&
	       subject_bus_is_pci(device) != TRI_NO && project_shape_is_bridge(device) != TRI_YES &&
	       !(fact_is_value(device->class_code.fact) &&
		       (device->class_code.value >> 16 == SUBJECT_BASE_BRIDGE ||
			       device->class_code.value >> 8 == SUBJECT_CLASS_IOMMU));
}
