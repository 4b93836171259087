/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/domain_hostdev.h"

#include "core/codec/domain_bar.h"
#include "core/codec/domain_value.h"

#include <errno.h>
#include <string.h>

#define DOMAIN_HOSTDEV_COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *domain_hostdev_word(const xmlNode *node, const char *name)
{
	const char *word = domain_node_attribute(node, name);

	return word ? word : "";
}

/* The PCI address in @address, "0000:01:00.0". */
static int domain_hostdev_address(
	struct domain_node_reader *reader, const xmlNode *address, struct guest_device *ret)
{
	static const struct domain_value_number numbers[] = {
		{ "domain", 0, UINT32_MAX },
		{ "bus", 0, 0xff },
		{ "slot", 0, 0x1f },
		{ "function", 0, 7 },
	};
	uint64_t parts[DOMAIN_HOSTDEV_COUNT(numbers)] = { 0 };
	const char *text;

	for (size_t i = 0; i < DOMAIN_HOSTDEV_COUNT(numbers); i++) {
		int r = domain_value_read_number(reader, address, &numbers[i], &parts[i]);

		if (r != DOMAIN_NODE_DONE)
			return r;
	}
	text = arena_printf(reader->arena, "%04x:%02x:%02x.%x", (unsigned)parts[0],
		(unsigned)parts[1], (unsigned)parts[2], (unsigned)parts[3]);
	if (!text)
		return -ENOMEM;
	if (guest_device_parse(text, ret) < 0)
		return domain_node_refuse(reader, address, "%s is no PCI address", text);
	return DOMAIN_NODE_DONE;
}

/* Adds the PCI device that <source><address> below @holder names. */
static int domain_hostdev_add(struct domain_node_reader *reader, const xmlNode *holder)
{
	const xmlNode *address = domain_node_first(domain_node_first(holder, "source"), "address");
	struct guest_device device;
	int r;

	if (!address)
		return domain_node_refuse(reader, holder, "it needs <source> with an <address>");
	r = domain_hostdev_address(reader, address, &device);
	if (r != DOMAIN_NODE_DONE)
		return r;
	return domain_node_added(reader, holder, machine_add_device(reader->machine, &device));
}

/* True for a driver of <hostdev> or <interface> that is VFIO, the only one that is modelled. */
static bool domain_hostdev_is_vfio(const xmlNode *holder)
{
	const char *name = domain_node_attribute(domain_node_first(holder, "driver"), "name");

	return !name || strcmp(name, "vfio") == 0;
}

static int domain_hostdev_pci(struct domain_node_reader *reader, const xmlNode *holder)
{
	if (!domain_hostdev_is_vfio(holder))
		return domain_node_opaque(reader, holder, "<%s> with the driver '%.32s'",
			(const char *)holder->name,
			domain_hostdev_word(domain_node_first(holder, "driver"), "name"));
	return domain_hostdev_add(reader, holder);
}

static int domain_hostdev_mdev(struct domain_node_reader *reader, const xmlNode *hostdev)
{
	const xmlNode *address = domain_node_first(domain_node_first(hostdev, "source"), "address");

	/* Which tables it is mapped in is up to the driver of its parent. */
	return domain_node_opaque(reader, hostdev, "<hostdev type='mdev'> %.40s",
		domain_hostdev_word(address, "uuid"));
}

int domain_hostdev_read(struct domain_node_reader *reader, const xmlNode *hostdev)
{
	/* They are passed on above the level of memory: no DMA of theirs goes to guest addresses
	 * but what QEMU or vhost does. */
	static const char *const harmless[] = { "usb", "scsi", "scsi_host" };
	const char *mode = domain_node_attribute(hostdev, "mode");
	const char *type = domain_hostdev_word(hostdev, "type");

	if (mode && strcmp(mode, "subsystem") != 0)
		return domain_node_opaque(reader, hostdev, "<hostdev mode='%.40s'>", mode);
	if (strcmp(type, "mdev") == 0)
		return domain_hostdev_mdev(reader, hostdev);
	if (domain_node_is_one_of(type, harmless, DOMAIN_HOSTDEV_COUNT(harmless)))
		return DOMAIN_NODE_DONE;
	if (strcmp(type, "pci") != 0)
		return domain_node_opaque(reader, hostdev, "<hostdev type='%.40s'>", type);
	/* It is taken from the host, but the guest does not get it. */
	if (domain_node_says(domain_node_first(hostdev, "address"), "type", "unassigned"))
		return DOMAIN_NODE_DONE;
	return domain_hostdev_pci(reader, hostdev);
}

/*
 * A network may hand out host devices (a pool of VFs). A running guest shows which it got; a
 * definition does not show what kind of network it names. What only such a device can have is taken
 * as the sign of one, otherwise the network is an ordinary one, as nearly all are.
 */
