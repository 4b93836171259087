/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/qmp_guest.h"

#include "core/codec/text.h"
#include "core/model/limits.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define QMP_GUEST_COUNT(table) (sizeof(table) / sizeof((table)[0]))

int qmp_guest_init(struct qmp_guest *guest, struct arena *arena)
{
	guest->arena = arena;
	guest->objects = arena_array(arena, LIMIT_GUEST_DEVICES, sizeof(*guest->objects));
	guest->opaque = arena_array(arena, LIMIT_WORDS, sizeof(*guest->opaque));
	return guest->objects && guest->opaque ? 0 : -ENOMEM;
}

int qmp_guest_refuse(struct qmp_guest *guest, const char *format, ...)
{
	char text[sizeof(guest->refusal->text)];
	va_list list;

	va_start(list, format);
	(void)vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	return refusal_set(guest->refusal, guest->where, "%s", text);
}

int qmp_guest_add_opaque(struct qmp_guest *guest, const char *format, ...)
{
	char text[LIMIT_TEXT + 1];
	va_list list;

	if (guest->n_opaque == LIMIT_WORDS)
		return qmp_guest_refuse(guest, "too much of this guest is not modelled");
	va_start(list, format);
	(void)vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	guest->opaque[guest->n_opaque] = arena_text(guest->arena, text, strlen(text));
	return guest->opaque[guest->n_opaque++] ? QMP_GUEST_DONE : -ENOMEM;
}

/* A name in @value: printable, and no longer than names are. */
static int qmp_guest_read_name(struct qmp_guest *guest, const json_t *value, const char **ret)
{
	const char *text = json_string_value(value);
	size_t n = json_string_length(value);

	if (!text || n > LIMIT_TEXT || !text_is_printable(text, n))
		return qmp_guest_refuse(guest, "the answer has no name where one has to be");
	*ret = arena_text(guest->arena, text, n);
	return *ret ? QMP_GUEST_DONE : -ENOMEM;
}

static int qmp_guest_read_number(
	struct qmp_guest *guest, const json_t *object, const char *name, uint64_t *ret)
{
	const json_t *value = json_object_get(object, name);

	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return qmp_guest_refuse(guest, "the answer has no number \"%s\"", name);
	*ret = (uint64_t)json_integer_value(value);
	return QMP_GUEST_DONE;
}

int qmp_guest_read_status(struct qmp_guest *guest, const json_t *value)
{
	/* qapi/run-state.json: states in which no firmware of this guest has run here */
	static const char *const before[] = { "prelaunch", "inmigrate", "preconfig" };
	const char *status = NULL;
	int r = qmp_guest_read_name(guest, json_object_get(value, "status"), &status);

	if (r != QMP_GUEST_DONE)
		return r;
	guest->started = true;
	for (size_t i = 0; i < QMP_GUEST_COUNT(before); i++)
		if (strcmp(status, before[i]) == 0)
			guest->started = false;
	return QMP_GUEST_DONE;
}

int qmp_guest_read_target(struct qmp_guest *guest, const json_t *value)
{
	int r = qmp_guest_read_name(guest, json_object_get(value, "arch"), &guest->arch);

	/* A program of another name, for guests that every x86-64 host runs. */
	if (r == QMP_GUEST_DONE && strcmp(guest->arch, "i386") == 0)
		guest->arch = "x86_64";
	return r;
}

int qmp_guest_read_kvm(struct qmp_guest *guest, const json_t *value)
{
	const json_t *enabled = json_object_get(value, "enabled");

	if (!json_is_boolean(enabled))
		return qmp_guest_refuse(guest, "the answer does not say whether KVM is in use");
	guest->kvm = json_is_true(enabled);
	return QMP_GUEST_DONE;
}

static int qmp_guest_read_text(struct qmp_guest *guest, const json_t *value, const char **ret)
{
	if (!json_is_string(value))
		return qmp_guest_refuse(guest, "the answer is no text");
	*ret = arena_text(guest->arena, json_string_value(value), json_string_length(value));
	return *ret ? QMP_GUEST_DONE : -ENOMEM;
}

int qmp_guest_read_view(struct qmp_guest *guest, const json_t *value)
{
	return qmp_guest_read_text(guest, value, &guest->view);
}

int qmp_guest_read_tree(struct qmp_guest *guest, const json_t *value)
{
	return qmp_guest_read_text(guest, value, &guest->tree);
}

/* net/vhost-vdpa.c: all of the guest's memory is mapped for the device behind it. */
int qmp_guest_read_network(struct qmp_guest *guest, const json_t *value)
{
	const char *text = NULL;
	int r = qmp_guest_read_text(guest, value, &text);

	if (r != QMP_GUEST_DONE || !strstr(text, ",type=vhost-vdpa"))
		return r;
	return qmp_guest_add_opaque(guest, "a network back end of type vhost-vdpa");
}

