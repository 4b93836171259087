/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory that emulated devices show in a BAR. QEMU makes it of RAM, so VFIO maps it wherever the
 * firmware puts the BAR, and a place that the host's IOMMU does not allow is a failure, not a
 * warning.
 */
#pragma once

#include "core/codec/domain_node.h"

/* <video>: the frame buffers (QEMU hw/display/). Only the @primary can be compatible with VGA. */
int domain_bar_video(struct domain_node_reader *reader, const xmlNode *video, bool primary);

/* The display that libvirt adds where a guest has @node, a <graphics> or an empty <video>, and no
 * model says which (conf/domain_postparse.c virDomainDefAddImplicitVideo). */
int domain_bar_default_video(struct domain_node_reader *reader, const xmlNode *node);

/* <shmem>: ivshmem (QEMU hw/misc/ivshmem-pci.c). */
int domain_bar_shmem(struct domain_node_reader *reader, const xmlNode *shmem);

/* <pstore>: the exchange buffer of acpi-erst (QEMU hw/acpi/erst.c). */
int domain_bar_pstore(struct domain_node_reader *reader, const xmlNode *pstore);

/*
 * The option ROM of the device @node: firmware maps it below 4 GiB for a while (QEMU hw/pci/pci.c
 * pci_add_option_rom). One stands for those of all devices: they come to lie in one window. None
 * is added for a device that has its ROM switched off, or is not on PCI.
 */
int domain_bar_rom(struct domain_node_reader *reader, const xmlNode *node);
