/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/class_json.h"

#include "core/cleanup.h"
#include "core/codec/document.h"
#include "core/codec/tree.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
#define CLASS_JSON_KIND(schema_)                                                                   \
	{                                                                                          \
		.schema = (schema_), .minor = 0,                                                   \
		.limits = { LIMIT_FACTS_BYTES, LIMIT_FACTS_NODES, LIMIT_DEPTH },                   \
		.shape = &class_json_top                                                           \
	}
static const struct document_kind class_json_kind = CLASS_JSON_KIND(CLASS_SCHEMA);
static const struct document_kind class_json_previous = CLASS_JSON_KIND(CLASS_SCHEMA_PREVIOUS);

/* ---------------------------------------------------------------- the projection before */

/* What projection 2 has added is not collected in a document of projection 1. */
static void class_json_strip_shape(struct class_shape *shape)
{
	shape->formats = (struct fact_texts){ 0 };
	shape->pasid_bits = (struct fact_number){ 0 };
}

static bool class_json_has_later(const struct class *class_)
{
	const struct class_shape *shapes = class_->shapes.items;
	bool later = class_->cpu_amd.fact.state != FACT_MISSING;

	for (size_t i = 0; !later && i < class_->shapes.n; i++)
		later = shapes[i].formats.fact.state != FACT_MISSING ||
			shapes[i].pasid_bits.fact.state != FACT_MISSING;
	return later;
}

struct class_json_item {
	const struct class_shape *shape;
	char *text;
};

struct class_json_items {
	size_t n;
	struct class_json_item *items;
};

static void class_json_items_done(struct class_json_items *items)
{
	for (size_t i = 0; i < items->n; i++)
		free(items->items[i].text);
	free(items->items);
}

static int class_json_compare(const void *a, const void *b)
{
	return strcmp(((const struct class_json_item *)a)->text,
		((const struct class_json_item *)b)->text);
}

static int class_json_text(const struct class_shape *shape, char **ret)
{
	json_auto_t *json = NULL;
	size_t n;
	int r = shape_encode_object(&class_json_shape, shape, &json);

	return r < 0 ? r : tree_format(json, ret, &n);
}

/* Shapes that only differ in what is left out become one, and the order is that of what is left. */
static int class_json_strip(const struct class *class_, struct class_shape *shapes, size_t *ret_n)
{
	_cleanup_(class_json_items_done) struct class_json_items sorted = { 0 };
	size_t n = class_->shapes.n, kept = 0;
	int r = 0;

	sorted.items = calloc(n + 1, sizeof(*sorted.items));
	if (!sorted.items)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < n; i++) {
		r = class_json_text(&shapes[n + i], &sorted.items[i].text);
		sorted.items[i].shape = &shapes[n + i];
		sorted.n++;
	}
	if (r < 0)
		return r;
	qsort(sorted.items, n, sizeof(*sorted.items), class_json_compare);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || strcmp(sorted.items[i].text, sorted.items[i - 1].text) != 0)
			shapes[kept++] = *sorted.items[i].shape;
	*ret_n = kept;
	return 0;
}

static int class_json_encode_previous(const struct class *class_, char **ret, size_t *ret_n)
{
	_cleanup_(cleanup_freep) struct class_shape *shapes = NULL;
	struct class stripped = *class_;
	size_t n = class_->shapes.n;
	int r;

	/* The second half is what the first is put together of. */
	shapes = calloc(2 * n + 1, sizeof(*shapes));
	if (!shapes)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		shapes[n + i] = ((const struct class_shape *)class_->shapes.items)[i];
		class_json_strip_shape(&shapes[n + i]);
	}
	stripped.cpu_amd = (struct fact_number){ 0 };
	stripped.shapes.items = shapes;
	r = class_json_strip(class_, shapes, &stripped.shapes.n);
	return r < 0 ? r : document_encode(&class_json_previous, 0, &stripped, ret, ret_n);
}

/* ---------------------------------------------------------------- ranges */

/* A range that is there is there as a whole: one that is half known would be a hole in a proof. */
static int class_json_refuse_range(
	const char *list, size_t shape, size_t at, struct refusal *refusal)
{
	char where[96];

	(void)snprintf(where, sizeof(where), "shapes/%zu/%s/%zu", shape, list, at);
	return refusal_set(refusal, where, "needs first and last, and a region its type");
}

