/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest's memory against where a device's group can be given memory. */
#include "core/judge/rule.h"

#include <inttypes.h>
#include <string.h>

#define RULE_MEMORY_RANGE "0x%" PRIx64 "-0x%" PRIx64

/* RAM and ROM: what VFIO maps, and a guest dies or fails to start without. */
static bool rule_memory_is_ram(const struct guest_range *range)
{
	return range->kind == GUEST_RAM || range->kind == GUEST_ROM;
}

static struct region rule_memory_region(const struct class_region *region)
{
	return (struct region){ region->first.value, region->last.value };
}

/* The line of the kernel's own list that @region came from: merged lines keep their first's path.
 */
static void rule_memory_region_fact(const struct rule_context *context, struct finding *finding,
	const struct class_region *region)
{
	const struct facts_group *group =
		context->group < 0
			? NULL
			: facts_find_group(context->host->facts, (uint64_t)context->group);
	const struct facts_region *lines = group ? group->reserved.items : NULL;

	for (size_t i = 0; group && i < facts_count(group->reserved); i++)
		if (lines[i].first.value >= region->first.value &&
			lines[i].last.value <= region->last.value &&
			fact_text_is(lines[i].type, region->type.value)) {
			report_fact(context->report, finding, "groups/%" PRId64 "/reserved/%zu",
				context->group, i);
			return;
		}
}

static void rule_memory_unit_fact(const struct rule_context *context, struct finding *finding)
{
	if (context->device && fact_is_value(context->device->iommu.fact))
		report_fact(context->report, finding, "iommus/%s", context->device->iommu.value);
}

static void rule_memory_say_reserved(const struct rule_context *context,
	const struct guest_range *range, const struct class_region *region)
{
	struct region host = rule_memory_region(region);
	struct finding *finding =
		rule_report(context, FINDING_RAM_IN_RESERVED, FINDING_VIOLATED, FACT_KNOWN);

	report_ranges(context->report, finding, &range->region, &host);
	finding->guest_kind = guest_kind_word(range->kind);
	finding->region_type = region->type.value;
	rule_memory_region_fact(context, finding, region);
	report_say(context->report, finding,
		"guest %s at " RULE_MEMORY_RANGE " meets the %s region " RULE_MEMORY_RANGE " of %s",
		finding->guest_kind, range->region.first, range->region.last, region->type.value,
		host.first, host.last, rule_name(context));
}

enum finding_answer rule_memory_reserved(const struct rule_context *context)
{
	const struct class_region *regions;
	unsigned said = 0;

	if (!context->usable || !context->usable->regions_known)
		return FINDING_HOLDS; /* regions-unknown speaks */
	regions = context->shape->regions.items;
	for (size_t i = 0; i < context->guest->n_ranges && said < REPORT_PER_RULE; i++) {
		const struct guest_range *range = &context->guest->ranges[i];

		if (!rule_memory_is_ram(range) ||
			region_set_covers(&context->usable->proven, range->region))
			continue;
		for (size_t j = 0; j < context->shape->regions.n && said < REPORT_PER_RULE; j++)
			if (usable_is_carved(regions[j].type.value) &&
				region_overlaps(range->region, rule_memory_region(&regions[j]))) {
				rule_memory_say_reserved(context, range, &regions[j]);
				said++;
			}
	}
	return said ? FINDING_VIOLATED : FINDING_HOLDS;
}

enum finding_answer rule_memory_regions_unknown(const struct rule_context *context)
{
	struct finding *finding;

	if (!context->usable || context->usable->regions_known)
		return FINDING_HOLDS;
	finding = rule_report(context, FINDING_REGIONS_UNKNOWN, FINDING_CANNOT_TELL,
		context->shape->regions.fact);
	report_fact(context->report, finding, "groups/%" PRId64 "/reserved", context->group);
	report_say(context->report, finding, "the reserved regions of %s are not known: %s",
		rule_name(context),
		fact_is_ignorance(context->shape->regions.fact)
			? fact_why_word(fact_why(context->shape->regions.fact))
			: "the kernel lists none");
	return FINDING_CANNOT_TELL;
}

enum finding_answer rule_memory_aperture(const struct rule_context *context)
{
	enum finding_answer answer = FINDING_HOLDS;
	struct finding *finding;
	struct region beyond;

