/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/judge/planner_search.h"

#include "core/judge/planner_dimm.h"
#include "core/layout/machine_type.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PLANNER_SEARCH_GIB	    (UINT64_C(1) << 30)
#define PLANNER_SEARCH_MIB	    (UINT64_C(1) << 20)
#define PLANNER_SEARCH_COUNT(table) (sizeof(table) / sizeof((table)[0]))
/* Versions are written "MAJOR.MINOR"; machine_type_parse() knows which there are. */
#define PLANNER_SEARCH_MAJORS 16U
#define PLANNER_SEARCH_MINORS 16U

/* Widths that CPUs have, and so users and firmware know. */
static const unsigned planner_search_widths[] = { 52, 48, 46, 44, 43, 42, 40, 39, 36 };

/* Where RAM below 4 GiB may end. */
static const uint64_t planner_search_low[] = {
	3 * PLANNER_SEARCH_GIB,
	2 * PLANNER_SEARCH_GIB,
	PLANNER_SEARCH_GIB,
	512 * PLANNER_SEARCH_MIB,
	256 * PLANNER_SEARCH_MIB,
};

static const enum machine_type_gate planner_search_x86[] = {
	MACHINE_TYPE_SPLIT_BY_GIB,
	MACHINE_TYPE_BIOS_256K,
	MACHINE_TYPE_DEVICE_MEMORY,
	MACHINE_TYPE_ALIGNED_DIMMS,
	MACHINE_TYPE_HOLE_AFTER_DEVICES,
	MACHINE_TYPE_AMD_RELOCATION,
	MACHINE_TYPE_CHECKED_32BIT,
	MACHINE_TYPE_VIRTIO_IOMMU_WIDTH,
	MACHINE_TYPE_WIDE_INTEL_IOMMU,
};

static const enum machine_type_gate planner_search_arm[] = {
	MACHINE_TYPE_HIGH_ECAM,
	MACHINE_TYPE_DIMMS_ON_VIRT,
	MACHINE_TYPE_COMPACT_HIGH,
	MACHINE_TYPE_ITS,
	MACHINE_TYPE_VIRTIO_IOMMU_WIDTH,
};

/* A copy of @base at the end of @list, to be changed; NULL: -ENOMEM. */
static struct machine *planner_search_add(
	const struct planner_ask *ask, const struct machine *base, struct planner_search_list *list)
{
	struct machine *machine = planner_ask_copy(ask, base);

	if (machine)
		list->machines[list->n++] = machine;
	return machine;
}

/* Bytes of all memory devices in the area for them; how many of them need a slot in @ret_slots. */
static uint64_t planner_search_devices(const struct machine *machine, unsigned *ret_slots)
{
	uint64_t sum = 0;

	*ret_slots = 0;
	for (size_t i = 0; i < machine->n_memories; i++) {
		const struct machine_memory *memory = &machine->memories[i];

		if (memory->model == MACHINE_MEMORY_SGX_EPC)
			continue;
		sum += memory->size < INT64_MAX - sum ? memory->size : INT64_MAX - sum;
		*ret_slots += memory->model == MACHINE_MEMORY_DIMM ||
			      memory->model == MACHINE_MEMORY_NVDIMM;
	}
	return sum;
}

/* The least that can be added: what is there already, first with all slots, then without spares. */
static int planner_search_least_memory(
	const struct planner_ask *ask, const struct machine *base, struct planner_search_list *list)
{
	unsigned slots;
	uint64_t devices = planner_search_devices(base, &slots), least;
	struct machine *machine;

	if (!base->maxmem || base->ram > INT64_MAX - devices - PLANNER_SEARCH_MIB)
		return 0;
	least = (base->ram + devices + PLANNER_SEARCH_MIB - 1) & ~(PLANNER_SEARCH_MIB - 1);
	if (devices && least < base->maxmem) {
		machine = planner_search_add(ask, base, list);
		if (!machine)
			return -ENOMEM;
		machine->maxmem = least;
	}
	if (devices && slots >= base->slots)
		return 0;
	machine = planner_search_add(ask, base, list);
	if (!machine)
		return -ENOMEM;
	machine->maxmem = devices ? least : 0;
	machine->slots = slots;
	return 0;
}

