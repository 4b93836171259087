/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A guest as a question sees it: its physical memory map, fixed at its boot, the devices it has and
 * what it needs. Built once in an arena of its own, then never changed.
 */
#pragma once

#include "core/arena.h"
#include "core/model/region.h"
#include "core/model/viommu.h"

enum guest_kind {
	GUEST_RAM,
	GUEST_ROM,	  /* mapped read-only by VFIO, so it has to fit like RAM */
	GUEST_RAM_DEVICE, /* a RAM-backed BAR, such as ivshmem's */
	GUEST_MMIO,
	GUEST_HOTPLUG,	  /* where later memory may come */
	GUEST_BAR_WINDOW, /* where firmware will put 64-bit BARs */
	GUEST_PCI_HOLE64,
	_GUEST_KIND_MAX,
};

enum guest_vfio { GUEST_VFIO_UNKNOWN, GUEST_VFIO_TYPE1, GUEST_VFIO_IOMMUFD };

struct guest_range {
	struct region region;
	enum guest_kind kind;
	bool placed;	/* false: a RAM-backed BAR that firmware will put somewhere in this range */
	uint64_t block; /* hotplug, ram: bytes per mapping, of virtio-mem; 0: one mapping in all */
	const char *name; /* or NULL */
};

/* How an item of guest.opaque begins that says that there is no map at all. */
#define GUEST_OPAQUE_MACHINE "machine not modelled: "

/* A kind of device or one device. Numbers that are -1 match any. */
struct guest_device {
	int32_t vendor;
	int32_t device;
	int32_t subsystem_vendor;
	int32_t subsystem_device;
	int32_t class_code;  /* base class and sub-class, 16 bits */
	const char *address; /* or NULL; then no number is set */
	const char *host;    /* whose address it is; NULL: the host that is asked */
	const char *text;    /* as it was written */
};

/* What memory can still be added; without it, only the windows of kind hotplug are known. */
struct guest_memory {
	bool known;
	uint64_t room;	/* bytes, all devices together: maxmem less what there is */
	unsigned slots; /* that are free; virtio devices need none */
	uint64_t align; /* bytes, of memory that is added; a power of two */
};

struct guest {
	struct arena *arena;
	const char *arch; /* as uname -m */
	bool kvm;	  /* the accelerator is KVM */
	enum guest_vfio vfio;
	bool hotplug_none; /* no memory will ever be added */
	struct guest_memory memory;
	bool needs_write_combining_bar;
	uint64_t min_granule; /* bytes; 0: none stated */
	const char
		*needs_nested_format; /* page tables it shares: vtd-s1, smmuv3, amd-v2; or NULL */
	unsigned needs_pasid_bits;    /* 0: none */
	const char *cpu_vendor;	      /* of the host it was started on; NULL: not said */
	struct viommu viommu;
	/* Of a map that was worked out from a definition; NULL or unset of one that was given. */
	const char *machine;	 /* "pc-q35-7.2" */
	bool machine_assumed;	 /* an alias was written, and the newest version known is taken */
	const char *refused;	 /* QEMU would not start it here, and why */
	const char *open;	 /* what of the place decides the map and is not known */
	unsigned address_bits;	 /* physical address bits of its CPU; 0: not known */
	bool defined;		 /* the map was worked out for the host that is asked; then */
	enum tri same_elsewhere; /* whether it is the same where the guest was started */
	const char *elsewhere;	 /* what differs or is not known, a clause; or NULL */
	size_t n_ranges;
	struct guest_range *ranges; /* sorted by first; no two overlap, but windows hold others */
	size_t n_devices;
	struct guest_device *devices; /* that it has */
	size_t n_opaque;
	const char **opaque; /* what is not modelled, named */
};

/* Gives an empty guest of kind KVM in an arena of its own. -ENOMEM. The caller owns it. */
int guest_new(struct guest **ret);

/* Accepts NULL. Returns NULL. */
struct guest *guest_free(struct guest *guest);

const char *guest_kind_word(enum guest_kind kind);

/* The kind of that name in @ret. 0, or -EINVAL when there is none. */
int guest_kind_parse(const char *word, enum guest_kind *ret);

/* True for what VFIO maps as soon as a device is there: RAM, ROM, RAM-backed BARs. */
bool guest_kind_is_mapped(enum guest_kind kind);

/*
 * True for a range that takes its addresses for itself. A BAR that firmware has yet to place takes
 * only a part of its range, so that range is a window like the ones made for the purpose.
 */
bool guest_range_is_solid(const struct guest_range *range);

/*
 * A device as people write it, in @ret, strings borrowed from @text: an address "0000:01:00.0", an
 * identity "8086:10d3" or "8086:10d3:8086:a01f" (vendor, device, subsystem), or a class
 * "class:0200". 0, or -EINVAL.
 */
int guest_device_parse(const char *text, struct guest_device *ret);

enum guest_outcome {
	GUEST_DONE,
	GUEST_E_REVERSED, /* a range ends before it begins */
	GUEST_E_OVERLAP,  /* two ranges that are solid overlap */
};

/*
 * Sorts the ranges and checks them. On an outcome other than GUEST_DONE @ret_index is the index of
 * the range at fault, after sorting.
 */
int guest_check(struct guest *guest, size_t *ret_index);