/* block/nvme.c: a disk of the host that QEMU drives itself, through VFIO. */
int qmp_guest_read_blocks(struct qmp_guest *guest, const json_t *value)
{
	int r = QMP_GUEST_DONE;

	if (!json_is_array(value))
		return qmp_guest_refuse(guest, "the answer is no list");
	for (size_t i = 0; r == QMP_GUEST_DONE && i < json_array_size(value); i++) {
		const json_t *node = json_array_get(value, i);
		const char *driver = NULL, *file = NULL;

		r = qmp_guest_read_name(guest, json_object_get(node, "drv"), &driver);
		if (r != QMP_GUEST_DONE || strcmp(driver, "nvme") != 0)
			continue;
		r = qmp_guest_read_name(guest, json_object_get(node, "file"), &file);
		if (r == QMP_GUEST_DONE)
			r = qmp_guest_add_opaque(guest, "disk %.200s", file);
	}
	return r;
}

static int qmp_guest_read_plugged_one(struct qmp_guest *guest, const char *type, const json_t *data)
{
	bool virtio_mem = strcmp(type, "virtio-mem") == 0;
	bool slot = strcmp(type, "dimm") == 0 || strcmp(type, "nvdimm") == 0;
	uint64_t size = 0, block = 0;
	int r;

	if (!slot && !virtio_mem && strcmp(type, "virtio-pmem") != 0) {
		/* How much of the room for memory others take is not known. */
		guest->plugged_known = false;
		return QMP_GUEST_DONE;
	}
	r = qmp_guest_read_number(guest, data, virtio_mem ? "max-size" : "size", &size);
	if (r != QMP_GUEST_DONE)
		return r;
	if (__builtin_add_overflow(guest->plugged, size, &guest->plugged))
		return qmp_guest_refuse(guest, "the sizes add up to more than there is");
	guest->plugged_slots += slot;
	if (!virtio_mem)
		return QMP_GUEST_DONE;
	r = qmp_guest_read_number(guest, data, "block-size", &block);
	if (r != QMP_GUEST_DONE)
		return r;
	if (block == 0 || (block & (block - 1)) != 0)
		return qmp_guest_refuse(guest, "a block size is no power of two");
	if (guest->block == 0 || block < guest->block)
		guest->block = block;
	return QMP_GUEST_DONE;
}

int qmp_guest_read_plugged(struct qmp_guest *guest, const json_t *value)
{
	int r = QMP_GUEST_DONE;

	if (!json_is_array(value))
		return qmp_guest_refuse(guest, "the answer is no list");
	guest->plugged_known = true;
	for (size_t i = 0; r == QMP_GUEST_DONE && i < json_array_size(value); i++) {
		const json_t *item = json_array_get(value, i);
		const char *type = NULL;

		r = qmp_guest_read_name(guest, json_object_get(item, "type"), &type);
		if (r == QMP_GUEST_DONE)
			r = qmp_guest_read_plugged_one(guest, type, json_object_get(item, "data"));
	}
	return r;
}

/* hw/core/machine.c machine_get_mem(), from QEMU 7.1 on: what is as large as RAM, or 0, is left out
 */
int qmp_guest_read_memory(struct qmp_guest *guest, const json_t *value)
{
	int r = qmp_guest_read_number(guest, value, "size", &guest->memory);

	guest->max_memory = guest->memory;
	if (r == QMP_GUEST_DONE && json_object_get(value, "max-size"))
		r = qmp_guest_read_number(guest, value, "max-size", &guest->max_memory);
	if (r == QMP_GUEST_DONE && json_object_get(value, "slots"))
		r = qmp_guest_read_number(guest, value, "slots", &guest->slots);
	guest->memory_known = r == QMP_GUEST_DONE;
	return r;
}

/* "pc-q35-7.2-machine" */
int qmp_guest_read_machine(struct qmp_guest *guest, const json_t *value)
{
	static const char suffix[] = "-machine";
	const char *name = NULL;
	size_t n;
	int r = qmp_guest_read_name(guest, value, &name);

	if (r != QMP_GUEST_DONE)
		return r;
	n = strlen(name);
	if (n > sizeof(suffix) - 1 && strcmp(name + n - (sizeof(suffix) - 1), suffix) == 0)
		n -= sizeof(suffix) - 1;
	guest->machine = arena_text(guest->arena, name, n);
	return guest->machine ? QMP_GUEST_DONE : -ENOMEM;
}

int qmp_guest_read_cpus(struct qmp_guest *guest, const json_t *value)
{
	const json_t *first = json_array_get(value, 0);

	if (!first)
		return qmp_guest_refuse(guest, "the answer names no CPU");
	return qmp_guest_read_name(guest, json_object_get(first, "qom-path"), &guest->cpu);
}

int qmp_guest_read_cpu_bits(struct qmp_guest *guest, const json_t *value)
{
	json_int_t bits = json_integer_value(value);

	if (!json_is_integer(value) || bits < 0 || bits > 64)
		return qmp_guest_refuse(guest, "the answer is no number of address bits");
	guest->cpu_bits = (unsigned)bits;
	return QMP_GUEST_DONE;
}
