/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices of the host that are given to a guest, by whichever element. */
#pragma once

#include "core/codec/domain_node.h"

/* <hostdev>. */
int domain_hostdev_read(struct domain_node_reader *reader, const xmlNode *hostdev);

/* <interface>, which may be one: of type hostdev, or a network whose <actual> device is. */
int domain_hostdev_read_interface(struct domain_node_reader *reader, const xmlNode *interface);

/* <disk>, of type nvme: a controller that QEMU itself drives through VFIO. */
int domain_hostdev_read_disk(struct domain_node_reader *reader, const xmlNode *disk);

/* How VFIO reaches the host's IOMMU for all of them: the devices of @devices, <iommufd> of
 * @domain. */
int domain_hostdev_read_vfio(
	struct domain_node_reader *reader, const xmlNode *domain, const xmlNode *devices);
