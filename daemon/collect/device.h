/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a device of any bus has: driver, group, unit, node. And the list of all devices. */
#pragma once

#include "daemon/collect/context.h"

/* Fills driver, vfio_driver, group, iommu and numa_node of @device from its folder @fd. */
void device_read_common(struct collect_context *context, int fd, struct facts_device *device);

/* True when @driver is one of VFIO's by its name: "vfio-pci", "mlx5_vfio_pci", … */
bool device_driver_is_vfio(const char *driver);

/*
 * Fills facts->devices: every PCI function, and the members of groups that are of other buses.
 * Needs iommus and groups.
 */
void device_collect(struct collect_context *context);
