/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/layout/microvm.h"

#include "core/layout/bar_window.h"
#include "core/layout/memory_device.h"
#include "core/layout/memory_size.h"
#include "core/layout/vcpu.h"
#include "core/layout/x86_fixed.h"

#define MICROVM_LOW_MOST   UINT64_C(0xc0000000) /* RAM that is larger is split here */
#define MICROVM_BIOS_FIRST UINT64_C(0xf0000)
/*
 * The board's firmware is 64 or 128 KiB, by who built QEMU. It is RAM, once below 1 MiB, where all
 * else is RAM too, and once below 4 GiB, where the larger one is taken for it.
 */
#define MICROVM_ISA_SIZE  (64 * PLAN_KIB)
#define MICROVM_BIOS_SIZE (128 * PLAN_KIB)
#define MICROVM_PCI_FIRST UINT64_C(0xc0000000) /* with pcie=on; nothing else is there */
#define MICROVM_PCI_SIZE  UINT64_C(0x20000000)

static const struct {
	uint64_t first;
	uint64_t size;
	const char *name;
} microvm_fixed[] = {
	{ MICROVM_PCI_FIRST, MICROVM_PCI_SIZE, "pci-hole" },
	{ 0xe0000000, 0x10000000, "pci-ecam" },
	{ 0xfea00000, 0x1000, "acpi" },
	{ 0xfeb00000, 0x3000, "virtio-mmio" },
	{ X86_FIXED_IOAPIC, 0x1000, "ioapic" },
	{ 0xfec10000, 0x1000, "ioapic2" },
	{ X86_FIXED_MSI, X86_FIXED_MSI_SIZE, "msi" },
};

/* With pcie=on, BARs go below 4 GiB or to the top quarter of the address space. */
static void microvm_add_bars(struct plan *plan, unsigned bits)
{
	uint64_t space = plan_space(bits);
	struct region windows[2] = {
		{ MICROVM_PCI_FIRST, MICROVM_PCI_FIRST + (MICROVM_PCI_SIZE - 1) },
		{ space - (space >> 2), space - 1 },
	};

	if (plan->at.bits_guessed)
		windows[1] = (struct region){ PLAN_4G, plan_space(PLAN_BITS_MOST) - 1 };
	bar_window_add_bars(plan, windows, 2);
}

void microvm_lay(struct plan *plan)
{
	struct vcpu cpu = vcpu_x86(plan->machine, &plan->at);
	struct memory_size size;
	uint64_t low;

	if (!memory_size_get(plan, &size))
		return;
	vcpu_x86_refuse(plan);
	low = size.ram < MICROVM_LOW_MOST ? size.ram : MICROVM_LOW_MOST;
	plan_add(plan, 0, low < MICROVM_BIOS_FIRST ? low : MICROVM_BIOS_FIRST, GUEST_RAM, "ram");
	plan_add(plan, MICROVM_BIOS_FIRST, MICROVM_ISA_SIZE, GUEST_RAM, "pc.bios");
	if (low > PLAN_MIB)
		plan_add(plan, PLAN_MIB, low - PLAN_MIB, GUEST_RAM, "ram");
	for (size_t i = 0; i < sizeof(microvm_fixed) / sizeof(microvm_fixed[0]); i++)
		plan_add(plan, microvm_fixed[i].first, microvm_fixed[i].size, GUEST_MMIO,
			microvm_fixed[i].name);
	plan_add(plan, PLAN_4G - MICROVM_BIOS_SIZE, MICROVM_BIOS_SIZE, GUEST_RAM, "pc.bios");
	plan_add(plan, PLAN_4G, size.ram - low, GUEST_RAM, "ram");
	memory_device_none(plan);
	if (memory_device_epc(plan->machine))
		plan_refuse(plan, "%s has no SGX", plan->type->name);
	microvm_add_bars(plan, cpu.bits);
	plan->guest->address_bits = plan->at.bits_guessed ? 0 : cpu.bits;
}
