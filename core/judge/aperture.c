/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/judge/aperture.h"

#include "core/judge/kernel_gate.h"

#include <string.h>

#define APERTURE_ECAP_SMTS     (1ULL << 43)
#define APERTURE_ECAP_SLTS     (1ULL << 46)
#define APERTURE_ECAP_FLTS     (1ULL << 47)
#define APERTURE_SMMU_TRANS_S1 (1ULL << 9) /* drivers/iommu/arm/arm-smmu-v3 ARM_SMMU_FEAT_* */
#define APERTURE_SMMU_VAX      (1ULL << 14)
#define APERTURE_BITS_MAX      64U

uint64_t aperture_last_of_bits(uint64_t bits)
{
	return bits >= APERTURE_BITS_MAX ? UINT64_MAX : (1ULL << bits) - 1;
}

static struct aperture aperture_bits(uint64_t floor, uint64_t ceiling, const char *known_by)
{
	return (struct aperture){
		.floor_known = true,
		.floor_last = aperture_last_of_bits(floor),
		.ceiling_last = aperture_last_of_bits(ceiling),
		.known_by = known_by,
	};
}

/* What the kind guarantees when the unit itself says nothing: @floor bits, 0 for nothing. */
static struct aperture aperture_floor(uint64_t floor, uint64_t ceiling, struct fact reason)
{
	return (struct aperture){
		.floor_known = floor > 0,
		.floor_last = floor > 0 ? aperture_last_of_bits(floor) : 0,
		.ceiling_last = aperture_last_of_bits(ceiling),
		.why = fact_is_ignorance(reason) ? fact_why(reason) : FACT_NOT_EXPOSED,
	};
}

/* How many bits the tables that VFIO gets may cost: none, one (first stage), or either. */
enum aperture_stage { APERTURE_SECOND_STAGE, APERTURE_FIRST_STAGE, APERTURE_EITHER_STAGE };

static enum aperture_stage aperture_vtd_scalable(const struct facts_iommu *unit)
{
	if (fact_is_yes(unit->scalable_mode))
		return APERTURE_FIRST_STAGE;
	return fact_is_no(unit->scalable_mode) ? APERTURE_SECOND_STAGE : APERTURE_EITHER_STAGE;
}

/* Linux drivers/iommu/intel/iommu.c, first_level_by_default and its successors. */
static enum aperture_stage aperture_vtd_stage(
	const struct facts *facts, const struct facts_iommu *unit)
{
	uint64_t ecap = unit->ecap.value;

	if (!fact_is_value(unit->ecap.fact))
		return APERTURE_EITHER_STAGE;
	if (!(ecap & APERTURE_ECAP_SMTS) || !(ecap & APERTURE_ECAP_FLTS))
		return APERTURE_SECOND_STAGE;
	if (!(ecap & APERTURE_ECAP_SLTS))
		return aperture_vtd_scalable(unit);
	switch (kernel_gate_evaluate(&facts->host.kernel, KERNEL_GATE_VTD_FIRST_STAGE_FIRST)) {
	case KERNEL_GATE_OFF:
		return APERTURE_SECOND_STAGE;
	case KERNEL_GATE_ON:
		return aperture_vtd_scalable(unit);
	case KERNEL_GATE_UNKNOWN:
		break;
	}
	return aperture_vtd_scalable(unit) == APERTURE_SECOND_STAGE ? APERTURE_SECOND_STAGE
								    : APERTURE_EITHER_STAGE;
}

/*
 * min(widest SAGAW, MGAW) bits; one less in first-stage tables, whose addresses must be canonical.
 * A VT-d unit reaches at least 32 bits: MGAW is no smaller than the platform's physical width.
 */
static struct aperture aperture_vtd(const struct facts *facts, const struct facts_iommu *unit)
{
	uint64_t bits = unit->input_bits.value;

	if (!fact_is_value(unit->input_bits.fact) || bits < 33)
		return aperture_floor(32, 57, unit->input_bits.fact);
	switch (aperture_vtd_stage(facts, unit)) {
	case APERTURE_SECOND_STAGE:
		return aperture_bits(bits, bits, "register");
	case APERTURE_FIRST_STAGE:
		return aperture_bits(bits - 1, bits - 1, "register");
	case APERTURE_EITHER_STAGE:
		break;
	}
	return aperture_bits(bits - 1, bits, "register");
}

/*
 * Up to 6.12 the driver gives all 64 bits. Later it follows HATS, bits 11:10 of the EFR copy in the
 * IVRS table: 4, 5 or 6 levels, 48, 57 or 64 bits; without such a copy 4 levels.
 */
static struct aperture aperture_amd(const struct facts *facts, const struct facts_iommu *unit)
{
	static const unsigned bits_of_hats[] = { 48, 57, 64 };
	enum kernel_gate_answer gate =
		kernel_gate_evaluate(&facts->host.kernel, KERNEL_GATE_AMD_HATS_BOUNDS);
	uint64_t hats = unit->ivrs_efr.value >> 10 & 3;
	unsigned bits = bits_of_hats[0];

