/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/layout/x86.h"

#include "core/layout/bar_window.h"
#include "core/layout/memory_device.h"
#include "core/layout/memory_size.h"
#include "core/layout/vcpu.h"
#include "core/layout/x86_fixed.h"

#include <inttypes.h>

#define X86_PC_LOW_DEFAULT  UINT64_C(0xe0000000) /* pc: RAM as large as this is split, */
#define X86_PC_LOW_SPLIT    UINT64_C(0xc0000000) /* here */
#define X86_Q35_LOW_DEFAULT UINT64_C(0xb0000000) /* q35: likewise */
#define X86_Q35_LOW_SPLIT   UINT64_C(0x80000000)
#define X86_HOLE64_PC	    (UINT64_C(2) << 30) /* pci-hole64-size by default */
#define X86_HOLE64_Q35	    (UINT64_C(32) << 30)
#define X86_HT_FIRST	    UINT64_C(0xfd00000000) /* AMD's HyperTransport range: 12 GiB below 1 TiB */
#define X86_PAST_HT	    UINT64_C(0x10000000000) /* where RAM goes that would meet it */
#define X86_BITS_HT	    40U			    /* a CPU that reaches it is told of it */

/* Where everything is; ends are the first address past it. */
struct x86_shape {
	struct memory_size size;
	uint64_t hole64_size;
	uint64_t low_end;
	uint64_t high_first;
	uint64_t high_size; /* RAM above 4 GiB */
	uint64_t epc_size;
	uint64_t high_end; /* of RAM and of EPC sections */
	struct memory_device_area area;
	uint64_t cxl_first;
	uint64_t hole64_first;
};

/* hw/i386/pc_q35.c pc_q35_init() */
static uint64_t x86_low_q35(const struct plan *plan, uint64_t ram)
{
	uint64_t limit = plan->machine->max_ram_below_4g, low = X86_Q35_LOW_DEFAULT;

	if (ram >= low && machine_type_has(plan->type, MACHINE_TYPE_SPLIT_BY_GIB))
		low = X86_Q35_LOW_SPLIT;
	if (limit && limit < low)
		low = limit;
	return ram < low ? ram : low;
}

/* hw/i386/pc_piix.c pc_init1(): a limit above the default raises it. */
static uint64_t x86_low_pc(const struct plan *plan, uint64_t ram)
{
	uint64_t limit = plan->machine->max_ram_below_4g, low = limit ? limit : X86_PC_LOW_DEFAULT;

	if (ram < low)
		return ram;
	if (low > X86_PC_LOW_SPLIT && machine_type_has(plan->type, MACHINE_TYPE_SPLIT_BY_GIB))
		low = X86_PC_LOW_SPLIT;
	return low;
}

static void x86_split(struct plan *plan, struct x86_shape *shape)
{
	uint64_t ram = shape->size.ram;

	if (plan->machine->max_ram_below_4g > PLAN_4G)
		plan_refuse(plan, "max-ram-below-4g=%" PRIu64 " is more than 4 GiB",
			plan->machine->max_ram_below_4g);
	shape->low_end = plan->type->board == MACHINE_TYPE_Q35 ? x86_low_q35(plan, ram)
							       : x86_low_pc(plan, ram);
	/* The PCI hole ends at the I/O APIC: QEMU ends itself when it has to begin past it. */
	if (shape->low_end > X86_FIXED_IOAPIC) {
		plan_refuse(plan,
			"RAM below 4 GiB would reach 0x%" PRIx64
			", past the I/O APIC at 0x%" PRIx64,
			shape->low_end, X86_FIXED_IOAPIC);
		shape->low_end = X86_FIXED_IOAPIC;
	}
	shape->high_size = ram - shape->low_end;
}

/* The end of the CXL windows, which come after the registers of CXL host bridges. */
static uint64_t x86_cxl_end(const struct machine *machine, uint64_t first)
{
	uint64_t end = first + PLAN_CXL_HOST;

	for (size_t i = 0; i < machine->n_cxl_windows; i++)
		end = plan_up(end, PLAN_CXL) + machine->cxl_windows[i];
	return end;
}

