/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* AMD-Vi: capability header and extended features, AMD document 48882 section 3. Pure. */
#pragma once

#include "core/model/facts.h"
#include "daemon/collect/scan.h"

struct amdvi_features {
	struct fact_number efr;
	struct fact_number efr2;
};

/*
 * Decodes the sysfs attribute "features". Kernels up to 6.6 print "EFR2:EFR", those of 6.12 and
 * later "EFR:EFR2", old ones the EFR alone. Which word is which is told from the values first: an
 * EFR is never 0 and only it has bits above 31; then from the version of @kernel where its flavour
 * follows the numbers; else both are unknown.
 */
struct amdvi_features amdvi_parse_features(struct scan text, const struct facts_kernel *kernel);

/* Sets what follows from unit->cap and unit->efr, which are set. */
void amdvi_decode(struct facts_iommu *unit);