	for (size_t i = 0; context->usable && i < context->guest->n_ranges; i++) {
		const struct guest_range *range = &context->guest->ranges[i];

		if (!rule_memory_is_ram(range) ||
			range->region.last <= context->usable->ceiling_last)
			continue;
		answer = FINDING_VIOLATED;
		beyond = (struct region){ context->usable->ceiling_last + 1, UINT64_MAX };
		finding = rule_report(context, FINDING_RAM_BEYOND_APERTURE, answer, FACT_KNOWN);
		report_ranges(context->report, finding, &range->region, &beyond);
		finding->guest_kind = guest_kind_word(range->kind);
		rule_memory_unit_fact(context, finding);
		report_say(context->report, finding,
			"guest %s at " RULE_MEMORY_RANGE " lies past 0x%" PRIx64
			", the last address that the IOMMU of %s reaches",
			finding->guest_kind, range->region.first, range->region.last,
			context->usable->ceiling_last, rule_name(context));
	}
	return answer;
}

static const char *rule_memory_surely(const struct rule_context *context)
{
	const char *text = NULL;

	if (context->usable->floor_known)
		text = arena_printf(
			context->report->arena, " beyond 0x%" PRIx64, context->usable->floor_last);
	return text ? text : "";
}

/* RAM between what is surely reached and what is perhaps reached. */
enum finding_answer rule_memory_aperture_unknown(const struct rule_context *context)
{
	const struct usable *usable = context->usable;
	struct fact reason = context->shape ? context->shape->aperture_known_by.fact : FACT_KNOWN;
	enum finding_answer answer = FINDING_HOLDS;
	struct finding *finding;

	for (size_t i = 0; usable && i < context->guest->n_ranges; i++) {
		const struct guest_range *range = &context->guest->ranges[i];

		if (!rule_memory_is_ram(range) || range->region.last > usable->ceiling_last ||
			(usable->floor_known && range->region.last <= usable->floor_last))
			continue;
		answer = FINDING_CANNOT_TELL;
		finding = rule_report(context, FINDING_APERTURE_UNKNOWN, answer, reason);
		report_ranges(context->report, finding, &range->region, NULL);
		finding->guest_kind = guest_kind_word(range->kind);
		rule_memory_unit_fact(context, finding);
		report_say(context->report, finding,
			"how far the IOMMU of %s reaches is not known for sure%s, and guest %s "
			"goes "
			"up to 0x%" PRIx64,
			rule_name(context), rule_memory_surely(context), finding->guest_kind,
			range->region.last);
	}
	return answer;
}

/*
 * VFIO maps whole pages: of the IOMMU and of the host, whichever is larger. No Linux page is larger
 * than 64 KiB, so what is aligned to that is aligned to any.
 */
static uint64_t rule_memory_granule(const struct rule_context *context, struct fact *ret_reason)
{
	struct fact_number host = context->class_->page_size, unit = context->shape->min_page;
	uint64_t granule = 65536;

	*ret_reason = FACT_KNOWN;
	if (fact_is_value(host.fact) && fact_is_value(unit.fact))
		granule = host.value > unit.value ? host.value : unit.value;
	else
		*ret_reason = fact_is_value(host.fact) ? unit.fact : host.fact;
	if (context->guest->min_granule > granule)
		granule = context->guest->min_granule;
	return granule;
}

enum finding_answer rule_memory_unaligned(const struct rule_context *context)
{
	enum finding_answer answer = FINDING_HOLDS;
	struct finding *finding;
	struct fact reason;
	uint64_t granule;

	if (!context->shape)
		return FINDING_HOLDS;
	granule = rule_memory_granule(context, &reason);
	for (size_t i = 0; granule && i < context->guest->n_ranges; i++) {
		const struct guest_range *range = &context->guest->ranges[i];

		if (!rule_memory_is_ram(range) || ((range->region.first % granule) == 0 &&
							  (range->region.last + 1) % granule == 0))
			continue;
		answer = fact_is_value(reason) ? FINDING_VIOLATED : FINDING_CANNOT_TELL;
		finding = rule_report(context, FINDING_RAM_UNALIGNED, answer, reason);
		report_ranges(context->report, finding, &range->region, NULL);
		finding->guest_kind = guest_kind_word(range->kind);
		report_fact(context->report, finding, "host/page_size");
		report_say(context->report, finding,
			"guest %s at " RULE_MEMORY_RANGE " is not aligned to %s0x%" PRIx64 " bytes",
			finding->guest_kind, range->region.first, range->region.last,
			fact_is_value(reason) ? "pages of " : "the largest page there can be, ",
			granule);
	}
	return answer;
}
