/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/judge/definition.h"

#include "core/cleanup.h"
#include "core/judge/host_view.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

CLEANUP_DEFINE(struct guest *, guest_free, definition_guest_freep);

/* No x86 CPU has more physical address bits: there, no map is refused for want of them. */
#define DEFINITION_BITS_MOST 52U
#define DEFINITION_POOL	     1024U /* usable ranges of all devices of one guest */

struct layout_place definition_place(const struct host *host)
{
	const struct class *class_ = &host->project.class_;
	struct layout_place place = LAYOUT_ANYWHERE;

	place.amd = tri_of(class_->cpu_amd);
	if (!fact_is_value(class_->cpu_bits.fact))
		return place;
	if (fact_text_is(class_->arch, "aarch64"))
		place.ipa_bits = (unsigned)class_->cpu_bits.value;
	else
		place.cpu_bits = (unsigned)class_->cpu_bits.value;
	return place;
}

/* What first differs between the map here and the one where the guest was started. */
static int definition_differs(struct guest *here, const struct guest_range *mine,
	const struct guest_range *theirs, enum tri same)
{
	const char *may = same == TRI_UNKNOWN ? "may be" : "is";

	if (mine && theirs)
		here->elsewhere = arena_printf(here->arena,
			"%s is at 0x%" PRIx64 "-0x%" PRIx64 " here and %s at 0x%" PRIx64
			"-0x%" PRIx64 " where the guest was started",
			mine->name ? mine->name : guest_kind_word(mine->kind), mine->region.first,
			mine->region.last, may, theirs->region.first, theirs->region.last);
	else if (mine || theirs)
		here->elsewhere = arena_printf(here->arena,
			"0x%" PRIx64 "-0x%" PRIx64 " is %s here%s",
			mine ? mine->region.first : theirs->region.first,
			mine ? mine->region.last : theirs->region.last,
			mine ? guest_kind_word(mine->kind) : "nothing",
			same == TRI_UNKNOWN ? ", and may be something else where the guest was "
					      "started"
					    : ", and something else where the guest was started");
	else
		here->elsewhere = "QEMU would start it on one of the two hosts only";
	here->same_elsewhere = same;
	return here->elsewhere ? 0 : -ENOMEM;
}

/*
 * @guest without the places of BARs that are not placed yet, in @ret: a guest that runs keeps its
 * BARs where it put them when it moves, so those are no part of what is compared.
 */
static int definition_without_bars(
	const struct guest *guest, struct arena *arena, struct guest *ret)
{
	struct guest copy = *guest;

	copy.ranges = arena_array(arena, guest->n_ranges, sizeof(*copy.ranges));
	if (!copy.ranges)
		return -ENOMEM;
	copy.n_ranges = 0;
	for (size_t i = 0; i < guest->n_ranges; i++)
		if (guest->ranges[i].placed || guest->ranges[i].kind != GUEST_RAM_DEVICE)
			copy.ranges[copy.n_ranges++] = guest->ranges[i];
	*ret = copy;
	return 0;
}

/* Compares @here with the map that @machine gets at @place; @same says how sure the place is. */
static int definition_compare(struct guest *here, const struct machine *machine,
	const struct layout_place *place, enum tri same)
{
	_cleanup_(definition_guest_freep) struct guest *there = NULL;
	const struct guest_range *mine, *theirs;
	struct guest a, b;
	int r = layout_guest(machine, place, &there);

	if (r < 0)
		return r;
	if (there->open && same == TRI_NO) {
		here->elsewhere = arena_text(here->arena, there->open, strlen(there->open));
		here->same_elsewhere = TRI_UNKNOWN;
		return here->elsewhere ? 0 : -ENOMEM;
	}
	/* A guest that runs there was not refused there. */
	if (there->refused && !here->refused && same == TRI_UNKNOWN)
		return 0;
	r = definition_without_bars(here, here->arena, &a);
	if (r == 0)
		r = definition_without_bars(there, here->arena, &b);
	if (r < 0 || layout_same(&a, &b, &mine, &theirs))
		return r;
	return definition_differs(here, mine, theirs, same);
}

