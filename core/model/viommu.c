/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/model/viommu.h"

#include <errno.h>
#include <string.h>

static const char *const viommu_words[_VIOMMU_MODEL_MAX] = {
	[VIOMMU_NONE] = "none",
	[VIOMMU_INTEL] = "intel",
	[VIOMMU_AMD] = "amd",
	[VIOMMU_SMMUV3] = "smmuv3",
	[VIOMMU_VIRTIO] = "virtio",
	[VIOMMU_OTHER] = "other",
};

const char *viommu_model_word(enum viommu_model model)
{
	return viommu_words[model];
}

int viommu_model_parse(const char *word, enum viommu_model *ret)
{
	for (unsigned i = 0; i < _VIOMMU_MODEL_MAX; i++)
		if (strcmp(word, viommu_words[i]) == 0) {
			*ret = (enum viommu_model)i;
			return 0;
		}
	return -EINVAL;
}