	if (gate == KERNEL_GATE_OFF)
		return aperture_bits(64, 64, "driver-rule");
	if (fact_is_ignorance(unit->ivrs_efr.fact))
		return aperture_floor(bits, 64, unit->ivrs_efr.fact);
	if (fact_is_value(unit->ivrs_efr.fact)) {
		if (hats >= sizeof(bits_of_hats) / sizeof(bits_of_hats[0]))
			return aperture_floor(bits, 64, FACT_IGNORANT(FACT_MALFORMED));
		bits = bits_of_hats[hats];
	}
	return aperture_bits(bits, gate == KERNEL_GATE_ON ? bits : 64, "acpi-table");
}

/*
 * The bits that stage-1 tables give: the kernel's own virtual-address bits, at most 48, or 52 where
 * the unit has VAX. Kernels that follow the number are built with 48 or 52; of others all that is
 * known is the smallest choice for their page size (arch/arm64/Kconfig, ARM64_VA_BITS).
 */
static struct aperture aperture_smmu_stage1(const struct facts *facts, bool vax)
{
	const struct facts_host *host = &facts->host;
	uint64_t most = vax ? 52 : 48;
	uint64_t least = 36;

	if (fact_is_value(host->va_bits.fact)) {
		uint64_t bits = host->va_bits.value < most ? host->va_bits.value : most;

		return aperture_bits(bits, bits, "driver-rule");
	}
	if (fact_is_value(host->kernel.flavour.fact) &&
		kernel_gate_flavour_follows_number(host->kernel.flavour.value))
		return aperture_bits(48, most, "driver-rule");
	if (fact_is_value(host->page_size.fact) && host->page_size.value == 4096)
		least = 39;
	return aperture_bits(least, most, "driver-rule");
}

/* IAS and OAS of an SMMUv3 are 32 bits at least (IHI 0070, SMMU_IDR5.OAS). */
static struct aperture aperture_smmu_v3(const struct facts *facts, const struct facts_iommu *unit)
{
	if (!fact_is_value(unit->smmu_features.fact))
		return aperture_floor(32, 52, unit->smmu_features.fact);
	if (unit->smmu_features.value & APERTURE_SMMU_TRANS_S1)
		return aperture_smmu_stage1(facts, unit->smmu_features.value & APERTURE_SMMU_VAX);
	if (!fact_is_value(unit->smmu_ias.fact) || unit->smmu_ias.value < 32)
		return aperture_floor(32, 52, unit->smmu_ias.fact);
	return aperture_bits(unit->smmu_ias.value, unit->smmu_ias.value, "kernel-log");
}

/* Both kinds of width are printed to the kernel log when the unit is found, and nowhere else. */
static struct aperture aperture_of_log(const struct fact_number *bits, uint64_t floor)
{
	if (!fact_is_value(bits->fact) || bits->value < 12)
		return aperture_floor(floor, 64, bits->fact);
	return aperture_bits(bits->value, bits->value, "kernel-log");
}

static struct aperture aperture_smmu_v2(const struct facts_iommu *unit)
{
	if (fact_is_null(unit->input_bits.fact))
		return aperture_of_log(&unit->smmu_ias, 32);
	return aperture_of_log(&unit->input_bits, 32);
}

struct aperture aperture_compute(
	const struct facts *facts, const struct facts_iommu *unit, const struct assume *assume)
{
	if (assume->iommu_bits)
		return aperture_bits(assume->iommu_bits, assume->iommu_bits, "assumption");
	if (!unit || !fact_is_value(unit->kind.fact))
		return aperture_floor(0, 64, unit ? unit->kind.fact : (struct fact){ 0 });
	if (strcmp(unit->kind.value, "intel-vtd") == 0)
		return aperture_vtd(facts, unit);
	if (strcmp(unit->kind.value, "amd-vi") == 0)
		return aperture_amd(facts, unit);
	if (strcmp(unit->kind.value, "arm-smmu-v3") == 0)
		return aperture_smmu_v3(facts, unit);
	if (strcmp(unit->kind.value, "arm-smmu") == 0)
		return aperture_smmu_v2(unit);
	if (strcmp(unit->kind.value, "virtio-iommu") == 0)
		return aperture_of_log(&unit->input_bits, 0);
	return aperture_floor(0, 64, FACT_IGNORANT(FACT_NOT_EXPOSED));
}

struct aperture aperture_meet(struct aperture a, struct aperture b)
{
	struct aperture met = a;

	if (b.ceiling_last < a.ceiling_last)
		met.known_by = b.known_by;
	if (!a.known_by || !b.known_by) {
		met.known_by = NULL;
		met.why = a.known_by ? b.why : a.why;
	}
	met.floor_known = a.floor_known && b.floor_known;
	met.floor_last = a.floor_last < b.floor_last ? a.floor_last : b.floor_last;
	met.ceiling_last = a.ceiling_last < b.ceiling_last ? a.ceiling_last : b.ceiling_last;
	return met;
}

struct fact_number aperture_min_page(const struct facts_iommu *unit)
{
	if (!unit)
		return (struct fact_number){ 0 };
	if (fact_is_value(unit->page_sizes.fact) && unit->page_sizes.value)
		return fact_number(unit->page_sizes.value & -unit->page_sizes.value);
	if (fact_text_is(unit->kind, "intel-vtd") || fact_text_is(unit->kind, "amd-vi"))
		return fact_number(4096);
	if (fact_is_ignorance(unit->page_sizes.fact))
		return (struct fact_number){ .fact = unit->page_sizes.fact };
	return fact_number_unknown(FACT_NOT_EXPOSED);
}
