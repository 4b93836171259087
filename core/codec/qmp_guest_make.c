/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From all that QEMU answered to the guest. */
#include "core/codec/qmp_guest.h"

#include "core/cleanup.h"
#include "core/codec/mtree.h"
#include "core/model/limits.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* util/oslib-posix.c QEMU_VMALLOC_ALIGN: how anonymous memory that is added is aligned */
#define QMP_GUEST_MAKE_ALIGN ((uint64_t)2 << 20)

CLEANUP_DEFINE(struct guest *, guest_free, qmp_guest_make_freep);

static int qmp_guest_make_text(struct guest *guest, const char *text, const char **ret)
{
	*ret = text ? arena_text(guest->arena, text, strlen(text)) : NULL;
	return text && !*ret ? -ENOMEM : QMP_GUEST_DONE;
}

/* The map, from both texts of the monitor; a refusal names the line of the first. */
static int qmp_guest_make_map(struct qmp_guest *from, struct guest **ret)
{
	struct refusal refusal = { "", "" };
	const char *text = arena_printf(from->arena, "%s\n%s", from->view, from->tree);
	int r;

	if (!text)
		return -ENOMEM;
	r = mtree_decode_map(text, strlen(text), from->arch, ret, &refusal);
	if (r <= 0)
		return r;
	(void)snprintf(from->refusal->where, sizeof(from->refusal->where), "info mtree -f, %.100s",
		refusal.where);
	(void)snprintf(from->refusal->text, sizeof(from->refusal->text), "%s", refusal.text);
	return QMP_GUEST_E_REFUSED;
}

/* The address of a device of the host, or NULL when it has none: a mediated one. */
static const char *qmp_guest_make_address(const struct qmp_guest_object *object)
{
	static const char prefix[] = "/sys/bus/pci/devices/";
	const char *path = object->sysfsdev ? object->sysfsdev : "", *name;

	if (path[0] == '\0')
		return object->host; /* "ffff:ff:ff.f", which is none, when it was not given */
	/* Below its bus or, where the kernel has it, below the bridges above it. */
	name = strrchr(path, '/');
	if (strncmp(path, prefix, sizeof(prefix) - 1) == 0 ||
		strncmp(path, "/sys/devices/pci", strlen("/sys/devices/pci")) == 0)
		return name + 1;
	return NULL;
}

static int qmp_guest_make_device(
	struct qmp_guest *from, struct guest *guest, const struct qmp_guest_object *object)
{
	const char *address = qmp_guest_make_address(object), *text;
	struct guest_device device;

	if (!address || guest_device_parse(address, &device) < 0 || !device.address)
		return qmp_guest_add_opaque(from, "%.60s %.100s, of %.60s", object->type,
			object->path, object->sysfsdev ? object->sysfsdev : "nothing known");
	text = arena_text(guest->arena, address, strlen(address));
	if (!text || guest_device_parse(text, &device) < 0)
		return -ENOMEM;
	guest->devices[guest->n_devices++] = device;
	return QMP_GUEST_DONE;
}

static enum viommu_model qmp_guest_make_model(enum qmp_guest_role role)
{
	switch (role) {
	case QMP_GUEST_INTEL:
		return VIOMMU_INTEL;
	case QMP_GUEST_AMD:
		return VIOMMU_AMD;
	case QMP_GUEST_VIRTIO:
		return VIOMMU_VIRTIO;
	case QMP_GUEST_SMMUV3:
		return VIOMMU_SMMUV3;
	case QMP_GUEST_NOTHING:
	case QMP_GUEST_VFIO:
	case QMP_GUEST_IOMMU:
	case QMP_GUEST_SHMEM:
	case QMP_GUEST_MEMORY:
	case QMP_GUEST_STRANGE:
	case _QMP_GUEST_ROLE_MAX:
		break;
	}
	return VIOMMU_OTHER;
}

static int qmp_guest_make_iommu(
	struct qmp_guest *from, struct guest *guest, const struct qmp_guest_object *object)
{
	if (guest->viommu.model != VIOMMU_NONE)
		return qmp_guest_add_opaque(
			from, "%.60s %.100s, one more IOMMU", object->type, object->path);
	guest->viommu = (struct viommu){
		.model = qmp_guest_make_model(object->role),
		.aw_bits = object->aw_bits,
		.caching_mode = object->caching_mode,
		.intremap = object->intremap,
		.shares_tables = object->shares_tables,
	};
	return qmp_guest_make_text(guest, object->type, &guest->viommu.name);
}

/* The BAR of ivshmem-plain is a back end that shows by its own name. */
static void qmp_guest_make_shared(struct guest *guest, const struct qmp_guest_object *object)
{
	const char *name = object->memdev ? strrchr(object->memdev, '/') : NULL;

	for (size_t i = 0; name && i < guest->n_ranges; i++)
		if (guest->ranges[i].kind == GUEST_RAM &&
			strcmp(guest->ranges[i].name, name + 1) == 0)
			guest->ranges[i].kind = GUEST_RAM_DEVICE;
}

