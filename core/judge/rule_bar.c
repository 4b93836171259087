/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * BARs and windows: the guest's RAM-backed BARs against the host, and the host's windows and
 * inbound limits against the guest's RAM.
 */
#include "core/judge/rule.h"

#include <inttypes.h>
#include <string.h>

#define RULE_BAR_RANGE "0x%" PRIx64 "-0x%" PRIx64

static struct finding *rule_bar_report(const struct rule_context *context, enum finding_code code,
	enum finding_answer answer, const struct guest_range *range)
{
	struct finding *finding = rule_report(context, code, answer,
		context->shape ? context->shape->aperture_known_by.fact : FACT_KNOWN);

	report_ranges(context->report, finding, &range->region, NULL);
	finding->guest_kind = guest_kind_word(range->kind);
	return finding;
}

/* A RAM-backed BAR that is placed has to fit like RAM; QEMU gives up when it does not. */
enum finding_answer rule_bar_placed(const struct rule_context *context)
{
	enum finding_answer worst = FINDING_HOLDS, answer;
	struct finding *finding;

	for (size_t i = 0; context->usable && i < context->guest->n_ranges; i++) {
		const struct guest_range *range = &context->guest->ranges[i];

		if (range->kind != GUEST_RAM_DEVICE || !range->placed ||
			region_set_covers(&context->usable->proven, range->region))
			continue;
		answer = region_set_covers(&context->usable->possible, range->region)
				 ? FINDING_CANNOT_TELL
				 : FINDING_VIOLATED;
		worst = worst == FINDING_VIOLATED ? worst : answer;
		finding = rule_bar_report(context, FINDING_BAR_IN_RESERVED, answer, range);
		report_say(context->report, finding,
			"the RAM-backed BAR at " RULE_BAR_RANGE " %s what %s can be given",
			range->region.first, range->region.last,
			answer == FINDING_VIOLATED ? "is not inside" : "may not be inside",
			rule_name(context));
	}
	return worst;
}

/* True for a place in which firmware may put a RAM-backed BAR. */
static bool rule_bar_is_backed(const struct guest_range *range)
{
	return range->kind == GUEST_RAM_DEVICE && !range->placed;
}

/* True when @a and @b are places for one and the same BAR: firmware will choose among them. */
static bool rule_bar_is_choice(const struct guest_range *a, const struct guest_range *b)
{
	return rule_bar_is_backed(a) && rule_bar_is_backed(b) && a->name && b->name &&
	       strcmp(a->name, b->name) == 0;
}

/* A BAR can only fail for sure where no place for it has an address that can be given. */
static enum finding_answer rule_bar_backed(
	const struct rule_context *context, const struct guest_range *range)
{
	const struct guest *guest = context->guest;

	for (size_t i = 0; i < guest->n_ranges; i++)
		if ((range == &guest->ranges[i] || rule_bar_is_choice(range, &guest->ranges[i])) &&
			region_set_meets(&context->usable->possible, guest->ranges[i].region))
			return FINDING_CANNOT_TELL;
	return FINDING_VIOLATED;
}

/* The window of a BAR that firmware will place: RAM-backed ones may fail, others lose peer access.
 */
enum finding_answer rule_bar_window_usable(const struct rule_context *context)
{
	enum finding_answer worst = FINDING_HOLDS, answer;
	struct finding *finding;

	for (size_t i = 0; context->usable && i < context->guest->n_ranges; i++) {
		const struct guest_range *range = &context->guest->ranges[i];
		bool backed = rule_bar_is_backed(range);

		if ((!backed && range->kind != GUEST_BAR_WINDOW) ||
			region_set_covers(&context->usable->proven, range->region))
			continue;
		answer = backed ? rule_bar_backed(context, range) : FINDING_VIOLATED;
		worst = worst == FINDING_VIOLATED ? worst : answer;
		finding = rule_bar_report(context, FINDING_BAR_WINDOW_UNUSABLE, answer, range);
		if (backed)
			finding->severity = FINDING_BLOCKS;
		report_say(context->report, finding,
			"the window " RULE_BAR_RANGE
			" where firmware places BARs is not wholly usable for %s%s",
			range->region.first, range->region.last, rule_name(context),
			backed ? ", and a RAM-backed BAR may come to lie in it"
			       : ": no peer-to-peer access to BARs there");
	}
	return worst;
}

static struct region rule_bar_window(const struct class_window *window)
{
	return (struct region){ window->first.value, window->last.value };
}

static const char *rule_bar_piece_word(const struct rule_hotplug_piece *piece)
{
	return piece->kind == GUEST_HOTPLUG ? "memory added" : "guest RAM";
}

static struct finding *rule_bar_report_piece(const struct rule_context *context,
	enum finding_code code, enum finding_answer answer, struct fact reason,
	const struct rule_hotplug_piece *piece)
{
	struct finding *finding = rule_report_for(context, code, answer, reason, piece->questions);

	report_ranges(context->report, finding, &piece->region, NULL);
	finding->guest_kind = guest_kind_word(piece->kind);
	return finding;
}

