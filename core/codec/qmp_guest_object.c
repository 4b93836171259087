/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* QEMU's objects: which of them matter, and what is asked of them. */
#include "core/codec/qmp_guest.h"

#include "core/codec/text.h"
#include "core/model/limits.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#define QMP_GUEST_OBJECT_COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A type of QEMU's, or with a star all that begin like that; the first that fits. */
static enum qmp_guest_role qmp_guest_object_role(const char *type)
{
	static const struct {
		const char *type;
		enum qmp_guest_role role;
	} types[] = {
		{ "vfio-pci*", QMP_GUEST_VFIO },
		{ "vfio-*", QMP_GUEST_STRANGE },
		{ "x-vfio-*", QMP_GUEST_STRANGE },
		{ "x-pci-proxy-dev", QMP_GUEST_STRANGE },
		{ "vhost-vdpa-*", QMP_GUEST_STRANGE },
		{ "xen-pci-passthrough", QMP_GUEST_STRANGE },
		{ "intel-iommu", QMP_GUEST_INTEL },
		{ "amd-iommu", QMP_GUEST_AMD },
		{ "virtio-iommu*", QMP_GUEST_VIRTIO },
		{ "arm-smmuv3*", QMP_GUEST_SMMUV3 },
		{ "arm-smmu*", QMP_GUEST_IOMMU },
		{ "riscv-iommu*", QMP_GUEST_IOMMU },
		{ "riscv.iommu*", QMP_GUEST_IOMMU },
		{ "ivshmem-plain", QMP_GUEST_SHMEM },
		{ "ivshmem*", QMP_GUEST_MEMORY },
		{ "VGA", QMP_GUEST_MEMORY },
		{ "secondary-vga", QMP_GUEST_MEMORY },
		{ "bochs-display", QMP_GUEST_MEMORY },
		{ "cirrus-vga", QMP_GUEST_MEMORY },
		{ "ati-vga", QMP_GUEST_MEMORY },
		{ "vmware-svga", QMP_GUEST_MEMORY },
		{ "qxl*", QMP_GUEST_MEMORY },
		{ "virtio-vga*", QMP_GUEST_MEMORY },
	};

	for (size_t i = 0; i < QMP_GUEST_OBJECT_COUNT(types); i++) {
		size_t n = strlen(types[i].type);

		if (types[i].type[n - 1] == '*' ? strncmp(type, types[i].type, n - 1) == 0
						: strcmp(type, types[i].type) == 0)
			return types[i].role;
	}
	return QMP_GUEST_NOTHING;
}

static int qmp_guest_object_add(struct qmp_guest *guest, const char *path, const char *type)
{
	struct qmp_guest_object object = {
		.role = qmp_guest_object_role(type),
		.path = path,
		.type = type,
		.caching_mode = TRI_UNKNOWN,
		.intremap = TRI_UNKNOWN,
		.shares_tables = TRI_NO, /* of a QEMU that knows no property for it */
	};

	if (object.role == QMP_GUEST_NOTHING)
		return QMP_GUEST_DONE;
	if (guest->n_objects == LIMIT_GUEST_DEVICES)
		return qmp_guest_refuse(guest, "the guest has more devices than are read");
	guest->objects[guest->n_objects++] = object;
	return QMP_GUEST_DONE;
}

/* {"name":"hostdev0","type":"child<vfio-pci>"} */
static int qmp_guest_object_read(struct qmp_guest *guest, const char *path, const json_t *item)
{
	static const char prefix[] = "child<";
	const char *name = json_string_value(json_object_get(item, "name"));
	const char *type = json_string_value(json_object_get(item, "type"));
	const char *full, *child;
	size_t n = type ? strlen(type) : 0;

	if (!name || !type || strlen(name) > LIMIT_TEXT || n > LIMIT_TEXT ||
		!text_is_printable(name, strlen(name)) || !text_is_printable(type, n))
		return qmp_guest_refuse(guest, "the answer is no list of objects");
	if (strncmp(type, prefix, sizeof(prefix) - 1) != 0 || type[n - 1] != '>')
		return QMP_GUEST_DONE;
	full = arena_printf(guest->arena, "%s/%s", path, name);
	child = arena_text(guest->arena, type + sizeof(prefix) - 1, n - sizeof(prefix));
	if (!full || !child)
		return -ENOMEM;
	return qmp_guest_object_add(guest, full, child);
}

int qmp_guest_object_read_list(struct qmp_guest *guest, const char *path, const json_t *value)
{
	int r = QMP_GUEST_DONE;

	if (!json_is_array(value))
		return qmp_guest_refuse(guest, "the answer is no list");
	for (size_t i = 0; r == QMP_GUEST_DONE && i < json_array_size(value); i++)
		r = qmp_guest_object_read(guest, path, json_array_get(value, i));
	return r;
}

static int qmp_guest_object_text(struct qmp_guest *guest, const json_t *value, void *ret)
{
	const char *text = json_string_value(value);
	size_t n = json_string_length(value);

	if (!value)
		return QMP_GUEST_DONE;
	if (!text || n > LIMIT_TEXT || !text_is_printable(text, n))
		return qmp_guest_refuse(guest, "the property is no text");
	*(const char **)ret = arena_text(guest->arena, text, n);
	return *(const char **)ret ? QMP_GUEST_DONE : -ENOMEM;
}

