/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/layout/memory_device.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#define MEMORY_DEVICE_PAGE	UINT64_C(4096)
#define MEMORY_DEVICE_ANONYMOUS (UINT64_C(2) << 20) /* include/qemu/osdep.h QEMU_VMALLOC_ALIGN */
#define MEMORY_DEVICE_BLOCK	(UINT64_C(2) << 20) /* virtio-mem's, of a transparent huge page */
#define MEMORY_DEVICE_BLOCK_MIN (UINT64_C(1) << 20)
#define MEMORY_DEVICE_LABEL_MIN                                                                    \
	(UINT64_C(128) << 10)			     /* hw/mem/nvdimm.c MIN_NAMESPACE_LABEL_SIZE   \
						      */
#define MEMORY_DEVICE_ALIGN_MAX (UINT64_C(1) << 40)  /* no page is as large */
#define MEMORY_DEVICE_ARM_PAGE	(UINT64_C(64) << 10) /* the largest page of an Arm host */

/* A device that is being placed, and those that are. */
struct memory_device_work {
	struct plan *plan;
	const struct memory_device_area *area;
	const struct machine_memory *memory; /* now */
	char name[32];			     /* of it, for people */
	uint64_t align;			     /* of its backend */
	uint64_t size;			     /* of what the guest gets */
	uint64_t used;			     /* bytes of those that are placed */
	unsigned dimms;
	size_t n; /* those that are placed, by address */
	struct region *taken;
};

static bool memory_device_is_dimm(const struct machine_memory *memory)
{
	return memory->model == MACHINE_MEMORY_DIMM || memory->model == MACHINE_MEMORY_NVDIMM;
}

/* What pages back memory that says nothing of its alignment. */
static uint64_t memory_device_backing(enum machine_backing backing, uint64_t page_bytes)
{
	switch (backing) {
	case MACHINE_BACKING_ANONYMOUS:
		return MEMORY_DEVICE_ANONYMOUS;
	case MACHINE_BACKING_FILE:
		return MEMORY_DEVICE_PAGE;
	case MACHINE_BACKING_HUGE:
		return page_bytes;
	}
	return 0;
}

static bool memory_device_is_alignment(uint64_t align)
{
	return plan_is_power_of_two(align) && align <= MEMORY_DEVICE_ALIGN_MAX;
}

/* Finds how the backend is aligned; false when that cannot be. */
static bool memory_device_align(struct memory_device_work *work)
{
	const struct machine_memory *memory = work->memory;
	uint64_t page = memory_device_backing(memory->backing, memory->page_bytes);

	if (!memory_device_is_alignment(page) ||
		(memory->align && !memory_device_is_alignment(memory->align))) {
		plan_refuse(work->plan, "%s: an alignment of 0x%" PRIx64 " is not supported",
			work->name, memory->align ? memory->align : page);
		return false;
	}
	work->align = memory->align > page ? memory->align : page;
	if (memory->backing == MACHINE_BACKING_FILE && !memory->align &&
		!machine_type_is_x86(work->plan->machine->arch) &&
		memory->size % MEMORY_DEVICE_ARM_PAGE)
		plan_opaque(work->plan, "%s: where it comes to lie depends on the host's page size",
			work->name);
	return true;
}

/* What is left of an NVDIMM for the guest: its labels are at the end, and only whole pages count.
 */
static bool memory_device_nvdimm(struct memory_device_work *work)
{
	const struct machine_memory *memory = work->memory;

	if (memory->label && memory->label < MEMORY_DEVICE_LABEL_MIN) {
		plan_refuse(work->plan,
			"%s: label-size (0x%" PRIx64 ") is required to be at least 0x%" PRIx64,
			work->name, memory->label, MEMORY_DEVICE_LABEL_MIN);
		return false;
	}
	work->size = memory->size > memory->label ? memory->size - memory->label : 0;
	work->size &= ~(work->align - 1);
	if (work->size)
		return true;
	plan_refuse(work->plan,
		"%s: 0x%" PRIx64 " bytes are too small for a label of 0x%" PRIx64
		" and aligned memory (0x%" PRIx64 ")",
		work->name, memory->size, memory->label, work->align);
	return false;
}

/* The block of virtio-mem: pages of the backend where they are larger than the system's. */
static uint64_t memory_device_block(const struct machine_memory *memory)
{
	if (memory->block)
		return memory->block;
	if (memory->backing == MACHINE_BACKING_HUGE)
		return memory->page_bytes > MEMORY_DEVICE_BLOCK_MIN ? memory->page_bytes
								    : MEMORY_DEVICE_BLOCK_MIN;
	return MEMORY_DEVICE_BLOCK;
}

