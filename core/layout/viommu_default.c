/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/layout/viommu_default.h"

#define VIOMMU_DEFAULT_VTD	   48U
#define VIOMMU_DEFAULT_VTD_OLD	   39U
#define VIOMMU_DEFAULT_VIRTIO	   64U
#define VIOMMU_DEFAULT_VIRTIO_Q35  39U
#define VIOMMU_DEFAULT_VIRTIO_VIRT 48U

/* Boards that name a width do so for all their machines from one version on. */
static unsigned viommu_default_virtio(const struct machine_type *type)
{
	if (!machine_type_has(type, MACHINE_TYPE_VIRTIO_IOMMU_WIDTH))
		return VIOMMU_DEFAULT_VIRTIO;
	if (type->board == MACHINE_TYPE_Q35)
		return VIOMMU_DEFAULT_VIRTIO_Q35;
	if (type->board == MACHINE_TYPE_VIRT)
		return VIOMMU_DEFAULT_VIRTIO_VIRT;
	return VIOMMU_DEFAULT_VIRTIO;
}

static unsigned viommu_default_bits(const struct machine_type *type, enum viommu_model model)
{
	switch (model) {
	case VIOMMU_INTEL:
		return machine_type_has(type, MACHINE_TYPE_WIDE_INTEL_IOMMU)
			       ? VIOMMU_DEFAULT_VTD
			       : VIOMMU_DEFAULT_VTD_OLD;
	case VIOMMU_VIRTIO:
		return viommu_default_virtio(type);
	case VIOMMU_NONE:
	case VIOMMU_AMD:
	case VIOMMU_SMMUV3:
	case VIOMMU_OTHER:
	case _VIOMMU_MODEL_MAX:
		break;
	}
	return 0;
}

void viommu_default_fill(const struct machine_type *type, struct viommu *viommu)
{
	if (type->board == MACHINE_TYPE_OTHER)
		return;
	if (!viommu->aw_bits)
		viommu->aw_bits = viommu_default_bits(type, viommu->model);
	if (viommu->model == VIOMMU_INTEL && viommu->caching_mode == TRI_UNKNOWN)
		viommu->caching_mode = TRI_NO;
}
