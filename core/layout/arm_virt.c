/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/layout/arm_virt.h"

#include "core/layout/bar_window.h"
#include "core/layout/memory_device.h"
#include "core/layout/memory_size.h"
#include "core/layout/vcpu.h"

#include <inttypes.h>
#include <string.h>

#define ARM_VIRT_RAM	   UINT64_C(0x40000000)
#define ARM_VIRT_HIGH	   (UINT64_C(256) << 30) /* high windows begin no lower */
#define ARM_VIRT_PCI_FIRST UINT64_C(0x10000000)
#define ARM_VIRT_PCI_SIZE  UINT64_C(0x2eff0000)
#define ARM_VIRT_ECAM	   UINT64_C(0x3f000000) /* where configuration space is without the high one */
#define ARM_VIRT_ECAM_SIZE (UINT64_C(16) << 20)
#define ARM_VIRT_BITS_32   32U	/* highmem=off */
#define ARM_VIRT_REDISTS   123U /* CPUs whose redistributors fit below 4 GiB */
#define ARM_VIRT_MMIO_SIZE (UINT64_C(512) << 30)

/* What is at fixed addresses below RAM; all of it is reserved whether or not it is used. */
static const struct {
	uint64_t first;
	uint64_t size;
	const char *name;
} arm_virt_fixed[] = {
	{ 0x00000000, 0x04000000, "flash0" },
	{ 0x04000000, 0x04000000, "flash1" },
	{ 0x08000000, 0x00020000, "gic" },
	{ 0x08020000, 0x00001000, "gic-v2m" },
	{ 0x08030000, 0x00020000, "gic-virtual" },
	{ 0x08080000, 0x00020000, "gic-its" },
	{ 0x080a0000, 0x00f60000, "gic-redist" },
	{ 0x09000000, 0x00001000, "uart" },
	{ 0x09010000, 0x00001000, "rtc" },
	{ 0x09020000, 0x00001000, "fw-cfg" },
	{ 0x09030000, 0x00001000, "gpio" },
	{ 0x09040000, 0x00001000, "secure-uart" },
	{ 0x09050000, 0x00020000, "smmu" },
	{ 0x09070000, 0x00020000, "acpi" },
	{ 0x09090000, 0x00010000, "nvdimm-acpi" },
	{ 0x0a000000, 0x00004000, "virtio-mmio" },
	{ 0x0c000000, 0x02000000, "platform-bus" },
	{ 0x0e000000, 0x01000000, "secure-ram" },
	{ ARM_VIRT_PCI_FIRST, ARM_VIRT_PCI_SIZE, "pci-hole" },
	{ 0x3eff0000, 0x00010000, "pci-io" },
};

enum arm_virt_high {
	ARM_VIRT_REDIST2,
	ARM_VIRT_CXL,
	ARM_VIRT_HIGH_ECAM,
	ARM_VIRT_HIGH_MMIO,
	_ARM_VIRT_HIGH_MAX,
};

/* A window above RAM. */
struct arm_virt_window {
	uint64_t first;
	uint64_t size;
	bool on;
};

struct arm_virt_shape {
	struct memory_size size;
	unsigned bits;
	uint64_t memory_end; /* of RAM and device memory, whole GiB */
	uint64_t last;	     /* the highest address that is used */
	struct memory_device_area area;
	struct arm_virt_window high[_ARM_VIRT_HIGH_MAX];
};

static bool arm_virt_has_firmware(const struct machine *machine)
{
	return machine->firmware != MACHINE_FIRMWARE_DEFAULT;
}

/* Sizes of the high windows, and which of them are wanted. */
static void arm_virt_wish(const struct plan *plan, struct arm_virt_window *high)
{
	const struct machine *machine = plan->machine;
	uint64_t mmio = machine->highmem_mmio_size;
	bool ecam = machine_type_has(plan->type, MACHINE_TYPE_HIGH_ECAM);

	high[ARM_VIRT_REDIST2] =
		(struct arm_virt_window){ 0, 64 * PLAN_MIB, machine->highmem_redists != TRI_NO };
	high[ARM_VIRT_CXL] = (struct arm_virt_window){ 0, PLAN_CXL_HOST, machine->cxl };
	high[ARM_VIRT_HIGH_ECAM] = (struct arm_virt_window){ 0, 256 * PLAN_MIB,
		machine->highmem_ecam == TRI_UNKNOWN ? ecam : machine->highmem_ecam == TRI_YES };
	high[ARM_VIRT_HIGH_MMIO] = (struct arm_virt_window){ 0, mmio ? mmio : ARM_VIRT_MMIO_SIZE,
		machine->highmem_mmio != TRI_NO };
}

