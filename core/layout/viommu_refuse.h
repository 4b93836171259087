/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What QEMU does not start of a machine with an IOMMU of its own. */
#pragma once

#include "core/layout/plan.h"

/*
 * Refuses what intel-iommu and amd-iommu refuse whatever the host and the build are: interrupts
 * cannot be remapped while KVM has all interrupt controllers (QEMU hw/i386/x86-iommu.c
 * x86_iommu_realize(), intel_iommu.c vtd_decide_config()).
 */
void viommu_refuse(struct plan *plan);
