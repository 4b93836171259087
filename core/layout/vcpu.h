/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The CPU that a guest sees, as far as its map depends on it: vendor, physical address bits, long
 * mode (QEMU target/i386/cpu.c x86_cpu_realizefn, host-cpu.c; target/arm arm_pamax).
 */
#pragma once

#include "core/layout/plan.h"

struct vcpu {
	bool amd;
	bool long_mode;
	bool pages_1g; /* it has pages of 1 GiB for sure */
	unsigned bits; /* physical address bits */
};

/* What of a place the CPU of a machine depends on. */
struct vcpu_needs {
	bool amd;   /* the vendor; of the host, or of a model that is not known */
	bool bits;  /* address bits; likewise */
	bool model; /* it is the model that is not known, not the host */
};

/* The x86 CPU of @machine in the case @at. */
struct vcpu vcpu_x86(const struct machine *machine, const struct plan_case *at);

struct vcpu_needs vcpu_x86_needs(const struct machine *machine);

/* Says what QEMU refuses about the CPU alone. */
void vcpu_x86_refuse(struct plan *plan);

/*
 * The physical address bits that QEMU's own emulation gives the Arm CPU of @machine; 0 under KVM,
 * where the host's limit on guests counts, and for a model that is not known.
 */
unsigned vcpu_arm_bits(const struct machine *machine);

/* True when the Arm CPU is a 32-bit one. */
bool vcpu_arm_is_32bit(const struct machine *machine);