/*
 * What follows from where RAM above 4 GiB begins (hw/i386/pc.c pc_get_device_memory_range(),
 * pc_get_cxl_range_start(), pc_pci_hole64_start()).
 */
static void x86_follow(const struct plan *plan, struct x86_shape *shape, uint64_t high_first)
{
	struct memory_device_area *area = &shape->area;
	uint64_t end;

	shape->high_first = high_first;
	shape->high_end = high_first + shape->high_size + shape->epc_size;
	area->base = plan_up(shape->high_end, PLAN_GIB);
	area->size = shape->size.add;
	/* room to align each device to a page of 1 GiB */
	if (area->size && machine_type_has(plan->type, MACHINE_TYPE_ALIGNED_DIMMS))
		area->size += shape->size.slots * PLAN_GIB;
	end = shape->high_end;
	if (area->size && machine_type_has(plan->type, MACHINE_TYPE_HOLE_AFTER_DEVICES))
		end = area->base + area->size;
	else if (area->size)
		end = area->base;
	/* Before 8.2 QEMU rounded to where an area would begin that is not there. */
	shape->cxl_first = area->size		? area->base + area->size
			   : plan->at.old_build ? area->base
						: shape->high_end;
	if (plan->machine->cxl)
		end = x86_cxl_end(plan->machine, shape->cxl_first);
	shape->hole64_first = plan_up(end, PLAN_GIB);
}

/*
 * The highest address that QEMU thinks the guest can use (hw/i386/pc.c pc_max_used_gpa()). For a
 * 32-bit CPU it was wrong in two ways, of which old machine types keep one.
 */
static uint64_t x86_max_address(
	const struct plan *plan, const struct x86_shape *shape, const struct vcpu *cpu)
{
	uint64_t bits_end = plan_space(cpu->bits) - 1;
	uint64_t devices_end = shape->area.base + shape->area.size;

	if (cpu->long_mode || (plan->at.old_build && cpu->bits > 32))
		return shape->hole64_first + shape->hole64_size - 1;
	if (!machine_type_has(plan->type, MACHINE_TYPE_CHECKED_32BIT))
		return bits_end;
	return (shape->area.size ? devices_end : shape->high_end) - 1;
}

/* hw/i386/pc.c pc_memory_init(): AMD's range is no RAM's, and what is too high is refused. */
static void x86_fit(struct plan *plan, struct x86_shape *shape, const struct vcpu *cpu)
{
	uint64_t last, reach = plan_space(cpu->bits) - 1;

	x86_follow(plan, shape, PLAN_4G);
	if (cpu->amd && machine_type_has(plan->type, MACHINE_TYPE_AMD_RELOCATION) &&
		x86_max_address(plan, shape, cpu) >= X86_HT_FIRST) {
		x86_follow(plan, shape, X86_PAST_HT);
		if (shape->epc_size)
			plan_opaque(plan, "SGX memory beside RAM that begins at 1 TiB");
	}
	last = x86_max_address(plan, shape, cpu);
	if (last <= reach)
		return;
	/* Before 8.2 QEMU took a CPU of 32 address bits for a 32-bit one, and refused none. */
	if (cpu->long_mode && cpu->bits <= 32 &&
		!machine_type_has(plan->type, MACHINE_TYPE_CHECKED_32BIT)) {
		plan_opaque(plan, "phys-bits=%u of a 64-bit CPU, which only QEMU before 8.2 starts",
			cpu->bits);
		return;
	}
	plan_refuse(plan,
		"Address space limit 0x%" PRIx64 " < 0x%" PRIx64 " phys-bits too low (%u)", reach,
		last, cpu->bits);
}

