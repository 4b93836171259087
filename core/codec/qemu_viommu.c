/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/qemu_viommu.h"

#include "core/codec/qemu_driver.h"

#include <errno.h>
#include <string.h>

static const struct qemu_viommu_driver {
	const char *name;
	enum viommu_model model;
	const char *const *harmless; /* properties that nothing here depends on */
} qemu_viommu_drivers[] = {
	{ "intel-iommu", VIOMMU_INTEL,
		(const char *const[]){ "device-iotlb", "dma-drain", "dma-translation", "fs1gp",
			"snoop-control", "stale-tm", "version", "x-buggy-eim", "x-cap-fs1gp", "pt",
			"pss", "svm", "x-pasid-mode", NULL } },
	{ "amd-iommu", VIOMMU_AMD,
		(const char *const[]){ "device-iotlb", "dma-remap", "dma-translation", "pci-id",
			"pt", "xtsup", NULL } },
	{ "virtio-iommu-pci", VIOMMU_VIRTIO,
		(const char *const[]){ "boot-bypass", "class", "granule", "primary-bus", NULL } },
	/* QEMU system/qdev-monitor.c qdev_alias_table: what libvirt writes for the one above. */
	{ "virtio-iommu", VIOMMU_VIRTIO,
		(const char *const[]){ "boot-bypass", "class", "granule", "primary-bus", NULL } },
	{ "virtio-iommu-device", VIOMMU_VIRTIO,
		(const char *const[]){ "boot-bypass", "granule", NULL } },
	{ "arm-smmuv3", VIOMMU_SMMUV3,
		(const char *const[]){ "ats", "bus-type", "cmdqv", "identifier", "oas",
			"primary-bus", "ril", "ssidsize", "stage", NULL } },
	{ "riscv-iommu-pci", VIOMMU_OTHER, (const char *const[]){ NULL } },
};

/* What is read below. */
static const char *const qemu_viommu_read_keys[] = { "accel", "aw-bits", "caching-mode", "eim",
	"flts", "intremap", "x-aw-bits", "x-flts", "x-scalable-mode", NULL };

static const struct qemu_viommu_driver *qemu_viommu_find(const char *name)
{
	for (size_t i = 0; i < sizeof(qemu_viommu_drivers) / sizeof(qemu_viommu_drivers[0]); i++)
		if (strcmp(name, qemu_viommu_drivers[i].name) == 0)
			return &qemu_viommu_drivers[i];
	return NULL;
}

bool qemu_viommu_is_known(const char *driver)
{
	return qemu_viommu_find(driver) != NULL;
}

static int qemu_viommu_check(struct qemu_reader *reader, const struct qemu_opts *device,
	const struct qemu_viommu_driver *driver)
{
	for (size_t i = 0; i < device->n; i++) {
		const char *key = device->items[i].key;
		int r;

		if (qemu_driver_property_is_common(key) ||
			qemu_driver_is_among(key, qemu_viommu_read_keys) ||
			qemu_driver_is_among(key, driver->harmless))
			continue;
		r = qemu_reader_opaque(
			reader, "-device %s: %s=%.60s", driver->name, key, device->items[i].value);
		if (r != QEMU_READER_DONE)
			return r;
	}
	return QEMU_READER_DONE;
}

/* A switch that may also be "auto": that says nothing. */
static int qemu_viommu_read_tri(
	struct qemu_reader *reader, const struct qemu_opts *device, const char *key, enum tri *ret)
{
	const char *value = qemu_opts_find(device, key);
	bool flag = false;
	int r;

	if (!value || strcmp(value, "auto") == 0)
		return QEMU_READER_DONE;
	r = qemu_opts_bool(&reader->place, device, key, &flag);
	if (r == QEMU_READER_DONE)
		*ret = flag ? TRI_YES : TRI_NO;
	return r;
}

/*
 * Only these let the host's IOMMU walk the guest's tables: first-stage translation of intel-iommu,
 * an accelerated SMMU. Each is off in every version unless it is asked for. Patches of before call
 * the first x-scalable-mode=modern.
 */
static int qemu_viommu_read_sharing(
	struct qemu_reader *reader, const struct qemu_opts *device, struct viommu *viommu)
{
	static const char *const keys[] = { "flts", "x-flts", "accel" };
	const char *scalable = qemu_opts_find(device, "x-scalable-mode");
	enum tri sharing = TRI_NO;

	if (viommu->model == VIOMMU_OTHER)
		return QEMU_READER_DONE;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		int r = qemu_viommu_read_tri(reader, device, keys[i], &sharing);

		if (r != QEMU_READER_DONE)
			return r;
		if (sharing == TRI_YES)
			break;
	}
	if (scalable && strcmp(scalable, "modern") == 0)
		sharing = TRI_YES;
	viommu->shares_tables = sharing;
	return QEMU_READER_DONE;
}

static int qemu_viommu_read(
	struct qemu_reader *reader, const struct qemu_opts *device, struct viommu *viommu)
{
	const struct qemu_opts_place *place = &reader->place;
	uint64_t bits = 0;
	int r = qemu_opts_number(place, device, "x-aw-bits", &bits);

	if (r == QEMU_READER_DONE)
		r = qemu_opts_number(place, device, "aw-bits", &bits);
	if (r == QEMU_READER_DONE && bits > 64)
		return qemu_opts_refuse(place, device, "aw-bits is more than 64");
	viommu->aw_bits = (unsigned)bits;
	if (r == QEMU_READER_DONE)
		r = qemu_viommu_read_tri(reader, device, "caching-mode", &viommu->caching_mode);
	if (r == QEMU_READER_DONE)
		r = qemu_viommu_read_tri(reader, device, "intremap", &viommu->intremap);
	if (r == QEMU_READER_DONE)
		r = qemu_viommu_read_tri(reader, device, "eim", &reader->machine->eim);
	return r == QEMU_READER_DONE ? qemu_viommu_read_sharing(reader, device, viommu) : r;
}

int qemu_viommu_add(struct qemu_reader *reader, const struct qemu_opts *device)
{
	const struct qemu_viommu_driver *driver =
		qemu_viommu_find(qemu_opts_find(device, "driver"));
	struct viommu *own = &reader->machine->viommu;
	struct viommu viommu = {
		.model = driver->model,
		.caching_mode = TRI_UNKNOWN,
		.intremap = TRI_UNKNOWN,
		.shares_tables = TRI_UNKNOWN,
	};
	int r = qemu_viommu_check(reader, device, driver);

	if (r == QEMU_READER_DONE)
		r = qemu_viommu_read(reader, device, &viommu);
	if (r == QEMU_READER_DONE && driver->model == VIOMMU_OTHER) {
		viommu.name = driver->name;
		r = qemu_reader_opaque(reader, "-device %s", driver->name);
	}
	if (r != QEMU_READER_DONE)
		return r;
	/* Several SMMUs, one for each bus: what one of them does the guest relies on. */
	if (own->model == VIOMMU_SMMUV3 && viommu.model == VIOMMU_SMMUV3) {
		if (viommu.shares_tables == TRI_YES)
			own->shares_tables = TRI_YES;
		return QEMU_READER_DONE;
	}
	if (own->model != VIOMMU_NONE) {
		r = qemu_reader_opaque(
			reader, "-device %s: a second IOMMU of the guest", driver->name);
		viommu.model = VIOMMU_OTHER;
		viommu.name = "several";
	}
	*own = viommu;
	return r;
}
