/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/judge/headroom.h"

#include "core/cleanup.h"
#include "core/judge/aperture.h"
#include "core/judge/host_view.h"
#include "core/model/limits.h"

#include <errno.h>
#include <stdlib.h>

#define HEADROOM_4G   (1ULL << 32)
#define HEADROOM_PAGE 4096ULL

CLEANUP_DEFINE(struct arena *, arena_free, headroom_arena_freep);

/* Addresses that are taken or not usable, gathered while they are found. */
struct headroom_work {
	struct arena *arena;
	size_t n;
	size_t capacity;
	struct region *holes;
	bool known;
	bool any; /* a device that can be assigned was seen */
};

static int headroom_add(struct headroom_work *work, struct region hole)
{
	if (work->n == work->capacity) {
		size_t capacity = work->capacity ? work->capacity * 2 : 64;
		struct region *holes = arena_array(work->arena, capacity, sizeof(*holes));

		if (!holes)
			return -ENOMEM;
		for (size_t i = 0; i < work->n; i++)
			holes[i] = work->holes[i];
		work->holes = holes;
		work->capacity = capacity;
	}
	work->holes[work->n++] = hole;
	return 0;
}

/*
 * All that the guest has, and the windows that firmware fills: nothing else can be put there. Where
 * memory may be added is free.
 */
static int headroom_guest(struct headroom_work *work, const struct guest *guest)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < guest->n_ranges; i++)
		if (guest->ranges[i].kind != GUEST_HOTPLUG)
			r = headroom_add(work, guest->ranges[i].region);
	return r;
}

/* What devices of the shape cannot be given. */
static int headroom_shape(struct headroom_work *work, const struct usable *usable)
{
	struct region_set holes;
	int r;

	if (!usable->regions_known || !usable->floor_known) {
		work->known = false;
		return 0;
	}
	r = region_set_without(
		work->arena, REGION_ALL, usable->proven.items, usable->proven.n, &holes);
	for (size_t i = 0; r == 0 && i < holes.n; i++)
		r = headroom_add(work, holes.items[i]);
	return r;
}

static int headroom_host(struct headroom_work *work, const struct host *host)
{
	size_t n = facts_count(host->facts->devices), shapes = host->project.class_.shapes.n;
	bool *seen = arena_array(work->arena, shapes, sizeof(*seen));
	int r = seen ? 0 : -ENOMEM;

	work->any = false;
	for (size_t i = 0; r == 0 && i < n; i++) {
		int32_t shape = host->project.places[i].shape;

		if (shape < 0 || host->assignable_after_rebind[i] == TRI_NO)
			continue;
		work->any = true;
		if (!seen[shape])
			r = headroom_shape(work, &host->usables[shape]);
		seen[shape] = true;
	}
	work->known &= work->any;
	return r;
}

static int headroom_by_size(const void *a, const void *b)
{
	const struct region *x = a, *y = b;
	uint64_t m = x->last - x->first, n = y->last - y->first;

	if (m != n)
		return m > n ? -1 : 1;
	return region_compare(a, b);
}

/* The largest windows of whole pages of @space. */
static int headroom_side(struct headroom_work *work, struct region space, struct headroom_side *ret)
{
	struct headroom_side side = { .known = work->known };
	struct region_set set;
	size_t n = 0;
	int r = region_set_without(work->arena, space, work->holes, work->n, &set);

	if (r < 0)
		return r;
	for (size_t i = 0; i < set.n; i++) {
		uint64_t first = (set.items[i].first + HEADROOM_PAGE - 1) & ~(HEADROOM_PAGE - 1);
		uint64_t end = (set.items[i].last + 1) & ~(HEADROOM_PAGE - 1);

		if (first < end)
			set.items[n++] = (struct region){ first, end - 1 };
	}
	qsort(set.items, n, sizeof(*set.items), headroom_by_size);
	for (size_t i = 0; side.known && i < n && i < HEADROOM_MAX; i++)
		side.windows[side.n++] = set.items[i];
	*ret = side;
	return 0;
}

/* The fewer of @bits and the host's; 0 when the host's are not known. */
static unsigned headroom_fewer(unsigned bits, const struct class *class_)
{
	if (!fact_is_value(class_->cpu_bits.fact))
		return 0;
	return class_->cpu_bits.value < bits ? (unsigned)class_->cpu_bits.value : bits;
}

/* Both sides of 4 GiB, of what work->holes leave within @bits. */
static int headroom_finish(struct headroom_work *work, unsigned bits, struct headroom *ret)
{
	struct headroom headroom = { .bits = bits };
	int r = headroom_side(work, (struct region){ 0, HEADROOM_4G - 1 }, &headroom.below_4g);

	if (r == 0 && bits > 32)
		r = headroom_side(work, (struct region){ HEADROOM_4G, aperture_last_of_bits(bits) },
			&headroom.above_4g);
	if (r == 0)
		*ret = headroom;
	return r;
}

static struct headroom_work headroom_begin(const struct guest *guest, struct arena *arena)
{
	return (struct headroom_work){
		.arena = arena,
		.known = !guest->open && guest->n_ranges > 0,
	};
}

int headroom_compute(
	const struct guest *guest, const struct host *const *hosts, size_t n, struct headroom *ret)
{
	_cleanup_(headroom_arena_freep) struct arena *arena = NULL;
	unsigned bits = guest->address_bits ? guest->address_bits : 64;
	struct headroom_work work;
	int r = arena_new(LIMIT_ARENA_BYTES, &arena);

	if (r < 0)
		return r;
	work = headroom_begin(guest, arena);
	work.known &= n > 0;
	r = headroom_guest(&work, guest);
	for (size_t i = 0; r == 0 && i < n; i++) {
		r = headroom_host(&work, hosts[i]);
		bits = headroom_fewer(bits, &hosts[i]->project.class_);
	}
	return r < 0 ? r : headroom_finish(&work, bits, ret);
}

int headroom_beside(const struct guest *guest, const struct class *class_,
	const struct usable *usable, struct headroom *ret)
{
	_cleanup_(headroom_arena_freep) struct arena *arena = NULL;
	unsigned bits = headroom_fewer(guest->address_bits ? guest->address_bits : 64, class_);
	struct headroom_work work;
	int r = arena_new(LIMIT_ARENA_BYTES, &arena);

	if (r < 0)
		return r;
	work = headroom_begin(guest, arena);
	r = headroom_guest(&work, guest);
	if (r == 0)
		r = headroom_shape(&work, usable);
	return r < 0 ? r : headroom_finish(&work, bits, ret);
}
