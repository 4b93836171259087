/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory that is added beside a device. QEMU places it by first fit in the hot-plug window; where a
 * size is asked about, the place it would get is judged and the rest of the window only informs.
 */
#include "core/judge/rule.h"

#include <inttypes.h>

#define RULE_HOTPLUG_RANGE "0x%" PRIx64 "-0x%" PRIx64
#define RULE_HOTPLUG_ALIGN (2ULL << 20) /* QEMU: anonymous memory is aligned to 2 MiB */
/* hw/vfio/listener.c: a mapping that fails ends QEMU; a block of virtio-mem is just not given */
#define RULE_HOTPLUG_CONSEQUENCE                                                                   \
	": QEMU ends when a DIMM is put there, and virtio-mem cannot be populated there"
#define RULE_HOTPLUG_BLOCK (2ULL << 20) /* of virtio-mem, when nothing else is said */
/* drivers/vfio/vfio_iommu_type1.c, dma_entry_limit when the module is loaded without options */
#define RULE_HOTPLUG_ENTRIES 65535U

/* The first multiple of @align in @gap in @ret; false when there is none. */
static bool rule_hotplug_start(struct region gap, uint64_t align, uint64_t *ret)
{
	uint64_t first = gap.first + (align - 1);

	if (first < gap.first)
		return false;
	first -= first % align;
	*ret = first;
	return first <= gap.last;
}

/* The first place for @bytes at a multiple of @align in @gap: false when they do not fit. */
static bool rule_hotplug_fits(struct region gap, uint64_t align, uint64_t bytes, struct region *ret)
{
	uint64_t first;

	if (!rule_hotplug_start(gap, align, &first) || gap.last - first < bytes - 1)
		return false;
	*ret = (struct region){ first, first + (bytes - 1) };
	return true;
}

static uint64_t rule_hotplug_align(const struct guest *guest, const struct guest_range *window)
{
	uint64_t align = guest->memory.known ? guest->memory.align : RULE_HOTPLUG_ALIGN;

	return window->block > align ? window->block : align;
}

/*
 * True for what nothing else can be put over: memory, and a device of memory that has its addresses
 * though nothing of it is mapped yet.
 */
static bool rule_hotplug_takes(const struct guest_range *range)
{
	return guest_range_is_solid(range) || range->kind == GUEST_MMIO;
}

/* The next gap in @window from *@at on, in @ret, which starts as the window; false after the last.
 */
static bool rule_hotplug_gap(
	const struct guest *guest, size_t *at, struct region *rest, struct region *ret)
{
	for (; *at < guest->n_ranges; ++*at) {
		struct region taken = guest->ranges[*at].region;
		bool before = taken.first > rest->first;

		if (!rule_hotplug_takes(&guest->ranges[*at]) || !region_overlaps(*rest, taken))
			continue;
		if (before)
			*ret = (struct region){ rest->first, taken.first - 1 };
		if (taken.last >= rest->last) {
			*at = guest->n_ranges + 1;
			return before;
		}
		rest->first = taken.last + 1;
		if (before) {
			++*at;
			return true;
		}
	}
	if (*at > guest->n_ranges)
		return false;
	*ret = *rest;
	*at = guest->n_ranges + 1;
	return true;
}

/* Where @bytes would go in @window: the first gap between what is in it already. */
static bool rule_hotplug_place(const struct guest *guest, const struct guest_range *window,
	uint64_t bytes, struct region *ret)
{
	uint64_t align = rule_hotplug_align(guest, window);
	struct region rest = window->region, gap;

	for (size_t at = 0; rule_hotplug_gap(guest, &at, &rest, &gap);)
		if (rule_hotplug_fits(gap, align, bytes, ret))
			return true;
	return false;
}

/*
 * The part of @window that first fit can reach: whatever is added in whatever order finds its place
 * no later than in the first gap that holds all that can be added. False: nothing can be added.
 */
