/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/qemu_device.h"

#include "core/codec/qemu_cpu.h"
#include "core/codec/qemu_display.h"
#include "core/codec/qemu_driver.h"
#include "core/codec/qemu_memory.h"
#include "core/codec/qemu_rom.h"
#include "core/codec/qemu_vfio.h"
#include "core/codec/qemu_viommu.h"

#include <errno.h>
#include <string.h>

#define QEMU_DEVICE_COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Drivers that are memory; QEMU hw/mem, hw/virtio/virtio-{mem,pmem}*.c. */
static const struct qemu_device_memory {
	const char *driver;
	enum machine_memory_model model;
	const char *const *properties;
} qemu_device_memories[] = {
	{ "pc-dimm", MACHINE_MEMORY_DIMM, (const char *const[]){ "memdev", "slot", NULL } },
	{ "nvdimm", MACHINE_MEMORY_NVDIMM,
		(const char *const[]){ "label-size", "memdev", "slot", "unarmed", "uuid", NULL } },
	{ "virtio-mem-pci", MACHINE_MEMORY_VIRTIO_MEM,
		(const char *const[]){ "block-size", "dynamic-memslots", "memaddr", "memdev",
			"prealloc", "requested-size", "unplugged-inaccessible", "x-*", NULL } },
	{ "virtio-pmem-pci", MACHINE_MEMORY_VIRTIO_PMEM,
		(const char *const[]){ "memaddr", "memdev", NULL } },
};

/* --- taking --- */

int qemu_device_take(struct qemu_reader *reader, const char *text)
{
	return qemu_reader_append(reader, &reader->devices, text, "driver");
}

int qemu_device_take_object(struct qemu_reader *reader, const char *text)
{
	struct qemu_opts *object;
	const char *type, *id;
	int r = qemu_reader_append(reader, &reader->objects, text, "qom-type");

	if (r != QEMU_READER_DONE)
		return r;
	object = &reader->objects.items[--reader->objects.n];
	type = qemu_opts_find(object, "qom-type");
	id = qemu_opts_find(object, "id");
	if (!type)
		return qemu_reader_refuse(reader, "names no type");
	if (id && qemu_reader_find_object(reader, id))
		return qemu_reader_refuse(reader, "has the id \"%.60s\" for a second time", id);
	reader->objects.n++;
	if (strncmp(type, "memory-backend-", strlen("memory-backend-")) == 0 ||
		qemu_driver_is_harmless_object(type))
		return QEMU_READER_DONE;
	return qemu_reader_opaque(reader, "-object %.120s", type);
}

/* "driver.property=value", or the three as options (QEMU softmmu/qdev-monitor.c). */
int qemu_device_take_global(struct qemu_reader *reader, const char *text)
{
	size_t n_driver = strcspn(text, ".=");
	size_t n_property = text[n_driver] == '.' ? strcspn(text + n_driver + 1, "=") : 0;
	const char *end = text + n_driver + 1 + n_property;
	struct qemu_opt *items;
	struct qemu_opts *global;
	int r;

	if (n_property == 0 || *end != '=')
		return qemu_reader_append(reader, &reader->globals, text, NULL);
	r = qemu_reader_append(reader, &reader->globals, "", NULL);
	items = arena_array(reader->place.arena, 3, sizeof(*items));
	if (r != QEMU_READER_DONE || !items)
		return r == QEMU_READER_DONE ? -ENOMEM : r;
	items[0] = (struct qemu_opt){ "driver", arena_text(reader->place.arena, text, n_driver) };
	items[1] = (struct qemu_opt){ "property",
		arena_text(reader->place.arena, text + n_driver + 1, n_property) };
	items[2] = (struct qemu_opt){ "value", end + 1 };
	global = &reader->globals.items[reader->globals.n - 1];
	global->items = items;
	global->n = 3;
	return items[0].value && items[1].value ? QEMU_READER_DONE : -ENOMEM;
}

int qemu_device_take_set(struct qemu_reader *reader, const char *text)
{
	return qemu_reader_append(reader, &reader->sets, text, NULL);
}

/* --- -global --- */

static bool qemu_device_is_q35(const struct machine *machine)
{
	return machine->type && strstr(machine->type, "q35");
}

/* The host bridge's own; that of the other board is without effect. */
static int qemu_device_read_hole(
	struct qemu_reader *reader, const struct qemu_opts *global, bool of_q35)
{
	struct machine *machine = reader->machine;
	struct qemu_opts one = *global;
	struct qemu_opt opt = { "pci-hole64-size", qemu_opts_find(global, "value") };

	if (strcmp(qemu_opts_find(global, "property"), opt.key) != 0)
		return qemu_reader_opaque(reader, "-global %.60s.%.60s",
			qemu_opts_find(global, "driver"), qemu_opts_find(global, "property"));
	if (of_q35 != qemu_device_is_q35(machine))
		return QEMU_READER_DONE;
	one.n = 1;
	one.items = &opt;
	machine->pci_hole64_given = true;
	return qemu_opts_size(&reader->place, &one, opt.key, 'B', &machine->pci_hole64);
}

