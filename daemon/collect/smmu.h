/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Arm SMMUs of version 3 and 2: sysfs shows nothing of them but their names; the log does. Pure. */
#pragma once

#include "core/model/facts.h"
#include "daemon/collect/kernel_log.h"

/* Sets all but name and kind of @unit from what the log says of it. */
void smmu_decode_v3(const struct kernel_log_smmu *smmu, struct facts_iommu *unit);
void smmu_decode_v2(const struct kernel_log_smmu *smmu, struct facts_iommu *unit);
