/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/collect/smmu.h"

/* ARM_SMMU_FEAT_* of Linux drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.h */
enum {
	SMMU_FEATURE_PRI = 4,
	SMMU_FEATURE_ATS = 5,
	SMMU_FEATURE_S1 = 9,
	SMMU_FEATURE_S2 = 10,
};

static struct fact_number smmu_feature(const struct kernel_log_smmu *smmu, unsigned bit)
{
	if (!fact_is_value(smmu->features.fact))
		return (struct fact_number){ .fact = smmu->features.fact };
	return fact_number(smmu->features.value >> bit & 1);
}

void smmu_decode_v3(const struct kernel_log_smmu *smmu, struct facts_iommu *unit)
{
	static const char *formats[] = { "smmuv3" };

	unit->smmu_features = smmu->features;
	unit->smmu_ias = smmu->ias;
	unit->input_bits = fact_number_null();
	/* IDR5 has the granules, and nothing shows it. */
	unit->page_sizes = fact_number_unknown(FACT_NOT_EXPOSED);
	unit->first_stage = smmu_feature(smmu, SMMU_FEATURE_S1);
	unit->second_stage = smmu_feature(smmu, SMMU_FEATURE_S2);
	unit->scalable_mode = unit->caching_mode = unit->interrupt_remapping = fact_number_null();
	unit->nesting = unit->first_stage;
	if (fact_is_value(unit->nesting.fact))
		unit->nesting.value &= unit->second_stage.value;
	unit->pasid_bits = fact_number_unknown(FACT_NOT_EXPOSED); /* SSIDSIZE of IDR1: likewise */
	unit->page_requests = smmu_feature(smmu, SMMU_FEATURE_PRI);
	unit->ats = smmu_feature(smmu, SMMU_FEATURE_ATS);
	unit->formats.fact = unit->nesting.fact;
	if (fact_is_yes(unit->nesting)) {
		unit->formats.n = 1;
		unit->formats.items = formats;
	}
}

void smmu_decode_v2(const struct kernel_log_smmu *smmu, struct facts_iommu *unit)
{
	struct fact_number none = fact_number_null();

	unit->smmu_features = none;
	unit->smmu_ias = smmu->ias;
	unit->input_bits = smmu->stage_1_bits;
	unit->page_sizes = smmu->page_sizes;
	unit->first_stage = smmu->stage_1_bits;
	if (!fact_is_ignorance(smmu->stage_1_bits.fact))
		unit->first_stage = fact_number(fact_is_value(smmu->stage_1_bits.fact));
	unit->second_stage = smmu->stage_2;
	unit->scalable_mode = unit->caching_mode = unit->interrupt_remapping = none;
	unit->nesting = fact_number(0); /* no interface of the kernel shares its tables */
	unit->pasid_bits = unit->page_requests = unit->ats = fact_number(0);
	unit->formats.fact = FACT_KNOWN;
}