/* Has the BARs that firmware places where it may have placed them at @place. */
static int definition_take_bars(
	struct guest *here, const struct machine *machine, const struct layout_place *place)
{
	_cleanup_(definition_guest_freep) struct guest *there = NULL;
	struct guest_range *ranges;
	struct guest without;
	size_t n, at;
	int r = machine->n_bars ? layout_guest(machine, place, &there) : 0;

	if (r < 0 || !machine->n_bars)
		return r;
	r = definition_without_bars(here, here->arena, &without);
	if (r < 0)
		return r;
	n = without.n_ranges;
	ranges = arena_array(here->arena, n + there->n_ranges, sizeof(*ranges));
	if (!ranges)
		return -ENOMEM;
	memcpy(ranges, without.ranges, n * sizeof(*ranges));
	for (size_t i = 0; i < there->n_ranges; i++) {
		struct guest_range range = there->ranges[i];

		if (range.placed || range.kind != GUEST_RAM_DEVICE)
			continue;
		if (range.name)
			range.name = arena_text(here->arena, range.name, strlen(range.name));
		if (there->ranges[i].name && !range.name)
			return -ENOMEM;
		ranges[n++] = range;
	}
	here->ranges = ranges;
	here->n_ranges = n;
	r = guest_check(here, &at);
	return r < 0 ? r : 0;
}

/* The guest may have been started on any host on which it can run. */
static int definition_anywhere(
	struct guest *here, const struct machine *machine, const struct layout_place *place)
{
	static const unsigned ipa_bits[] = { 36, 40, 42, 44, 48, 52 };
	struct layout_place other = *place;
	int r = 0;

	for (unsigned amd = TRI_NO; r == 0 && amd <= TRI_YES; amd++) {
		other.amd = (enum tri)amd;
		other.cpu_bits = DEFINITION_BITS_MOST;
		for (size_t i = 0; r == 0 && i < sizeof(ipa_bits) / sizeof(ipa_bits[0]) &&
				   here->same_elsewhere == TRI_YES;
			i++) {
			other.ipa_bits = ipa_bits[i];
			r = definition_compare(here, machine, &other, TRI_UNKNOWN);
		}
	}
	return r;
}

/* True when the guest has the map that the host that is asked gives it. */
static bool definition_starts_there(const struct definition_origin *origin)
{
	return origin->started_here || (origin->here && origin->host);
}

/* Lays @machine out on @there and says whether it is the same where it was started. */
static int definition_lay_out(const struct machine *machine, const struct host *there,
	const struct definition_origin *origin, struct guest **ret)
{
	struct layout_place place = definition_place(there), from;
	_cleanup_(definition_guest_freep) struct guest *guest = NULL;
	int r = layout_guest(machine, &place, &guest);

	if (r < 0)
		return r;
	guest->defined = true;
	guest->same_elsewhere = TRI_YES;
	if (!definition_starts_there(origin)) {
		if (origin->host)
			from = definition_place(origin->host);
		r = origin->host ? definition_compare(guest, machine, &from, TRI_NO)
				 : definition_anywhere(guest, machine, &place);
		if (!origin->host)
			from = LAYOUT_ANYWHERE;
		if (r == 0)
			r = definition_take_bars(guest, machine, &from);
	}
	if (r < 0)
		return r;
	*ret = cleanup_take(guest);
	return 0;
}

/* A guest of its own that borrows all but the devices from @guest. */
static int definition_borrow(const struct guest *guest, struct guest **ret)
{
	struct guest *copy;
	struct arena *arena;
	int r = guest_new(&copy);

	if (r < 0)
		return r;
	arena = copy->arena;
	*copy = *guest;
	copy->arena = arena;
	copy->devices = arena_array(arena, guest->n_devices, sizeof(*copy->devices));
	if (!copy->devices) {
		guest_free(copy);
		return -ENOMEM;
	}
	if (guest->n_devices)
		memcpy(copy->devices, guest->devices, guest->n_devices * sizeof(*copy->devices));
	*ret = copy;
	return 0;
}

