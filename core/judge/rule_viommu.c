/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a guest with an IOMMU of its own relies on, against the unit that serves a device here. */
#include "core/judge/rule.h"

#include "core/judge/headroom.h"

#include <inttypes.h>
#include <string.h>

#define RULE_VIOMMU_RANGE "0x%" PRIx64 "-0x%" PRIx64

/* Bits of an address, as QEMU counts those of the last valid range's end. */
static unsigned rule_viommu_bits(uint64_t last)
{
	unsigned bits = 0;

	for (; last; last >>= 1)
		bits++;
	return bits;
}

/* Of @set: how wide its highest address is; 0 when it is empty. */
static unsigned rule_viommu_width(const struct region_set *set)
{
	return set->n ? rule_viommu_bits(set->items[set->n - 1].last) : 0;
}

/* True when the guest was told that all past what this host reaches is reserved. */
static bool rule_viommu_told(const struct viommu *viommu, uint64_t first)
{
	uint64_t last = viommu->aw_bits < 64 ? (1ULL << viommu->aw_bits) - 1 : UINT64_MAX;

	for (size_t i = 0; viommu->regions_known && i < viommu->n_regions; i++)
		if (region_covers(viommu->regions[i], (struct region){ first, last }))
			return true;
	return false;
}

/*
 * QEMU hw/i386/intel_iommu.c vtd_check_hiod: aw-bits above the host's are refused. A virtio-iommu
 * is not refused; its guest may use what it was not told is reserved.
 */
enum finding_answer rule_viommu_wider(const struct rule_context *context)
{
	const struct viommu *viommu = &context->guest->viommu;
	enum finding_answer answer = FINDING_CANNOT_TELL;
	unsigned sure, possible;
	struct finding *finding;

	if (viommu->model != VIOMMU_INTEL && viommu->model != VIOMMU_VIRTIO &&
		viommu->model != VIOMMU_AMD)
		return FINDING_HOLDS;
	sure = context->usable ? rule_viommu_width(&context->usable->proven) : 0;
	possible = context->usable ? rule_viommu_width(&context->usable->possible) : 64;
	if (viommu->aw_bits && viommu->aw_bits <= sure)
		return FINDING_HOLDS;
	if (viommu->model == VIOMMU_VIRTIO && sure && viommu->aw_bits &&
		rule_viommu_told(viommu, 1ULL << (sure - 1) << 1))
		return FINDING_HOLDS;
	if (viommu->model == VIOMMU_INTEL && viommu->aw_bits > possible)
		answer = FINDING_VIOLATED;
	finding = rule_report(context, FINDING_VIOMMU_WIDER_THAN_HOST, answer,
		context->shape ? context->shape->aperture_known_by.fact : FACT_KNOWN);
	if (!viommu->aw_bits)
		report_say(context->report, finding,
			"how wide the addresses of the guest's IOMMU are is not known");
	else
		report_say(context->report, finding,
			"the guest's IOMMU translates addresses of %u bits, and %s gets %s%u",
			viommu->aw_bits, rule_name(context),
			answer == FINDING_VIOLATED ? "" : "for sure only ",
			answer == FINDING_VIOLATED ? possible : sure);
	return answer;
}

/*
 * QEMU hw/i386/intel_iommu.c vtd_iommu_notify_flag_changed, hw/arm/smmuv3.c
 * smmuv3_notify_flag_changed: VFIO has to hear of new mappings. amd-iommu can do so since QEMU 10.2
 * only, when told to.
 */
enum finding_answer rule_viommu_caching(const struct rule_context *context)
{
	const struct viommu *viommu = &context->guest->viommu;
	enum finding_answer answer = FINDING_CANNOT_TELL;
	struct finding *finding;
	const char *text;

	if (viommu->shares_tables == TRI_YES)
		return FINDING_HOLDS;
	if (viommu->model == VIOMMU_INTEL && viommu->caching_mode != TRI_YES) {
		text = "the guest's intel-iommu has no caching-mode, without which QEMU takes no "
		       "assigned device";
		if (viommu->caching_mode == TRI_NO)
			answer = FINDING_VIOLATED;
		else
			text = "whether the guest's intel-iommu has caching-mode is not known";
	} else if (viommu->model == VIOMMU_SMMUV3) {
		text = "the guest's emulated SMMUv3 does not tell VFIO of new mappings: QEMU "
		       "takes no assigned device behind it";
		if (viommu->shares_tables == TRI_NO)
			answer = FINDING_VIOLATED;
		else
			text = "whether the guest's SMMUv3 shares its page tables with the host is "
			       "not known; QEMU takes no assigned device behind one that does not";
	} else if (viommu->model == VIOMMU_AMD) {
		text = "whether the guest's amd-iommu tells VFIO of new mappings is not known";
	} else {
		return FINDING_HOLDS;
	}
	finding = rule_report(context, FINDING_VIOMMU_CACHING_MODE_MISSING, answer, FACT_KNOWN);
	report_say(context->report, finding, "%s", text);
	return answer;
}

/* What is reserved here below the guest's width and was not told to it; false: nothing is. */
static bool rule_viommu_new_region(const struct rule_context *context, struct region *ret)
{
	const struct viommu *viommu = &context->guest->viommu;
	const struct class_region *regions = context->shape->regions.items;

	for (size_t i = 0; i < context->shape->regions.n; i++) {
		struct region host = { regions[i].first.value, regions[i].last.value };
		bool told =
			!usable_is_carved(regions[i].type.value) ||
			(viommu->aw_bits && viommu->aw_bits < 64 && host.first >> viommu->aw_bits);

		for (size_t j = 0; !told && j < viommu->n_regions; j++)
			told = region_covers(viommu->regions[j], host);
		if (told)
			continue;
		*ret = host;
		return true;
	}
	return false;
}

