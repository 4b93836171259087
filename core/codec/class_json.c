/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/class_json.h"

#include "core/codec/document.h"

static const struct shape_field class_json_window_fields[] = {
	SHAPE_NUMBER(class_window, first, SHAPE_HEX, .flags = SHAPE_FIRST),
	SHAPE_NUMBER(class_window, last, SHAPE_HEX),
};
static const struct shape class_json_window =
	SHAPE_OF(class_window, "window", class_json_window_fields);

static const struct shape_field class_json_region_fields[] = {
	SHAPE_NUMBER(class_region, first, SHAPE_HEX, .flags = SHAPE_FIRST),
	SHAPE_NUMBER(class_region, last, SHAPE_HEX),
	SHAPE_STRING(class_region, type),
};
static const struct shape class_json_region =
	SHAPE_OF(class_region, "region", class_json_region_fields);

static const struct shape_field class_json_member_fields[] = {
	SHAPE_STRING(class_member, bus),
	SHAPE_NUMBER(class_member, vendor, SHAPE_HEX),
	SHAPE_NUMBER(class_member, device, SHAPE_HEX),
	SHAPE_NUMBER(class_member, subsystem_vendor, SHAPE_HEX),
	SHAPE_NUMBER(class_member, subsystem_device, SHAPE_HEX),
	SHAPE_NAMED_NUMBER(class_member, class_code, "class", SHAPE_HEX),
	SHAPE_NUMBER(class_member, no_group, SHAPE_BOOLEAN),
	SHAPE_NUMBER(class_member, bridge, SHAPE_BOOLEAN),
	SHAPE_NUMBER(class_member, resettable, SHAPE_BOOLEAN),
	SHAPE_NUMBER(class_member, msix_page_shared, SHAPE_BOOLEAN),
	SHAPE_NUMBER(class_member, vf_device, SHAPE_HEX),
	SHAPE_NUMBER(class_member, path_isolated, SHAPE_BOOLEAN),
	SHAPE_STRING(class_member, path_hole),
	SHAPE_NUMBER(class_member, hole_in_group, SHAPE_BOOLEAN),
	SHAPE_ITEMS(class_member, peers, class_json_window, LIMIT_CLASS_NODES),
	SHAPE_ITEMS(class_member, peers_doubtful, class_json_window, LIMIT_CLASS_NODES),
	SHAPE_NUMBER(class_member, peers_complete, SHAPE_BOOLEAN),
	SHAPE_ITEMS(class_member, inbound, class_json_window, LIMIT_WINDOWS),
};
const struct shape class_json_member = SHAPE_OF(class_member, "member", class_json_member_fields);

static const struct shape_field class_json_shape_fields[] = {
	SHAPE_ITEMS(class_shape, regions, class_json_region, LIMIT_GROUP_REGIONS),
	SHAPE_NUMBER(class_shape, aperture, SHAPE_HEX),
	SHAPE_NUMBER(class_shape, aperture_at_most, SHAPE_HEX),
	SHAPE_STRING(class_shape, aperture_known_by),
	SHAPE_NUMBER(class_shape, min_page, SHAPE_HEX),
	SHAPE_STRINGS(class_shape, formats, LIMIT_WORDS),
	SHAPE_NUMBER(class_shape, pasid_bits, SHAPE_INTEGER),
	SHAPE_NUMBER(class_shape, direct_refused, SHAPE_BOOLEAN),
	SHAPE_NUMBER(class_shape, msi_conflict, SHAPE_BOOLEAN),
	SHAPE_ITEMS(class_shape, members, class_json_member, LIMIT_GROUP_DEVICES),
};
const struct shape class_json_shape = SHAPE_OF(class_shape, "group shape", class_json_shape_fields);

static const struct shape_field class_json_fields[] = {
	SHAPE_STRING(class, arch),
	SHAPE_NUMBER(class, page_size, SHAPE_INTEGER),
	SHAPE_NUMBER(class, cpu_bits, SHAPE_INTEGER),
	SHAPE_NUMBER(class, cpu_amd, SHAPE_BOOLEAN),
	SHAPE_NAMED_NUMBER(class, is_virtual, "virtual", SHAPE_BOOLEAN),
	SHAPE_NUMBER(class, kvm, SHAPE_BOOLEAN),
	SHAPE_NUMBER(class, interrupts_isolated, SHAPE_BOOLEAN),
	SHAPE_NUMBER(class, type1_unsafe, SHAPE_BOOLEAN),
	SHAPE_NUMBER(class, iommufd_unsafe, SHAPE_BOOLEAN),
	SHAPE_NUMBER(class, iommufd, SHAPE_BOOLEAN),
	SHAPE_NUMBER(class, dma_entry_limit, SHAPE_INTEGER),
	SHAPE_NUMBER(class, bar_write_combining, SHAPE_BOOLEAN),
	SHAPE_NUMBER(class, acs_override, SHAPE_BOOLEAN),
	SHAPE_NUMBER(class, unread, SHAPE_BOOLEAN),
	SHAPE_NUMBER(class, grouped, SHAPE_BOOLEAN),
	SHAPE_NUMBER(class, devices_known, SHAPE_BOOLEAN),
	SHAPE_ITEMS(class, shapes, class_json_shape, LIMIT_GROUPS),
	SHAPE_ITEMS(class, ungrouped, class_json_member, LIMIT_DEVICES),
};
static const struct shape class_json_top = SHAPE_OF(class, "class", class_json_fields);

/* The arena is no member: the shape's struct is the whole of struct class. */
static const struct document_kind class_json_kind = {
	.schema = CLASS_SCHEMA,
	.minor = 0,
	.limits = { LIMIT_FACTS_BYTES, LIMIT_FACTS_NODES, LIMIT_DEPTH },
	.shape = &class_json_top,
};

int class_json_decode(const char *bytes, size_t n, struct arena *arena, struct class *ret,
	struct refusal *refusal)
{
	struct shape_reader reader = { .arena = arena, .refusal = refusal };
	struct class class_ = { .arena = arena };
	int r = document_decode(&class_json_kind, bytes, n, &reader, &class_);

	if (r != DOCUMENT_DONE)
		return r < 0 ? r : CLASS_JSON_E_REFUSED;
	*ret = class_;
	return CLASS_JSON_DONE;
}

int class_json_encode(const struct class *class_, char **ret, size_t *ret_n)
{
	return document_encode(&class_json_kind, 0, class_, ret, ret_n);
}