static void rule_bar_say_peer(const struct rule_context *context,
	const struct rule_hotplug_piece *piece, struct region window, enum finding_answer answer)
{
	struct finding *finding = rule_bar_report_piece(context, FINDING_PEER_WINDOW_OVERLAP,
		answer, FACT_IGNORANT(FACT_NOT_READABLE), piece);

	report_ranges(context->report, finding, &piece->region, &window);
	finding->region_type = "peer-window";
	if (context->device)
		report_fact(context->report, finding, "devices/%s/parent",
			context->device->address.value);
	report_say(context->report, finding,
		"%s at " RULE_BAR_RANGE " meets the window " RULE_BAR_RANGE
		" of another device that %s %s past the IOMMU",
		rule_bar_piece_word(piece), piece->region.first, piece->region.last, window.first,
		window.last, rule_name(context),
		answer == FINDING_VIOLATED ? "reaches" : "may reach");
}

/* Says of each window of @list that the guest's memory meets; returns how many. */
static unsigned rule_bar_meets(const struct rule_context *context, const struct fact_list *list,
	enum finding_answer answer)
{
	const struct class_window *windows = list->items;
	struct rule_hotplug_walk walk = { 0 };
	struct rule_hotplug_piece piece;
	unsigned said = 0;

	while (rule_hotplug_memory(context, &walk, &piece))
		for (size_t j = 0; fact_is_value(list->fact) && j < list->n; j++) {
			struct region window = rule_bar_window(&windows[j]);

			if (!region_overlaps(piece.region, window))
				continue;
			if (said++ < REPORT_PER_RULE)
				rule_bar_say_peer(context, &piece, window, answer);
		}
	return said;
}

/* What is reached is not known whole: any memory of the guest may be at a peer's address. */
static enum finding_answer rule_bar_peers_unknown(const struct rule_context *context)
{
	struct rule_hotplug_walk walk = { 0 };
	struct rule_hotplug_piece piece;
	struct finding *finding;
	unsigned questions = 0;

	while (rule_hotplug_memory(context, &walk, &piece))
		questions |= piece.questions;
	if (!questions)
		return FINDING_HOLDS;
	finding = rule_report_for(context, FINDING_PEER_WINDOW_OVERLAP, FINDING_CANNOT_TELL,
		FACT_IGNORANT(FACT_NOT_READABLE), questions);
	report_say(context->report, finding,
		"what %s reaches past the IOMMU is not known: windows or the path above it could "
		"not be read",
		rule_name(context));
	return FINDING_CANNOT_TELL;
}

/*
 * A request whose address is a peer's goes to the peer where no port redirects it to the IOMMU:
 * memory of the guest at that address is never reached by the device.
 */
enum finding_answer rule_bar_peers(const struct rule_context *context)
{
	const struct class_member *member = context->member;
	enum finding_answer answer = FINDING_HOLDS;

	if (fact_is_yes(member->bridge))
		return FINDING_HOLDS;
	if (rule_bar_meets(context, &member->peers_doubtful, FINDING_CANNOT_TELL))
		answer = FINDING_CANNOT_TELL;
	if (rule_bar_meets(context, &member->peers, FINDING_VIOLATED))
		answer = FINDING_VIOLATED;
	if (!fact_is_yes(member->peers_complete) &&
		rule_bar_peers_unknown(context) != FINDING_HOLDS && answer == FINDING_HOLDS)
		answer = FINDING_CANNOT_TELL;
	return answer;
}

static bool rule_bar_is_inside(const struct fact_list *inbound, struct region region)
{
	const struct class_window *windows = inbound->items;

	for (size_t j = 0; fact_is_value(inbound->fact) && j < inbound->n; j++)
		if (region_covers(rule_bar_window(&windows[j]), region))
			return true;
	return false;
}

enum finding_answer rule_bar_inbound(const struct rule_context *context)
{
	const struct fact_list *inbound = &context->member->inbound;
	enum finding_answer answer = FINDING_HOLDS;
	struct rule_hotplug_walk walk = { 0 };
	struct rule_hotplug_piece piece;
	struct finding *finding;

	if (fact_is_null(inbound->fact) || fact_is_yes(context->member->bridge))
		return FINDING_HOLDS;
	while (rule_hotplug_memory(context, &walk, &piece)) {
		if (rule_bar_is_inside(inbound, piece.region))
			continue;
		answer = fact_is_value(inbound->fact) ? FINDING_VIOLATED : FINDING_CANNOT_TELL;
		finding = rule_bar_report_piece(
			context, FINDING_RAM_OUTSIDE_DMA_RANGES, answer, inbound->fact, &piece);
		report_fact(context->report, finding, "windows");
		report_say(context->report, finding,
			"%s at " RULE_BAR_RANGE
			" %s the inbound window of the host bridge above %s",
			rule_bar_piece_word(&piece), piece.region.first, piece.region.last,
			answer == FINDING_VIOLATED ? "is outside" : "may be outside",
			rule_name(context));
	}
	return answer;
}
