/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/judge/planner_dimm.h"

#include "core/cleanup.h"
#include "core/model/limits.h"

#include <errno.h>
#include <string.h>

CLEANUP_DEFINE(struct guest *, guest_free, planner_dimm_guest_freep);
CLEANUP_DEFINE(struct arena *, arena_free, planner_dimm_arena_freep);

#define PLANNER_DIMM_GIB   (UINT64_C(1) << 30)
#define PLANNER_DIMM_PAGE  (UINT64_C(2) << 20) /* to which libvirt rounds a DIMM */
#define PLANNER_DIMM_UNIT  UINT64_C(8192)      /* to which QEMU rounds RAM */
#define PLANNER_DIMM_SPACE (UINT64_C(1) << 60) /* no guest has so much */
#define PLANNER_DIMM_MOST  8U
#define PLANNER_DIMM_TRIES 6U
#define PLANNER_DIMM_STEPS 1024U

struct planner_dimm_work {
	struct planner_ask *ask;
	const struct machine *base;
	const struct region_set *usable;
	struct arena *arena;	/* of one try */
	struct machine machine; /* that is being made, in it */
	struct region area;	/* for memory devices in it */
	struct region_set free; /* what is usable of it */
	uint64_t rest;		/* bytes that have no place yet */
	uint64_t align;
};

/* Starts with @ram bytes at boot, and room in memory devices for the rest. */
static int planner_dimm_start(struct planner_dimm_work *work, uint64_t ram)
{
	const struct machine *base = work->base;
	struct machine *machine = &work->machine;
	uint64_t need = base->ram;

	*machine = *base;
	machine->memories = arena_array(
		work->arena, base->n_memories + PLANNER_DIMM_MOST, sizeof(*machine->memories));
	if (!machine->memories)
		return -ENOMEM;
	if (base->n_memories)
		memcpy(machine->memories, base->memories,
			base->n_memories * sizeof(*base->memories));
	for (size_t i = 0; i < base->n_memories && need < PLANNER_DIMM_SPACE; i++)
		need += base->memories[i].size < PLANNER_DIMM_SPACE ? base->memories[i].size
								    : PLANNER_DIMM_SPACE;
	machine->ram = ram;
	machine->slots = base->slots + 1;
	if (machine->maxmem < need)
		machine->maxmem = need;
	work->rest = base->ram - ram;
	work->align = base->backing == MACHINE_BACKING_HUGE && base->page_bytes > PLANNER_DIMM_PAGE
			      ? base->page_bytes
			      : PLANNER_DIMM_PAGE;
	return 0;
}

/* Finds the area and what is free in it; false when RAM is where it is not usable anyway. */
static int planner_dimm_measure(struct planner_dimm_work *work, bool *ret)
{
	_cleanup_(planner_dimm_guest_freep) struct guest *guest = NULL;
	struct layout_place place = definition_place(work->ask->starts[0]);
	struct region_set holes;
	struct region *taken;
	size_t n;
	int r = layout_guest(&work->machine, &place, &guest);

	*ret = false;
	work->area = (struct region){ 0 };
	for (size_t i = 0; r == 0 && i < guest->n_ranges; i++)
		if (guest->ranges[i].kind == GUEST_HOTPLUG)
			work->area = guest->ranges[i].region;
	if (r < 0 || !work->area.last)
		return r;
	r = region_set_without(
		work->arena, REGION_ALL, work->usable->items, work->usable->n, &holes);
	if (r < 0)
		return r;
	taken = arena_array(work->arena, holes.n + guest->n_ranges, sizeof(*taken));
	if (!taken)
		return -ENOMEM;
	n = holes.n;
	if (n)
		memcpy(taken, holes.items, n * sizeof(*taken));
	for (size_t i = 0; i < guest->n_ranges; i++) {
		const struct guest_range *range = &guest->ranges[i];
		bool device = region_covers(work->area, range->region);

		if (range->kind == GUEST_RAM && !device &&
			!region_set_covers(work->usable, range->region))
			return 0;
		if (device && guest_range_is_solid(range))
			taken[n++] = range->region;
	}
	*ret = true;
	return region_set_without(work->arena,
		(struct region){ work->area.first, PLANNER_DIMM_SPACE - 1 }, taken, n, &work->free);
}

