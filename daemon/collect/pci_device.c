/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/collect/pci_device.h"

#include "core/model/limits.h"
#include "daemon/collect/device.h"
#include "daemon/collect/kernel.h"
#include "daemon/collect/pci_config.h"
#include "daemon/collect/pci_resource.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define PCI_DEVICE_CLASS_BRIDGE	 0x0604U
#define PCI_DEVICE_CLASS_CARDBUS 0x0607U

/* "0000:01:00.0"; a domain may have more than four digits. */
static bool pci_device_is_address(struct scan text)
{
	uint64_t value;

	return scan_hex(&text, &value) && scan_literal(&text, ":") && scan_hex(&text, &value) &&
	       scan_literal(&text, ":") && scan_hex(&text, &value) && scan_literal(&text, ".") &&
	       scan_hex(&text, &value) && !scan_left(&text);
}

static void pci_device_take_config(const struct pci_config *config, struct facts_device *device)
{
	device->header_type = config->header_type;
	device->multifunction = config->multifunction;
	device->port_type = config->port_type;
	device->acs = config->acs;
	device->ats = config->ats;
	device->pri = config->pri;
	device->pasid = config->pasid;
	device->sriov = config->sriov;
	device->flr = config->flr;
	device->msix = config->msix;
}

static void pci_device_unknown(struct facts_device *device, struct fact why)
{
	struct pci_config config;

	pci_config_unknown(why.why, &config);
	pci_device_take_config(&config, device);
	device->vendor.fact = device->device.fact = why;
	device->subsystem_vendor.fact = device->subsystem_device.fact = why;
	device->class_code.fact = device->revision.fact = why;
	device->driver.fact = device->vfio_driver.fact = why;
	device->group.fact = device->iommu.fact = device->numa_node.fact = why;
	device->parent.fact = device->physfn.fact = why;
	device->reset_methods.fact = why;
	device->bars.fact = device->windows.fact = why;
}

/* The bridge above: the folder that the device's own lies in, unless that is a root bus. */
static struct fact_text pci_device_parent(struct reader *reader, int folder, const char *name)
{
	char target[PATH_MAX];

	int r = sysroot_link(
		reader->root, (struct sysroot_at){ folder, name }, target, sizeof(target));
	if (r != SYSROOT_DONE)
		return (struct fact_text){ .fact = sysroot_fact(r, FACT_IGNORANT(FACT_VANISHED)) };
	char *own = strrchr(target, '/');
	if (!own)
		return fact_text_unknown(FACT_MALFORMED);
	*own = '\0';
	const char *slash = strrchr(target, '/');
	const char *above = slash ? slash + 1 : target;
	struct scan parent = scan_of(above, strlen(above));
	return pci_device_is_address(parent) ? reader_name(reader, parent) : fact_text_null();
}

static void pci_device_read_ids(struct reader *reader, int fd, struct facts_device *device)
{
	struct fact gone = FACT_IGNORANT(FACT_VANISHED); /* sysfs has these for every function */

	device->vendor = reader_hex(reader, (struct sysroot_at){ fd, "vendor" }, UINT16_MAX, gone);
	device->device = reader_hex(reader, (struct sysroot_at){ fd, "device" }, UINT16_MAX, gone);
	device->class_code = reader_hex(reader, (struct sysroot_at){ fd, "class" }, 0xffffff, gone);
	device->revision =
		reader_hex(reader, (struct sysroot_at){ fd, "revision" }, UINT8_MAX, gone);
	device->subsystem_vendor =
		reader_hex(reader, (struct sysroot_at){ fd, "subsystem_vendor" }, UINT16_MAX, gone);
	device->subsystem_device =
		reader_hex(reader, (struct sysroot_at){ fd, "subsystem_device" }, UINT16_MAX, gone);
	/* Vendor 0 is nobody: the function has no such register or never set it. */
	if (fact_is_no(device->subsystem_vendor) && fact_is_no(device->subsystem_device))
		device->subsystem_vendor = device->subsystem_device = fact_number_null();
}

static bool pci_device_reads(struct reader *reader, struct sysroot_at at, const char *word)
{
	struct scan text;

	if (reader_file(reader, at, &text) != SYSROOT_DONE)
		return false;
	text = scan_trim(text);
	return scan_is(&text, word);
}

static bool pci_device_is_off(struct reader *reader, int fd)
{
	return pci_device_reads(reader, (struct sysroot_at){ fd, "power_state" }, "D3cold");
}

static bool pci_device_sleeps(struct reader *reader, int fd)
{
	return pci_device_is_off(reader, fd) ||
	       pci_device_reads(reader, (struct sysroot_at){ fd, "power_state" }, "D3hot") ||
	       pci_device_reads(
		       reader, (struct sysroot_at){ fd, "power/runtime_status" }, "suspended");
}

/* Reads the configuration space, which wakes the device. */
static void pci_device_read_config(struct collect_context *context, int fd,
	const struct facts_device *device, struct pci_config *ret)
{
	struct reader *reader = &context->reader;
	struct sysroot_file file = {
		.bytes = reader->scratch,
		.capacity = PCI_CONFIG_BYTES + 1, /* room left: it was read in one piece */
		.wants_size = true,
	};

	if (!context->wake && pci_device_sleeps(reader, fd)) {
		pci_config_unknown(FACT_ASLEEP, ret);
		return;
	}
	int r = sysroot_read(reader->root, (struct sysroot_at){ fd, "config" }, &file);
	if (r != SYSROOT_DONE) {
		pci_config_unknown(sysroot_fact(r, FACT_IGNORANT(FACT_NOT_EXPOSED)).why, ret);
		return;
	}
	struct pci_config_source source = {
		.bytes = (const uint8_t *)file.bytes,
		.n = file.n,
		.file_size = file.size,
		.vendor = device->vendor.value,
		.device = device->device.value,
		.is_vf = fact_is_value(device->physfn.fact),
	};
	pci_config_decode(&source, ret);
	if (ret->header_type.fact.why == FACT_VANISHED && pci_device_is_off(reader, fd))
		pci_config_unknown(FACT_ASLEEP, ret);
}

