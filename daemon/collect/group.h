/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The groups of /sys/kernel/iommu_groups. */
#pragma once

#include "daemon/collect/context.h"

#define GROUP_FOLDER "sys/kernel/iommu_groups"

/* Fills facts->groups. An absent folder is a kernel without IOMMU support: an empty list. */
void group_collect(struct collect_context *context);
