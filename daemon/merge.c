/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/merge.h"

#include "core/codec/facts_shape.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

struct merge {
	struct arena *arena;
	bool only_asleep; /* else every fact that is unknown */
};

/* Missing is no reason: then the two were written by different versions. */
static bool merge_wanted(const struct merge *merge, struct fact now, struct fact before)
{
	return now.state == FACT_UNKNOWN && (!merge->only_asleep || now.why == FACT_ASLEEP) &&
	       !fact_is_ignorance(before);
}

static int merge_text(const struct merge *merge, const struct fact_text *from, struct fact_text *to)
{
	const char *value = NULL;

	if (fact_is_value(from->fact)) {
		value = arena_text(merge->arena, from->value, strlen(from->value));
		if (!value)
			return -ENOMEM;
	}
	*to = (struct fact_text){ .fact = from->fact, .value = value };
	return 0;
}

static int merge_texts(
	const struct merge *merge, const struct fact_texts *from, struct fact_texts *to)
{
	size_t n = fact_is_value(from->fact) ? from->n : 0;
	const char **items = arena_array(merge->arena, n, sizeof(*items));

	if (!items)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		items[i] = arena_text(merge->arena, from->items[i], strlen(from->items[i]));
		if (!items[i])
			return -ENOMEM;
	}
	*to = (struct fact_texts){ .fact = from->fact, .n = n, .items = items };
	return 0;
}

static int merge_object(
	const struct merge *merge, const struct shape *shape, const void *from, void *to);

/* Copies what @field says of @from; lists are read from sysfs, which wakes nobody, and stay. */
static int merge_field(
	const struct merge *merge, const struct shape_field *field, const void *from, void *to)
{
	struct fact *fact = to;

	switch (field->kind) {
	case SHAPE_BOOLEAN:
	case SHAPE_INTEGER:
	case SHAPE_HEX:
		*(struct fact_number *)to = *(const struct fact_number *)from;
		return 0;
	case SHAPE_TEXT:
	case SHAPE_WORD:
		return merge_text(merge, from, to);
	case SHAPE_TEXTS:
		return merge_texts(merge, from, to);
	case SHAPE_OBJECT:
		memset(to, 0, field->child->size);
		*fact = *(const struct fact *)from;
		/* An object that was unknown as a whole has members that are as unknown. */
		for (size_t i = 0; i < field->child->n_fields; i++)
			*(struct fact *)((char *)to + field->child->fields[i].offset) =
				FACT_IGNORANT(FACT_ASLEEP);
		return fact_is_value(*fact) ? merge_object(merge, field->child, from, to) : 0;
	case SHAPE_LIST:
		return 0;
	}
	return 0;
}

static int merge_object(
	const struct merge *merge, const struct shape *shape, const void *from, void *to)
{
	for (size_t i = 0; i < shape->n_fields; i++) {
		const struct shape_field *field = &shape->fields[i];
		const void *before = (const char *)from + field->offset;
		void *now = (char *)to + field->offset;
		const struct fact *known = before, *wanted = now;
		int r = 0;

		if (merge_wanted(merge, *wanted, *known))
			r = merge_field(merge, field, before, now);
		else if (field->kind == SHAPE_OBJECT && fact_is_value(*known) &&
			 fact_is_value(*wanted))
			r = merge_object(merge, field->child, before, now);
		if (r < 0)
			return r;
	}
	return 0;
}

static const struct shape *merge_shape_of(const struct shape *shape, const char *name)
{
	for (size_t i = 0; i < shape->n_fields; i++) {
		if (strcmp(shape->fields[i].name, name) == 0)
			return shape->fields[i].child;
	}
	assert(false);
	return NULL;
}

static bool merge_same_number(struct fact_number a, struct fact_number b)
{
	return fact_is_value(a.fact) && fact_is_value(b.fact) && a.value == b.value;
}

/* Another device may have been plugged into the slot meanwhile. */
static bool merge_same_device(const struct facts_device *a, const struct facts_device *b)
{
	return merge_same_number(a->vendor, b->vendor) && merge_same_number(a->device, b->device) &&
	       merge_same_number(a->class_code, b->class_code) &&
	       merge_same_number(a->revision, b->revision);
}

static int merge_devices(struct facts *now, const struct facts *before)
{
	const struct shape *shape = merge_shape_of(&facts_shape, "devices");
	const struct merge merge = { .arena = now->arena, .only_asleep = true };
	struct facts_device *devices = now->devices.items;

	for (size_t i = 0; i < facts_count(now->devices); i++) {
		const struct facts_device *known =
			fact_is_value(devices[i].address.fact)
				? facts_find_device(before, devices[i].address.value)
				: NULL;
		int r;

		if (!known || !merge_same_device(&devices[i], known))
			continue;
		r = merge_object(&merge, shape, known, &devices[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int merge_iommus(struct facts *now, const struct facts *before)
{
	const struct shape *shape = merge_shape_of(&facts_shape, "iommus");
	const struct merge merge = { .arena = now->arena };
	struct facts_iommu *iommus = now->iommus.items;

	for (size_t i = 0; i < facts_count(now->iommus); i++) {
		const struct facts_iommu *known =
			fact_is_value(iommus[i].name.fact)
				? facts_find_iommu(before, iommus[i].name.value)
				: NULL;
		int r = known ? merge_object(&merge, shape, known, &iommus[i]) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

/* How interrupts are isolated is decided while the kernel boots. */
static int merge_interrupts(struct facts *now, const struct facts *before)
{
	const struct shape *shape =
		merge_shape_of(merge_shape_of(&facts_shape, "vfio"), "interrupts");
	const struct merge merge = { .arena = now->arena };

	if (!fact_is_value(now->vfio.fact) || !fact_is_value(before->vfio.fact) ||
		!fact_is_value(now->vfio.interrupts.fact) ||
		!fact_is_value(before->vfio.interrupts.fact))
		return 0;
	return merge_object(&merge, shape, &before->vfio.interrupts, &now->vfio.interrupts);
}

int merge_keep(struct facts *now, const struct facts *before)
{
	int r;

	assert(now->references == 1);
	if (now->unread || before->unread || !fact_is_value(now->host.fact) ||
		!fact_is_value(before->host.fact) || !fact_is_value(before->host.boot_id.fact) ||
		!fact_text_is(now->host.boot_id, before->host.boot_id.value))
		return 0;
	r = merge_devices(now, before);
	if (r == 0)
		r = merge_iommus(now, before);
	return r < 0 ? r : merge_interrupts(now, before);
}