static bool domain_hostdev_may_be_pool(const xmlNode *interface)
{
	const xmlNode *driver = domain_node_first(interface, "driver");

	return domain_node_attribute(interface, "managed") ||
	       domain_node_says(driver, "name", "vfio") ||
	       domain_node_attribute(driver, "iommufd") ||
	       domain_node_says(domain_node_first(interface, "teaming"), "type", "transient");
}

int domain_hostdev_read_interface(struct domain_node_reader *reader, const xmlNode *interface)
{
	static const char *const harmless[] = { "bridge", "client", "direct", "ethernet",
		"internal", "mcast", "network", "null", "server", "udp", "user", "vds",
		"vhostuser" };
	const xmlNode *actual = domain_node_first(interface, "actual");
	const xmlNode *holder = actual ? actual : interface;
	const char *type = domain_hostdev_word(holder, "type");

	if (strcmp(type, "hostdev") == 0)
		return domain_hostdev_pci(reader, holder);
	/* vhost-vdpa maps all of RAM through an IOMMU, as VFIO does. */
	if (!domain_node_is_one_of(type, harmless, DOMAIN_HOSTDEV_COUNT(harmless)))
		return domain_node_opaque(reader, interface, "<interface type='%.40s'>", type);
	if (!actual && strcmp(type, "network") == 0 && domain_hostdev_may_be_pool(interface))
		return domain_node_opaque(
			reader, interface, "<interface type='network'> of host devices");
	return domain_bar_rom(reader, interface);
}

int domain_hostdev_read_disk(struct domain_node_reader *reader, const xmlNode *disk)
{
	static const char *const harmless[] = { "block", "dir", "file", "network", "vhostuser",
		"volume" };
	const char *type = domain_hostdev_word(disk, "type");

	if (strcmp(type, "nvme") == 0)
		return domain_hostdev_add(reader, disk);
	if (!*type || domain_node_is_one_of(type, harmless, DOMAIN_HOSTDEV_COUNT(harmless)))
		return DOMAIN_NODE_DONE;
	return domain_node_opaque(reader, disk, "<disk type='%.40s'>", type);
}

/* What a device's driver says: "iommufd" (since 12.1), else VFIO's own way where VFIO is named. */
static enum guest_vfio domain_hostdev_vfio(const xmlNode *holder)
{
	const xmlNode *driver = domain_node_first(holder, "driver");
	const char *iommufd = domain_node_attribute(driver, "iommufd");

	if (iommufd && strcmp(iommufd, "yes") == 0)
		return GUEST_VFIO_IOMMUFD;
	return iommufd || domain_node_says(driver, "name", "vfio") ? GUEST_VFIO_TYPE1
								   : GUEST_VFIO_UNKNOWN;
}

/* The PCI device that @node is or holds, or NULL. */
static const xmlNode *domain_hostdev_holder(const xmlNode *node)
{
	const xmlNode *actual;

	if (domain_node_is(node, "hostdev"))
		return domain_node_says(node, "type", "pci") ? node : NULL;
	if (!domain_node_is(node, "interface"))
		return NULL;
	actual = domain_node_first(node, "actual");
	if (actual)
		node = actual;
	return domain_node_says(node, "type", "hostdev") ? node : NULL;
}

int domain_hostdev_read_vfio(
	struct domain_node_reader *reader, const xmlNode *domain, const xmlNode *devices)
{
	enum guest_vfio general = GUEST_VFIO_UNKNOWN;
	const xmlNode *iommufd;
	bool any = false;
	int r = domain_node_only(reader, domain, "iommufd", &iommufd);

	if (r != DOMAIN_NODE_DONE)
		return r;
	if (domain_node_says(iommufd, "enabled", "yes"))
		general = GUEST_VFIO_IOMMUFD;
	reader->machine->vfio = general;
	for (const xmlNode *node = domain_node_first(devices, NULL); node;
		node = domain_node_next(node, NULL)) {
		const xmlNode *holder = domain_hostdev_holder(node);
		enum guest_vfio vfio;

		if (!holder)
			continue;
		vfio = domain_hostdev_vfio(holder);
		/* What the domain says holds for a device whose driver does not say otherwise. */
		if (general == GUEST_VFIO_IOMMUFD &&
			!domain_node_attribute(domain_node_first(holder, "driver"), "iommufd"))
			vfio = general;
		if (any && vfio != reader->machine->vfio)
			vfio = GUEST_VFIO_UNKNOWN;
		reader->machine->vfio = vfio;
		any = true;
		if (vfio == GUEST_VFIO_UNKNOWN)
			break;
	}
	return DOMAIN_NODE_DONE;
}