/* hw/arm/virt.c virt_set_high_memmap(): one after the other, each aligned to its size. */
static void arm_virt_raise(const struct plan *plan, struct arm_virt_shape *shape, uint64_t base)
{
	enum tri compact = plan->machine->compact_highmem;
	bool skips = compact == TRI_UNKNOWN
			     ? machine_type_has(plan->type, MACHINE_TYPE_COMPACT_HIGH)
			     : compact == TRI_YES;

	arm_virt_wish(plan, shape->high);
	for (unsigned i = 0; i < _ARM_VIRT_HIGH_MAX; i++) {
		struct arm_virt_window *window = &shape->high[i];
		uint64_t end;
		bool fits;

		window->first = plan_up(base, window->size);
		end = window->first + window->size;
		fits = end <= plan_space(shape->bits);
		window->on = window->on && fits;
		if (skips && !window->on)
			continue;
		base = end;
		if (fits)
			shape->last = end - 1;
	}
}

/* hw/arm/virt.c virt_set_memmap() */
static void arm_virt_measure(struct plan *plan, struct arm_virt_shape *shape)
{
	struct memory_device_area *area = &shape->area;
	uint64_t base;

	shape->bits = plan->machine->highmem == TRI_NO ? ARM_VIRT_BITS_32 : plan->at.bits;
	area->base = plan_up(ARM_VIRT_RAM + shape->size.ram, PLAN_GIB);
	area->size = shape->size.add ? shape->size.add + shape->size.slots * PLAN_GIB : 0;
	area->limit = shape->size.add;
	area->slots = shape->size.slots;
	shape->memory_end = area->base + plan_up(area->size, PLAN_GIB);
	shape->last = shape->memory_end - 1;
	if (shape->memory_end > plan_space(shape->bits))
		plan_refuse(plan,
			"Addressing limited to %u bits, but memory exceeds it by %" PRIu64 " bytes",
			shape->bits, shape->memory_end - plan_space(shape->bits));
	base = shape->memory_end > ARM_VIRT_HIGH ? shape->memory_end : ARM_VIRT_HIGH;
	arm_virt_raise(plan, shape, base);
}

/* A DIMM is announced through ACPI, which needs firmware that reads it; a 32-bit CPU has none. */
static void arm_virt_add_devices(struct plan *plan, struct arm_virt_shape *shape)
{
	const struct machine *machine = plan->machine;

	shape->area.dimms = machine_type_has(plan->type, MACHINE_TYPE_DIMMS_ON_VIRT) &&
			    machine->acpi && arm_virt_has_firmware(machine) &&
			    !vcpu_arm_is_32bit(machine);
	if (shape->area.size)
		memory_device_place_all(plan, &shape->area);
	else
		memory_device_none(plan);
	if (memory_device_epc(machine))
		plan_refuse(plan, "%s has no SGX", plan->type->name);
}

static bool arm_virt_gic_is(const struct machine *machine, const char *version)
{
	return machine->gic && strcmp(machine->gic, version) == 0;
}

/* True when the board has no MSI frame of that name. */
static bool arm_virt_is_absent(const struct plan *plan, const char *name)
{
	const struct machine *machine = plan->machine;
	bool v2 = arm_virt_gic_is(machine, "2");
	bool v3 = arm_virt_gic_is(machine, "3") || arm_virt_gic_is(machine, "4");

	if (strcmp(name, "gic-v2m") == 0)
		return v3 && machine->its != TRI_NO &&
		       machine_type_has(plan->type, MACHINE_TYPE_ITS);
	if (strcmp(name, "gic-its") == 0)
		return v2 || machine->its == TRI_NO ||
		       !machine_type_has(plan->type, MACHINE_TYPE_ITS);
	return strcmp(name, "gic-redist") == 0 && v2;
}

