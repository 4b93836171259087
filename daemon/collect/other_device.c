/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/collect/other_device.h"

#include "daemon/collect/device.h"
#include "daemon/collect/group.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void other_device_no_pci(struct facts_device *device)
{
	struct fact_number none = fact_number_null();

	device->vendor = device->device = none;
	device->subsystem_vendor = device->subsystem_device = none;
	device->class_code = device->revision = none;
	device->header_type = device->multifunction = none;
	device->port_type = fact_text_null();
	device->parent = fact_text_null();
	device->acs.fact = device->ats.fact = device->pri.fact = FACT_ABSENT;
	device->pasid.fact = device->sriov.fact = device->msix.fact = FACT_ABSENT;
	device->physfn = fact_text_null();
	device->flr = none;
	device->reset_methods.fact = FACT_ABSENT;
	device->bars.fact = device->windows.fact = FACT_ABSENT;
}

static struct fact_text other_device_bus(struct collect_context *context, int fd)
{
	struct fact_text bus = reader_link(&context->reader, (struct sysroot_at){ fd, "subsystem" },
		FACT_IGNORANT(FACT_NOT_EXPOSED));

	if (!fact_is_value(bus.fact))
		return bus;
	/* A PCI function of a group that /sys/bus/pci did not list came or went meanwhile. */
	if (strcmp(bus.value, "pci") == 0)
		return fact_text_unknown(FACT_VANISHED);
	return fact_text(strcmp(bus.value, "platform") == 0 ? "platform" : "other");
}

void other_device_read(struct collect_context *context, const struct facts_group *group,
	const char *name, struct facts_device *ret)
{
	char path[512];
	_cleanup_(sysroot_closep) int fd = -1;

	*ret = (struct facts_device){ .address = fact_text(name) };
	other_device_no_pci(ret);
	(void)snprintf(
		path, sizeof(path), GROUP_FOLDER "/%" PRIu64 "/devices/%s", group->id.value, name);
	int r = sysroot_open_dir(
		context->reader.root, (struct sysroot_at){ SYSROOT_TOP, path }, &fd);
	if (r != SYSROOT_DONE) {
		struct fact why = sysroot_fact(r, FACT_IGNORANT(FACT_VANISHED));
		ret->bus.fact = ret->driver.fact = ret->vfio_driver.fact = why;
		ret->iommu.fact = ret->numa_node.fact = why;
		ret->group = group->id;
		return;
	}
	device_read_common(context, fd, ret);
	ret->bus = other_device_bus(context, fd); /* last: gone with the device */
}
