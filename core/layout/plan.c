/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/layout/plan.h"

#include "core/model/limits.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PLAN_RANGES_FIRST 32U

static char *plan_format(struct plan *plan, const char *format, va_list list)
	__attribute__((format(printf, 2, 0)));

static char *plan_format(struct plan *plan, const char *format, va_list list)
{
	char text[LIMIT_TEXT + 1], *copy;

	(void)vsnprintf(text, sizeof(text), format, list);
	copy = arena_text(plan->guest->arena, text, strlen(text));
	if (!copy)
		plan->fault = -ENOMEM;
	return copy;
}

/* Makes room for one more range; false on a fault or at the limit, which is said. */
static bool plan_grow(struct plan *plan)
{
	struct guest *guest = plan->guest;
	size_t capacity = plan->capacity ? plan->capacity * 2 : PLAN_RANGES_FIRST;
	struct guest_range *ranges;

	if (plan->fault)
		return false;
	if (guest->n_ranges == LIMIT_GUEST_RANGES) {
		plan_opaque(plan, "more than %u ranges", LIMIT_GUEST_RANGES);
		return false;
	}
	if (guest->n_ranges < plan->capacity)
		return true;
	ranges = arena_array(guest->arena, capacity, sizeof(*ranges));
	if (!ranges) {
		plan->fault = -ENOMEM;
		return false;
	}
	if (guest->n_ranges)
		memcpy(ranges, guest->ranges, guest->n_ranges * sizeof(*ranges));
	guest->ranges = ranges;
	plan->capacity = capacity;
	return true;
}

void plan_add_range(struct plan *plan, const struct guest_range *range)
{
	struct guest *guest = plan->guest;
	char *name = NULL;

	assert(range->region.first <= range->region.last);

	if (!plan_grow(plan))
		return;
	if (range->name) {
		name = arena_text(guest->arena, range->name, strlen(range->name));
		if (!name) {
			plan->fault = -ENOMEM;
			return;
		}
	}
	guest->ranges[guest->n_ranges] = *range;
	guest->ranges[guest->n_ranges++].name = name;
}

void plan_add(
	struct plan *plan, uint64_t first, uint64_t size, enum guest_kind kind, const char *name)
{
	if (size)
		plan_add_range(plan, &(struct guest_range){
					     .region = { first, first + (size - 1) },
					     .kind = kind,
					     .placed = true,
					     .name = name,
				     });
}

void plan_refuse(struct plan *plan, const char *format, ...)
{
	va_list list;

	if (plan->fault || plan->guest->refused)
		return;
	va_start(list, format);
	plan->guest->refused = plan_format(plan, format, list);
	va_end(list);
}

void plan_opaque(struct plan *plan, const char *format, ...)
{
	struct guest *guest = plan->guest;
	const char **grown;
	va_list list;
	char *text;

	if (plan->fault || guest->n_opaque == LIMIT_WORDS)
		return;
	va_start(list, format);
	text = plan_format(plan, format, list);
	va_end(list);
	grown = arena_array(guest->arena, guest->n_opaque + 1, sizeof(*grown));
	if (!text || !grown) {
		plan->fault = -ENOMEM;
		return;
	}
	if (guest->n_opaque)
		memcpy(grown, guest->opaque, guest->n_opaque * sizeof(*grown));
	grown[guest->n_opaque++] = text;
	guest->opaque = grown;
}
