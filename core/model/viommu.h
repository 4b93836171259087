/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The IOMMU that a guest has of its own, and what it relies on. A member that nobody stated is
 * unknown, never a default: defaults depend on the machine's version and are filled in by the
 * layout.
 */
#pragma once

#include "core/model/region.h"
#include "core/model/tri.h"

enum viommu_model {
	VIOMMU_NONE,
	VIOMMU_INTEL,  /* intel-iommu */
	VIOMMU_AMD,    /* amd-iommu */
	VIOMMU_SMMUV3, /* the SMMUv3 of the machine "virt" */
	VIOMMU_VIRTIO, /* virtio-iommu-pci */
	VIOMMU_OTHER,  /* there is one, and it is not modelled */
	_VIOMMU_MODEL_MAX,
};

struct viommu {
	enum viommu_model model;
	const char *name;	/* as it was written, for VIOMMU_OTHER; else may be NULL */
	unsigned aw_bits;	/* width of the addresses that it translates; 0: not known */
	enum tri caching_mode;	/* intel-iommu's; unknown: not stated */
	enum tri intremap;	/* it remaps interrupts */
	enum tri shares_tables; /* the guest's own page tables are walked by the host's IOMMU */
	bool regions_known;	/* virtio-iommu: what the guest was told is reserved is known */
	size_t n_regions;	/* and is this: */
	struct region *regions;
};

/* "none", "intel", "amd", "smmuv3", "virtio", "other". */
const char *viommu_model_word(enum viommu_model model);

/* The model of that name in @ret. 0, or -EINVAL when there is none. */
int viommu_model_parse(const char *word, enum viommu_model *ret);