static bool qemu_device_is_known(const char *driver)
{
	for (size_t i = 0; i < QEMU_DEVICE_COUNT(qemu_device_memories); i++)
		if (strcmp(driver, qemu_device_memories[i].driver) == 0)
			return true;
	return qemu_display_is_known(driver) || qemu_viommu_is_known(driver) ||
	       qemu_vfio_is_known(driver);
}

static bool qemu_device_global_is_harmless(const char *driver, const char *property)
{
	size_t n = strlen(driver);

	if (n > 4 && strcmp(driver + n - 4, "-cpu") == 0)
		return !qemu_cpu_property_matters(property);
	if (strcmp(driver, "mch") == 0)
		return strcmp(property, "extended-tseg-mbytes") == 0 ||
		       strcmp(property, "smbase-smram") == 0;
	/* Those of devices that are modelled count with the device. */
	if (qemu_device_is_known(driver))
		return strcmp(driver, "virtio-iommu-device") != 0;
	if (qemu_driver_property_is_memory(property))
		return false;
	return qemu_driver_is_harmless(driver) || qemu_driver_is_harmless_part(driver) ||
	       strncmp(driver, "ivshmem", strlen("ivshmem")) == 0;
}

static int qemu_device_read_global(struct qemu_reader *reader, const struct qemu_opts *global)
{
	const char *driver = qemu_opts_find(global, "driver");
	const char *property = qemu_opts_find(global, "property");

	if (!driver || !property || !qemu_opts_find(global, "value"))
		return qemu_opts_refuse(
			&reader->place, global, "is not of the form driver.property=value");
	if (strcmp(driver, "q35-pcihost") == 0 || strcmp(driver, "i440FX-pcihost") == 0)
		return qemu_device_read_hole(reader, global, driver[0] == 'q');
	if (qemu_device_global_is_harmless(driver, property))
		return QEMU_READER_DONE;
	return qemu_reader_opaque(reader, "-global %.60s.%.60s", driver, property);
}

/* --- -set device.ID.property=value --- */

static struct qemu_opts *qemu_device_find(struct qemu_reader *reader, const char *id, size_t n)
{
	for (size_t i = 0; i < reader->devices.n; i++) {
		struct qemu_opts *device = &reader->devices.items[i];
		const char *own = qemu_opts_find(device, "id");

		if (own && !device->json && strlen(own) == n && strncmp(own, id, n) == 0)
			return device;
	}
	return NULL;
}

static int qemu_device_apply_set(struct qemu_reader *reader, const struct qemu_opts *set)
{
	static const char group[] = "device.";
	const char *key = set->n ? set->items[0].key : "";
	struct qemu_opts one = *set;
	struct qemu_opt opt;
	struct qemu_opts *device;
	size_t n;

	if (set->n != 1 || strncmp(key, group, sizeof(group) - 1) != 0)
		return qemu_reader_opaque(reader, "-set %.120s", key);
	key += sizeof(group) - 1;
	n = strcspn(key, ".");
	device = qemu_device_find(reader, key, n);
	if (!device || key[n] != '.')
		return qemu_opts_refuse(
			&reader->place, set, "there is no -device with the id \"%.60s\"", key);
	opt = (struct qemu_opt){ key + n + 1, set->items[0].value };
	one.option = device->option;
	one.argument = device->argument;
	one.items = &opt;
	return qemu_opts_merge(&reader->place, device, &one);
}

/* --- -device --- */

static int qemu_device_add_memory(struct qemu_reader *reader, const struct qemu_opts *device,
	const struct qemu_device_memory *memory)
{
	for (size_t i = 0; i < device->n; i++) {
		const char *key = device->items[i].key;
		int r;

		if (qemu_driver_property_is_common(key) ||
			qemu_driver_is_among(key, memory->properties))
			continue;
		r = qemu_reader_opaque(reader, "-device %s: %s=%.60s", memory->driver, key,
			device->items[i].value);
		if (r != QEMU_READER_DONE)
			return r;
	}
	return qemu_memory_add(reader, device, memory->model);
}

static int qemu_device_add_bar(struct qemu_reader *reader, const struct qemu_opts *device,
	const char *driver, uint64_t size)
{
	struct machine_bar bar = { .size = 1, .name = qemu_reader_text(reader, driver) };

	if (!bar.name)
		return -ENOMEM;
	while (bar.size < size)
		bar.size *= 2;
	return qemu_reader_added(reader, device, machine_add_bar(reader->machine, &bar));
}

