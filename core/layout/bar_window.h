/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where firmware will put PCI BARs. OVMF: edk2 OvmfPkg/Library/PlatformInitLib/MemDetect.c
 * PlatformAddressWidthFromCpuid(), PlatformDynamicMmioWindow(), PlatformReservationConflictCB().
 * SeaBIOS: src/fw/pciinit.c pci_setup(), pci_bios_map_devices(). A window that is not certain is
 * left out; a BAR of RAM, which has to be somewhere, is shown in every window it may come to be in.
 */
#pragma once

#include "core/layout/vcpu.h"

struct bar_window_x86 {
	bool q35;
	uint64_t low_end;  /* of RAM below 4 GiB */
	uint64_t high_ram; /* bytes of RAM above it */
	uint64_t hole64_first;
	uint64_t hole64_size;
	struct region reserved; /* said to be so to firmware on an AMD CPU */
	const struct vcpu *cpu;
};

/* Adds the 64-bit PCI hole, the windows, and the machine's RAM-backed BARs. */
void bar_window_x86(struct plan *plan, const struct bar_window_x86 *window);

/* Adds the machine's RAM-backed BARs to each of the @n windows; 32-bit ones only below 4 GiB. */
void bar_window_add_bars(struct plan *plan, const struct region *windows, size_t n);
