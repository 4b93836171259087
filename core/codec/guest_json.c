/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/guest_json.h"

#include "core/cleanup.h"
#include "core/codec/document.h"
#include "core/codec/guest_json_viommu.h"
#include "core/codec/member.h"
#include "core/codec/text.h"
#include "core/model/limits.h"

#include <errno.h>
#include <string.h>

#define GUEST_JSON_OPAQUE_MAX	  LIMIT_WORDS
#define GUEST_JSON_SLOTS_MAX	  256 /* QEMU: ACPI_MAX_RAM_SLOTS */
#define GUEST_JSON_PASID_BITS_MAX 20  /* PCIe 6.0 section 7.8.9.2 */

#define GUEST_JSON_COUNT(table) (sizeof(table) / sizeof((table)[0]))

CLEANUP_DEFINE(struct guest *, guest_free, guest_json_freep);

/* What stands in the document, before it is a guest. */
struct guest_json_range {
	uint64_t first, last, block;
	const char *kind, *name;
	bool placed;
};

struct guest_json_device {
	const char *identity, *class_word, *address, *host;
};

static struct guest *guest_json_guest(const struct member_reader *reader)
{
	return reader->context;
}

static int guest_json_add_opaque(struct member_reader *reader, const char *text)
{
	struct guest *guest = guest_json_guest(reader);

	if (!text)
		return -ENOMEM;
	guest->opaque[guest->n_opaque++] = text;
	return MEMBER_DONE;
}

static int guest_json_read_schema(struct member_reader *reader, const json_t *value, void *ret)
{
	(void)ret;
	if (!json_is_string(value) || strcmp(json_string_value(value), GUEST_JSON_SCHEMA) != 0)
		return member_refuse(reader, "must be \"%s\"", GUEST_JSON_SCHEMA);
	return MEMBER_DONE;
}

/* Debian's and Go's names become those of the kernel. */
static int guest_json_read_arch(struct member_reader *reader, const json_t *value, void *ret)
{
	const char *arch;
	int r;

	r = member_read_text(reader, value, &arch);
	if (r != MEMBER_DONE)
		return r;
	if (strcmp(arch, "arm64") == 0)
		arch = "aarch64";
	else if (strcmp(arch, "amd64") == 0)
		arch = "x86_64";
	*(const char **)ret = arch;
	return MEMBER_DONE;
}

static int guest_json_read_accelerator(struct member_reader *reader, const json_t *value, void *ret)
{
	const char *word;
	int r;

	r = member_read_text(reader, value, &word);
	if (r == MEMBER_DONE)
		*(bool *)ret = strcmp(word, "kvm") == 0;
	return r;
}

static int guest_json_read_vfio(struct member_reader *reader, const json_t *value, void *ret)
{
	static const char *const words[] = {
		[GUEST_VFIO_UNKNOWN] = "unknown",
		[GUEST_VFIO_TYPE1] = "type1",
		[GUEST_VFIO_IOMMUFD] = "iommufd",
	};

	for (size_t i = 0; json_is_string(value) && i < GUEST_JSON_COUNT(words); i++) {
		if (strcmp(json_string_value(value), words[i]) != 0)
			continue;
		*(enum guest_vfio *)ret = (enum guest_vfio)i;
		return MEMBER_DONE;
	}
	return member_refuse(reader, "must be \"type1\", \"iommufd\" or \"unknown\"");
}

static int guest_json_read_hotplug(struct member_reader *reader, const json_t *value, void *ret)
{
	if (!json_is_string(value) || strcmp(json_string_value(value), "none") != 0)
		return member_refuse(reader,
			"must be \"none\"; where memory may come is a range of kind hotplug");
	*(bool *)ret = true;
	return MEMBER_DONE;
}

static int guest_json_read_pasid_bits(struct member_reader *reader, const json_t *value, void *ret)
{
	json_int_t bits = json_integer_value(value);

	if (!json_is_integer(value) || bits < 0 || bits > GUEST_JSON_PASID_BITS_MAX)
		return member_refuse(
			reader, "must be an integer from 0 to %d", GUEST_JSON_PASID_BITS_MAX);
	*(unsigned *)ret = (unsigned)bits;
	return MEMBER_DONE;
}

static int guest_json_read_needs(struct member_reader *reader, const json_t *value, void *ret)
{
	static const struct member members[] = {
		{ "write-combining-bar", member_read_boolean,
			offsetof(struct guest, needs_write_combining_bar) },
		{ "nested-format", member_read_text, offsetof(struct guest, needs_nested_format) },
		{ "pasid-bits", guest_json_read_pasid_bits,
			offsetof(struct guest, needs_pasid_bits) },
		{ "min-granule", member_read_power, offsetof(struct guest, min_granule) },
	};

	return member_read_object(reader, value, members, GUEST_JSON_COUNT(members), ret);
}