/* The kind of the device at @address of @host; false when the host does not say. */
static bool definition_kind(const struct host *host, const char *address, struct guest_device *ret)
{
	const struct facts_device *device = facts_find_device(host_facts(host), address);

	if (!device || !fact_is_value(device->vendor.fact) || !fact_is_value(device->device.fact))
		return false;
	*ret = (struct guest_device){
		.vendor = (int32_t)device->vendor.value,
		.device = (int32_t)device->device.value,
		.subsystem_vendor = -1,
		.subsystem_device = -1,
		.class_code = -1,
	};
	return true;
}

/* Turns an address of the origin into a kind, or says whose address it is. */
static int definition_device(struct guest *guest, const struct definition_origin *origin,
	struct guest_device *device, bool given)
{
	struct guest_device kind;

	if (!device->address || origin->here)
		return 0;
	if (device->host && (!origin->name || strcmp(device->host, origin->name) != 0))
		return 0;
	if (!origin->host) {
		/* In a document that describes a map, an address means the host that is asked. */
		if (!device->host && !given)
			device->host = origin->name ? origin->name : "";
		return 0;
	}
	if (!definition_kind(origin->host, device->address, &kind)) {
		device->host = origin->name ? origin->name : "";
		return 0;
	}
	kind.text = arena_printf(guest->arena, "%04" PRIx32 ":%04" PRIx32, (uint32_t)kind.vendor,
		(uint32_t)kind.device);
	*device = kind;
	return kind.text ? 0 : -ENOMEM;
}

/* Adds what the device at @address of @host can be given to @pool; false when that is not known. */
static bool definition_pool(const struct host *host, const char *address, struct region *pool,
	size_t capacity, size_t *n)
{
	const struct facts_device *device = facts_find_device(host_facts(host), address);
	int32_t shape = device ? host->project.places[host_view_index(host, device)].shape : -1;
	const struct usable *usable = shape < 0 ? NULL : &host->usables[shape];

	if (!usable || !usable->regions_known || !usable->floor_known ||
		usable->proven.n > capacity - *n)
		return false;
	memcpy(pool + *n, usable->proven.items, usable->proven.n * sizeof(*pool));
	*n += usable->proven.n;
	return true;
}

/*
 * What the guest's virtio-iommu said is reserved for each of its devices: what none of them can be
 * given on @host, where it was started (QEMU hw/virtio/virtio-iommu.c
 * virtio_iommu_set_host_iova_ranges). Stays unknown where the host does not say.
 */
static int definition_regions(struct guest *guest, const struct host *host)
{
	struct viommu *viommu = &guest->viommu;
	struct region_set usable, told;
	struct region *pool;
	size_t n = 0;
	int r;

	if (viommu->model != VIOMMU_VIRTIO || viommu->regions_known || !host || !guest->n_devices)
		return 0;
	pool = arena_array(guest->arena, DEFINITION_POOL, sizeof(*pool));
	if (!pool)
		return -ENOMEM;
	for (size_t i = 0; i < guest->n_devices; i++)
		if (!guest->devices[i].address || !definition_pool(host, guest->devices[i].address,
							  pool, DEFINITION_POOL, &n))
			return 0;
	r = region_set_from(guest->arena, pool, n, &usable);
	if (r == 0)
		r = region_set_without(guest->arena, REGION_ALL, usable.items, usable.n, &told);
	if (r < 0)
		return r;
	viommu->regions_known = true;
	viommu->n_regions = told.n;
	viommu->regions = told.items;
	return 0;
}

int definition_guest(const struct guest_text *text, const struct host *there,
	const struct definition_origin *origin, struct guest **ret)
{
	_cleanup_(definition_guest_freep) struct guest *guest = NULL;
	int r = text->machine ? definition_lay_out(text->machine, there, origin, &guest)
			      : definition_borrow(text->guest, &guest);

	if (r == 0)
		r = definition_regions(
			guest, definition_starts_there(origin) ? there : origin->host);
	for (size_t i = 0; r == 0 && i < guest->n_devices; i++)
		r = definition_device(
			guest, origin, &guest->devices[i], !text->machine && !text->observed);
	if (r < 0)
		return r;
	*ret = cleanup_take(guest);
	return 0;
}
