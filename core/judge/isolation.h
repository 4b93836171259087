/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The way of a device's requests from the device to the root, and who can be reached on it without
 * the IOMMU seeing: the ACS path. It is the kernel's own rule (drivers/pci/pci.c pci_acs_enabled
 * and pci_acs_path_enabled), without its table of quirks, computed next to the kernel's groups and
 * never instead of them: groups decide what can be assigned, a hole in the path is a finding.
 */
#pragma once

#include "core/model/facts.h"
#include "core/model/tri.h"

/* ACS bits, PCIe 6.0 section 7.7.11.2; the same in both registers. */
#define ISOLATION_ACS_SV 0x01U
#define ISOLATION_ACS_TB 0x02U
#define ISOLATION_ACS_RR 0x04U
#define ISOLATION_ACS_CR 0x08U
#define ISOLATION_ACS_UF 0x10U
#define ISOLATION_ACS_EC 0x20U
#define ISOLATION_ACS_DT 0x40U
/* What Linux requires of every port on the path (drivers/iommu/iommu.c REQ_ACS_FLAGS). */
#define ISOLATION_ACS_REQUIRED                                                                     \
	(ISOLATION_ACS_SV | ISOLATION_ACS_RR | ISOLATION_ACS_CR | ISOLATION_ACS_UF)

struct isolation;

/* What the path of one device is like. Sets live in the arena of isolation_new(). */
struct isolation_path {
	enum tri isolated; /* no device outside its group is reachable past the IOMMU */
	const struct facts_device *hole; /* first port from below that fails or may fail, or NULL */
	enum tri hole_certain;		 /* yes: it fails; unknown: nobody knows */
	unsigned missing;		 /* ACS bits it lacks; 0: all, it has no ACS at all */
	struct region_set peers;	 /* windows that are reached for sure */
	struct region_set doubtful;	 /* windows reached unless a port redirects after all */
	bool complete;			 /* nothing beside the two sets can be reached */
};

/* Prepares @facts, which must outlive it, in @arena. -ENOMEM. */
int isolation_new(const struct facts *facts, struct arena *arena, struct isolation **ret);

/* The path of the device at @index of facts.devices. -ENOMEM. */
int isolation_compute(struct isolation *isolation, size_t index, struct isolation_path *ret);

/* The index of the bridge above the device at @index, or -1: on a root bus, or not known. */
ptrdiff_t isolation_parent(const struct isolation *isolation, size_t index);

/*
 * Whether @device enforces all of @required, by the kernel's rule for its port type; the bits that
 * it lacks in @ret_missing (0 with TRI_NO: it has no ACS capability, or is of a type that never
 * can).
 */
enum tri isolation_acs_enabled(
	const struct facts_device *device, unsigned required, unsigned *ret_missing);