static bool memory_device_virtio_mem(struct memory_device_work *work)
{
	uint64_t block = memory_device_block(work->memory);

	if (block < MEMORY_DEVICE_BLOCK_MIN || !memory_device_is_alignment(block)) {
		plan_refuse(work->plan, "%s: a block-size of 0x%" PRIx64 " is not supported",
			work->name, block);
		return false;
	}
	if (work->size % block) {
		plan_refuse(work->plan, "%s: size must be a multiple of block-size 0x%" PRIx64,
			work->name, block);
		return false;
	}
	work->align = block > work->align ? block : work->align;
	return true;
}

/* Finds size and alignment of the device; false when QEMU refuses it for them. */
static bool memory_device_measure(struct memory_device_work *work)
{
	const struct machine_memory *memory = work->memory;

	work->size = memory->size;
	if (!memory->size) {
		plan_refuse(work->plan, "%s: it has no size", work->name);
		return false;
	}
	if (!memory_device_align(work))
		return false;
	if (memory->model == MACHINE_MEMORY_NVDIMM && !memory_device_nvdimm(work))
		return false;
	if (memory_device_is_dimm(memory) && work->area->legacy)
		work->align = MEMORY_DEVICE_PAGE;
	if (work->size % work->align) {
		plan_refuse(work->plan, "%s: backend memory size must be multiple of 0x%" PRIx64,
			work->name, work->align);
		return false;
	}
	return memory->model != MACHINE_MEMORY_VIRTIO_MEM || memory_device_virtio_mem(work);
}

/* False when the guest cannot be told of a DIMM. An Arm guest can of an NVDIMM, by newer QEMU. */
static bool memory_device_is_announced(struct memory_device_work *work)
{
	if (work->area->dimms)
		return true;
	if (work->memory->model == MACHINE_MEMORY_NVDIMM &&
		!machine_type_is_x86(work->plan->machine->arch)) {
		plan_opaque(work->plan, "%s: an NVDIMM without ACPI, which only newer QEMU takes",
			work->name);
		return true;
	}
	plan_refuse(work->plan,
		"%s: memory hotplug is not enabled: ACPI, or the firmware for it, is missing",
		work->name);
	return false;
}

/* False when there is no slot or no room left in the limit. */
static bool memory_device_is_allowed(struct memory_device_work *work)
{
	const struct memory_device_area *area = work->area;

	if (memory_device_is_dimm(work->memory)) {
		if (!memory_device_is_announced(work))
			return false;
		if (work->dimms >= area->slots) {
			plan_refuse(work->plan, "%s: no free slots available, there are %u",
				work->name, area->slots);
			return false;
		}
	}
	if (work->size <= area->limit - work->used)
		return true;
	plan_refuse(work->plan,
		"%s: not enough space, currently 0x%" PRIx64
		" in use of total space for memory devices 0x%" PRIx64,
		work->name, work->used, area->limit);
	return false;
}

/* The address that the device asks for: it has to be free. */
static bool memory_device_at(struct memory_device_work *work, struct region *ret)
{
	uint64_t first = work->memory->address, end = work->area->base + work->area->size;

	if (first & (work->align - 1)) {
		plan_refuse(work->plan, "%s: address must be aligned to 0x%" PRIx64 " bytes",
			work->name, work->align);
		return false;
	}
	if (first < work->area->base || first >= end || work->size > end - first) {
		plan_refuse(work->plan,
			"%s: [0x%" PRIx64 ":0x%" PRIx64 "] is not inside the usable range for "
			"memory devices [0x%" PRIx64 ":0x%" PRIx64 "]",
			work->name, first, work->size, work->area->base, work->area->size);
		return false;
	}
	*ret = (struct region){ first, first + (work->size - 1) };
	for (size_t i = 0; i < work->n; i++)
		if (region_overlaps(work->taken[i], *ret)) {
			plan_refuse(work->plan,
				"%s: address range 0x%" PRIx64 "-0x%" PRIx64
				" conflicts with another memory device",
				work->name, ret->first, ret->last);
			return false;
		}
	return true;
}

/* The first place that fits between those that are there. */
static bool memory_device_first_fit(struct memory_device_work *work, struct region *ret)
{
	uint64_t first = plan_up(work->area->base, work->align);
	uint64_t end = work->area->base + work->area->size;

	for (size_t i = 0; i < work->n; i++) {
		if (work->taken[i].first > first && work->taken[i].first - first >= work->size)
			break;
		if (work->taken[i].last >= first)
			first = plan_up(work->taken[i].last + 1, work->align);
	}
	if (first < end && work->size <= end - first) {
		*ret = (struct region){ first, first + (work->size - 1) };
		return true;
	}
	plan_refuse(work->plan,
		"%s: could not find position in guest address space for 0x%" PRIx64
		" bytes aligned to 0x%" PRIx64,
		work->name, work->size, work->align);
	return false;
}