static bool rule_hotplug_reach(
	const struct guest *guest, const struct guest_range *window, struct region *ret)
{
	uint64_t align = rule_hotplug_align(guest, window), first = 0, start;
	uint64_t wide = align > RULE_HOTPLUG_ALIGN ? align : RULE_HOTPLUG_ALIGN;
	struct region rest = window->region, gap, last;
	bool any = false;

	*ret = window->region;
	if (!guest->memory.known)
		return true;
	for (size_t at = 0; guest->memory.room && rule_hotplug_gap(guest, &at, &rest, &gap);) {
		if (!rule_hotplug_start(gap, align, &start))
			continue;
		if (!any)
			first = start;
		any = true;
		*ret = (struct region){ first, window->region.last };
		if (rule_hotplug_fits(gap, wide, guest->memory.room, &last)) {
			ret->last = last.last;
			return true;
		}
	}
	return any;
}

/*
 * The next piece of the map's hot-plug windows: of each, first what is to be judged (with a size
 * the place that fits, else what first fit can reach), then the rest, with @ret_informs set.
 */
static bool rule_hotplug_next(const struct rule_context *context, struct rule_hotplug_walk *walk,
	struct region *ret, bool *ret_informs)
{
	const struct guest *guest = context->guest;
	uint64_t bytes = context->question->attach_memory;
	struct region judged = { 0 };

	for (; walk->at < guest->n_ranges; walk->at++, walk->rest = false) {
		const struct guest_range *range = &guest->ranges[walk->at];
		bool any;

		if (range->kind != GUEST_HOTPLUG)
			continue;
		any = bytes ? !walk->placed && rule_hotplug_place(guest, range, bytes, &judged)
			    : rule_hotplug_reach(guest, range, &judged);
		if (!bytes && !any)
			continue;
		*ret_informs = walk->rest || !any;
		*ret = *ret_informs ? range->region : judged;
		if (!*ret_informs) {
			walk->rest = true; /* the window itself comes next */
			if (judged.first != range->region.first ||
				judged.last != range->region.last)
				return true;
		}
		walk->placed |= bytes && any;
		walk->rest = false;
		walk->at++;
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
	while (ret->questions && rule_hotplug_next(context, walk, &ret->region, &informs))
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
			" %s the %s region " RULE_HOTPLUG_RANGE " of %s%s",
			memory.first, memory.last, informs ? "could meet" : "meets",
			regions[i].type.value, host.first, host.last, rule_name(context),
			informs ? "" : RULE_HOTPLUG_CONSEQUENCE);
	}
	return hit && !informs;
}

enum finding_answer rule_hotplug_reserved(const struct rule_context *context)
{
	struct rule_hotplug_walk walk = { 0 };
	bool informs, hit = false;
	struct region memory;

	if (!context->usable || !context->usable->regions_known)
		return FINDING_HOLDS;
	while (rule_hotplug_next(context, &walk, &memory, &informs))
		hit = rule_hotplug_hits(context, memory, informs) || hit;
	return hit ? FINDING_VIOLATED : FINDING_HOLDS;
}

enum finding_answer rule_hotplug_aperture(const struct rule_context *context)
{
	const struct usable *usable = context->usable;
	enum finding_answer worst = FINDING_HOLDS, answer;
	struct rule_hotplug_walk walk = { 0 };
	struct finding *finding;
	struct region memory;
	bool informs;

