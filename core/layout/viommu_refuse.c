/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/layout/viommu_refuse.h"

#include <string.h>

/* The one version whose default leaves the I/O APIC to QEMU (hw/i386/pc_q35.c). */
#define VIOMMU_REFUSE_SPLIT "pc-q35-4.0"

/* True when it is certain that KVM has all interrupt controllers. */
static bool viommu_refuse_is_kvms(const struct plan *plan)
{
	const struct machine *machine = plan->machine;

	if (!machine->kvm || machine->split_irqchip == TRI_YES)
		return false;
	if (machine->split_irqchip == TRI_NO)
		return true;
	/* An alias was that version once; and what is not modelled may ask for the same, as TDX
	 * does. */
	return !plan->type->assumed && machine->n_opaque == 0 &&
	       strcmp(plan->type->name, VIOMMU_REFUSE_SPLIT) != 0;
}

void viommu_refuse(struct plan *plan)
{
	const struct machine *machine = plan->machine;
	const struct viommu *viommu = &machine->viommu;
	enum tri intremap = viommu->intremap;

	if (plan->type->board != MACHINE_TYPE_Q35 ||
		(viommu->model != VIOMMU_INTEL && viommu->model != VIOMMU_AMD))
		return;
	if (intremap == TRI_YES && viommu_refuse_is_kvms(plan)) {
		plan_refuse(plan, "Interrupt Remapping cannot work with kernel-irqchip=on, please "
				  "use 'split|off'.");
		return;
	}
	/* Nobody asked: it is off where it cannot be on. */
	if (intremap == TRI_UNKNOWN && viommu_refuse_is_kvms(plan))
		intremap = TRI_NO;
	if (viommu->model == VIOMMU_INTEL && machine->eim == TRI_YES && intremap == TRI_NO)
		plan_refuse(plan, "eim=on cannot be selected without intremap=on");
}
