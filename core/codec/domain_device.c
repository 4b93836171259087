/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/domain_device.h"

#include "core/codec/domain_bar.h"
#include "core/codec/domain_hostdev.h"
#include "core/codec/domain_iommu.h"
#include "core/codec/domain_value.h"

#include <string.h>

#define DOMAIN_DEVICE_COUNT(table) (sizeof(table) / sizeof((table)[0]))

/*
 * What neither shows memory of its own to the guest in a place that VFIO would map, nor is a device
 * of the host. A CRB TPM's page is RAM that VFIO skips knowingly (QEMU hw/vfio/listener.c);
 * virtiofs has no shared window in libvirt.
 */
static const char *const domain_device_harmless[] = { "audio", "channel", "console", "crypto",
	"emulator", "filesystem", "graphics", "hub", "input", "lease", "memballoon", "memory",
	"nvram", "panic", "parallel", "redirdev", "redirfilter", "rng", "serial", "smartcard",
	"sound", "tpm", "vsock", "watchdog" };

static int domain_device_hole(struct domain_node_reader *reader, const xmlNode *controller)
{
	const char *model = domain_node_attribute(controller, "model");
	const struct domain_value_number number = { "index", 10, UINT32_MAX };
	uint64_t index = 0;
	const xmlNode *hole;
	int r = domain_node_only(reader, controller, "pcihole64", &hole);

	if (r != DOMAIN_NODE_DONE || !hole)
		return r;
	r = domain_value_read_number(reader, controller, &number, &index);
	if (r != DOMAIN_NODE_DONE)
		return r;
	if (index != 0 || !model ||
		(strcmp(model, "pci-root") != 0 && strcmp(model, "pcie-root") != 0))
		return domain_node_refuse(
			reader, hole, "only the root controllers of index 0 have a 64-bit hole");
	r = domain_value_read_memory(reader, hole, NULL, &reader->machine->pci_hole64);
	reader->machine->pci_hole64_given = r == DOMAIN_NODE_DONE;
	return r;
}

static int domain_device_controller(struct domain_node_reader *reader, const xmlNode *controller)
{
	static const char *const types[] = { "ccid", "fdc", "ide", "isa", "nvme", "sata", "scsi",
		"usb", "virtio-serial", "xenbus" };
	static const char *const models[] = { "dmi-to-pci-bridge", "pci-bridge", "pci-expander-bus",
		"pci-root", "pcie-expander-bus", "pcie-root", "pcie-root-port",
		"pcie-switch-downstream-port", "pcie-switch-upstream-port", "pcie-to-pci-bridge" };
	const char *type = domain_node_attribute(controller, "type");
	const char *model = domain_node_attribute(controller, "model");

	if (!type)
		return domain_node_refuse(reader, controller, "it needs the attribute type");
	if (strcmp(type, "pci") != 0) {
		if (domain_node_is_one_of(type, types, DOMAIN_DEVICE_COUNT(types)))
			return DOMAIN_NODE_DONE;
		return domain_node_opaque(reader, controller, "<controller type='%.40s'>", type);
	}
	if (model && !domain_node_is_one_of(model, models, DOMAIN_DEVICE_COUNT(models)))
		return domain_node_opaque(
			reader, controller, "<controller type='pci' model='%.40s'>", model);
	return domain_device_hole(reader, controller);
}

/* libvirt puts the one that says so in front of the others; else the first is primary. */
static bool domain_device_is_primary(const xmlNode *video)
{
	const xmlNode *first = domain_node_first(video->parent, "video");

	for (const xmlNode *node = first; node; node = domain_node_next(node, "video"))
		if (domain_node_says(domain_node_first(node, "model"), "primary", "yes"))
			return node == video;
	return video == first;
}

static int domain_device_video(struct domain_node_reader *reader, const xmlNode *video)
{
	return domain_bar_video(reader, video, domain_device_is_primary(video));
}

static int domain_device_kind(struct domain_node_reader *reader, const xmlNode *node)
{
	static const struct {
		const char *name;
		int (*read)(struct domain_node_reader *reader, const xmlNode *node);
	} kinds[] = {
		{ "controller", domain_device_controller },
		{ "disk", domain_hostdev_read_disk },
		{ "hostdev", domain_hostdev_read },
		{ "interface", domain_hostdev_read_interface },
		{ "iommu", domain_iommu_read },
		{ "pstore", domain_bar_pstore },
		{ "shmem", domain_bar_shmem },
		{ "video", domain_device_video },
	};
	const char *name = (const char *)node->name;

	for (size_t i = 0; i < DOMAIN_DEVICE_COUNT(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return kinds[i].read(reader, node);
	if (domain_node_is_one_of(
		    name, domain_device_harmless, DOMAIN_DEVICE_COUNT(domain_device_harmless)))
		return DOMAIN_NODE_DONE;
	return domain_node_opaque(reader, node, "<%.40s>", name);
}

static int domain_device_read(struct domain_node_reader *reader, const xmlNode *node)
{
	int r = domain_device_kind(reader, node);

	/* A ROM from a file is QEMU's, also that of a device of the host. */
	if (r == DOMAIN_NODE_DONE && domain_node_attribute(domain_node_first(node, "rom"), "file"))
		r = domain_bar_rom(reader, node);
	return r;
}

int domain_device_read_all(struct domain_node_reader *reader, const xmlNode *domain)
{
	const xmlNode *devices, *graphics;
	int r = domain_node_only(reader, domain, "devices", &devices);

	graphics = domain_node_first(devices, "graphics");
	if (r == DOMAIN_NODE_DONE && graphics && !domain_node_first(devices, "video"))
		r = domain_bar_default_video(reader, graphics);
	for (const xmlNode *node = domain_node_first(devices, NULL); node && r == DOMAIN_NODE_DONE;
		node = domain_node_next(node, NULL))
		r = domain_device_read(reader, node);
	if (r == DOMAIN_NODE_DONE)
		r = domain_hostdev_read_vfio(reader, domain, devices);
	return r;
}