	if (!usable)
		return FINDING_HOLDS;
	while (rule_hotplug_next(context, &walk, &memory, &informs)) {
		if (usable->floor_known && memory.last <= usable->floor_last)
			continue;
		answer =
			memory.last > usable->ceiling_last ? FINDING_VIOLATED : FINDING_CANNOT_TELL;
		finding = rule_hotplug_report(
			context, FINDING_HOTPLUG_MEMORY_BEYOND_APERTURE, answer, memory, informs);
		report_say(context->report, finding,
			"memory added at " RULE_HOTPLUG_RANGE
			" %s past what the IOMMU of %s reaches%s",
			memory.first, memory.last,
			answer == FINDING_VIOLATED && !informs ? "goes" : "may go",
			rule_name(context), informs ? "" : RULE_HOTPLUG_CONSEQUENCE);
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

/* Why no window takes @bytes, a clause; NULL when one does. */
static const char *rule_hotplug_refusal(const struct rule_context *context, uint64_t bytes)
{
	const struct guest *guest = context->guest;
	struct arena *arena = context->report->arena;
	struct region unused;

	if (guest->hotplug_none)
		return "no memory can be added to this guest";
	if (guest->memory.known && bytes > guest->memory.room)
		return arena_printf(arena, "the guest's maximum leaves room for %" PRIu64 " bytes",
			guest->memory.room);
	if (guest->memory.known && !guest->memory.slots)
		return "the guest has no free slot for a DIMM";
	if (guest->memory.known && bytes % guest->memory.align)
		return arena_printf(arena, "memory is added in multiples of %" PRIu64 " bytes",
			guest->memory.align);
	for (size_t i = 0; i < guest->n_ranges; i++)
		if (guest->ranges[i].kind == GUEST_HOTPLUG &&
			rule_hotplug_place(guest, &guest->ranges[i], bytes, &unused))
			return NULL;
	return "no hot-plug window of the guest has room for them";
}

enum finding_answer rule_hotplug_room(const struct rule_context *context)
{
	const struct guest *guest = context->guest;
	uint64_t bytes = context->question->attach_memory;
	struct finding *finding;
	const char *why;

	if (!bytes || (!guest->hotplug_none && !rule_hotplug_has_window(guest)))
		return FINDING_HOLDS;
	why = rule_hotplug_refusal(context, bytes);
	if (!why)
		return FINDING_HOLDS;
	finding =
		rule_report(context, FINDING_HOTPLUG_MEMORY_NO_ROOM, FINDING_VIOLATED, FACT_KNOWN);
	report_say(
		context->report, finding, "%" PRIu64 " bytes were asked for, and %s", bytes, why);
	return FINDING_VIOLATED;
}

/* What is counted: memory that is added as well, and the blocks of virtio-mem that is there. */
struct rule_hotplug_count {
	bool added;
	bool plugged;
	uint64_t asked; /* bytes that are to be added; 0: not said */
};

/* Mappings for @range: one, or one for each block of what may come or be plugged. */
static uint64_t rule_hotplug_blocks(
	const struct guest_range *range, const struct rule_hotplug_count *count)
{
	uint64_t span = range->region.last - range->region.first, more;

	if (range->kind == GUEST_HOTPLUG && !count->added)
		return 0;
	if (range->kind != GUEST_HOTPLUG && (!range->block || !count->plugged))
		return guest_kind_is_mapped(range->kind);
	if (range->kind == GUEST_HOTPLUG && count->asked && count->asked - 1 < span)
		span = count->asked - 1;
	more = range->block ? span / range->block : 0;
	return more < UINT64_MAX ? more + 1 : more;
}

/* Mappings that VFIO type1 needs; more than can be counted are all that can. */
static uint64_t rule_hotplug_entries(
	const struct rule_context *context, const struct rule_hotplug_count *count)
{
	uint64_t n = 0;

	for (size_t i = 0; i < context->guest->n_ranges; i++) {
		uint64_t more = rule_hotplug_blocks(&context->guest->ranges[i], count);

		n = more < UINT64_MAX - n ? n + more : UINT64_MAX;
	}
	return n;
}

/* Memory that is added as virtio-mem takes a mapping for each block, and may be too much as that.
 */
static void rule_hotplug_blocks_inform(
	const struct rule_context *context, uint64_t most, uint64_t entries)
{
	uint64_t bytes = context->question->attach_memory, blocks = bytes / RULE_HOTPLUG_BLOCK;
	struct finding *finding;

	if (entries > most || blocks <= most - entries ||
		!(context->asked & FINDING_MEMORY_HOTPLUG))
		return;
	finding = rule_report_for(context, FINDING_DMA_MAPPINGS_EXHAUSTED, FINDING_VIOLATED,
		FACT_KNOWN, FINDING_MEMORY_HOTPLUG);
	finding->severity = FINDING_INFORMS;
	report_fact(context->report, finding, "vfio/type1/dma_entry_limit");
	report_say(context->report, finding,
		"added as virtio-mem in blocks of 2 MiB, %" PRIu64 " bytes need %" PRIu64
		" more DMA mappings, and the host's limit is %" PRIu64,
		bytes, blocks, most);
}

static void rule_hotplug_say_mappings(const struct rule_context *context, unsigned questions,
	enum finding_answer answer, uint64_t need)
{
	struct fact_number limit = context->class_->dma_entry_limit;
	struct finding *finding = rule_report_for(
		context, FINDING_DMA_MAPPINGS_EXHAUSTED, answer, limit.fact, questions);

	report_fact(context->report, finding, "vfio/type1/dma_entry_limit");
	if (answer == FINDING_VIOLATED)
		report_say(context->report, finding,
			"the guest needs %" PRIu64
			" DMA mappings, and the host's limit is %" PRIu64,
			need, fact_is_value(limit.fact) ? limit.value : RULE_HOTPLUG_ENTRIES);
	else if (fact_is_ignorance(limit.fact))
		report_say(context->report, finding,
			"the guest needs %" PRIu64
			" DMA mappings, and the host's limit is not known",
			need);
	else
		report_say(context->report, finding,
			"the guest needs up to %" PRIu64 " DMA mappings, by how much of its "
			"virtio-mem is plugged, and the host's limit is %" PRIu64,
			need, fact_is_value(limit.fact) ? limit.value : RULE_HOTPLUG_ENTRIES);
}

/* The answer to one question, and in @ret_need how many mappings it takes at most. */
static enum finding_answer rule_hotplug_count_mappings(
	const struct rule_context *context, unsigned question, uint64_t *ret_need)
{
	struct fact_number limit = context->class_->dma_entry_limit;
	uint64_t most = fact_is_value(limit.fact) ? limit.value : RULE_HOTPLUG_ENTRIES;
	struct rule_hotplug_count count = {
		.added = question == FINDING_MEMORY_HOTPLUG,
		.asked = context->question->attach_memory,
	};

	/* How much of virtio-mem is plugged, and so mapped, no map says. */
	if (!fact_is_ignorance(limit.fact) && rule_hotplug_entries(context, &count) > most) {
		*ret_need = rule_hotplug_entries(context, &count);
		return FINDING_VIOLATED;
	}
	count.plugged = true;
	*ret_need = rule_hotplug_entries(context, &count);
	if (fact_is_ignorance(limit.fact) || *ret_need > most)
		return FINDING_CANNOT_TELL;
	if (question == FINDING_MEMORY_HOTPLUG)
		rule_hotplug_blocks_inform(context, most, *ret_need);
	return FINDING_HOLDS;
}

enum finding_answer rule_hotplug_mappings(const struct rule_context *context)
{
	unsigned questions = rule_questions(context, FINDING_DMA_MAPPINGS_EXHAUSTED);
	unsigned bits[FINDING_CANNOT_TELL + 1] = { 0 };
	uint64_t needs[FINDING_CANNOT_TELL + 1] = { 0 }, need;

	if (context->guest->vfio == GUEST_VFIO_IOMMUFD)
		return FINDING_HOLDS;
	for (unsigned bit = FINDING_HOTPLUG; bit <= FINDING_MEMORY_HOTPLUG; bit <<= 1) {
		enum finding_answer answer = rule_hotplug_count_mappings(context, bit, &need);

		if (!(questions & bit) || !need)
			continue;
		bits[answer] |= bit;
		needs[answer] = need;
	}
	for (unsigned i = FINDING_VIOLATED; i <= FINDING_CANNOT_TELL; i++)
		if (bits[i])
			rule_hotplug_say_mappings(
				context, bits[i], (enum finding_answer)i, needs[i]);
	if (bits[FINDING_VIOLATED])
		return FINDING_VIOLATED;
	return bits[FINDING_CANNOT_TELL] ? FINDING_CANNOT_TELL : FINDING_HOLDS;
}