/* True when QEMU takes the CPU's bits from the host (x86 under KVM). */
static bool planner_search_has_host_bits(const struct machine *machine)
{
	if (!machine->kvm || machine->cpu.host_bits == TRI_NO)
		return false;
	return machine->cpu.host_bits == TRI_YES || machine->cpu.kind == MACHINE_CPU_HOST ||
	       machine->cpu.kind == MACHINE_CPU_MAX;
}

/* The fewest bits that a CPU of the hosts has. */
static unsigned planner_search_fewest_bits(const struct planner_ask *ask)
{
	unsigned fewest = planner_search_widths[0];

	for (size_t i = 0; i < ask->n_starts; i++) {
		unsigned bits = definition_place(ask->starts[i]).cpu_bits;

		if (bits && bits < fewest)
			fewest = bits;
	}
	return fewest;
}

static int planner_search_address(
	const struct planner_ask *ask, const struct machine *base, struct planner_search_list *list)
{
	bool host_bits = planner_search_has_host_bits(base);
	unsigned fewest = planner_search_fewest_bits(ask);

	if (strcmp(base->arch, "x86_64") != 0)
		return 0;
	for (size_t i = 0; i < PLANNER_SEARCH_COUNT(planner_search_widths); i++) {
		unsigned bits = planner_search_widths[i], limit = base->cpu.bits_limit;
		struct machine *machine;

		if (bits > fewest || (host_bits ? limit && limit <= bits : base->cpu.bits == bits))
			continue;
		machine = planner_search_add(ask, base, list);
		if (!machine)
			return -ENOMEM;
		if (host_bits) {
			machine->cpu.host_bits = TRI_YES;
			machine->cpu.bits_limit = bits;
		} else {
			machine->cpu.bits = bits;
		}
	}
	return 0;
}

/* Which of what depends on versions @type has, as bits. */
static unsigned planner_search_gates(const struct machine_type *type)
{
	bool arm = type->board == MACHINE_TYPE_VIRT;
	const enum machine_type_gate *gates = arm ? planner_search_arm : planner_search_x86;
	size_t n = arm ? PLANNER_SEARCH_COUNT(planner_search_arm)
		       : PLANNER_SEARCH_COUNT(planner_search_x86);
	unsigned bits = 0;

	for (size_t i = 0; i < n; i++)
		if (machine_type_has(type, gates[i]))
			bits |= 1U << i;
	return bits;
}

/* All versions of the board of @type that are of another map than it, in order. */
static size_t planner_search_versions(
	const char *arch, const struct machine_type *type, struct machine_type *ret)
{
	static const char *const prefixes[] = {
		[MACHINE_TYPE_PC] = "pc-i440fx-",
		[MACHINE_TYPE_Q35] = "pc-q35-",
		[MACHINE_TYPE_VIRT] = "virt-",
	};
	const char *prefix =
		type->board < PLANNER_SEARCH_COUNT(prefixes) ? prefixes[type->board] : NULL;
	size_t n = 0;

	for (unsigned i = 0; prefix && i < PLANNER_SEARCH_MAJORS * PLANNER_SEARCH_MINORS; i++) {
		struct machine_type one;
		char name[32];

		(void)snprintf(name, sizeof(name), "%s%u.%u", prefix, i / PLANNER_SEARCH_MINORS,
			i % PLANNER_SEARCH_MINORS);
		machine_type_parse(arch, name, &one);
		if (one.board == type->board)
			ret[n++] = one;
	}
	return n;
}

/*
 * One version for each set of what depends on versions, the nearest of each set and the nearest set
 * first: downwards, and before that upwards, where a guest loses nothing that it knows.
 */
static int planner_search_version(
	const struct planner_ask *ask, const struct machine *base, struct planner_search_list *list)
{
	struct machine_type own, all[PLANNER_SEARCH_MAJORS * PLANNER_SEARCH_MINORS];
	size_t n, at = 0;

	machine_type_parse(base->arch, base->type, &own);
	n = planner_search_versions(base->arch, &own, all);
	while (at < n && all[at].version < own.version)
		at++;
	for (size_t far = 1; far <= n; far++)
		for (unsigned down = 0; down < 2; down++) {
			/* Of a run of equal sets, the end that is nearer. */
			size_t i = down ? at - far : at + far, nearer = down ? i + 1 : i - 1;
			struct machine *machine;

			if (i >= n || nearer >= n ||
				planner_search_gates(&all[i]) == planner_search_gates(&own) ||
				planner_search_gates(&all[i]) == planner_search_gates(&all[nearer]))
				continue;
			machine = planner_search_add(ask, base, list);
			if (!machine)
				return -ENOMEM;
			machine->type = arena_text(ask->arena, all[i].name, strlen(all[i].name));
			if (!machine->type)
				return -ENOMEM;
		}
	return 0;
}