/* ivshmem's memory is a backend's, in old QEMU a file of size=; a server's may be of any size. */
static int qemu_device_add_ivshmem(
	struct qemu_reader *reader, const struct qemu_opts *device, const char *driver)
{
	uint64_t size = 0;
	int r;

	if (qemu_opts_find(device, "memdev"))
		r = qemu_memory_backend_size(reader, device, "memdev", &size);
	else
		r = qemu_opts_size(&reader->place, device, "size", 'M', &size);
	if (r != QEMU_READER_DONE)
		return r;
	if (size == 0)
		return qemu_reader_opaque(
			reader, "-device %.60s, whose memory has a size that is not said", driver);
	return qemu_device_add_bar(reader, device, driver, size);
}

/* What else gives a device RAM behind a BAR of 64 bits. */
static int qemu_device_add_with_memory(struct qemu_reader *reader, const struct qemu_opts *device,
	const char *driver, const char *property)
{
	uint64_t size = 0;
	int r;

	if (strcmp(property, "hostmem") == 0)
		r = qemu_opts_size(&reader->place, device, property, 'B', &size);
	else if (strcmp(property, "pmrdev") == 0)
		r = qemu_memory_backend_size(reader, device, property, &size);
	else
		return qemu_reader_opaque(reader, "-device %.60s: %s", driver, property);
	if (r != QEMU_READER_DONE || size == 0)
		return r;
	return qemu_device_add_bar(reader, device, driver, size);
}

static int qemu_device_add_harmless(
	struct qemu_reader *reader, const struct qemu_opts *device, const char *driver)
{
	for (size_t i = 0; i < device->n; i++) {
		const char *key = device->items[i].key;

		/* A key that is there twice counts once. */
		if (qemu_driver_property_is_memory(key) &&
			qemu_opts_find(device, key) == device->items[i].value) {
			int r = qemu_device_add_with_memory(reader, device, driver, key);

			if (r != QEMU_READER_DONE)
				return r;
		}
		if (strcmp(key, "bypass_iommu") == 0 && strcmp(device->items[i].value, "off") != 0)
			return qemu_reader_opaque(reader, "-device %.60s: bypass_iommu", driver);
	}
	return QEMU_READER_DONE;
}

static int qemu_device_add_known(
	struct qemu_reader *reader, const struct qemu_opts *device, const char *driver)
{
	for (size_t i = 0; i < QEMU_DEVICE_COUNT(qemu_device_memories); i++)
		if (strcmp(driver, qemu_device_memories[i].driver) == 0)
			return qemu_device_add_memory(reader, device, &qemu_device_memories[i]);
	if (qemu_vfio_is_known(driver))
		return qemu_vfio_add(reader, device);
	if (qemu_viommu_is_known(driver))
		return qemu_viommu_add(reader, device);
	if (qemu_display_is_known(driver))
		return qemu_display_add(reader, device);
	if (strcmp(driver, "ivshmem-plain") == 0 || strcmp(driver, "ivshmem-doorbell") == 0 ||
		strcmp(driver, "ivshmem") == 0)
		return qemu_device_add_ivshmem(reader, device, driver);
	if (qemu_driver_is_harmless(driver))
		return qemu_device_add_harmless(reader, device, driver);
	return qemu_reader_opaque(reader, "-device %.120s", driver);
}

static int qemu_device_add(struct qemu_reader *reader, const struct qemu_opts *written)
{
	const char *driver = qemu_opts_find(written, "driver");
	struct qemu_opts device;
	int r;

	if (!driver)
		return qemu_opts_refuse(&reader->place, written, "names no driver");
	r = qemu_reader_resolve(reader, written, &device);
	if (r == QEMU_READER_DONE)
		r = qemu_device_add_known(reader, &device, driver);
	return r == QEMU_READER_DONE ? qemu_rom_add(reader, &device) : r;
}

int qemu_device_finish(struct qemu_reader *reader)
{
	int r = QEMU_READER_DONE;

	for (size_t i = 0; r == QEMU_READER_DONE && i < reader->globals.n; i++)
		r = qemu_device_read_global(reader, &reader->globals.items[i]);
	for (size_t i = 0; r == QEMU_READER_DONE && i < reader->sets.n; i++)
		r = qemu_device_apply_set(reader, &reader->sets.items[i]);
	if (r == QEMU_READER_DONE)
		r = qemu_display_add_default(reader);
	if (r == QEMU_READER_DONE)
		r = qemu_rom_add_default(reader);
	/* QEMU system/vl.c qemu_create_cli_devices(): those in JSON come after all others. */
	for (unsigned json = 0; json < 2; json++)
		for (size_t i = 0; r == QEMU_READER_DONE && i < reader->devices.n; i++)
			if (reader->devices.items[i].json == json)
				r = qemu_device_add(reader, &reader->devices.items[i]);
	if (r == QEMU_READER_DONE)
		qemu_vfio_finish(reader);
	return r;
}