static int guest_json_read_slots(struct member_reader *reader, const json_t *value, void *ret)
{
	json_int_t slots = json_integer_value(value);

	if (!json_is_integer(value) || slots < 0 || slots > GUEST_JSON_SLOTS_MAX)
		return member_refuse(
			reader, "must be an integer from 0 to %d", GUEST_JSON_SLOTS_MAX);
	*(unsigned *)ret = (unsigned)slots;
	return MEMBER_DONE;
}

static int guest_json_read_memory(struct member_reader *reader, const json_t *value, void *ret)
{
	static const struct member members[] = {
		{ "room", member_read_hex, offsetof(struct guest_memory, room) },
		{ "slots", guest_json_read_slots, offsetof(struct guest_memory, slots) },
		{ "align", member_read_power, offsetof(struct guest_memory, align) },
	};
	struct guest_memory *memory = ret;
	int r;

	r = member_read_object(reader, value, members, GUEST_JSON_COUNT(members), memory);
	if (r != MEMBER_DONE)
		return r;
	if (json_object_size(value) != GUEST_JSON_COUNT(members))
		return member_refuse(reader, "needs the members room, slots and align");
	memory->known = true;
	return MEMBER_DONE;
}

static int guest_json_read_address_bits(
	struct member_reader *reader, const json_t *value, void *ret)
{
	json_int_t bits = json_integer_value(value);

	if (!json_is_integer(value) || bits < 32 || bits > 64)
		return member_refuse(reader, "must be an integer from 32 to 64");
	*(unsigned *)ret = (unsigned)bits;
	return MEMBER_DONE;
}

/* What is worked out of the rest whenever it is shown. */
static int guest_json_skip(struct member_reader *reader, const json_t *value, void *ret)
{
	(void)reader;
	(void)value;
	(void)ret;
	return MEMBER_DONE;
}

static int guest_json_read_opaque_item(struct member_reader *reader, const json_t *value, void *ret)
{
	const char *text;
	int r;

	(void)ret;
	r = member_read_text(reader, value, &text);
	return r == MEMBER_DONE ? guest_json_add_opaque(reader, text) : r;
}

static int guest_json_read_opaque(struct member_reader *reader, const json_t *value, void *ret)
{
	static const struct member_items items = {
		.read = guest_json_read_opaque_item,
		.n_max = GUEST_JSON_OPAQUE_MAX,
	};

	return member_read_array(reader, value, &items, ret);
}

/* Checks what the members of a range mean together. */
static int guest_json_make_range(struct member_reader *reader,
	const struct guest_json_range *written, struct guest_range *ret)
{
	struct guest_range range = {
		.region = { written->first, written->last },
		.placed = written->placed,
		.block = written->block,
		.name = written->name,
	};

	if (guest_kind_parse(written->kind, &range.kind) < 0)
		return member_refuse(reader,
			"the kind \"%.32s\" is none of ram, rom, ram-device, mmio, hotplug, "
			"bar-window, pci-hole64",
			written->kind);
	if (range.region.first > range.region.last)
		return member_refuse(reader, "the range ends before it begins");
	if (!range.placed && range.kind != GUEST_RAM_DEVICE)
		return member_refuse(reader, "only a range of kind ram-device can be not placed");
	if (range.block != 0 && range.kind != GUEST_HOTPLUG && range.kind != GUEST_RAM)
		return member_refuse(
			reader, "only a range of kind hotplug or ram has a block size");
	*ret = range;
	return MEMBER_DONE;
}

static int guest_json_read_range(struct member_reader *reader, const json_t *value, void *ret)
{
	static const struct member members[] = {
		{ "first", member_read_hex, offsetof(struct guest_json_range, first) },
		{ "last", member_read_hex, offsetof(struct guest_json_range, last) },
		{ "kind", member_read_text, offsetof(struct guest_json_range, kind) },
		{ "name", member_read_text, offsetof(struct guest_json_range, name) },
		{ "placed", member_read_boolean, offsetof(struct guest_json_range, placed) },
		{ "block", member_read_power, offsetof(struct guest_json_range, block) },
	};
	struct guest_json_range range = { .placed = true };
	int r;

	r = member_read_object(reader, value, members, GUEST_JSON_COUNT(members), &range);
	if (r != MEMBER_DONE)
		return r;
	for (size_t i = 0; i < 3; i++) {
		if (!json_object_get(value, members[i].name))
			return member_refuse(reader, "needs the member %s", members[i].name);
	}
	return guest_json_make_range(reader, &range, ret);
}

