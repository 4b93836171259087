/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What changed in Linux at which version, as data, and what a given kernel therefore does. Plain,
 * Debian, Ubuntu, Fedora and Arch kernels follow their number. Any other flavour carries backports
 * or patches that the number does not tell, so both branches are open and the answer is "unknown".
 */
#pragma once

#include "core/model/facts.h"

enum kernel_gate {
	KERNEL_GATE_VTD_DIRECT_REFUSED, /* 3.17 c875d2c1b808: RMRR devices refused on VT-d */
	KERNEL_GATE_DIRECT_REFUSED,	/* 6.6 a48ce36e2786: any direct region refuses the group */
	KERNEL_GATE_VTD_FIRST_STAGE_FIRST, /* with both stages, VFIO's domain is first-stage */
	KERNEL_GATE_AMD_HATS_BOUNDS,	   /* AMD-Vi reach follows HATS of the IVRS EFR copy */
	KERNEL_GATE_BAR_WRITE_COMBINING,   /* 6.9 8c47ce3e1d2c: arm64 guests map BARs Normal-NC */
	_KERNEL_GATE_MAX,
};

enum kernel_gate_answer { KERNEL_GATE_OFF, KERNEL_GATE_ON, KERNEL_GATE_UNKNOWN };

/* Whether @kernel is past @gate. Unknown where release or flavour are not known to decide it. */
enum kernel_gate_answer kernel_gate_evaluate(
	const struct facts_kernel *kernel, enum kernel_gate gate);

/*
 * True when something that decides regions or groups as the kernel lists them on a host of @arch
 * with units of @kind (a word of facts_iommu.kind) changed between versions @from and @to, in
 * either direction: then what was observed on one says nothing of the other. Also true when either
 * is not a version, or @follows_number is false.
 */
bool kernel_gate_observation_differs(
	const char *from, const char *to, const char *arch, const char *kind, bool follows_number);

/* Whether @flavour follows upstream's numbers. */
bool kernel_gate_flavour_follows_number(const char *flavour);

/* True when @text is a kernel version that can be assumed: "6.6", "6.12.95". */
bool kernel_gate_version_is_valid(const char *text);
