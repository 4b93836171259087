/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The area of memory that is added, and where in it QEMU puts each device (hw/mem/memory-device.c,
 * pc-dimm.c, nvdimm.c, hw/virtio/virtio-mem.c, virtio-pmem.c).
 */
#pragma once

#include "core/layout/plan.h"

struct memory_device_area {
	uint64_t base;
	uint64_t size;	/* bytes of address space */
	uint64_t limit; /* bytes of all devices together */
	unsigned slots; /* for DIMMs and NVDIMMs; virtio devices need none */
	bool dimms;	/* the board can tell the guest of DIMMs */
	bool legacy;	/* DIMMs are aligned to 4 KiB whatever they are of */
};

/* Adds @area and the devices of the machine in it, in their order; says what QEMU refuses. */
void memory_device_place_all(struct plan *plan, const struct memory_device_area *area);

/* Adds no area: memory devices are refused, and nothing will ever be added. */
void memory_device_none(struct plan *plan);

/* Bytes of all SGX EPC sections, which are no devices of the area. */
uint64_t memory_device_epc(const struct machine *machine);
