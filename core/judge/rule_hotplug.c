/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory that is added beside a device. QEMU places it by first fit in the hot-plug window; where a
 * size is asked about, the place it would get is judged and the rest of the window only informs.
 */
#include "core/judge/rule.h"

#include <inttypes.h>

#define RULE_HOTPLUG_RANGE "0x%" PRIx64 "-0x%" PRIx64
#define RULE_HOTPLUG_ALIGN (2ULL << 20) /* QEMU: anonymous memory is aligned to 2 MiB */
/* drivers/vfio/vfio_iommu_type1.c, dma_entry_limit when the module is loaded without options */
#define RULE_HOTPLUG_ENTRIES 65535U

/* The first place for @bytes at a multiple of @align in @gap: false when they do not fit. */
static bool rule_hotplug_fits(struct region gap, uint64_t align, uint64_t bytes, struct region *ret)
{
	uint64_t first = gap.first + (align - 1);

	if (first < gap.first)
		return false;
	first -= first % align;
	if (first > gap.last || gap.last - first < bytes - 1)
		return false;
	*ret = (struct region){ first, first + (bytes - 1) };
	return true;
}

/* Where @bytes would go in @window: the first gap between what is in it already. */
static bool rule_hotplug_place(const struct guest *guest, const struct guest_range *window,
	uint64_t bytes, struct region *ret)
{
	uint64_t align = window->block > RULE_HOTPLUG_ALIGN ? window->block : RULE_HOTPLUG_ALIGN;
	struct region gap = window->region;

	for (size_t i = 0; i < guest->n_ranges; i++) {
		struct region taken = guest->ranges[i].region;

		if (!guest_range_is_solid(&guest->ranges[i]) || !region_overlaps(gap, taken))
			continue;
		if (taken.first > gap.first &&
			rule_hotplug_fits(
				(struct region){ gap.first, taken.first - 1 }, align, bytes, ret))
			return true;
		if (taken.last >= gap.last)
			return false;
		gap.first = taken.last + 1;
	}
	return rule_hotplug_fits(gap, align, bytes, ret);
}

/*
 * The next piece of the map's hot-plug windows, from range *@at on: first what is to be judged.
 * With a size, that is the first place that fits, and whole windows follow with @ret_informs set.
 */
static bool rule_hotplug_next(const struct rule_context *context, size_t *at, bool *placed,
	struct region *ret, bool *ret_informs)
{
	const struct guest *guest = context->guest;
	uint64_t bytes = context->question->attach_memory;

	for (; *at < guest->n_ranges; ++*at) {
		const struct guest_range *range = &guest->ranges[*at];

		if (range->kind != GUEST_HOTPLUG)
			continue;
		*ret_informs = bytes != 0;
		if (bytes && !*placed && rule_hotplug_place(guest, range, bytes, ret)) {
			*placed = true;
			*ret_informs = false;
			return true; /* the window itself comes next */
		}
		*ret = range->region;
		++*at;
		return true;
	}
	return false;
}

bool rule_hotplug_memory(const struct rule_context *context, struct rule_hotplug_walk *walk,
	struct rule_hotplug_piece *ret)
{
	const struct guest *guest = context->guest;
	bool informs;

	for (; !walk->added && walk->at < guest->n_ranges; walk->at++) {
		const struct guest_range *range = &guest->ranges[walk->at];

		ret->questions = context->asked & ~(unsigned)FINDING_MEMORY_HOTPLUG;
		if (!ret->questions || (range->kind != GUEST_RAM && range->kind != GUEST_ROM))
			continue;
		ret->region = range->region;
		ret->kind = range->kind;
		walk->at++;
		return true;
	}
	if (!walk->added)
		*walk = (struct rule_hotplug_walk){ .added = true };
	ret->questions = context->asked & FINDING_MEMORY_HOTPLUG;
	ret->kind = GUEST_HOTPLUG;
	while (ret->questions &&
		rule_hotplug_next(context, &walk->at, &walk->placed, &ret->region, &informs))
		if (!informs)
			return true;
	return false;
}

