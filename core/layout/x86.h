/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The boards pc (i440fx) and q35: QEMU hw/i386/pc.c, pc_piix.c, pc_q35.c. */
#pragma once

#include "core/layout/plan.h"

void x86_lay(struct plan *plan);
