/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/judge/usable.h"

#include <errno.h>
#include <string.h>

bool usable_is_carved(const char *type)
{
	return strcmp(type, "direct-relaxable") != 0;
}

int usable_compute(const struct class_shape *shape, struct arena *arena, struct usable *ret)
{
	const struct class_region *regions = shape->regions.items;
	size_t n_regions = fact_is_value(shape->regions.fact) ? shape->regions.n : 0, n = 0;
	struct region *holes = arena_array(arena, n_regions, sizeof(*holes));
	struct usable usable = {
		.regions_known = fact_is_value(shape->regions.fact),
		.floor_known = fact_is_value(shape->aperture.fact),
		.floor_last = shape->aperture.value,
		.ceiling_last = fact_is_value(shape->aperture_at_most.fact)
					? shape->aperture_at_most.value
					: UINT64_MAX,
	};
	int r;

	if (!holes)
		return -ENOMEM;
	for (size_t i = 0; i < n_regions; i++)
		if (usable_is_carved(regions[i].type.value))
			holes[n++] =
				(struct region){ regions[i].first.value, regions[i].last.value };
	r = region_set_without(
		arena, (struct region){ 0, usable.ceiling_last }, holes, n, &usable.possible);
	if (r == 0 && usable.floor_known && usable.regions_known)
		r = region_set_without(
			arena, (struct region){ 0, usable.floor_last }, holes, n, &usable.proven);
	if (r < 0)
		return r;
	*ret = usable;
	return 0;
}
