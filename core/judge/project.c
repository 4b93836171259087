/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Order that depends on no number or address: members of a group, and groups, are sorted by their
 * own canonical JSON. Equal groups become one shape; of equal members of one group two are kept,
 * since a rule may ask whether a device has a mate, and never how many.
 */
#include "core/judge/project.h"

#include "core/cleanup.h"
#include "core/codec/class_json.h"
#include "core/codec/tree.h"
#include "core/judge/kernel_gate.h"
#include "core/judge/project_shape.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PROJECT_MATES 2U /* equal members of a group that are kept */

/* A struct and the text that it is sorted by. */
struct project_item {
	char *text;    /* malloc'ed */
	size_t origin; /* index of the group or device it came from */
};

struct project_items {
	size_t n;
	struct project_item *items;
};

struct project_work {
	const struct facts *facts;
	const struct assume *assume;
	struct arena *arena;
	struct isolation *isolation;
	struct project *project;
	struct class_member *members; /* for each device */
	char **member_texts;	      /* for each device, malloc'ed */
	struct class_shape *shapes;   /* for each group, before equal ones become one */
};

static void project_items_done(struct project_items *items)
{
	for (size_t i = 0; i < items->n; i++)
		free(items->items[i].text);
	free(items->items);
}

static void project_work_done(struct project_work *work)
{
	for (size_t i = 0; work->member_texts && i < facts_count(work->facts->devices); i++)
		free(work->member_texts[i]);
	free(work->member_texts);
}

static int project_compare(const void *a, const void *b)
{
	const struct project_item *x = a, *y = b;
	int order = strcmp(x->text, y->text);

	return order ? order : (x->origin > y->origin) - (x->origin < y->origin);
}

static int project_text(const struct shape *shape, const void *value, char **ret)
{
	json_t *json;
	size_t n;
	int r = shape_encode_object(shape, value, &json);

	if (r < 0)
		return r;
	r = tree_format(json, ret, &n);
	json_decref(json);
	return r;
}

/* "0000:00" of "0000:00:03.0": the bus below the host bridge. */
static int project_root_bus(struct project_work *work, size_t index, const char **ret)
{
	const struct facts_device *devices = work->facts->devices.items;
	const char *colon;
	ptrdiff_t up;

	for (unsigned depth = 0; depth < 64 && (up = isolation_parent(work->isolation, index)) >= 0;
		depth++)
		index = (size_t)up;
	colon = strrchr(devices[index].address.value, ':');
	*ret = NULL;
	if (!colon || !fact_text_is(devices[index].bus, "pci"))
		return 0;
	*ret = arena_text(work->arena, devices[index].address.value,
		(size_t)(colon - devices[index].address.value));
	return *ret ? 0 : -ENOMEM;
}

static int project_member(struct project_work *work, size_t index)
{
	const struct facts_device *device =
		(const struct facts_device *)work->facts->devices.items + index;
	struct isolation_path *path = &work->project->paths[index];
	struct class_member *member = &work->members[index];
	const char *root_bus;
	int r = 0;

	if (project_shape_is_bridge(device) != TRI_YES)
		r = isolation_compute(work->isolation, index, path);
	if (r == 0)
		r = project_root_bus(work, index, &root_bus);
	if (r == 0)
		r = project_shape_member(work->facts, index, path, work->arena, member);
	if (r == 0 && !fact_is_yes(member->bridge))
		r = project_shape_inbound(work->facts, root_bus, work->arena, &member->inbound);
	if (r == 0)
		r = project_text(&class_json_member, member, &work->member_texts[index]);
	return r;
}

/* A device belongs to the first group that lists it: only a document that lies has two. */
static void project_place_member(
	struct project_work *work, size_t device, int32_t group, int32_t member)
{
	struct project_place *place = &work->project->places[device];

	if (place->group >= 0 && place->group != group)
		return;
	place->group = group;
	place->member = member;
}

/* The members of a group in canonical order, at most PROJECT_MATES of a kind. */
static int project_group_members(
	struct project_work *work, size_t group_index, struct class_shape *shape)
{
	const struct facts_group *group =
		(const struct facts_group *)work->facts->groups.items + group_index;
	_cleanup_(cleanup_freep) struct project_item *items = NULL;
	const struct facts_device *devices = work->facts->devices.items;
	size_t n_names = fact_is_value(group->devices.fact) ? group->devices.n : 0, n = 0;
	struct class_member *members = arena_array(work->arena, n_names, sizeof(*members));
	size_t n_items = 0, same = 0;

