/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a machine's own IOMMU is where nobody said it. */
#pragma once

#include "core/layout/machine_type.h"
#include "core/model/viommu.h"

/*
 * Fills in what QEMU would: hw/i386/intel_iommu.c and pc.c (aw-bits, caching-mode),
 * hw/virtio/virtio-iommu.c, pc_q35.c, virt.c (aw-bits). What is still not known stays so.
 */
void viommu_default_fill(const struct machine_type *type, struct viommu *viommu);
