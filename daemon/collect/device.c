/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/collect/device.h"

#include "core/model/limits.h"
#include "daemon/collect/other_device.h"
#include "daemon/collect/pci_device.h"

#include <string.h>

bool device_driver_is_vfio(const char *driver)
{
	size_t n = strlen(driver);
	static const char *const ends[] = { "-vfio", "_vfio", "-vfio-pci", "_vfio_pci",
		"-vfio-ap" };

	if (strncmp(driver, "vfio", 4) == 0)
		return true;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		size_t length = strlen(ends[i]);
		if (n > length && strcmp(driver + n - length, ends[i]) == 0)
			return true;
	}
	return false;
}

static struct fact_number device_vfio_driver(
	const struct collect_context *context, int fd, struct fact_text driver)
{
	if (fact_is_null(driver.fact))
		return fact_number(0);
	if (!fact_is_value(driver.fact))
		return (struct fact_number){ .fact = driver.fact };
	if (device_driver_is_vfio(driver.value))
		return fact_number(1);
	/* Variant drivers may have any name: the folder proves one. */
	return fact_number(
		sysroot_exists(context->reader.root, (struct sysroot_at){ fd, "vfio-dev" }));
}

/*
 * Without a group the kernel gave none, except where it gives one only when a driver is bound
 * (drivers/iommu/of_iommu.c and acpi/arm64/iort.c before 6.15, virtio-iommu as a late module): what
 * a driverless device would get there is not shown.
 */
static struct fact device_no_group(const struct collect_context *context, struct fact_text driver)
{
	if (context->late_groups && !fact_is_value(driver.fact))
		return FACT_IGNORANT(FACT_NOT_EXPOSED);
	return FACT_ABSENT;
}

/* A device with a group and no link to a unit: none where the host has none (VFIO's no-IOMMU). */
static struct fact_text device_iommu(struct collect_context *context, int fd, struct fact group)
{
	const struct fact_list *units = &context->facts->iommus;
	struct fact absent = FACT_IGNORANT(FACT_NOT_EXPOSED);

	/* A unit that is itself a PCI function has a folder of that name, and no group. */
	if (!fact_is_value(group))
		return (struct fact_text){ .fact = group };
	if (fact_is_value(units->fact) && !units->n)
		absent = FACT_ABSENT;
	return reader_link(&context->reader, (struct sysroot_at){ fd, "iommu" }, absent);
}

/* "-1" is the kernel's word for no node. */
static struct fact_number device_node(struct reader *reader, int fd)
{
	struct scan text;
	uint64_t value;

	int r = reader_file(reader, (struct sysroot_at){ fd, "numa_node" }, &text);
	if (r != SYSROOT_DONE)
		return (struct fact_number){ .fact = sysroot_fact(r, FACT_ABSENT) };
	text = scan_trim(text);
	if (scan_is(&text, "-1"))
		return fact_number_null();
	if (!scan_decimal(&text, &value) || scan_left(&text) || value > INT32_MAX)
		return fact_number_unknown(FACT_MALFORMED);
	return fact_number(value);
}

void device_read_common(struct collect_context *context, int fd, struct facts_device *device)
{
	struct reader *reader = &context->reader;

	device->driver = reader_link(reader, (struct sysroot_at){ fd, "driver" }, FACT_ABSENT);
	device->vfio_driver = device_vfio_driver(context, fd, device->driver);
	device->group = reader_link_number(reader, (struct sysroot_at){ fd, "iommu_group" },
		UINT32_MAX, device_no_group(context, device->driver));
	device->iommu = device_iommu(context, fd, device->group.fact);
	device->numa_node = device_node(reader, fd);
}

/* Whether @name is one of the sorted @names. */
static bool device_is_listed(const struct sysroot_names *names, const char *name)
{
	size_t low = 0;
	size_t high = names->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(names->items[middle], name);
		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* Why the names cannot be the keys of a list, or a value. */
static struct fact device_check_names(const struct sysroot_names *names)
{
	for (size_t i = 0; i < names->n; i++) {
		struct scan name = scan_of(names->items[i], strlen(names->items[i]));
		if (!scan_is_printable(&name))
			return FACT_IGNORANT(FACT_MALFORMED);
	}
	return FACT_KNOWN;
}

/* How many members of groups are no PCI function. */
static size_t device_count_others(const struct facts *facts, const struct sysroot_names *pci)
{
	const struct facts_group *groups = facts->groups.items;
	size_t n = 0;

	for (size_t i = 0; i < facts_count(facts->groups); i++)
		for (size_t j = 0; fact_is_value(groups[i].devices.fact) && j < groups[i].devices.n;
			j++)
			n += !device_is_listed(pci, groups[i].devices.items[j]);
	return n;
}

static size_t device_read_others(struct collect_context *context, const struct sysroot_names *pci,
	struct facts_device *devices)
{
	const struct facts_group *groups = context->facts->groups.items;
	size_t n = 0;

	for (size_t i = 0; i < facts_count(context->facts->groups); i++) {
		const struct fact_texts *members = &groups[i].devices;
		for (size_t j = 0; fact_is_value(members->fact) && j < members->n; j++)
			if (!device_is_listed(pci, members->items[j]))
				other_device_read(
					context, &groups[i], members->items[j], &devices[n++]);
	}
	return n;
}

void device_collect(struct collect_context *context)
{
	struct fact_list *list = &context->facts->devices;
	struct sysroot_names pci = { 0 };

	int r = sysroot_list(context->reader.root,
		(struct sysroot_at){ SYSROOT_TOP, PCI_DEVICE_FOLDER }, context->reader.arena,
		LIMIT_DEVICES, &pci);
	if (r < 0) {
		context->reader.fault = r;
		return;
	}
	if (r == SYSROOT_E_ABSENT)
		r = sysroot_absent_below(context->reader.root, "sys/bus");
	if (r != SYSROOT_DONE && r != SYSROOT_E_ABSENT) { /* absent: a host without PCI */
		list->fact = sysroot_fact(r, FACT_ABSENT);
		return;
	}
	list->fact = device_check_names(&pci);
	size_t n = pci.n + device_count_others(context->facts, &pci);
	if (n > LIMIT_DEVICES)
		list->fact = FACT_IGNORANT(FACT_OVER_LIMIT);
	if (!fact_is_value(list->fact))
		return;
	struct facts_device *devices = reader_alloc(&context->reader, n, sizeof(*devices));
	if (!devices)
		return;
	pci_device_read_all(context, &pci, devices);
	list->n = pci.n + device_read_others(context, &pci, devices + pci.n);
	list->items = devices;
}
