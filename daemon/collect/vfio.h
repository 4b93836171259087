/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* VFIO: parameters of its modules, interrupts, and how soon freed memory is out of reach. */
#pragma once

#include "daemon/collect/context.h"

/* Fills facts->vfio. Needs the log, the device tree, host and groups. */
void vfio_collect(struct collect_context *context);