	items = calloc(n_names + 1, sizeof(*items));
	if (!members || !items)
		return -ENOMEM;
	shape->members = (struct fact_list){ .fact = group->devices.fact, .items = members };
	for (size_t i = 0; i < n_names; i++) {
		const struct facts_device *device =
			facts_find_device(work->facts, group->devices.items[i]);
		size_t index = device ? (size_t)(device - devices) : 0;

		if (device)
			items[n_items++] =
				(struct project_item){ work->member_texts[index], index };
		else
			members[n++] =
				(struct class_member){ 0 }; /* a mate of which nothing is known */
	}
	qsort(items, n_items, sizeof(*items), project_compare);
	for (size_t i = 0; i < n_items; i++) {
		bool repeats = i > 0 && strcmp(items[i].text, items[i - 1].text) == 0;

		same = repeats ? same + 1 : 0;
		if (same < PROJECT_MATES)
			members[n++] = work->members[items[i].origin];
		project_place_member(
			work, items[i].origin, (int32_t)group_index, (int32_t)(n - 1 - (same > 0)));
	}
	shape->members.n = n;
	return 0;
}

static int project_group(struct project_work *work, size_t index, struct project_items *sorted)
{
	const struct facts_group *group =
		(const struct facts_group *)work->facts->groups.items + index;
	struct class_shape *shape = &work->shapes[index];
	int r = project_shape_group(work->facts, group, work->assume, work->arena, shape);

	if (r == 0)
		r = project_group_members(work, index, shape);
	if (r == 0)
		r = project_text(&class_json_shape, shape, &sorted->items[sorted->n].text);
	if (r < 0)
		return r;
	sorted->items[sorted->n++].origin = index;
	return 0;
}

static void project_place_devices(struct project_work *work, size_t index, int32_t shape)
{
	const struct facts_group *group =
		(const struct facts_group *)work->facts->groups.items + index;
	const struct facts_device *devices = work->facts->devices.items, *device;
	size_t n = fact_is_value(group->devices.fact) ? group->devices.n : 0;

	work->project->group_shapes[index] = shape;
	for (size_t i = 0; i < n; i++) {
		device = facts_find_device(work->facts, group->devices.items[i]);
		if (device && work->project->places[device - devices].group == (int32_t)index)
			work->project->places[device - devices].shape = shape;
	}
}

static int project_groups(struct project_work *work)
{
	_cleanup_(project_items_done) struct project_items sorted = { 0 };
	size_t n = facts_count(work->facts->groups), n_shapes = 0;
	struct class_shape *shapes = arena_array(work->arena, n, sizeof(*shapes));
	struct class *class_ = &work->project->class_;

	class_->shapes = (struct fact_list){ .fact = work->facts->groups.fact, .items = shapes };
	if (!fact_is_value(work->facts->groups.fact))
		return 0;
	sorted.items = calloc(n + 1, sizeof(*sorted.items));
	work->shapes = arena_array(work->arena, n, sizeof(*work->shapes));
	if (!shapes || !sorted.items || !work->shapes)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		int r = project_group(work, i, &sorted);

		if (r < 0)
			return r;
	}
	qsort(sorted.items, n, sizeof(*sorted.items), project_compare);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || strcmp(sorted.items[i].text, sorted.items[i - 1].text) != 0)
			shapes[n_shapes++] = work->shapes[sorted.items[i].origin];
		project_place_devices(work, sorted.items[i].origin, (int32_t)n_shapes - 1);
	}
	class_->shapes.n = n_shapes;
	return 0;
}

/* Devices that the kernel gave no group, or of which that is not known: one of each kind. */
static int project_ungrouped(struct project_work *work)
{
	_cleanup_(cleanup_freep) struct project_item *items = NULL;
	size_t n_devices = facts_count(work->facts->devices), n_items = 0, n = 0;
	struct class_member *members = arena_array(work->arena, n_devices, sizeof(*members));

	items = calloc(n_devices + 1, sizeof(*items));
	if (!members || !items)
		return -ENOMEM;
	for (size_t i = 0; i < n_devices; i++)
		if (work->project->places[i].shape < 0)
			items[n_items++] = (struct project_item){ work->member_texts[i], i };
	qsort(items, n_items, sizeof(*items), project_compare);
	for (size_t i = 0; i < n_items; i++) {
		if (i == 0 || strcmp(items[i].text, items[i - 1].text) != 0)
			members[n++] = work->members[items[i].origin];
		work->project->places[items[i].origin].member = (int32_t)n - 1;
	}
	work->project->class_.ungrouped = (struct fact_list){
		.fact = work->facts->devices.fact,
		.n = n,
		.items = members,
	};
	return 0;
}

static bool project_words_have(const struct fact_texts *words, const char *prefix)
{
	for (size_t i = 0; fact_is_value(words->fact) && i < words->n; i++)
		if (strncmp(words->items[i], prefix, strlen(prefix)) == 0)
			return true;
	return false;
}

static struct fact_number project_presence(struct fact fact)
{
	if (fact_is_ignorance(fact))
		return (struct fact_number){ .fact = fact };
	return fact_number(fact_is_value(fact));
}

