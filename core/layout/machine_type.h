/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a machine type is by its name: its board, its version, and what upstream's QEMU changed of
 * the memory map between versions. Types of distributions (pc-q35-rhel9.2.0, pc-q35-jammy) carry
 * changes of their own and are not modelled.
 */
#pragma once

#include <stdbool.h>

enum machine_type_board {
	MACHINE_TYPE_OTHER, /* not modelled */
	MACHINE_TYPE_PC,
	MACHINE_TYPE_Q35,
	MACHINE_TYPE_MICROVM,
	MACHINE_TYPE_VIRT, /* of Arm */
};

/* What depends on a version, each true from one version on (see machine_type.c). */
enum machine_type_gate {
	MACHINE_TYPE_SPLIT_BY_GIB,	 /* RAM below 4 GiB ends at a whole GiB */
	MACHINE_TYPE_BIOS_256K,		 /* SeaBIOS in 256 KiB, 128 KiB before */
	MACHINE_TYPE_DEVICE_MEMORY,	 /* memory can be added */
	MACHINE_TYPE_ALIGNED_DIMMS,	 /* DIMMs are aligned to their pages, with room for it */
	MACHINE_TYPE_HOLE_AFTER_DEVICES, /* the 64-bit PCI hole begins past the device memory */
	MACHINE_TYPE_AMD_RELOCATION,	 /* RAM moves out of AMD's HyperTransport range */
	MACHINE_TYPE_CHECKED_32BIT,	 /* what a 32-bit CPU reaches is checked rightly */
	MACHINE_TYPE_HIGH_ECAM,		 /* virt: PCI configuration space above RAM */
	MACHINE_TYPE_DIMMS_ON_VIRT,	 /* virt: it can tell a guest of a DIMM */
	MACHINE_TYPE_COMPACT_HIGH,	 /* virt: windows that are off take no addresses */
	MACHINE_TYPE_ITS,		 /* virt: there is an ITS */
	MACHINE_TYPE_VIRTIO_IOMMU_WIDTH, /* the board sets the width of its virtio-iommu */
	MACHINE_TYPE_WIDE_INTEL_IOMMU,	 /* intel-iommu is 48 bits wide, 39 before */
};

struct machine_type {
	enum machine_type_board board;
	unsigned version; /* major << 8 | minor; of a board without versions the newest known */
	bool assumed;	  /* the name says no version, and the newest known is taken */
	char name[32];	  /* with its version; empty for MACHINE_TYPE_OTHER */
};

/*
 * The type that @name is on @arch (as uname -m), in @ret; NULL is QEMU's default. One that is not
 * known becomes MACHINE_TYPE_OTHER.
 */
void machine_type_parse(const char *arch, const char *name, struct machine_type *ret);

bool machine_type_has(const struct machine_type *type, enum machine_type_gate gate);

/* True for the architectures of x86: "x86_64", "i686", "i386". */
bool machine_type_is_x86(const char *arch);
