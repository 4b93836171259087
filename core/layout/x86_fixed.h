/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What lies at fixed addresses below 4 GiB on pc and q35, before firmware runs: RAM around the
 * legacy area, ROM, and the interrupt controllers. The area from 0xa0000 to 0xbffff is RAM until
 * firmware opens the VGA window; ROM shadows are read-only until firmware unlocks them. All of it
 * is mapped by VFIO either way.
 */
#pragma once

#include "core/layout/plan.h"

#define X86_FIXED_IOAPIC   UINT64_C(0xfec00000)
#define X86_FIXED_MSI	   UINT64_C(0xfee00000) /* where devices write their interrupts to */
#define X86_FIXED_MSI_SIZE PLAN_MIB

/* Adds it all for RAM that ends at @low_end, below the I/O APIC. */
void x86_fixed_add(struct plan *plan, uint64_t low_end);
