/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What all hosts have in common: the addresses where memory of a guest is usable whichever device
 * it gets on whichever host, and for everything else who is in the way, and with what.
 */
#pragma once

#include "core/judge/fleet.h"

struct fleet_baseline_hosts {
	size_t n;
	const char **names; /* in order */
};

/* Something that makes addresses unusable. */
struct fleet_baseline_cause {
	struct region region;
	/* Of a reserved region, or "beyond-aperture"; "peer-window" and "perhaps-peer-window",
	 * where another device answers past the IOMMU; "outside-dma-ranges" of the host bridge.
	 */
	const char *type;
	struct fleet_baseline_hosts hosts;
};

struct fleet_baseline {
	struct arena *arena;
	size_t n_hosts;			    /* that were asked about */
	struct fleet_baseline_hosts unable; /* of them: nothing can be assigned there at all */
	/* Of them: what is usable there is not known, so that no address is, for sure. */
	struct fleet_baseline_hosts unknown;
	struct fleet_baseline_hosts stale; /* of those: what is known is too old */
	uint64_t oldest_us;	  /* when the oldest of what is known was collected; 0: not known */
	struct region_set usable; /* on all that are able; empty where one is unknown */
	struct region_set known;  /* the same without those that are unknown */
	size_t n_causes;
	struct fleet_baseline_cause *causes; /* by region, then by type */
};

/*
 * What stands in the way of memory there is what rules say of it: reserved regions, the surely
 * reached end, windows of peers and of the host bridge. Alignment is the guest's own matter.
 *
 * A member that is stale does not tell, whatever it told once: it makes no hole, and no address
 * sure. The baseline of the @n members at @members, indices in fleet.members, in @ret, whose arena
 * the caller frees. -ENOMEM.
 */
int fleet_baseline_compute(
	const struct fleet *fleet, const size_t *members, size_t n, struct fleet_baseline *ret);