/* A BAR of memory that firmware has yet to place is not in the map. */
static int qmp_guest_make_placed(struct qmp_guest *from, const struct qmp_guest_object *object)
{
	if (from->started)
		return QMP_GUEST_DONE;
	return qmp_guest_add_opaque(from,
		"%.60s %.100s: the guest has not started, so its BARs "
		"have no place yet",
		object->type, object->path);
}

static int qmp_guest_make_object(
	struct qmp_guest *from, struct guest *guest, const struct qmp_guest_object *object)
{
	switch (object->role) {
	case QMP_GUEST_VFIO:
		return qmp_guest_make_device(from, guest, object);
	case QMP_GUEST_INTEL:
	case QMP_GUEST_AMD:
	case QMP_GUEST_VIRTIO:
	case QMP_GUEST_SMMUV3:
	case QMP_GUEST_IOMMU:
		return qmp_guest_make_iommu(from, guest, object);
	case QMP_GUEST_SHMEM:
		qmp_guest_make_shared(guest, object);
		return qmp_guest_make_placed(from, object);
	case QMP_GUEST_MEMORY:
		return qmp_guest_make_placed(from, object);
	case QMP_GUEST_STRANGE:
		return qmp_guest_add_opaque(from, "%.60s %.100s", object->type, object->path);
	case QMP_GUEST_NOTHING:
	case _QMP_GUEST_ROLE_MAX:
		break;
	}
	assert(false);
}

/* Each device says which back end it is on; the guest is on one when all are on the same. */
static enum guest_vfio qmp_guest_make_vfio(const struct qmp_guest *from)
{
	enum guest_vfio vfio = GUEST_VFIO_UNKNOWN, one;

	for (size_t i = 0; i < from->n_objects; i++) {
		const struct qmp_guest_object *object = &from->objects[i];

		if (object->role != QMP_GUEST_VFIO)
			continue;
		one = object->iommufd && object->iommufd[0] ? GUEST_VFIO_IOMMUFD : GUEST_VFIO_TYPE1;
		if (vfio != GUEST_VFIO_UNKNOWN && vfio != one)
			return GUEST_VFIO_UNKNOWN;
		vfio = one;
	}
	return vfio;
}

/* hw/mem/memory-device.c: what maxmem leaves, less what devices of memory have of it */
static void qmp_guest_make_memory(const struct qmp_guest *from, struct guest *guest)
{
	uint64_t most = from->max_memory > from->memory ? from->max_memory - from->memory : 0;

	for (size_t i = 0; i < guest->n_ranges; i++)
		if (guest->ranges[i].kind == GUEST_HOTPLUG)
			guest->ranges[i].block = from->block;
	if (!from->memory_known || !from->plugged_known)
		return;
	guest->memory = (struct guest_memory){
		.known = true,
		.room = most > from->plugged ? most - from->plugged : 0,
		.slots = (unsigned)(from->slots > from->plugged_slots
					    ? from->slots - from->plugged_slots
					    : 0),
		.align = QMP_GUEST_MAKE_ALIGN,
	};
}

/* What the map has of things that are not modelled, and what was noted besides. */
static int qmp_guest_make_opaque(const struct qmp_guest *from, struct guest *guest)
{
	const char **opaque =
		arena_array(guest->arena, guest->n_opaque + from->n_opaque, sizeof(*guest->opaque));
	int r;

	if (!opaque)
		return -ENOMEM;
	for (size_t i = 0; i < guest->n_opaque; i++)
		opaque[i] = guest->opaque[i];
	guest->opaque = opaque;
	for (size_t i = 0; i < from->n_opaque; i++) {
		r = qmp_guest_make_text(guest, from->opaque[i], &opaque[guest->n_opaque]);
		if (r < 0)
			return r;
		guest->n_opaque++;
	}
	return QMP_GUEST_DONE;
}

int qmp_guest_make(struct qmp_guest *from, struct guest **ret)
{
	_cleanup_(qmp_guest_make_freep) struct guest *guest = NULL;
	size_t at;
	int r;

	assert(from->view && from->tree && from->arch);
	r = qmp_guest_make_map(from, &guest);
	if (r != 0)
		return r;
	guest->kvm = from->kvm;
	guest->address_bits = from->cpu_bits;
	guest->vfio = qmp_guest_make_vfio(from);
	guest->devices = arena_array(guest->arena, from->n_objects + 1, sizeof(*guest->devices));
	if (!guest->devices)
		return -ENOMEM;
	for (size_t i = 0; r == QMP_GUEST_DONE && i < from->n_objects; i++)
		r = qmp_guest_make_object(from, guest, &from->objects[i]);
	if (r == QMP_GUEST_DONE)
		r = qmp_guest_make_text(guest, from->machine, &guest->machine);
	if (r == QMP_GUEST_DONE)
		r = qmp_guest_make_opaque(from, guest);
	if (r != QMP_GUEST_DONE)
		return r;
	qmp_guest_make_memory(from, guest);
	r = guest_check(guest, &at);
	assert(r == GUEST_DONE); /* it was in order before some of it got another kind */
	*ret = cleanup_take(guest);
	return QMP_GUEST_DONE;
}
