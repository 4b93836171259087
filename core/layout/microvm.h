/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The board microvm: QEMU hw/i386/microvm.c. */
#pragma once

#include "core/layout/plan.h"

void microvm_lay(struct plan *plan);
