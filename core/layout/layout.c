/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/layout/layout.h"

#include "core/layout/machine_type.h"
#include "core/layout/place.h"

#include <string.h>

int layout_guest(
	const struct machine *machine, const struct layout_place *place, struct guest **ret)
{
	struct machine_type type;

	machine_type_parse(machine->arch, machine->type, &type);
	return place_lay_out(machine, &type, place, ret);
}

/* A walk over the ranges of one kind, in which what touches is one. */
struct layout_walk {
	const struct guest *guest;
	enum guest_kind kind;
	size_t at;
	struct region region;
};

/* BARs that are not placed, and windows, are what they are; memory that touches is one piece. */
static bool layout_joins(const struct layout_walk *walk, const struct guest_range *range)
{
	return (walk->kind == GUEST_RAM || walk->kind == GUEST_ROM) &&
	       range->region.first == walk->region.last + 1;
}

/* The next piece: its region in @walk, its first range given; NULL after the last. */
static const struct guest_range *layout_next(struct layout_walk *walk)
{
	const struct guest *guest = walk->guest;
	const struct guest_range *found = NULL;

	for (; walk->at < guest->n_ranges; walk->at++) {
		const struct guest_range *range = &guest->ranges[walk->at];

		if (range->kind != walk->kind)
			continue;
		if (found && !layout_joins(walk, range))
			break;
		if (!found)
			walk->region = range->region;
		found = found ? found : range;
		walk->region.last = range->region.last;
	}
	return found;
}

static bool layout_same_kind(const struct guest *a, const struct guest *b, enum guest_kind kind,
	const struct guest_range **ret)
{
	struct layout_walk x = { .guest = a, .kind = kind }, y = { .guest = b, .kind = kind };

	do {
		ret[0] = layout_next(&x);
		ret[1] = layout_next(&y);
		if (!ret[0] && !ret[1])
			return true;
	} while (ret[0] && ret[1] && region_compare(&x.region, &y.region) == 0 &&
		 ret[0]->placed == ret[1]->placed);
	return false;
}

bool layout_same(const struct guest *a, const struct guest *b, const struct guest_range **ret_a,
	const struct guest_range **ret_b)
{
	static const enum guest_kind kinds[] = { GUEST_RAM, GUEST_ROM, GUEST_RAM_DEVICE,
		GUEST_HOTPLUG };
	const struct guest_range *pair[2] = { NULL, NULL };
	bool same = true;

	for (size_t i = 0; same && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		same = layout_same_kind(a, b, kinds[i], pair);
	*ret_a = pair[0];
	*ret_b = pair[1];
	return same;
}
