/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest as the document that guest_json_decode() reads. */
#include "core/codec/guest_json.h"

#include "core/cleanup.h"
#include "core/codec/guest_json_viommu.h"
#include "core/codec/text.h"
#include "core/model/limits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

CLEANUP_DEFINE(json_t *, json_decref, guest_json_tree_decrefp);

/* What came from elsewhere, cut and cleaned to what a document may hold. */
static json_t *guest_json_tree_text(const char *text)
{
	char clean[LIMIT_TEXT + 1];
	size_t n = 0;

	for (; n < LIMIT_TEXT && text[n]; n++)
		clean[n] = text[n];
	for (size_t i = 0; i < n; i++)
		if (!text_is_printable(&clean[i], 1))
			clean[i] = '?';
	if (n == 0)
		clean[n++] = '?';
	return json_stringn(clean, n);
}

static int guest_json_tree_add_text(json_t *object, const char *key, const char *text)
{
	return text ? json_object_set_new(object, key, guest_json_tree_text(text)) : 0;
}

static int guest_json_tree_hex(json_t *object, const char *key, uint64_t value)
{
	char text[TEXT_HEX_BYTES];

	text_format_hex(value, text);
	return json_object_set_new(object, key, json_string(text));
}

static json_t *guest_json_tree_range(const struct guest_range *range)
{
	json_t *object = json_object();
	int r = guest_json_tree_hex(object, "first", range->region.first);

	r |= guest_json_tree_hex(object, "last", range->region.last);
	r |= json_object_set_new(object, "kind", json_string(guest_kind_word(range->kind)));
	r |= guest_json_tree_add_text(object, "name", range->name);
	if (range->kind == GUEST_RAM_DEVICE && !range->placed)
		r |= json_object_set_new(object, "placed", json_false());
	if (range->block)
		r |= guest_json_tree_hex(object, "block", range->block);
	if (r == 0)
		return object;
	json_decref(object);
	return NULL;
}

/* The address alone where it is one of the host that is asked; else with whose it is. */
static json_t *guest_json_tree_device(const struct guest_device *device)
{
	char text[32];

	if (device->address && !device->host)
		return guest_json_tree_text(device->address);
	if (device->address)
		return json_pack("{s:o,s:o}", "address", guest_json_tree_text(device->address),
			"host", guest_json_tree_text(device->host));
	if (device->class_code >= 0)
		(void)snprintf(
			text, sizeof(text), "class:%04" PRIx32, (uint32_t)device->class_code);
	else if (device->subsystem_vendor >= 0)
		(void)snprintf(text, sizeof(text),
			"%04" PRIx32 ":%04" PRIx32 ":%04" PRIx32 ":%04" PRIx32,
			(uint32_t)device->vendor, (uint32_t)device->device,
			(uint32_t)device->subsystem_vendor, (uint32_t)device->subsystem_device);
	else
		(void)snprintf(text, sizeof(text), "%04" PRIx32 ":%04" PRIx32,
			(uint32_t)device->vendor, (uint32_t)device->device);
	return json_string(text);
}

/* Items are appended as they are made; NULL when memory ran out. */
static json_t *guest_json_tree_map(const struct guest *guest)
{
	json_t *array = json_array();
	int r = array ? 0 : -1;

	for (size_t i = 0; r == 0 && i < guest->n_ranges; i++)
		r = json_array_append_new(array, guest_json_tree_range(&guest->ranges[i]));
	if (r == 0)
		return array;
	json_decref(array);
	return NULL;
}

static json_t *guest_json_tree_devices(const struct guest *guest)
{
	json_t *array = json_array();
	int r = array ? 0 : -1;

	for (size_t i = 0; r == 0 && i < guest->n_devices; i++)
		r = json_array_append_new(array, guest_json_tree_device(&guest->devices[i]));
	if (r == 0)
		return array;
	json_decref(array);
	return NULL;
}

static json_t *guest_json_tree_opaque(const struct guest *guest)
{
	json_t *array = json_array();
	int r = array ? 0 : -1;

	for (size_t i = 0; r == 0 && i < guest->n_opaque; i++)
		r = json_array_append_new(array, guest_json_tree_text(guest->opaque[i]));
	if (r == 0)
		return array;
	json_decref(array);
	return NULL;
}

static int guest_json_tree_memory(json_t *object, const struct guest *guest)
{
	json_t *memory;
	int r;

	if (guest->hotplug_none)
		return json_object_set_new(object, "hotplug", json_string("none"));
	if (!guest->memory.known)
		return 0;
	memory = json_pack("{s:I}", "slots", (json_int_t)guest->memory.slots);
	r = guest_json_tree_hex(memory, "room", guest->memory.room);
	r |= guest_json_tree_hex(memory, "align", guest->memory.align);
	r |= json_object_set(object, "memory", memory);
	json_decref(memory);
	return r;
}

static int guest_json_tree_needs(json_t *object, const struct guest *guest)
{
	json_t *needs = json_object();
	int r = needs ? 0 : -1;

	if (guest->needs_write_combining_bar)
		r |= json_object_set_new(needs, "write-combining-bar", json_true());
	r |= guest_json_tree_add_text(needs, "nested-format", guest->needs_nested_format);
	if (guest->needs_pasid_bits)
		r |= json_object_set_new(
			needs, "pasid-bits", json_integer(guest->needs_pasid_bits));
	if (guest->min_granule)
		r |= guest_json_tree_hex(needs, "min-granule", guest->min_granule);
	if (r == 0 && json_object_size(needs) > 0)
		r = json_object_set(object, "needs", needs);
	json_decref(needs);
	return r;
}

/* What only a map that was worked out has. */
static int guest_json_tree_definition(json_t *object, const struct guest *guest)
{
	int r = guest_json_tree_add_text(object, "machine", guest->machine);

	if (guest->machine_assumed)
		r |= json_object_set_new(object, "machine_assumed", json_true());
	r |= guest_json_tree_add_text(object, "refused", guest->refused);
	r |= guest_json_tree_add_text(object, "open", guest->open);
	if (guest->address_bits)
		r |= json_object_set_new(object, "address_bits", json_integer(guest->address_bits));
	return r;
}

int guest_json_tree(const struct guest *guest, json_t **ret)
{
	_cleanup_(guest_json_tree_decrefp) json_t *object = json_object();
	int r = json_object_set_new(object, "schema", json_string(GUEST_JSON_SCHEMA));

	r |= guest_json_tree_add_text(object, "arch", guest->arch);
	if (!guest->kvm)
		r |= json_object_set_new(object, "accelerator", json_string("tcg"));
	r |= json_object_set_new(object, "map", guest_json_tree_map(guest));
	r |= json_object_set_new(object, "devices", guest_json_tree_devices(guest));
	r |= json_object_set_new(object, "opaque", guest_json_tree_opaque(guest));
	if (guest->vfio != GUEST_VFIO_UNKNOWN)
		r |= json_object_set_new(object, "vfio",
			json_string(guest->vfio == GUEST_VFIO_TYPE1 ? "type1" : "iommufd"));
	r |= guest_json_tree_add_text(object, "cpu_vendor", guest->cpu_vendor);
	if (guest->viommu.model != VIOMMU_NONE)
		r |= json_object_set_new(object, "viommu", guest_json_viommu_tree(&guest->viommu));
	r |= guest_json_tree_memory(object, guest);
	r |= guest_json_tree_needs(object, guest);
	r |= guest_json_tree_definition(object, guest);
	if (r != 0)
		return -ENOMEM;
	*ret = cleanup_take(object);
	return 0;
}
