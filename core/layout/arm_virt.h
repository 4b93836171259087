/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The board virt of Arm: QEMU hw/arm/virt.c base_memmap, virt_set_memmap(),
 * virt_set_high_memmap(). RAM begins at 1 GiB and is never split; what comes after it exists as far
 * as the guest's physical address bits reach, which under KVM are the host's.
 */
#pragma once

#include "core/layout/plan.h"

void arm_virt_lay(struct plan *plan);