static int class_json_check_regions(
	const struct class_shape *shape, size_t number, struct refusal *refusal)
{
	const struct class_region *regions = shape->regions.items;

	for (size_t i = 0; fact_is_value(shape->regions.fact) && i < shape->regions.n; i++) {
		if (!fact_is_value(regions[i].first.fact) || !fact_is_value(regions[i].last.fact) ||
			!fact_is_value(regions[i].type.fact))
			return class_json_refuse_range("regions", number, i, refusal);
	}
	return CLASS_JSON_DONE;
}

static int class_json_check_windows(
	const struct fact_list *list, size_t shape, struct refusal *refusal)
{
	const struct class_window *windows = list->items;

	for (size_t i = 0; fact_is_value(list->fact) && i < list->n; i++) {
		if (!fact_is_value(windows[i].first.fact) || !fact_is_value(windows[i].last.fact))
			return class_json_refuse_range("members/windows", shape, i, refusal);
	}
	return CLASS_JSON_DONE;
}

static int class_json_check_members(
	const struct fact_list *list, size_t shape, struct refusal *refusal)
{
	const struct class_member *members = list->items;
	int r = CLASS_JSON_DONE;

	for (size_t i = 0; r == CLASS_JSON_DONE && fact_is_value(list->fact) && i < list->n; i++) {
		r = class_json_check_windows(&members[i].peers, shape, refusal);
		if (r == CLASS_JSON_DONE)
			r = class_json_check_windows(&members[i].peers_doubtful, shape, refusal);
		if (r == CLASS_JSON_DONE)
			r = class_json_check_windows(&members[i].inbound, shape, refusal);
	}
	return r;
}

static int class_json_check(const struct class *class_, struct refusal *refusal)
{
	const struct class_shape *shapes = class_->shapes.items;
	size_t n = fact_is_value(class_->shapes.fact) ? class_->shapes.n : 0;
	int r = class_json_check_members(&class_->ungrouped, n, refusal);

	for (size_t i = 0; r == CLASS_JSON_DONE && i < n; i++) {
		r = class_json_check_regions(&shapes[i], i, refusal);
		if (r == CLASS_JSON_DONE)
			r = class_json_check_members(&shapes[i].members, i, refusal);
	}
	return r;
}

/* ---------------------------------------------------------------- in and out */

/* Only a document of another version is read again as one of the version before. */
static int class_json_decode_previous(
	const char *bytes, size_t n, struct class *class_, struct refusal *refusal)
{
	struct refusal inner = { "", "" };
	struct shape_reader reader = { .arena = class_->arena, .refusal = &inner };
	int r = document_decode(&class_json_previous, bytes, n, &reader, class_);

	if (r == DOCUMENT_DONE && class_json_has_later(class_))
		return refusal_set(refusal, "schema",
			"is " CLASS_SCHEMA_PREVIOUS
			", which has no cpu_amd, formats or pasid_bits");
	if (r > 0 && strcmp(inner.where, "schema") != 0)
		*refusal = inner;
	return r;
}

int class_json_decode(const char *bytes, size_t n, struct arena *arena, struct class *ret,
	struct refusal *refusal)
{
	struct shape_reader reader = { .arena = arena, .refusal = refusal };
	struct class class_ = { .arena = arena, .projection = CLASS_PROJECTION };
	int r = document_decode(&class_json_kind, bytes, n, &reader, &class_);

	if (r == DOCUMENT_E_REFUSED && strcmp(refusal->where, "schema") == 0) {
		class_.projection = CLASS_PROJECTION - 1;
		r = class_json_decode_previous(bytes, n, &class_, refusal);
	}
	if (r != DOCUMENT_DONE)
		return r < 0 ? r : CLASS_JSON_E_REFUSED;
	r = class_json_check(&class_, refusal);
	if (r != CLASS_JSON_DONE)
		return CLASS_JSON_E_REFUSED;
	*ret = class_;
	return CLASS_JSON_DONE;
}

int class_json_encode_as(const struct class *class_, uint32_t projection, char **ret, size_t *ret_n)
{
	assert(projection <= class_->projection && projection + 1 >= CLASS_PROJECTION);
	if (projection < CLASS_PROJECTION)
		return class_json_encode_previous(class_, ret, ret_n);
	return document_encode(&class_json_kind, 0, class_, ret, ret_n);
}

int class_json_encode(const struct class *class_, char **ret, size_t *ret_n)
{
	return class_json_encode_as(class_, class_->projection, ret, ret_n);
}
