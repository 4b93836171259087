/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/layout/memory_size.h"

#include <inttypes.h>

#define MEMORY_SIZE_UNIT  UINT64_C(8192) /* RAM is rounded up to this */
#define MEMORY_SIZE_PAGE  UINT64_C(4096)
#define MEMORY_SIZE_SLOTS 256U /* include/hw/acpi/acpi.h ACPI_MAX_RAM_SLOTS */

/* @sum with @value added, or what is just past the limit. */
static uint64_t memory_size_sum(uint64_t sum, uint64_t value)
{
	if (sum > PLAN_SIZE_MOST || value > PLAN_SIZE_MOST - sum)
		return PLAN_SIZE_MOST + 1;
	return sum + value;
}

/* No sum of what is left wraps, and no address space is as wide as what is refused here. */
static bool memory_size_is_sane(struct plan *plan)
{
	const struct machine *machine = plan->machine;
	uint64_t sizes[] = { machine->ram, machine->maxmem, machine->pci_hole64,
		machine->highmem_mmio_size, 0, 0 };

	for (size_t i = 0; i < machine->n_cxl_windows; i++)
		sizes[4] = memory_size_sum(sizes[4], machine->cxl_windows[i]);
	for (size_t i = 0; i < machine->n_memories; i++)
		sizes[5] = memory_size_sum(sizes[5], machine->memories[i].size);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		if (sizes[i] > PLAN_SIZE_MOST) {
			plan_refuse(plan, "a size of 0x%" PRIx64 " bytes is past any address space",
				sizes[i]);
			return false;
		}
	return true;
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
