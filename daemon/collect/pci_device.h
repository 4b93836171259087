/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PCI functions, each from its folder in sysfs and its configuration space. */
#pragma once

#include "daemon/collect/context.h"

#define PCI_DEVICE_FOLDER "sys/bus/pci/devices"

/*
 * Fills @devices with the function of each of @names. One that vanishes half way keeps its address;
 * the rest of it is unknown: vanished. Sleeping ones are left alone unless context->wake.
 */
void pci_device_read_all(struct collect_context *context, const struct sysroot_names *names,
	struct facts_device *devices);
