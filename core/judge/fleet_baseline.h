/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What all hosts have in common: the addresses where memory of a guest is usable whichever device
 * it gets on whichever host, and for everything else who is in the way, and with what.
 */
#pragma once

#include "core/judge/fleet.h"

/* Something that makes addresses unusable. */
struct fleet_baseline_cause {
	struct region region;
	const char *type; /* of a reserved region; "beyond-aperture"; "unknown" */
	size_t n_hosts;
	const char **hosts; /* names, in order */
};

struct fleet_baseline {
	struct arena *arena;
	size_t n_hosts;	 /* that were asked about */
	size_t n_unable; /* of them: nothing can be assigned there at all */
	const char **unable;
	size_t n_unknown; /* of them: what is usable there is not known, so no address is for sure
			   */
	const char **unknown;
	struct region_set usable; /* on all that are able; empty where one is unknown */
	struct region_set known;  /* on those of which it is known */
	size_t n_causes;
	struct fleet_baseline_cause *causes; /* by region, then by type */
};

/*
 * The baseline of the @n members at @members, indices in fleet.members, in @ret, whose arena the
 * caller frees. -ENOMEM.
 */
int fleet_baseline_compute(
	const struct fleet *fleet, const size_t *members, size_t n, struct fleet_baseline *ret);