/* The option is only read by these boards, and libvirt has nothing for it. */
static int planner_search_low_ram(
	const struct planner_ask *ask, const struct machine *base, struct planner_search_list *list)
{
	struct machine_type type;

	machine_type_parse(base->arch, base->type, &type);
	if (!ask->asked->cmdline ||
		(type.board != MACHINE_TYPE_PC && type.board != MACHINE_TYPE_Q35))
		return 0;
	for (size_t i = 0; i < PLANNER_SEARCH_COUNT(planner_search_low); i++) {
		uint64_t low = planner_search_low[i], limit = base->max_ram_below_4g;
		struct machine *machine;

		if (low >= base->ram || (limit && low >= limit))
			continue;
		machine = planner_search_add(ask, base, list);
		if (!machine)
			return -ENOMEM;
		machine->max_ram_below_4g = low;
	}
	return 0;
}

int planner_search_candidates(const struct planner_ask *ask, const struct machine *base,
	enum planner_change change, struct planner_search_list *ret)
{
	struct planner_search_list list = { 0 };
	int r = 0;

	list.machines = arena_array(ask->arena, PLANNER_SEARCH_MAJORS * PLANNER_SEARCH_MINORS,
		sizeof(struct machine *));
	if (!list.machines)
		return -ENOMEM;
	switch (change) {
	case PLANNER_MAXMEM:
		r = planner_search_least_memory(ask, base, &list);
		break;
	case PLANNER_ADDRESS:
		r = planner_search_address(ask, base, &list);
		break;
	case PLANNER_VERSION:
		r = planner_search_version(ask, base, &list);
		break;
	case PLANNER_LOW_RAM:
		r = planner_search_low_ram(ask, base, &list);
		break;
	case PLANNER_RESTART:
	case PLANNER_BOOT_RAM:
	case _PLANNER_CHANGE_END:
		break;
	}
	*ret = list;
	return r;
}

int planner_search_most_memory(struct planner_ask *ask, const struct machine *base,
	const struct machine *least, const struct machine **ret)
{
	uint64_t from = least->maxmem ? least->maxmem : least->ram;
	uint64_t low = from / PLANNER_SEARCH_GIB + 1;
	uint64_t high = (base->maxmem - 1) / PLANNER_SEARCH_GIB;
	int r = PLANNER_DONE;

	*ret = least;
	while (r == PLANNER_DONE && low <= high && !ask->exhausted) {
		uint64_t middle = low + (high - low) / 2;
		struct machine *machine = planner_ask_copy(ask, base);
		bool works = false;

		if (!machine)
			return -ENOMEM;
		machine->maxmem = middle * PLANNER_SEARCH_GIB;
		if (least->maxmem)
			machine->slots = least->slots;
		r = planner_ask_try(ask, machine, &works);
		if (works) {
			*ret = machine;
			low = middle + 1;
		} else {
			high = middle - 1;
		}
	}
	return r;
}

int planner_search_one(struct planner_ask *ask, const struct machine *base,
	enum planner_change change, const struct machine **ret)
{
	struct planner_search_list list;
	const struct machine *found = NULL;
	int r = planner_search_candidates(ask, base, change, &list);

	for (size_t i = 0; r == PLANNER_DONE && !found && i < list.n; i++) {
		bool works = false;

		r = planner_ask_try(ask, list.machines[i], &works);
		if (works)
			found = list.machines[i];
	}
	if (r == PLANNER_DONE && found && change == PLANNER_MAXMEM)
		r = planner_search_most_memory(ask, base, found, &found);
	if (r == PLANNER_DONE && change == PLANNER_BOOT_RAM)
		r = planner_dimm_split(ask, base, &found);
	*ret = found;
	return r;
}
