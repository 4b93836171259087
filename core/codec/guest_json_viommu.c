/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/guest_json_viommu.h"

#include "core/codec/text.h"
#include "core/model/limits.h"

#include <errno.h>
#include <string.h>

#define GUEST_JSON_VIOMMU_COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Names that QEMU and libvirt have for the models, beside our own. */
static const struct {
	const char *word;
	enum viommu_model model;
} guest_json_viommu_names[] = {
	{ "intel-iommu", VIOMMU_INTEL },
	{ "amd-iommu", VIOMMU_AMD },
	{ "arm-smmuv3", VIOMMU_SMMUV3 },
	{ "virtio-iommu", VIOMMU_VIRTIO },
	{ "virtio-iommu-pci", VIOMMU_VIRTIO },
};

/* A model that is not known keeps its name: answers about it are unknown. */
static int guest_json_viommu_model(struct member_reader *reader, const json_t *value, void *ret)
{
	struct viommu *viommu = ret;
	const char *word;
	int r = member_read_text(reader, value, &word);

	if (r != MEMBER_DONE)
		return r;
	viommu->name = word;
	if (viommu_model_parse(word, &viommu->model) == 0)
		return MEMBER_DONE;
	viommu->model = VIOMMU_OTHER;
	for (size_t i = 0; i < GUEST_JSON_VIOMMU_COUNT(guest_json_viommu_names); i++)
		if (strcmp(word, guest_json_viommu_names[i].word) == 0)
			viommu->model = guest_json_viommu_names[i].model;
	return MEMBER_DONE;
}

static int guest_json_viommu_bits(struct member_reader *reader, const json_t *value, void *ret)
{
	json_int_t bits = json_integer_value(value);

	if (!json_is_integer(value) || bits < 32 || bits > 64)
		return member_refuse(reader, "must be an integer from 32 to 64");
	*(unsigned *)ret = (unsigned)bits;
	return MEMBER_DONE;
}

static int guest_json_viommu_tri(struct member_reader *reader, const json_t *value, void *ret)
{
	bool yes;
	int r = member_read_boolean(reader, value, &yes);

	if (r == MEMBER_DONE)
		*(enum tri *)ret = yes ? TRI_YES : TRI_NO;
	return r;
}

static int guest_json_viommu_region(struct member_reader *reader, const json_t *value, void *ret)
{
	static const struct member members[] = {
		{ "first", member_read_hex, offsetof(struct region, first) },
		{ "last", member_read_hex, offsetof(struct region, last) },
	};
	struct region region;
	int r;

	r = member_read_object(reader, value, members, GUEST_JSON_VIOMMU_COUNT(members), &region);
	if (r != MEMBER_DONE)
		return r;
	if (json_object_size(value) != 2 || region.first > region.last)
		return member_refuse(reader, "needs the members first and last, in this order");
	*(struct region *)ret = region;
	return MEMBER_DONE;
}

static int guest_json_viommu_regions(struct member_reader *reader, const json_t *value, void *ret)
{
	static const struct member_items items = {
		.read = guest_json_viommu_region,
		.n_max = LIMIT_GROUP_REGIONS,
		.size = sizeof(struct region),
	};
	struct viommu *viommu = ret;

	viommu->n_regions = json_array_size(value);
	viommu->regions_known = true;
	viommu->regions = arena_array(reader->arena, viommu->n_regions, sizeof(*viommu->regions));
	return viommu->regions ? member_read_array(reader, value, &items, viommu->regions)
			       : -ENOMEM;
}

int guest_json_viommu_read(struct member_reader *reader, const json_t *value, void *ret)
{
	/* QEMU and libvirt spell two of them in their own ways. */
	static const struct member members[] = {
		{ "model", guest_json_viommu_model, 0 },
		{ "aw_bits", guest_json_viommu_bits, offsetof(struct viommu, aw_bits) },
		{ "aw-bits", guest_json_viommu_bits, offsetof(struct viommu, aw_bits) },
		{ "caching-mode", guest_json_viommu_tri, offsetof(struct viommu, caching_mode) },
		{ "caching_mode", guest_json_viommu_tri, offsetof(struct viommu, caching_mode) },
		{ "intremap", guest_json_viommu_tri, offsetof(struct viommu, intremap) },
		{ "shares_tables", guest_json_viommu_tri, offsetof(struct viommu, shares_tables) },
		{ "regions", guest_json_viommu_regions, 0 },
	};
	struct viommu *viommu = ret;
	int r;

	if (json_is_null(value))
		return MEMBER_DONE;
	if (!json_is_object(value))
		return guest_json_viommu_model(reader, value, viommu);
	/* Something is there, whatever it is. */
	viommu->model = VIOMMU_OTHER;
	viommu->name = "without a model";
	r = member_read_object(reader, value, members, GUEST_JSON_VIOMMU_COUNT(members), viommu);
	return r;
}

static int guest_json_viommu_add(json_t *object, const char *key, enum tri tri)
{
	return tri == TRI_UNKNOWN ? 0
				  : json_object_set_new(object, key, json_boolean(tri == TRI_YES));
}

static json_t *guest_json_viommu_list(const struct viommu *viommu)
{
	json_t *array = json_array();
	int r = array ? 0 : -1;

	for (size_t i = 0; r == 0 && i < viommu->n_regions; i++) {
		char first[TEXT_HEX_BYTES], last[TEXT_HEX_BYTES];

		text_format_hex(viommu->regions[i].first, first);
		text_format_hex(viommu->regions[i].last, last);
		r = json_array_append_new(
			array, json_pack("{s:s,s:s}", "first", first, "last", last));
	}
	if (r == 0)
		return array;
	json_decref(array);
	return NULL;
}

json_t *guest_json_viommu_tree(const struct viommu *viommu)
{
	const char *word = viommu->model == VIOMMU_OTHER && viommu->name
				   ? viommu->name
				   : viommu_model_word(viommu->model);
	json_t *object = json_pack("{s:s}", "model", word);
	int r = object ? 0 : -1;

	if (viommu->aw_bits)
		r |= json_object_set_new(object, "aw_bits", json_integer(viommu->aw_bits));
	r |= guest_json_viommu_add(object, "caching_mode", viommu->caching_mode);
	r |= guest_json_viommu_add(object, "intremap", viommu->intremap);
	r |= guest_json_viommu_add(object, "shares_tables", viommu->shares_tables);
	if (viommu->regions_known)
		r |= json_object_set_new(object, "regions", guest_json_viommu_list(viommu));
	if (r == 0)
		return object;
	json_decref(object);
	return NULL;
}