/* Told from the class, which sysfs has even for a device that sleeps. */
static bool pci_device_is_bridge(const struct facts_device *device)
{
	uint64_t base = device->class_code.value >> 8;

	return fact_is_value(device->class_code.fact) &&
	       (base == PCI_DEVICE_CLASS_BRIDGE || base == PCI_DEVICE_CLASS_CARDBUS);
}

/*
 * What a PF may make: its driver can lower the number in the capability, and sysfs has these files
 * for whoever may not read the capability.
 */
static void pci_device_read_sriov(struct reader *reader, int fd, struct facts_sriov *sriov)
{
	if (fact_is_null(sriov->fact))
		return;
	struct fact_number total = reader_decimal(
		reader, (struct sysroot_at){ fd, "sriov_totalvfs" }, UINT16_MAX, FACT_ABSENT);
	if (!fact_is_value(total.fact))
		return;
	sriov->fact = FACT_KNOWN;
	sriov->total_vfs = total;
	sriov->num_vfs = reader_decimal(reader, (struct sysroot_at){ fd, "sriov_numvfs" },
		UINT16_MAX, FACT_IGNORANT(FACT_VANISHED));
	sriov->vf_device = reader_hex(reader, (struct sysroot_at){ fd, "sriov_vf_device" },
		UINT16_MAX, FACT_IGNORANT(FACT_NOT_EXPOSED));
}

static void pci_device_read_resource(struct reader *reader, int fd, struct facts_device *device)
{
	struct pci_resource resource = { 0 };
	struct scan text;

	int r = reader_file(reader, (struct sysroot_at){ fd, "resource" }, &text);
	if (r != SYSROOT_DONE) {
		device->bars.fact = sysroot_fact(r, FACT_IGNORANT(FACT_NOT_EXPOSED));
		device->windows.fact =
			pci_device_is_bridge(device) ? device->bars.fact : FACT_ABSENT;
		return;
	}
	r = pci_resource_parse(reader->arena, text, pci_device_is_bridge(device), &resource);
	if (r < 0)
		reader->fault = r;
	device->bars = resource.bars;
	device->windows = resource.windows;
}

/* The file is there from 5.15 on, and only where there is a way (drivers/pci/pci-sysfs.c). */
static struct fact_texts pci_device_reset_methods(struct collect_context *context, int fd)
{
	struct fact absent = kernel_is_at_least(&context->facts->host.kernel, 5, 15)
				     ? FACT_ABSENT
				     : FACT_IGNORANT(FACT_NOT_EXPOSED);

	return reader_words(&context->reader, (struct sysroot_at){ fd, "reset_method" }, absent);
}

static void pci_device_read(
	struct collect_context *context, int folder, const char *name, struct facts_device *device)
{
	char path[sizeof(PCI_DEVICE_FOLDER) + NAME_MAX + 2];
	struct reader *reader = &context->reader;
	struct pci_config config;
	_cleanup_(sysroot_closep) int fd = -1;

	*device = (struct facts_device){ .address = fact_text(name), .bus = fact_text("pci") };
	(void)snprintf(path, sizeof(path), PCI_DEVICE_FOLDER "/%s", name);
	int r = sysroot_open_dir(reader->root, (struct sysroot_at){ SYSROOT_TOP, path }, &fd);
	if (r != SYSROOT_DONE) {
		pci_device_unknown(device, sysroot_fact(r, FACT_IGNORANT(FACT_VANISHED)));
		return;
	}
	pci_device_read_ids(reader, fd, device);
	device_read_common(context, fd, device);
	device->parent = pci_device_parent(reader, folder, name);
	device->physfn = reader_link(reader, (struct sysroot_at){ fd, "physfn" }, FACT_ABSENT);
	device->reset_methods = pci_device_reset_methods(context, fd);
	pci_device_read_resource(reader, fd, device);
	pci_device_read_config(context, fd, device, &config);
	pci_device_take_config(&config, device);
	pci_device_read_sriov(reader, fd, &device->sriov);
	/*
	 * What was absent may only have been gone: a device that is pulled out loses its files. One
	 * whose configuration space, read last, could be had was there all the time.
	 */
	if (!fact_is_value(config.header_type.fact) &&
		!sysroot_exists(reader->root, (struct sysroot_at){ fd, "vendor" }))
		pci_device_unknown(device, FACT_IGNORANT(FACT_VANISHED));
}

void pci_device_read_all(struct collect_context *context, const struct sysroot_names *names,
	struct facts_device *devices)
{
	_cleanup_(sysroot_closep) int folder = -1;

	int r = sysroot_open_dir(context->reader.root,
		(struct sysroot_at){ SYSROOT_TOP, PCI_DEVICE_FOLDER }, &folder);
	for (size_t i = 0; i < names->n; i++) {
		if (r == SYSROOT_DONE) {
			pci_device_read(context, folder, names->items[i], &devices[i]);
			continue;
		}
		devices[i].address = fact_text(names->items[i]);
		devices[i].bus = fact_text("pci");
		pci_device_unknown(&devices[i], sysroot_fact(r, FACT_IGNORANT(FACT_VANISHED)));
	}
}