static int guest_json_read_map(struct member_reader *reader, const json_t *value, void *ret)
{
	static const struct member_items items = {
		.read = guest_json_read_range,
		.n_max = LIMIT_GUEST_RANGES,
		.size = sizeof(struct guest_range),
	};
	struct guest *guest = ret;

	guest->ranges = arena_array(guest->arena, json_array_size(value), sizeof(*guest->ranges));
	if (!guest->ranges)
		return -ENOMEM;
	guest->n_ranges = json_array_size(value);
	return member_read_array(reader, value, &items, guest->ranges);
}

/* Reads @text, in either case, as a device of which @form says how it has to look. */
static int guest_json_parse_device(
	struct member_reader *reader, const char *text, const char *form, struct guest_device *ret)
{
	struct guest_device device;
	char *lower = arena_text(reader->arena, text, strlen(text));

	if (!lower)
		return -ENOMEM;
	for (char *c = lower; *c; c++)
		*c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
	if (guest_device_parse(lower, &device) < 0)
		return member_refuse(reader, "must be %s", form);
	device.text = text;
	*ret = device;
	return MEMBER_DONE;
}

static int guest_json_make_device(struct member_reader *reader,
	const struct guest_json_device *written, struct guest_device *ret)
{
	const char *text = written->address;
	int r;

	if (!!written->identity + !!written->class_word + !!written->address != 1)
		return member_refuse(
			reader, "needs exactly one of the members identity, class and address");
	if (written->host && !written->address)
		return member_refuse(reader, "only an address is one of a host");
	if (written->identity)
		text = written->identity;
	if (written->class_word)
		text = arena_printf(reader->arena, "class:%s",
			strncmp(written->class_word, "0x", 2) == 0 ? written->class_word + 2 : "");
	if (!text)
		return -ENOMEM;

	r = guest_json_parse_device(reader, text,
		"{\"identity\":\"8086:10d3\"}, {\"class\":\"0x0200\"} or "
		"{\"address\":\"0000:01:00.0\"}",
		ret);
	if (r != MEMBER_DONE)
		return r;
	if (!ret->address != !written->address || (ret->class_code < 0) != !written->class_word)
		return member_refuse(reader, "\"%.40s\" stands in the wrong member", text);
	ret->host = written->host;
	return MEMBER_DONE;
}

static int guest_json_read_device(struct member_reader *reader, const json_t *value, void *ret)
{
	static const struct member members[] = {
		{ "identity", member_read_text, offsetof(struct guest_json_device, identity) },
		{ "class", member_read_text, offsetof(struct guest_json_device, class_word) },
		{ "address", member_read_text, offsetof(struct guest_json_device, address) },
		{ "host", member_read_text, offsetof(struct guest_json_device, host) },
	};
	struct guest_json_device device = { 0 };
	const char *text;
	int r;

	if (json_is_object(value)) {
		r = member_read_object(reader, value, members, GUEST_JSON_COUNT(members), &device);
		return r == MEMBER_DONE ? guest_json_make_device(reader, &device, ret) : r;
	}
	r = member_read_text(reader, value, &text);
	if (r != MEMBER_DONE)
		return r;
	return guest_json_parse_device(reader, text,
		"an identity like \"8086:10d3\", an address like \"0000:01:00.0\" or a class like "
		"\"class:0200\"",
		ret);
}

static int guest_json_read_devices(struct member_reader *reader, const json_t *value, void *ret)
{
	static const struct member_items items = {
		.read = guest_json_read_device,
		.n_max = LIMIT_GUEST_DEVICES,
		.size = sizeof(struct guest_device),
	};
	struct guest *guest = ret;

	guest->devices = arena_array(guest->arena, json_array_size(value), sizeof(*guest->devices));
	if (!guest->devices)
		return -ENOMEM;
	guest->n_devices = json_array_size(value);
	return member_read_array(reader, value, &items, guest->devices);
}

/* Where @range stands among the ranges of @guest as @written, from @from on. */
static size_t guest_json_index(const struct guest *guest, const struct guest_range *written,
	size_t from, const struct guest_range *range)
{
	size_t i = from;

	while (i < guest->n_ranges &&
		(written[i].kind != range->kind ||
			region_compare(&written[i].region, &range->region) != 0 ||
			written[i].name != range->name))
		i++;
	return i;
}

/* Says by their places in the document which two ranges overlap, of which @second is one. */
static int guest_json_refuse_overlap(struct member_reader *reader,
	const struct guest_range *written, const struct guest_range *second)
{
	const struct guest *guest = guest_json_guest(reader);
	const struct guest_range *first = second;
	size_t a, b;

	do {
		first--;
	} while (!guest_range_is_solid(first) || first->region.last < second->region.first);
	a = guest_json_index(guest, written, 0, first);
	b = guest_json_index(guest, written, 0, second);
	if (a == b)
		b = guest_json_index(guest, written, a + 1, second);
	return refusal_set(reader->refusal, "map", "the ranges %zu and %zu overlap", a < b ? a : b,
		a < b ? b : a);
}