static void x86_add_epc(struct plan *plan, uint64_t first)
{
	const struct machine *machine = plan->machine;

	for (size_t i = 0; i < machine->n_memories; i++) {
		const struct machine_memory *memory = &machine->memories[i];

		if (memory->model != MACHINE_MEMORY_SGX_EPC)
			continue;
		plan_add(plan, first, memory->size, GUEST_RAM,
			memory->name ? memory->name : "sgx-epc");
		first += memory->size;
	}
}

/* Memory behind a CXL window is not RAM to VFIO: every access goes through QEMU. */
static void x86_add_cxl(struct plan *plan, uint64_t first, uint64_t space)
{
	const struct machine *machine = plan->machine;
	uint64_t at = first + PLAN_CXL_HOST;

	if (!machine->cxl)
		return;
	plan_add(plan, first, PLAN_CXL_HOST, GUEST_MMIO, "cxl-host");
	for (size_t i = 0; i < machine->n_cxl_windows; i++) {
		at = plan_up(at, PLAN_CXL);
		plan_add(plan, at, machine->cxl_windows[i], GUEST_MMIO, "cxl-window");
		at += machine->cxl_windows[i];
	}
	/* hw/cxl/cxl-host.c cxl_fmws_set_memmap(): such a window ends up at 0, over RAM. */
	if (at > space)
		plan_opaque(plan, "a CXL window that the CPU's address bits do not reach");
}

static void x86_add_devices(struct plan *plan, const struct x86_shape *shape)
{
	struct memory_device_area area = shape->area;

	area.limit = shape->size.add;
	area.slots = shape->size.slots;
	area.dimms = plan->machine->acpi;
	area.legacy = !machine_type_has(plan->type, MACHINE_TYPE_ALIGNED_DIMMS);
	if (area.size)
		memory_device_place_all(plan, &area);
	else
		memory_device_none(plan);
}

static void x86_add_windows(
	struct plan *plan, const struct x86_shape *shape, const struct vcpu *cpu)
{
	struct bar_window_x86 window = {
		.q35 = plan->type->board == MACHINE_TYPE_Q35,
		.low_end = shape->low_end,
		.high_ram = shape->high_size,
		.hole64_first = shape->hole64_first,
		.hole64_size = shape->hole64_size,
		.cpu = cpu,
	};

	if (cpu->bits >= X86_BITS_HT && machine_type_has(plan->type, MACHINE_TYPE_AMD_RELOCATION))
		window.reserved = (struct region){ X86_HT_FIRST, X86_PAST_HT - 1 };
	bar_window_x86(plan, &window);
}

void x86_lay(struct plan *plan)
{
	const struct machine *machine = plan->machine;
	struct vcpu cpu = vcpu_x86(machine, &plan->at);
	struct x86_shape shape = { .epc_size = memory_device_epc(machine) };

	if (!memory_size_get(plan, &shape.size))
		return;
	vcpu_x86_refuse(plan);
	if (shape.size.add && !machine_type_has(plan->type, MACHINE_TYPE_DEVICE_MEMORY)) {
		plan_refuse(plan, "slots and maxmem are not supported by %s", plan->type->name);
		shape.size.add = 0;
	}
	shape.hole64_size = plan->type->board == MACHINE_TYPE_Q35 ? X86_HOLE64_Q35 : X86_HOLE64_PC;
	if (machine->pci_hole64_given)
		shape.hole64_size = machine->pci_hole64;
	x86_split(plan, &shape);
	x86_fit(plan, &shape, &cpu);
	x86_fixed_add(plan, shape.low_end);
	plan_add(plan, shape.high_first, shape.high_size, GUEST_RAM, "ram");
	x86_add_epc(plan, shape.high_first + shape.high_size);
	x86_add_devices(plan, &shape);
	x86_add_cxl(plan, shape.cxl_first, plan_space(cpu.bits));
	x86_add_windows(plan, &shape, &cpu);
	plan->guest->address_bits = plan->at.bits_guessed ? 0 : cpu.bits;
}