static struct finding *rule_hotplug_report(const struct rule_context *context,
	enum finding_code code, enum finding_answer answer, struct region memory, bool informs)
{
	struct finding *finding = rule_report(context, code, answer,
		informs ? FACT_KNOWN : context->shape->aperture_known_by.fact);

	report_ranges(context->report, finding, &memory, NULL);
	finding->guest_kind = guest_kind_word(GUEST_HOTPLUG);
	if (informs)
		finding->severity = FINDING_INFORMS;
	return finding;
}

static bool rule_hotplug_hits(
	const struct rule_context *context, struct region memory, bool informs)
{
	const struct class_region *regions = context->shape->regions.items;
	struct finding *finding;
	bool hit = false;

	for (size_t i = 0; i < context->shape->regions.n; i++) {
		struct region host = { regions[i].first.value, regions[i].last.value };

		if (!usable_is_carved(regions[i].type.value) || !region_overlaps(memory, host))
			continue;
		hit = true;
		finding = rule_hotplug_report(context, FINDING_HOTPLUG_MEMORY_IN_RESERVED,
			FINDING_VIOLATED, memory, informs);
		report_ranges(context->report, finding, &memory, &host);
		finding->region_type = regions[i].type.value;
		report_fact(
			context->report, finding, "groups/%" PRId64 "/reserved", context->group);
		report_say(context->report, finding,
			"memory added at " RULE_HOTPLUG_RANGE
			" %s the %s region " RULE_HOTPLUG_RANGE " of %s",
			memory.first, memory.last, informs ? "could meet" : "meets",
			regions[i].type.value, host.first, host.last, rule_name(context));
	}
	return hit && !informs;
}

enum finding_answer rule_hotplug_reserved(const struct rule_context *context)
{
	bool placed = false, informs, hit = false;
	struct region memory;

	if (!context->usable || !context->usable->regions_known)
		return FINDING_HOLDS;
	for (size_t at = 0; rule_hotplug_next(context, &at, &placed, &memory, &informs);)
		hit = rule_hotplug_hits(context, memory, informs) || hit;
	return hit ? FINDING_VIOLATED : FINDING_HOLDS;
}

enum finding_answer rule_hotplug_aperture(const struct rule_context *context)
{
	const struct usable *usable = context->usable;
	enum finding_answer worst = FINDING_HOLDS, answer;
	bool placed = false, informs;
	struct finding *finding;
	struct region memory;

	if (!usable)
		return FINDING_HOLDS;
	for (size_t at = 0; rule_hotplug_next(context, &at, &placed, &memory, &informs);) {
		if (usable->floor_known && memory.last <= usable->floor_last)
			continue;
		answer =
			memory.last > usable->ceiling_last ? FINDING_VIOLATED : FINDING_CANNOT_TELL;
		finding = rule_hotplug_report(
			context, FINDING_HOTPLUG_MEMORY_BEYOND_APERTURE, answer, memory, informs);
		report_say(context->report, finding,
			"memory added at " RULE_HOTPLUG_RANGE
			" %s past what the IOMMU of %s reaches",
			memory.first, memory.last,
			answer == FINDING_VIOLATED && !informs ? "goes" : "may go",
			rule_name(context));
		if (!informs && worst != FINDING_VIOLATED)
			worst = answer;
	}
	return worst;
}

static bool rule_hotplug_has_window(const struct guest *guest)
{
	for (size_t i = 0; i < guest->n_ranges; i++)
		if (guest->ranges[i].kind == GUEST_HOTPLUG)
			return true;
	return false;
}

enum finding_answer rule_hotplug_unknown(const struct rule_context *context)
{
	struct finding *finding;

