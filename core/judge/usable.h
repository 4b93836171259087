/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where a group's devices can be given memory: what its unit reaches without every reserved region
 * but the direct-relaxable ones, as VFIO publishes it (Linux drivers/vfio/vfio_iommu_type1.c
 * vfio_iommu_resv_exclude; iommufd agrees for a single range).
 */
#pragma once

#include "core/model/class.h"

struct usable {
	bool regions_known;
	struct region_set proven;   /* surely usable; empty when the reach has no floor */
	struct region_set possible; /* at most usable */
	uint64_t floor_last;	    /* of the reach; valid if floor_known */
	uint64_t ceiling_last;
	bool floor_known;
};

/* The usable sets of @shape in @ret, in @arena. -ENOMEM. */
int usable_compute(const struct class_shape *shape, struct arena *arena, struct usable *ret);

/* True when VFIO cuts a region of this type out of what may be mapped. */
bool usable_is_carved(const char *type);