static void memory_device_take(struct memory_device_work *work, struct region region)
{
	size_t i = work->n++;

	for (; i && work->taken[i - 1].first > region.first; i--)
		work->taken[i] = work->taken[i - 1];
	work->taken[i] = region;
	work->used += work->size;
	work->dimms += memory_device_is_dimm(work->memory);
}

/* Places one device; false when QEMU refuses it. */
static bool memory_device_place(struct memory_device_work *work)
{
	const struct machine_memory *memory = work->memory;
	bool virtio_mem = memory->model == MACHINE_MEMORY_VIRTIO_MEM;
	struct guest_range range = { .kind = GUEST_RAM, .placed = true, .name = work->name };

	if (!memory_device_measure(work) || !memory_device_is_allowed(work))
		return false;
	/* QEMU takes an address of 0 as none. */
	if (memory->placed && memory->address ? !memory_device_at(work, &range.region)
					      : !memory_device_first_fit(work, &range.region))
		return false;
	memory_device_take(work, range.region);
	/* Its addresses are its own, but nothing of it is there before it is plugged. */
	if (virtio_mem && memory->dynamic_memslots)
		range.kind = GUEST_MMIO;
	range.block = virtio_mem ? memory_device_block(memory) : 0;
	plan_add_range(work->plan, &range);
	return true;
}

static void memory_device_name(struct memory_device_work *work, unsigned index)
{
	static const char *const prefixes[_MACHINE_MEMORY_MODEL_MAX] = {
		[MACHINE_MEMORY_DIMM] = "dimm",
		[MACHINE_MEMORY_NVDIMM] = "nvdimm",
		[MACHINE_MEMORY_VIRTIO_MEM] = "virtio-mem",
		[MACHINE_MEMORY_VIRTIO_PMEM] = "virtio-pmem",
		[MACHINE_MEMORY_SGX_EPC] = "sgx-epc",
	};

	if (work->memory->name)
		(void)snprintf(work->name, sizeof(work->name), "%s", work->memory->name);
	else
		(void)snprintf(work->name, sizeof(work->name), "%s%u",
			prefixes[work->memory->model], index);
}

/* Says what memory can still be added. */
static void memory_device_rest(struct plan *plan, const struct memory_device_work *work)
{
	const struct memory_device_area *area = work->area;
	uint64_t align = memory_device_backing(plan->machine->backing, plan->machine->page_bytes);

	if (!memory_device_is_alignment(align)) {
		plan_refuse(plan, "pages of 0x%" PRIx64 " bytes are not supported", align);
		return;
	}
	plan->guest->memory = (struct guest_memory){
		.known = true,
		.room = area->limit - work->used,
		.slots = area->dimms ? area->slots - work->dimms : 0,
		.align = area->legacy ? MEMORY_DEVICE_PAGE : align,
	};
}

void memory_device_place_all(struct plan *plan, const struct memory_device_area *area)
{
	const struct machine *machine = plan->machine;
	struct memory_device_work work = { .plan = plan, .area = area };
	unsigned counts[_MACHINE_MEMORY_MODEL_MAX] = { 0 };
	bool going = true;

	work.taken = arena_array(plan->guest->arena, machine->n_memories, sizeof(*work.taken));
	if (!work.taken) {
		plan->fault = -ENOMEM;
		return;
	}
	plan_add(plan, area->base, area->size, GUEST_HOTPLUG, "device-memory");
	for (size_t i = 0; going && i < machine->n_memories; i++) {
		work.memory = &machine->memories[i];
		if (work.memory->model == MACHINE_MEMORY_SGX_EPC)
			continue;
		memory_device_name(&work, counts[work.memory->model]++);
		going = memory_device_place(&work);
	}
	memory_device_rest(plan, &work);
}

void memory_device_none(struct plan *plan)
{
	const struct machine *machine = plan->machine;

	plan->guest->hotplug_none = true;
	for (size_t i = 0; i < machine->n_memories; i++)
		if (machine->memories[i].model != MACHINE_MEMORY_SGX_EPC) {
			plan_refuse(plan,
				"the machine is not prepared for memory devices: there is no "
				"maxmem, or the board does not take it");
			return;
		}
}

uint64_t memory_device_epc(const struct machine *machine)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < machine->n_memories; i++)
		if (machine->memories[i].model == MACHINE_MEMORY_SGX_EPC)
			sum += machine->memories[i].size;
	return sum;
}