static void arm_virt_add_fixed(struct plan *plan)
{
	for (size_t i = 0; i < sizeof(arm_virt_fixed) / sizeof(arm_virt_fixed[0]); i++)
		if (!arm_virt_is_absent(plan, arm_virt_fixed[i].name))
			plan_add(plan, arm_virt_fixed[i].first, arm_virt_fixed[i].size, GUEST_MMIO,
				arm_virt_fixed[i].name);
}

/* Windows of CXL memory come last. */
static void arm_virt_add_cxl(struct plan *plan, const struct arm_virt_shape *shape)
{
	const struct machine *machine = plan->machine;
	uint64_t at = plan_up(shape->last + 1, PLAN_CXL);

	if (!shape->high[ARM_VIRT_CXL].on)
		return;
	plan_add(plan, shape->high[ARM_VIRT_CXL].first, PLAN_CXL_HOST, GUEST_MMIO, "cxl-host");
	for (size_t i = 0; i < machine->n_cxl_windows; i++) {
		uint64_t size = machine->cxl_windows[i];

		plan_add(plan, at, size, GUEST_MMIO, "cxl-window");
		at = plan_up(at + size, PLAN_CXL);
	}
	/* hw/cxl/cxl-host.c cxl_fmws_set_memmap(): such a window ends up at 0. */
	if (at > plan_space(shape->bits))
		plan_opaque(plan, "a CXL window that the CPU's address bits do not reach");
}

static void arm_virt_add_high(struct plan *plan, const struct arm_virt_shape *shape)
{
	const struct arm_virt_window *high = shape->high;
	const struct arm_virt_window *ecam = &high[ARM_VIRT_HIGH_ECAM],
				     *mmio = &high[ARM_VIRT_HIGH_MMIO];
	/* Firmware of 32 bits does not reach configuration space up there. */
	bool high_ecam = ecam->on && !(arm_virt_has_firmware(plan->machine) &&
					     vcpu_arm_is_32bit(plan->machine));

	if (high[ARM_VIRT_REDIST2].on && plan->machine->cpus > ARM_VIRT_REDISTS)
		plan_add(plan, high[ARM_VIRT_REDIST2].first, high[ARM_VIRT_REDIST2].size,
			GUEST_MMIO, "gic-redist2");
	plan_add(plan, high_ecam ? ecam->first : ARM_VIRT_ECAM,
		high_ecam ? ecam->size : ARM_VIRT_ECAM_SIZE, GUEST_MMIO, "pci-ecam");
	if (mmio->on && !plan->at.bits_guessed) {
		plan_add(plan, mmio->first, mmio->size, GUEST_PCI_HOLE64, "pci-hole64");
		plan_add(plan, mmio->first, mmio->size, GUEST_BAR_WINDOW, "bar-window");
	}
}

void arm_virt_lay(struct plan *plan)
{
	struct arm_virt_shape shape = { 0 };
	struct region windows[2] = {
		{ ARM_VIRT_PCI_FIRST, ARM_VIRT_PCI_FIRST + (ARM_VIRT_PCI_SIZE - 1) },
	};
	const struct arm_virt_window *mmio = &shape.high[ARM_VIRT_HIGH_MMIO];

	if (!memory_size_get(plan, &shape.size))
		return;
	if (plan->machine->highmem_mmio_size &&
		!plan_is_power_of_two(plan->machine->highmem_mmio_size)) {
		plan_refuse(plan, "highmem-mmio-size=0x%" PRIx64 " is not a power of two",
			plan->machine->highmem_mmio_size);
		return;
	}
	arm_virt_measure(plan, &shape);
	arm_virt_add_fixed(plan);
	plan_add(plan, ARM_VIRT_RAM, shape.size.ram, GUEST_RAM, "ram");
	arm_virt_add_devices(plan, &shape);
	arm_virt_add_high(plan, &shape);
	arm_virt_add_cxl(plan, &shape);
	windows[1] = (struct region){ mmio->first, mmio->first + (mmio->size - 1) };
	bar_window_add_bars(plan, windows, mmio->on ? 2 : 1);
	plan->guest->address_bits = plan->at.bits_guessed ? 0 : plan->at.bits;
}