	if (context->guest->hotplug_none || rule_hotplug_has_window(context->guest))
		return FINDING_HOLDS;
	finding = rule_report(
		context, FINDING_HOTPLUG_MEMORY_UNKNOWN, FINDING_CANNOT_TELL, FACT_KNOWN);
	report_say(context->report, finding,
		"the guest's map does not say where memory that is added later would come");
	return FINDING_CANNOT_TELL;
}

enum finding_answer rule_hotplug_room(const struct rule_context *context)
{
	const struct guest *guest = context->guest;
	uint64_t bytes = context->question->attach_memory;
	struct finding *finding;
	struct region unused;

	if (!bytes || (!guest->hotplug_none && !rule_hotplug_has_window(guest)))
		return FINDING_HOLDS;
	for (size_t i = 0; i < guest->n_ranges; i++)
		if (guest->ranges[i].kind == GUEST_HOTPLUG &&
			rule_hotplug_place(guest, &guest->ranges[i], bytes, &unused))
			return FINDING_HOLDS;
	finding =
		rule_report(context, FINDING_HOTPLUG_MEMORY_NO_ROOM, FINDING_VIOLATED, FACT_KNOWN);
	report_say(context->report, finding,
		guest->hotplug_none
			? "no memory can be added to this guest; %" PRIu64 " bytes were asked for"
			: "no hot-plug window of the guest has room for %" PRIu64 " bytes",
		bytes);
	return FINDING_VIOLATED;
}

/* Mappings for @range: one, or with @hotplug one for each block of what may come. */
static uint64_t rule_hotplug_blocks(const struct guest_range *range, bool hotplug, uint64_t asked)
{
	uint64_t span = range->region.last - range->region.first, more;

	if (range->kind != GUEST_HOTPLUG)
		return guest_kind_is_mapped(range->kind);
	if (!hotplug)
		return 0;
	if (asked && asked - 1 < span)
		span = asked - 1;
	more = range->block ? span / range->block : 0;
	return more < UINT64_MAX ? more + 1 : more;
}

/* Mappings that VFIO type1 needs; more than can be counted are all that can. */
static uint64_t rule_hotplug_entries(const struct rule_context *context, bool with_hotplug)
{
	uint64_t n = 0;

	for (size_t i = 0; i < context->guest->n_ranges; i++) {
		uint64_t more = rule_hotplug_blocks(
			&context->guest->ranges[i], with_hotplug, context->question->attach_memory);

		n = more < UINT64_MAX - n ? n + more : UINT64_MAX;
	}
	return n;
}

enum finding_answer rule_hotplug_mappings(const struct rule_context *context)
{
	struct fact_number limit = context->class_->dma_entry_limit;
	unsigned questions = rule_questions(context, FINDING_DMA_MAPPINGS_EXHAUSTED), bad = 0;
	uint64_t most = fact_is_value(limit.fact) ? limit.value : RULE_HOTPLUG_ENTRIES, need = 0;
	enum finding_answer answer = FINDING_VIOLATED;
	struct finding *finding;

	if (context->guest->vfio == GUEST_VFIO_IOMMUFD)
		return FINDING_HOLDS;
	if (fact_is_ignorance(limit.fact)) {
		answer = FINDING_CANNOT_TELL;
		most = 0;
	}
	for (unsigned bit = FINDING_HOTPLUG; bit <= FINDING_MEMORY_HOTPLUG; bit <<= 1) {
		uint64_t entries = rule_hotplug_entries(context, bit == FINDING_MEMORY_HOTPLUG);

		if (!(questions & bit) || entries <= most)
			continue;
		bad |= bit;
		need = entries;
	}
	if (!bad)
		return FINDING_HOLDS;
	finding = rule_report_for(context, FINDING_DMA_MAPPINGS_EXHAUSTED, answer, limit.fact, bad);
	report_fact(context->report, finding, "vfio/type1/dma_entry_limit");
	report_say(context->report, finding,
		"the guest needs %" PRIu64 " DMA mappings, and the host's limit is %s%" PRIu64,
		need, answer == FINDING_VIOLATED ? "" : "not known, at worst ", most);
	return answer;
}
