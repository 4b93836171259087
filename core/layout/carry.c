/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/layout/carry.h"

#include "core/layout/viommu_default.h"

#include <errno.h>
#include <string.h>

static const char *carry_text(struct plan *plan, const char *text)
{
	char *copy;

	if (!text || plan->fault)
		return NULL;
	copy = arena_text(plan->guest->arena, text, strlen(text));
	if (!copy)
		plan->fault = -ENOMEM;
	return copy;
}

static void carry_devices(struct plan *plan)
{
	const struct machine *machine = plan->machine;
	struct guest *guest = plan->guest;

	guest->devices = arena_array(guest->arena, machine->n_devices, sizeof(*guest->devices));
	if (!guest->devices) {
		plan->fault = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < machine->n_devices; i++) {
		struct guest_device *device = &guest->devices[i];

		*device = machine->devices[i];
		device->address = carry_text(plan, device->address);
		device->host = carry_text(plan, device->host);
		device->text = carry_text(plan, device->text);
	}
	guest->n_devices = machine->n_devices;
}

static void carry_viommu(struct plan *plan)
{
	const struct viommu *from = &plan->machine->viommu;
	struct viommu *viommu = &plan->guest->viommu;

	*viommu = *from;
	viommu->name = carry_text(plan, from->name);
	viommu->regions =
		arena_array(plan->guest->arena, from->n_regions, sizeof(*viommu->regions));
	if (!viommu->regions)
		plan->fault = -ENOMEM;
	else if (from->n_regions)
		memcpy(viommu->regions, from->regions, from->n_regions * sizeof(*from->regions));
	viommu_default_fill(plan->type, viommu);
}

void carry_over(struct plan *plan)
{
	const struct machine *machine = plan->machine;
	struct guest *guest = plan->guest;

	guest->arch = carry_text(plan, machine->arch);
	guest->kvm = machine->kvm;
	guest->vfio = machine->vfio;
	guest->machine =
		carry_text(plan, plan->type->name[0] != '\0' ? plan->type->name : machine->type);
	guest->machine_assumed = plan->type->assumed;
	carry_devices(plan);
	carry_viommu(plan);
	for (size_t i = 0; i < machine->n_opaque; i++)
		plan_opaque(plan, "%s", machine->opaque[i]);
}