/* Sorts and checks the map as a whole. */
static int guest_json_check_map(struct member_reader *reader)
{
	struct guest *guest = guest_json_guest(reader);
	struct guest_range *written;
	bool has_ram = false;
	size_t at;

	written = arena_array(guest->arena, guest->n_ranges, sizeof(*written));
	if (!written)
		return -ENOMEM;
	for (size_t i = 0; i < guest->n_ranges; i++) {
		written[i] = guest->ranges[i];
		has_ram |= guest->ranges[i].kind == GUEST_RAM;
		if (guest->hotplug_none && guest->ranges[i].kind == GUEST_HOTPLUG)
			return refusal_set(reader->refusal, "hotplug",
				"is \"none\", but range %zu of the map is of kind hotplug", i);
	}
	if (!has_ram)
		return refusal_set(reader->refusal, "map", "needs a range of kind ram");
	if (guest_check(guest, &at) != GUEST_DONE)
		return guest_json_refuse_overlap(reader, written, &guest->ranges[at]);
	return MEMBER_DONE;
}

static int guest_json_read_guest(struct member_reader *reader, const json_t *json)
{
	static const struct member members[] = {
		{ "schema", guest_json_read_schema, 0 },
		{ "arch", guest_json_read_arch, offsetof(struct guest, arch) },
		{ "accelerator", guest_json_read_accelerator, offsetof(struct guest, kvm) },
		{ "map", guest_json_read_map, 0 },
		{ "hotplug", guest_json_read_hotplug, offsetof(struct guest, hotplug_none) },
		{ "devices", guest_json_read_devices, 0 },
		{ "vfio", guest_json_read_vfio, offsetof(struct guest, vfio) },
		{ "cpu_vendor", member_read_text, offsetof(struct guest, cpu_vendor) },
		{ "viommu", guest_json_viommu_read, offsetof(struct guest, viommu) },
		{ "needs", guest_json_read_needs, 0 },
		{ "memory", guest_json_read_memory, offsetof(struct guest, memory) },
		{ "machine", member_read_text, offsetof(struct guest, machine) },
		{ "machine_assumed", member_read_boolean, offsetof(struct guest, machine_assumed) },
		{ "refused", member_read_text, offsetof(struct guest, refused) },
		{ "open", member_read_text, offsetof(struct guest, open) },
		{ "address_bits", guest_json_read_address_bits,
			offsetof(struct guest, address_bits) },
		{ "headroom", guest_json_skip, 0 },
		{ "laid_out_for", guest_json_skip, 0 },
		{ "opaque", guest_json_read_opaque, 0 },
	};
	struct guest *guest = guest_json_guest(reader);
	int r;

	guest->opaque = arena_array(guest->arena, GUEST_JSON_OPAQUE_MAX, sizeof(*guest->opaque));
	if (!guest->opaque)
		return -ENOMEM;
	r = member_read_object(reader, json, members, GUEST_JSON_COUNT(members), guest);
	if (r != MEMBER_DONE)
		return r;
	if (!guest->arch)
		return member_refuse(reader, "needs the member arch, such as \"x86_64\"");
	if (guest->n_ranges == 0 && guest->n_opaque == 0)
		return member_refuse(reader, "needs the member map with at least one range, unless "
					     "opaque says why there "
					     "is none");
	return guest->n_ranges ? guest_json_check_map(reader) : MEMBER_DONE;
}

int guest_json_decode(const char *bytes, size_t n, struct guest **ret, struct refusal *refusal)
{
	static const struct guard_limits limits = {
		.bytes = LIMIT_GUEST_BYTES,
		.nodes = LIMIT_GUEST_NODES,
		.depth = LIMIT_DEPTH,
	};
	_cleanup_(guest_json_freep) struct guest *guest = NULL;
	json_auto_t *json = NULL;
	struct member_reader reader = { .refusal = refusal };
	int r;

	r = document_parse(&limits, bytes, n, refusal, &json);
	if (r != DOCUMENT_DONE)
		return r < 0 ? r : GUEST_JSON_E_REFUSED;
	r = guest_new(&guest);
	if (r < 0)
		return r;

	reader.arena = guest->arena;
	reader.context = guest;
	r = guest_json_read_guest(&reader, json);
	if (r != MEMBER_DONE)
		return r < 0 ? r : GUEST_JSON_E_REFUSED;
	*ret = cleanup_take(guest);
	return GUEST_JSON_DONE;
}
