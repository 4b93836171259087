/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A host of which only the class is known: another member of the fleet. Its devices are the kinds
 * that the class lists, without addresses, numbers or drivers, so that what depends on those cannot
 * be told.
 */
#include "core/judge/host_class.h"

#include "core/judge/assignable.h"
#include "core/judge/host_make.h"
#include "core/judge/map_digest.h"

#include "core/codec/class_json.h"
#include "core/judge/aperture.h"
#include "core/model/limits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The kind @member as a device; whether it is a bridge is all that its header is asked for. */
static struct facts_device host_class_device(const struct class_member *member, const char *name)
{
	struct facts_device device = {
		.address = fact_text(name),
		.bus = member->bus,
		.vendor = member->vendor,
		.device = member->device,
		.subsystem_vendor = member->subsystem_vendor,
		.subsystem_device = member->subsystem_device,
		.class_code = member->class_code,
		.header_type = member->bridge,
	};

	if (fact_is_yes(member->no_group))
		device.group = fact_number_null();
	device.sriov.fact = member->vf_device.fact;
	device.sriov.vf_device = member->vf_device;
	return device;
}

static size_t host_class_count(const struct class *class_)
{
	const struct class_shape *shapes = class_->shapes.items;
	size_t n = facts_count(class_->ungrouped);

	for (size_t i = 0; i < facts_count(class_->shapes); i++)
		n += facts_count(shapes[i].members);
	return n;
}

/* Names sort as they are made, so that the list of devices is in its order. */
static int host_class_add(
	struct host *host, const struct class_member *member, struct project_place place, size_t *n)
{
	struct facts_device *devices = (struct facts_device *)host->facts->devices.items;
	const char *name = arena_printf(host->facts->arena, "kind-%05zu", *n);

	if (!name)
		return -ENOMEM;
	devices[*n] = host_class_device(member, name);
	host->project.places[*n] = place;
	++*n;
	return 0;
}

static int host_class_devices(struct host *host)
{
	const struct class *class_ = &host->project.class_;
	const struct class_shape *shapes = class_->shapes.items;
	const struct class_member *ungrouped = class_->ungrouped.items;
	size_t n = host_class_count(class_), at = 0;
	int r = 0;

	host->facts->devices.items =
		arena_array(host->facts->arena, n, sizeof(struct facts_device));
	host->project.places = arena_array(host->arena, n, sizeof(*host->project.places));
	host->project.paths = arena_array(host->arena, n, sizeof(*host->project.paths));
	if (!host->facts->devices.items || !host->project.places || !host->project.paths)
		return -ENOMEM;
	for (size_t i = 0; i < facts_count(class_->shapes); i++) {
		const struct class_member *members = shapes[i].members.items;

		for (size_t j = 0; r == 0 && j < facts_count(shapes[i].members); j++)
			r = host_class_add(host, &members[j],
				(struct project_place){ -1, (int32_t)i, (int32_t)j }, &at);
	}
	for (size_t j = 0; r == 0 && j < facts_count(class_->ungrouped); j++)
		r = host_class_add(
			host, &ungrouped[j], (struct project_place){ -1, -1, (int32_t)j }, &at);
	host->facts->devices.fact =
		fact_is_yes(class_->devices_known) ? FACT_KNOWN : class_->devices_known.fact;
	if (fact_is_value(class_->devices_known.fact))
		host->facts->devices.fact = FACT_KNOWN;
	host->facts->devices.n = n;
	return r;
}

/* What of @assume can be laid over a class; the rest is a matter of facts. */
static void host_class_assume(const struct assume *assume, struct class *class_)
{
	struct class_shape *shapes = (struct class_shape *)class_->shapes.items;
	struct fact_number allowed = fact_number(assume->unsafe_interrupts > 0);

	if (assume->page_size)
		class_->page_size = fact_number(assume->page_size);
	if (assume->cpu_bits)
		class_->cpu_bits = fact_number(assume->cpu_bits);
	if (assume->cpu_vendor[0] && !fact_is_null(class_->cpu_amd.fact))
		class_->cpu_amd = fact_number(strcmp(assume->cpu_vendor, "amd") == 0);
	if (assume->unsafe_interrupts >= 0 && fact_is_value(class_->type1_unsafe.fact))
		class_->type1_unsafe = allowed;
	if (assume->unsafe_interrupts >= 0 && fact_is_value(class_->iommufd_unsafe.fact))
		class_->iommufd_unsafe = allowed;
	for (size_t i = 0; assume->iommu_bits && i < facts_count(class_->shapes); i++) {
		shapes[i].aperture = shapes[i].aperture_at_most =
			fact_number(aperture_last_of_bits(assume->iommu_bits));
		shapes[i].aperture_known_by = fact_text("assumption");
	}
}

int host_class_fill(struct host *host, const char *bytes, size_t n, struct refusal *refusal)
{
	int r = class_json_decode(bytes, n, host->arena, &host->project.class_, refusal);

	if (r != CLASS_JSON_DONE)
		return r;
	host_class_assume(&host->assume, &host->project.class_);
	r = host_class_devices(host);
	if (r == 0)
		r = host_make_usables(host);
	if (r == 0)
		r = host_make_bindings(host);
	if (r == 0)
		r = host_make_assignable(host);
	if (r == 0)
		r = host_make_class_digest(host);
	if (r == 0)
		r = map_digest_compute(&host->project.class_, host->usables, host->map_digest);
	return r;
}
