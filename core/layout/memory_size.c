/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/layout/memory_size.h"

#include <inttypes.h>

#define MEMORY_SIZE_UNIT  UINT64_C(8192) /* RAM is rounded up to this */
#define MEMORY_SIZE_PAGE  UINT64_C(4096)
#define MEMORY_SIZE_SLOTS 256U /* include/hw/acpi/acpi.h ACPI_MAX_RAM_SLOTS */

/* No sum of what is left wraps, and no address space is as wide as what is refused here. */
static bool memory_size_is_sane(struct plan *plan)
{
	const struct machine *machine = plan->machine;
	uint64_t most = machine->ram, sum = 0;

	most = machine->maxmem > most ? machine->maxmem : most;
	most = machine->pci_hole64 > most ? machine->pci_hole64 : most;
	most = machine->highmem_mmio_size > most ? machine->highmem_mmio_size : most;
	for (size_t i = 0; i < machine->n_cxl_windows; i++)
		sum = machine->cxl_windows[i] > PLAN_SIZE_MOST - sum
			      ? PLAN_SIZE_MOST + 1
			      : sum + machine->cxl_windows[i];
	most = sum > most ? sum : most;
	sum = 0;
	for (size_t i = 0; i < machine->n_memories; i++)
		sum = machine->memories[i].size > PLAN_SIZE_MOST - sum
			      ? PLAN_SIZE_MOST + 1
			      : sum + machine->memories[i].size;
	most = sum > most ? sum : most;
	if (most <= PLAN_SIZE_MOST)
		return true;
	plan_refuse(plan, "a size of 0x%" PRIx64 " bytes is past any address space", most);
	return false;
}

/* What QEMU says about -m size, maxmem and slots together. */
static void memory_size_refuse(struct plan *plan)
{
	const struct machine *machine = plan->machine;

	if (machine->maxmem && machine->maxmem < machine->ram)
		plan_refuse(plan,
			"invalid value of maxmem: 0x%" PRIx64
			" is less than the initial 0x%" PRIx64,
			machine->maxmem, machine->ram);
	if (machine->slots && !machine->maxmem)
		plan_refuse(plan, "slots without maxmem");
	if (machine->slots && machine->maxmem == machine->ram)
		plan_refuse(plan,
			"invalid value of maxmem: slots, and 0x%" PRIx64
			" is equal to the initial memory size",
			machine->maxmem);
	if (machine->slots > MEMORY_SIZE_SLOTS)
		plan_refuse(plan, "unsupported number of memory slots: %u", machine->slots);
}

bool memory_size_get(struct plan *plan, struct memory_size *ret)
{
	const struct machine *machine = plan->machine;

	if (!machine->ram) {
		plan_opaque(plan, "the size of the memory is not known");
		return false;
	}
	if (!memory_size_is_sane(plan))
		return false;
	memory_size_refuse(plan);
	ret->ram = plan_up(machine->ram, MEMORY_SIZE_UNIT);
	ret->add = machine->maxmem > ret->ram ? machine->maxmem - ret->ram : 0;
	ret->slots = machine->slots < MEMORY_SIZE_SLOTS ? machine->slots : MEMORY_SIZE_SLOTS;
	if (ret->add && machine_type_is_x86(machine->arch) && machine->maxmem % MEMORY_SIZE_PAGE)
		plan_refuse(plan, "maximum memory size 0x%" PRIx64 " is not a multiple of %" PRIu64,
			machine->maxmem, MEMORY_SIZE_PAGE);
	return true;
}