static void planner_dimm_add(struct planner_dimm_work *work, uint64_t first, uint64_t size)
{
	struct machine *machine = &work->machine;
	uint64_t end = first + size - work->area.first +
		       ((machine->ram + PLANNER_DIMM_UNIT - 1) & ~(PLANNER_DIMM_UNIT - 1));

	machine->memories[machine->n_memories++] = (struct machine_memory){
		.model = MACHINE_MEMORY_DIMM,
		.size = size,
		.backing = machine->backing,
		.page_bytes = machine->page_bytes,
		.placed = true,
		.address = first,
	};
	if (machine->maxmem < end)
		machine->maxmem = (end + PLANNER_DIMM_GIB - 1) & ~(PLANNER_DIMM_GIB - 1);
	work->rest -= size;
}

/* Places the rest from the lowest address up, in whole GiB but for the last; true when it fits. */
static bool planner_dimm_place(struct planner_dimm_work *work)
{
	unsigned n = 0;

	for (size_t i = 0; work->rest && n < PLANNER_DIMM_MOST && i < work->free.n; i++) {
		struct region piece = work->free.items[i];
		uint64_t first = (piece.first + PLANNER_DIMM_GIB - 1) & ~(PLANNER_DIMM_GIB - 1);
		uint64_t room = first <= piece.last ? piece.last - first + 1 : 0;

		if (room < work->rest)
			room &= ~(PLANNER_DIMM_GIB - 1);
		if (room < PLANNER_DIMM_GIB && room < work->rest)
			continue;
		planner_dimm_add(work, first, room < work->rest ? room : work->rest);
		n++;
	}
	work->machine.slots = work->base->slots > n ? work->base->slots : n;
	for (size_t i = 0, dimms = 0; i < work->machine.n_memories; i++) {
		enum machine_memory_model model = work->machine.memories[i].model;

		dimms += model == MACHINE_MEMORY_DIMM || model == MACHINE_MEMORY_NVDIMM;
		if (work->machine.slots < dimms)
			work->machine.slots = (unsigned)dimms;
	}
	return !work->rest;
}

/* The machine that was made, to be kept. */
static int planner_dimm_keep(const struct planner_dimm_work *work, const struct machine **ret)
{
	struct machine *machine = planner_ask_copy(work->ask, &work->machine);

	if (!machine)
		return -ENOMEM;
	machine->memories =
		arena_array(work->ask->arena, machine->n_memories, sizeof(*machine->memories));
	if (!machine->memories)
		return -ENOMEM;
	memcpy(machine->memories, work->machine.memories,
		machine->n_memories * sizeof(*machine->memories));
	*ret = machine;
	return 0;
}

/* Whether @ram bytes at boot can be, with what addresses; asks about it if so. */
static int planner_dimm_try(
	struct planner_dimm_work *work, uint64_t ram, bool *ret_asked, const struct machine **ret)
{
	_cleanup_(planner_dimm_arena_freep) struct arena *arena = NULL;
	bool fits = false, works = false;
	int r = arena_new(SIZE_MAX, &arena);

	*ret_asked = false;
	if (r < 0)
		return r;
	work->arena = arena;
	r = planner_dimm_start(work, ram);
	if (r == 0 && work->rest % work->align == 0)
		r = planner_dimm_measure(work, &fits);
	if (r < 0 || !fits || !planner_dimm_place(work))
		return r;
	*ret_asked = true;
	r = planner_ask_try(work->ask, &work->machine, &works);
	return r == PLANNER_DONE && works ? planner_dimm_keep(work, ret) : r;
}

int planner_dimm_split(
	struct planner_ask *ask, const struct machine *base, const struct machine **ret)
{
	struct planner_dimm_work work = { .ask = ask, .base = base };
	uint64_t gib = base->ram ? (base->ram - 1) / PLANNER_DIMM_GIB : 0, step;
	unsigned tries = 0;
	int r = planner_ask_usable(ask, &work.usable);

	*ret = NULL;
	if (base->ram >= PLANNER_DIMM_SPACE || base->n_memories > LIMIT_GUEST_RANGES / 2)
		return r;
	step = gib / PLANNER_DIMM_STEPS + 1;
	while (r == PLANNER_DONE && !*ret && gib && ask->n_starts && tries < PLANNER_DIMM_TRIES) {
		bool asked;

		r = planner_dimm_try(&work, gib * PLANNER_DIMM_GIB, &asked, ret);
		tries += asked;
		/* Where the hosts say no to what should fit, the next is not much better. */
		gib = asked ? gib / 2 : gib > step ? gib - step : 0;
	}
	return r;
}