/* A parameter of a module: null with the module, ignorance with its own or the module's. */
static struct fact_number project_parameter(struct fact module, struct fact_number parameter)
{
	return fact_is_value(module) ? parameter : (struct fact_number){ .fact = module };
}

static struct fact_number project_write_combining(const struct facts *facts)
{
	if (!fact_text_is(facts->host.arch, "aarch64"))
		return fact_number(1);
	switch (kernel_gate_evaluate(&facts->host.kernel, KERNEL_GATE_BAR_WRITE_COMBINING)) {
	case KERNEL_GATE_ON:
		return fact_number(1);
	case KERNEL_GATE_OFF:
		return fact_number(0);
	case KERNEL_GATE_UNKNOWN:
		break;
	}
	return fact_number_unknown(FACT_NOT_EXPOSED);
}

/* QEMU asks whether the vendor is AMD, and nothing else of it (hw/i386/pc.c IS_AMD_CPU). */
static struct fact_number project_amd(const struct facts_host *host)
{
	if (fact_is_ignorance(host->arch.fact))
		return (struct fact_number){ .fact = host->arch.fact };
	if (!fact_text_is(host->arch, "x86_64"))
		return fact_number_null();
	if (!fact_is_value(host->cpu_vendor.fact))
		return (struct fact_number){ .fact = host->cpu_vendor.fact };
	return fact_number(fact_text_is(host->cpu_vendor, "amd"));
}

static void project_host(const struct facts *facts, struct class *ret)
{
	const struct facts_host *host = &facts->host;
	const struct facts_vfio *vfio = &facts->vfio;
	bool vfio_known = fact_is_value(vfio->fact);
	struct fact type1 = vfio_known ? vfio->type1.fact : vfio->fact;
	struct fact iommufd = vfio_known ? vfio->iommufd.fact : vfio->fact;

	ret->arch = host->arch;
	ret->page_size = host->page_size;
	ret->cpu_bits = fact_text_is(host->arch, "aarch64") ? facts->kvm.ipa_bits : host->cpu_bits;
	ret->cpu_amd = project_amd(host);
	ret->is_virtual = host->is_virtual;
	ret->kvm = facts->kvm.present;
	ret->interrupts_isolated =
		vfio_known ? vfio->interrupts.isolated : (struct fact_number){ .fact = vfio->fact };
	ret->type1_unsafe = project_parameter(type1, vfio->type1.allow_unsafe_interrupts);
	ret->dma_entry_limit = project_parameter(type1, vfio->type1.dma_entry_limit);
	ret->iommufd = project_presence(iommufd);
	ret->iommufd_unsafe = project_parameter(iommufd, vfio->iommufd.allow_unsafe_interrupts);
	ret->bar_write_combining = project_write_combining(facts);
	ret->acs_override =
		fact_is_ignorance(host->words.fact)
			? (struct fact_number){ .fact = host->words.fact }
			: fact_number(project_words_have(&host->words, "pcie_acs_override="));
	ret->unread = fact_number(facts->unread);
	ret->grouped = fact_is_ignorance(facts->groups.fact)
			       ? (struct fact_number){ .fact = facts->groups.fact }
			       : fact_number(facts_count(facts->groups) > 0);
	ret->devices_known = project_presence(facts->devices.fact);
}

static int project_prepare(struct project_work *work)
{
	size_t n = facts_count(work->facts->devices);

	work->members = arena_array(work->arena, n, sizeof(*work->members));
	work->member_texts = calloc(n + 1, sizeof(*work->member_texts));
	work->project->paths = arena_array(work->arena, n, sizeof(*work->project->paths));
	work->project->places = arena_array(work->arena, n, sizeof(*work->project->places));
	work->project->group_shapes = arena_array(work->arena, facts_count(work->facts->groups),
		sizeof(*work->project->group_shapes));
	if (!work->members || !work->member_texts || !work->project->paths ||
		!work->project->places || !work->project->group_shapes)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		work->project->places[i] = (struct project_place){ -1, -1, -1 };
	return isolation_new(work->facts, work->arena, &work->isolation);
}

int project_compute(const struct facts *facts, const struct assume *assume, struct arena *arena,
	struct project *ret)
{
	struct project project = {
		.class_ = { .arena = arena, .projection = CLASS_PROJECTION },
	};
	_cleanup_(project_work_done) struct project_work work = {
		.facts = facts,
		.assume = assume,
		.arena = arena,
		.project = &project,
	};
	int r = project_prepare(&work);

	for (size_t i = 0; r == 0 && i < facts_count(facts->devices); i++)
		r = project_member(&work, i);
	if (r == 0)
		r = project_groups(&work);
	if (r == 0)
		r = project_ungrouped(&work);
	if (r < 0)
		return r;
	project_host(facts, &project.class_);
	*ret = project;
	return 0;
}
