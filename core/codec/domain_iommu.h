/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <iommu>: the IOMMU that a guest has of its own. */
#pragma once

#include "core/codec/domain_node.h"

/* Takes the device @iommu into the machine's vIOMMU. */
int domain_iommu_read(struct domain_node_reader *reader, const xmlNode *iommu);
