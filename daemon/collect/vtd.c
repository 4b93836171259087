/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE
#include "daemon/collect/vtd.h"

#include "daemon/collect/scan.h"

#include <string.h>

#define VTD_PAGE_4K 0x1000ULL
#define VTD_PAGE_2M 0x200000ULL
#define VTD_PAGE_1G 0x40000000ULL

enum { /* bits of CAP_REG */
	VTD_CAP_CM = 7,
	VTD_CAP_SAGAW = 8,  /* five bits */
	VTD_CAP_MGAW = 16,  /* six bits, less one */
	VTD_CAP_SLLPS = 34, /* bit 0: 2 MiB, bit 1: 1 GiB */
	VTD_CAP_FL1GP = 56,
};

enum { /* bits of ECAP_REG */
	VTD_ECAP_DT = 2,
	VTD_ECAP_IR = 3,
	VTD_ECAP_NEST = 26,
	VTD_ECAP_PRS = 29,
	VTD_ECAP_PSS = 35, /* five bits, less one */
	VTD_ECAP_PASID = 40,
	VTD_ECAP_SMTS = 43,
	VTD_ECAP_SLTS = 46,
	VTD_ECAP_FLTS = 47,
};

static bool vtd_bit(struct fact_number reg, unsigned bit)
{
	return reg.value >> bit & 1;
}

struct fact_number vtd_scalable_word(const struct fact_texts *words)
{
	struct fact_number scalable = fact_number_unknown(FACT_NOT_EXPOSED);

	for (size_t i = 0; fact_is_value(words->fact) && i < words->n; i++) {
		struct scan options = scan_of(words->items[i], strlen(words->items[i]));
		if (!scan_literal(&options, "intel_iommu="))
			continue;
		while (scan_left(&options)) {
			struct scan one = options;
			const char *comma = memchr(one.p, ',', scan_left(&one));
			one.end = comma ? comma : one.end;
			options.p = comma ? comma + 1 : options.end;
			if (scan_is(&one, "sm_on"))
				scalable = fact_number(1);
			else if (scan_is(&one, "sm_off"))
				scalable = fact_number(0);
		}
	}
	return scalable;
}

/* min(widest SAGAW, MGAW), as iommu_calculate_agaw() in Linux drivers/iommu/intel/iommu.c. */
static struct fact_number vtd_input_bits(struct fact_number cap)
{
	uint64_t sagaw = cap.value >> VTD_CAP_SAGAW & 0x1f;
	uint64_t mgaw = (cap.value >> VTD_CAP_MGAW & 0x3f) + 1;
	uint64_t widest = sagaw & 8 ? 57 : sagaw & 4 ? 48 : sagaw & 2 ? 39 : 0;

	if (!fact_is_value(cap.fact))
		return (struct fact_number){ .fact = cap.fact };
	if (!widest)
		return fact_number_unknown(FACT_MALFORMED);
	return fact_number(widest < mgaw ? widest : mgaw);
}

static void vtd_decode_stages(struct fact_number scalable, struct facts_iommu *unit)
{
	bool can = vtd_bit(unit->ecap, VTD_ECAP_SMTS);
	bool first = can && vtd_bit(unit->ecap, VTD_ECAP_FLTS);
	bool second = vtd_bit(unit->ecap, VTD_ECAP_SLTS);

	unit->scalable_mode = can ? scalable : fact_number(0);
	if (!first)
		unit->first_stage = fact_number(0);
	else
		unit->first_stage = unit->scalable_mode;
	/* Legacy mode has second-stage tables only, scalable mode has them where SLTS says so. */
	if (fact_is_no(unit->scalable_mode) || second)
		unit->second_stage = fact_number(1);
	else if (fact_is_yes(unit->scalable_mode))
		unit->second_stage = fact_number(0);
	else
		unit->second_stage = (struct fact_number){ .fact = unit->scalable_mode.fact };
}

static struct fact_number vtd_page_sizes(const struct facts_iommu *unit)
{
	uint64_t sizes = VTD_PAGE_4K;

	if (!fact_is_value(unit->cap.fact))
		return (struct fact_number){ .fact = unit->cap.fact };
	if (fact_is_ignorance(unit->second_stage.fact))
		return (struct fact_number){ .fact = unit->second_stage.fact };
	if (fact_is_yes(unit->second_stage)) {
		sizes |= vtd_bit(unit->cap, VTD_CAP_SLLPS) ? VTD_PAGE_2M : 0;
		sizes |= vtd_bit(unit->cap, VTD_CAP_SLLPS + 1) ? VTD_PAGE_1G : 0;
	} else {
		sizes |= VTD_PAGE_2M;
		sizes |= vtd_bit(unit->cap, VTD_CAP_FL1GP) ? VTD_PAGE_1G : 0;
	}
	return fact_number(sizes);
}

static void vtd_decode_formats(struct facts_iommu *unit)
{
	static const char *formats[] = { "vtd-s1" };

	unit->formats.fact = FACT_KNOWN;
	if (!fact_is_yes(unit->nesting) || fact_is_no(unit->first_stage))
		return;
	if (fact_is_ignorance(unit->first_stage.fact)) {
		unit->formats.fact = unit->first_stage.fact;
		return;
	}
	unit->formats.n = 1;
	unit->formats.items = formats;
}

static void vtd_no_ecap(struct facts_iommu *unit)
{
	struct fact why = unit->ecap.fact;

	unit->scalable_mode.fact = unit->first_stage.fact = unit->second_stage.fact = why;
	unit->nesting.fact = unit->pasid_bits.fact = unit->page_requests.fact = why;
	unit->ats.fact = unit->interrupt_remapping.fact = unit->formats.fact = why;
}

void vtd_decode(struct fact_number scalable, struct facts_iommu *unit)
{
	unit->input_bits = vtd_input_bits(unit->cap);
	unit->caching_mode = fact_is_value(unit->cap.fact)
				     ? fact_number(vtd_bit(unit->cap, VTD_CAP_CM))
				     : (struct fact_number){ .fact = unit->cap.fact };
	if (!fact_is_value(unit->ecap.fact)) {
		vtd_no_ecap(unit);
	} else {
		vtd_decode_stages(scalable, unit);
		unit->nesting = fact_number(vtd_bit(unit->ecap, VTD_ECAP_NEST));
		unit->pasid_bits =
			fact_number(vtd_bit(unit->ecap, VTD_ECAP_PASID)
					    ? (unit->ecap.value >> VTD_ECAP_PSS & 0x1f) + 1
					    : 0);
		unit->page_requests = fact_number(vtd_bit(unit->ecap, VTD_ECAP_PRS));
		unit->ats = fact_number(vtd_bit(unit->ecap, VTD_ECAP_DT));
		unit->interrupt_remapping = fact_number(vtd_bit(unit->ecap, VTD_ECAP_IR));
		vtd_decode_formats(unit);
	}
	unit->page_sizes = vtd_page_sizes(unit);
}
