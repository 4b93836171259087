/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* -device intel-iommu and its like: the IOMMU that the guest has of its own. */
#pragma once

#include "core/codec/qemu_reader.h"

/* True for a driver that qemu_viommu_add() knows. */
bool qemu_viommu_is_known(const char *driver);

/* Reads a -device, whose properties are resolved. Outcomes of enum qemu_reader_outcome, -ENOMEM. */
int qemu_viommu_add(struct qemu_reader *reader, const struct qemu_opts *device);