static int qmp_guest_object_bits(struct qmp_guest *guest, const json_t *value, void *ret)
{
	json_int_t bits = json_integer_value(value);

	if (!value)
		return QMP_GUEST_DONE;
	if (!json_is_integer(value) || bits < 0 || bits > 64)
		return qmp_guest_refuse(guest, "the property is no number of bits");
	*(unsigned *)ret = (unsigned)bits;
	return QMP_GUEST_DONE;
}

/* hw/virtio/virtio-iommu.c: all 64 bits before QEMU 9.0, which brought the property */
static int qmp_guest_object_virtio_bits(struct qmp_guest *guest, const json_t *value, void *ret)
{
	if (!value)
		*(unsigned *)ret = 64;
	return qmp_guest_object_bits(guest, value, ret);
}

/* A boolean, or on, off and auto; what is not there stays as it is. */
static int qmp_guest_object_switch(struct qmp_guest *guest, const json_t *value, void *ret)
{
	const char *word = json_string_value(value);
	bool on = json_is_true(value) || (word && strcmp(word, "on") == 0);
	bool off = json_is_false(value) || (word && strcmp(word, "off") == 0);

	if (!value || (word && strcmp(word, "auto") == 0))
		return QMP_GUEST_DONE;
	if (!on && !off)
		return qmp_guest_refuse(guest, "the property is no switch");
	*(enum tri *)ret = on ? TRI_YES : TRI_NO;
	return QMP_GUEST_DONE;
}

/* As above for one of several names of a switch: none of them turns it off again. */
static int qmp_guest_object_any(struct qmp_guest *guest, const json_t *value, void *ret)
{
	enum tri one = TRI_NO;
	int r = qmp_guest_object_switch(guest, value, &one);

	if (r == QMP_GUEST_DONE && one == TRI_YES)
		*(enum tri *)ret = TRI_YES;
	return r;
}

struct qmp_guest_object_property {
	enum qmp_guest_role role;
	const char *name;
	int (*read)(struct qmp_guest *guest, const json_t *value, void *ret);
	size_t offset;
};

static const struct qmp_guest_object_property qmp_guest_object_properties[] = {
	/* hw/vfio/pci.c; host last */
	{ QMP_GUEST_VFIO, "iommufd", qmp_guest_object_text,
		offsetof(struct qmp_guest_object, iommufd) },
	{ QMP_GUEST_VFIO, "sysfsdev", qmp_guest_object_text,
		offsetof(struct qmp_guest_object, sysfsdev) },
	{ QMP_GUEST_VFIO, "host", qmp_guest_object_text, offsetof(struct qmp_guest_object, host) },
	/* hw/i386/intel_iommu.c, x86-iommu.c; first-stage tables are the guest's own */
	{ QMP_GUEST_INTEL, "aw-bits", qmp_guest_object_bits,
		offsetof(struct qmp_guest_object, aw_bits) },
	{ QMP_GUEST_INTEL, "caching-mode", qmp_guest_object_switch,
		offsetof(struct qmp_guest_object, caching_mode) },
	{ QMP_GUEST_INTEL, "intremap", qmp_guest_object_switch,
		offsetof(struct qmp_guest_object, intremap) },
	{ QMP_GUEST_INTEL, "x-flts", qmp_guest_object_any,
		offsetof(struct qmp_guest_object, shares_tables) },
	{ QMP_GUEST_INTEL, "flts", qmp_guest_object_any,
		offsetof(struct qmp_guest_object, shares_tables) },
	{ QMP_GUEST_AMD, "intremap", qmp_guest_object_switch,
		offsetof(struct qmp_guest_object, intremap) },
	{ QMP_GUEST_VIRTIO, "aw-bits", qmp_guest_object_virtio_bits,
		offsetof(struct qmp_guest_object, aw_bits) },
	/* hw/arm/smmuv3.c, from QEMU 11 on */
	{ QMP_GUEST_SMMUV3, "accel", qmp_guest_object_any,
		offsetof(struct qmp_guest_object, shares_tables) },
	/* hw/misc/ivshmem.c */
	{ QMP_GUEST_SHMEM, "memdev", qmp_guest_object_text,
		offsetof(struct qmp_guest_object, memdev) },
};

static const struct qmp_guest_object_property *qmp_guest_object_find(
	enum qmp_guest_role role, size_t i)
{
	for (size_t row = 0; row < QMP_GUEST_OBJECT_COUNT(qmp_guest_object_properties); row++)
		if (qmp_guest_object_properties[row].role == role && i-- == 0)
			return &qmp_guest_object_properties[row];
	return NULL;
}

const char *qmp_guest_object_ask(const struct qmp_guest_object *object, size_t i)
{
	const struct qmp_guest_object_property *property = qmp_guest_object_find(object->role, i);

	/* Without a file descriptor of its own QEMU has the path, and the path says more. */
	if (property && object->sysfsdev && object->sysfsdev[0] &&
		property->offset == offsetof(struct qmp_guest_object, host))
		return NULL;
	return property ? property->name : NULL;
}

int qmp_guest_object_take(
	struct qmp_guest *guest, struct qmp_guest_object *object, size_t i, const json_t *value)
{
	const struct qmp_guest_object_property *property = qmp_guest_object_find(object->role, i);

	assert(property);
	return property->read(guest, value, (char *)object + property->offset);
}
