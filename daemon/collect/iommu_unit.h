/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The units of /sys/class/iommu, each read and decoded by its kind. */
#pragma once

#include "daemon/collect/context.h"

/*
 * Fills facts->iommus and context->late_groups. An absent folder is a kernel without IOMMU
 * support: an empty list. Needs facts->host, the log.
 */
void iommu_unit_collect(struct collect_context *context);
