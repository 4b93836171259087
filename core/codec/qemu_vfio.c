/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/qemu_vfio.h"

#include "core/codec/qemu_driver.h"
#include "core/codec/qemu_text.h"

#include <errno.h>
#include <string.h>

/* QEMU hw/vfio/pci.c: properties that change neither which device it is nor where RAM lies. */
static const char *const qemu_vfio_harmless[] = { "balloon-allowed", "class-code", "device-id",
	"display", "enable-migration", "fd", "host", "iommufd", "intx-mmap-timeout-ms",
	"migration-events", "ramfb", "skip-vsc-check", "sub-device-id", "sub-vendor-id", "sysfsdev",
	"use-legacy-x86-rom", "vendor-id", "vf-token", "x-*", "xres", "yres", NULL };

bool qemu_vfio_is_known(const char *driver)
{
	return strcmp(driver, "vfio-pci") == 0 || strcmp(driver, "vfio-pci-nohotplug") == 0;
}

static int qemu_vfio_add_address(
	struct qemu_reader *reader, const struct qemu_opts *user, const char *address)
{
	struct guest_device device;
	char *copy = arena_text(reader->place.arena, address, strlen(address));

	if (!copy)
		return -ENOMEM;
	if (guest_device_parse(copy, &device) < 0 || !device.address)
		return qemu_opts_refuse(
			&reader->place, user, "%.60s is no address of a PCI device", address);
	return qemu_reader_added(reader, user, machine_add_device(reader->machine, &device));
}

/* The last part of a path in sysfs is a PCI device's address, or it is another kind of device. */
static int qemu_vfio_add_path(
	struct qemu_reader *reader, const struct qemu_opts *user, const char *path)
{
	char address[QEMU_TEXT_ADDRESS_BYTES];
	size_t n = strlen(path);
	const char *last;

	while (n > 0 && path[n - 1] == '/')
		n--;
	last = path + n;
	while (last > path && last[-1] != '/')
		last--;
	if (qemu_text_address(last, "/", address) < 0)
		return qemu_reader_opaque(
			reader, "-device vfio-pci,sysfsdev=%.120s: not a PCI device", path);
	return qemu_vfio_add_address(reader, user, address);
}

int qemu_vfio_add_nvme(
	struct qemu_reader *reader, const struct qemu_opts *user, const char *address)
{
	char text[QEMU_TEXT_ADDRESS_BYTES];

	if (qemu_text_address(address, "/", text) < 0)
		return qemu_opts_refuse(
			&reader->place, user, "%.60s is no address of a PCI device", address);
	reader->n_type1++;
	return qemu_vfio_add_address(reader, user, text);
}

static int qemu_vfio_check(struct qemu_reader *reader, const struct qemu_opts *device)
{
	for (size_t i = 0; i < device->n; i++) {
		const char *key = device->items[i].key;
		int r;

		if (qemu_driver_property_is_common(key) ||
			qemu_driver_is_among(key, qemu_vfio_harmless))
			continue;
		r = qemu_reader_opaque(
			reader, "-device vfio-pci: %s=%.60s", key, device->items[i].value);
		if (r != QEMU_READER_DONE)
			return r;
	}
	return QEMU_READER_DONE;
}

int qemu_vfio_add(struct qemu_reader *reader, const struct qemu_opts *device)
{
	const char *host = qemu_opts_find(device, "host");
	const char *path = qemu_opts_find(device, "sysfsdev");
	const char *fd = qemu_opts_find(device, "fd");
	char address[QEMU_TEXT_ADDRESS_BYTES];
	int r = qemu_vfio_check(reader, device);

	if (r != QEMU_READER_DONE)
		return r;
	if (qemu_opts_find(device, "iommufd"))
		reader->n_iommufd++;
	else
		reader->n_type1++;
	/* QEMU hw/vfio/pci.c vfio_pci_realize(): the path has precedence. */
	if (path)
		return qemu_vfio_add_path(reader, device, path);
	if (host && qemu_text_address(host, "", address) == 0)
		return qemu_vfio_add_address(reader, device, address);
	if (host)
		return qemu_opts_refuse(
			&reader->place, device, "host=%.60s is no address of a PCI device", host);
	if (fd)
		return qemu_reader_opaque(reader,
			"-device vfio-pci,fd=%.20s: which device that is cannot be known", fd);
	return qemu_opts_refuse(&reader->place, device, "names no device with host= or sysfsdev=");
}

void qemu_vfio_finish(struct qemu_reader *reader)
{
	reader->machine->vfio = GUEST_VFIO_UNKNOWN;
	if (reader->n_type1 > 0 && reader->n_iommufd == 0)
		reader->machine->vfio = GUEST_VFIO_TYPE1;
	else if (reader->n_type1 == 0 && reader->n_iommufd > 0)
		reader->machine->vfio = GUEST_VFIO_IOMMUFD;
}
