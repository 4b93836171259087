/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/layout/x86_fixed.h"

#define X86_FIXED_VGA_FIRST 0xa0000ULL	      /* up to the option ROMs */
#define X86_FIXED_ROM_FIRST UINT64_C(0xc0000) /* option ROMs, then the end of the firmware */
#define X86_FIXED_ROM_SIZE  UINT64_C(0x20000)
#define X86_FIXED_ISA_FIRST UINT64_C(0xe0000)
#define X86_FIXED_ISA_SIZE  UINT64_C(0x20000)
#define X86_FIXED_HPET	    UINT64_C(0xfed00000)
#define X86_FIXED_AMDVI	    UINT64_C(0xfed80000)
#define X86_FIXED_VTD	    UINT64_C(0xfed90000)

/*
 * How large the firmware is that ends at 4 GiB. SeaBIOS as QEMU and the distributions ship it, by
 * the machine's version. Of any other image the size is not known: 16 MiB is more than images have,
 * and what is too much here can only make a host look worse, never better; hosts reserve nothing
 * there, so it does not matter in practice. Flash is limited to 8 MiB (hw/i386/pc_sysfw.c).
 */
#define X86_FIXED_SEABIOS     (256 * PLAN_KIB)
#define X86_FIXED_SEABIOS_OLD (128 * PLAN_KIB)
#define X86_FIXED_IMAGE	      (16 * PLAN_MIB)
#define X86_FIXED_FLASH	      (8 * PLAN_MIB)

static void x86_fixed_firmware(struct plan *plan)
{
	uint64_t size = X86_FIXED_IMAGE;

	switch (plan->machine->firmware) {
	case MACHINE_FIRMWARE_DEFAULT:
		size = machine_type_has(plan->type, MACHINE_TYPE_BIOS_256K) ? X86_FIXED_SEABIOS
									    : X86_FIXED_SEABIOS_OLD;
		break;
	case MACHINE_FIRMWARE_PFLASH:
		/* It answers reads without QEMU, but is no RAM: VFIO does not map it. */
		plan_add(plan, PLAN_4G - X86_FIXED_FLASH, X86_FIXED_FLASH, GUEST_MMIO, "flash");
		return;
	case MACHINE_FIRMWARE_BIOS:
	case MACHINE_FIRMWARE_UNKNOWN:
		break;
	}
	plan_add(plan, PLAN_4G - size, size, GUEST_ROM, "pc.bios");
}

static void x86_fixed_viommu(struct plan *plan)
{
	if (plan->machine->viommu.model == VIOMMU_INTEL)
		plan_add(plan, X86_FIXED_VTD, 0x1000, GUEST_MMIO, "intel-iommu");
	if (plan->machine->viommu.model == VIOMMU_AMD)
		plan_add(plan, X86_FIXED_AMDVI, 0x4000, GUEST_MMIO, "amd-iommu");
}

void x86_fixed_add(struct plan *plan, uint64_t low_end)
{
	uint64_t limit = plan->machine->vga ? X86_FIXED_VGA_FIRST : X86_FIXED_ROM_FIRST;

	plan_add(plan, 0, low_end < limit ? low_end : limit, GUEST_RAM, "ram");
	plan_add(plan, limit, X86_FIXED_ROM_FIRST - limit, GUEST_MMIO, "vga");
	plan_add(plan, X86_FIXED_ROM_FIRST, X86_FIXED_ROM_SIZE, GUEST_ROM, "pc.rom");
	plan_add(plan, X86_FIXED_ISA_FIRST, X86_FIXED_ISA_SIZE, GUEST_ROM, "pc.bios");
	if (low_end > PLAN_MIB)
		plan_add(plan, PLAN_MIB, low_end - PLAN_MIB, GUEST_RAM, "ram");
	low_end = low_end > PLAN_MIB ? low_end : PLAN_MIB;
	plan_add(plan, low_end, X86_FIXED_IOAPIC - low_end, GUEST_MMIO, "pci-hole");
	plan_add(plan, X86_FIXED_IOAPIC, 0x1000, GUEST_MMIO, "ioapic");
	plan_add(plan, X86_FIXED_HPET, 0x400, GUEST_MMIO, "hpet");
	x86_fixed_viommu(plan);
	plan_add(plan, X86_FIXED_MSI, X86_FIXED_MSI_SIZE, GUEST_MMIO, "msi");
	x86_fixed_firmware(plan);
}
