/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How far an IOMMU unit reaches for VFIO, and how that is known. The reserved_regions file says
 * nothing of it, so it follows from the unit's registers, tables and log lines by the rules that
 * were measured on real kernels. Where what is known leaves two possibilities, both ends are given:
 * up to the floor a mapping surely works, past the ceiling it surely fails.
 */
#pragma once

#include "core/judge/assume.h"
#include "core/model/facts.h"

struct aperture {
	bool floor_known;      /* false: nothing is proven, not even a floor */
	uint64_t floor_last;   /* last address that surely is reached */
	uint64_t ceiling_last; /* last address that possibly is reached; >= floor_last */
	const char *known_by;  /* a word of class_shape.aperture_known_by; NULL: not known */
	enum fact_why why;     /* when known_by is NULL */
};

/* The reach of @unit (NULL: the group's unit is not known) on the host of @facts under @assume. */
struct aperture aperture_compute(
	const struct facts *facts, const struct facts_iommu *unit, const struct assume *assume);

/* What both of two units reach: for a group that more than one serves. */
struct aperture aperture_meet(struct aperture a, struct aperture b);

/* The last address of @bits address bits; 64 and more: all. */
uint64_t aperture_last_of_bits(uint64_t bits);

/*
 * The smallest page of @unit in bytes. VT-d (specification 4.1 section 3.7) and AMD-Vi
 * (specification 48882 section 2.2.3) have 4 KiB pages always; others say it or it is unknown.
 */
struct fact_number aperture_min_page(const struct facts_iommu *unit);