/*
 * Of a device that the guest has: a device that comes later tells of its own regions when the guest
 * probes it (virtio 1.3, 5.13.6.6).
 */
enum finding_answer rule_viommu_regions(const struct rule_context *context)
{
	const struct viommu *viommu = &context->guest->viommu;
	enum finding_answer answer = FINDING_CANNOT_TELL;
	struct finding *finding;
	struct region region;
	bool known = context->shape && fact_is_value(context->shape->regions.fact);

	if (viommu->model != VIOMMU_VIRTIO || !(context->asked & FINDING_MIGRATE))
		return FINDING_HOLDS;
	if (known && viommu->regions_known) {
		if (!rule_viommu_new_region(context, &region))
			return FINDING_HOLDS;
		answer = FINDING_VIOLATED;
	}
	finding = rule_report_for(context, FINDING_VIOMMU_REGIONS_DIFFER, answer,
		context->shape ? context->shape->regions.fact : FACT_KNOWN, FINDING_MIGRATE);
	if (answer == FINDING_VIOLATED) {
		report_ranges(context->report, finding, NULL, &region);
		report_say(context->report, finding,
			"the guest's virtio-iommu was not told that " RULE_VIOMMU_RANGE
			" is reserved for %s",
			region.first, region.last, rule_name(context));
	} else {
		report_say(context->report, finding, "%s is not known, so it cannot be compared",
			known ? "what the guest's virtio-iommu was told is reserved"
			      : "what is reserved here");
	}
	return answer;
}

/* The format of the tables that the guest shares; NULL: it shares none. */
static const char *rule_viommu_format(const struct guest *guest)
{
	static const char *const formats[_VIOMMU_MODEL_MAX] = {
		[VIOMMU_INTEL] = "vtd-s1",
		[VIOMMU_AMD] = "amd-v2",
		[VIOMMU_SMMUV3] = "smmuv3",
		[VIOMMU_VIRTIO] = "virtio",
		[VIOMMU_OTHER] = "other",
	};

	if (guest->needs_nested_format)
		return guest->needs_nested_format;
	return guest->viommu.shares_tables == TRI_YES ? formats[guest->viommu.model] : NULL;
}

enum finding_answer rule_viommu_format_differs(const struct rule_context *context)
{
	const char *format = rule_viommu_format(context->guest);
	const struct fact_texts *formats = context->shape ? &context->shape->formats : NULL;
	enum finding_answer answer = FINDING_CANNOT_TELL;
	struct finding *finding;

	if (!format)
		return FINDING_HOLDS;
	if (formats && !fact_is_ignorance(formats->fact)) {
		for (size_t i = 0; fact_is_value(formats->fact) && i < formats->n; i++)
			if (strcmp(formats->items[i], format) == 0)
				return FINDING_HOLDS;
		answer = FINDING_VIOLATED;
	}
	finding = rule_report(context, FINDING_PAGE_TABLE_FORMAT_DIFFERS, answer,
		formats ? formats->fact : FACT_KNOWN);
	report_fact(context->report, finding, "iommus");
	report_say(context->report, finding,
		answer == FINDING_VIOLATED
			? "the guest shares page tables of the format %s, which the IOMMU of %s "
			  "does not walk"
			: "the guest shares page tables of the format %s, and what the IOMMU of %s "
			  "walks is not known",
		format, rule_name(context));
	return answer;
}

enum finding_answer rule_viommu_pasid(const struct rule_context *context)
{
	unsigned needed = context->guest->needs_pasid_bits;
	struct fact_number bits =
		context->shape ? context->shape->pasid_bits : fact_number_unknown(FACT_NOT_EXPOSED);
	enum finding_answer answer = FINDING_CANNOT_TELL;
	struct finding *finding;

	if (!needed || (fact_is_value(bits.fact) && bits.value >= needed))
		return FINDING_HOLDS;
	if (!fact_is_ignorance(bits.fact))
		answer = FINDING_VIOLATED;
	finding = rule_report(context, FINDING_PASID_NARROWER, answer, bits.fact);
	report_fact(context->report, finding, "iommus");
	report_say(context->report, finding,
		answer == FINDING_VIOLATED
			? "the guest relies on PASIDs of %u bits, and the IOMMU of %s has %" PRIu64
			: "the guest relies on PASIDs of %u bits, and how many the IOMMU of %s has "
			  "is not known (%" PRIu64 " for sure)",
		needed, rule_name(context), fact_is_value(bits.fact) ? bits.value : 0);
	return answer;
}

/* A guest whose tables the host walks needs a page that is free in its map and that fits here. */
enum finding_answer rule_viommu_context_tables(const struct rule_context *context)
{
	enum finding_answer answer = FINDING_CANNOT_TELL;
	struct headroom headroom;
	struct finding *finding;
	int r;

	if (!rule_viommu_format(context->guest) || !context->usable)
		return FINDING_HOLDS;
	r = headroom_beside(
		context->guest, &context->host->project.class_, context->usable, &headroom);
	if (r < 0) {
		context->report->error = r;
		return FINDING_CANNOT_TELL;
	}
	if (headroom.below_4g.n || headroom.above_4g.n)
		return FINDING_HOLDS;
	if (headroom.below_4g.known && headroom.above_4g.known)
		answer = FINDING_VIOLATED;
	finding = rule_report(context, FINDING_CONTEXT_TABLES_NEED_MEMORY, answer,
		context->shape->aperture_known_by.fact);
	report_say(context->report, finding,
		answer == FINDING_VIOLATED
			? "the guest's map leaves no free page that %s can be given here"
			: "whether the guest's map leaves a free page that %s can be given here is "
			  "not known",
		rule_name(context));
	return answer;
}
