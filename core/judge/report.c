/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/judge/report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPORT_TEXT_BYTES     512U
#define REPORT_FIRST_CAPACITY 8U

static bool report_grow(struct report *report)
{
	size_t capacity = report->capacity ? report->capacity * 2 : REPORT_FIRST_CAPACITY;
	struct finding *items = arena_array(report->arena, capacity, sizeof(*items));

	if (!items)
		return false;
	if (report->n)
		memcpy(items, report->items, report->n * sizeof(*items));
	report->items = items;
	report->capacity = capacity;
	return true;
}

struct finding *report_add(struct report *report, enum finding_code code,
	enum finding_answer answer, unsigned questions)
{
	struct finding *finding = &report->scratch;

	if (report->n < report->capacity || report_grow(report))
		finding = &report->items[report->n++];
	else
		report->error = -ENOMEM;
	*finding = (struct finding){
		.code = code,
		.severity = finding_kind(code)->severity,
		.answer = answer,
		.questions = questions,
		.group = -1,
	};
	return finding;
}

static const char *report_format(struct report *report, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));

static const char *report_format(struct report *report, const char *format, va_list arguments)
{
	char text[REPORT_TEXT_BYTES];
	int n = vsnprintf(text, sizeof(text), format, arguments);
	char *copy;

	if (n < 0)
		n = 0;
	copy = arena_text(
		report->arena, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
	if (!copy)
		report->error = -ENOMEM;
	return copy ? copy : "";
}

void report_say(struct report *report, struct finding *finding, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	finding->text = report_format(report, format, arguments);
	va_end(arguments);
}

void report_fact(struct report *report, struct finding *finding, const char *format, ...)
{
	size_t n = sizeof(finding->facts) / sizeof(finding->facts[0]);
	va_list arguments;

	for (size_t i = 0; i < n; i++) {
		if (finding->facts[i])
			continue;
		va_start(arguments, format);
		finding->facts[i] = report_format(report, format, arguments);
		va_end(arguments);
		return;
	}
}

static const struct region *report_copy(struct report *report, const struct region *region)
{
	struct region *copy = region ? arena_alloc(report->arena, sizeof(*copy)) : NULL;

	if (copy)
		*copy = *region;
	else if (region)
		report->error = -ENOMEM;
	return copy;
}

void report_ranges(struct report *report, struct finding *finding, const struct region *guest,
	const struct region *region)
{
	finding->guest = report_copy(report, guest);
	finding->region = report_copy(report, region);
}

void report_ignorance(struct report *report, unsigned questions, struct fact fact)
{
	if (fact_is_ignorance(fact) && fact_why(fact) == FACT_NOT_READABLE)
		report->unreadable |= questions;
}

static bool report_same_range(const struct region *a, const struct region *b)
{
	return a == b || (a && b && region_compare(a, b) == 0);
}

/* What is said of a device's mates or path is its own; what is said of memory or interrupts is not.
 */
static bool report_is_repeated(const struct finding *finding)
{
	return finding->guest || finding->code == FINDING_INTERRUPTS_NOT_ISOLATED ||
	       finding->code == FINDING_INTERRUPTS_UNSAFE_ALLOWED;
}

static bool report_repeats(const struct finding *a, const struct finding *b)
{
	return a->code == b->code && a->severity == b->severity && a->answer == b->answer &&
	       a->questions == b->questions && report_same_range(a->guest, b->guest) &&
	       report_same_range(a->region, b->region) &&
	       (a->region_type == b->region_type ||
		       (a->region_type && b->region_type &&
			       strcmp(a->region_type, b->region_type) == 0));
}

void report_fold(struct report *report)
{
	size_t kept = 0;

	for (size_t i = 0; i < report->n; i++) {
		struct finding *finding = &report->items[i];
		size_t j = kept;

		if (report_is_repeated(finding))
			for (j = 0; j < kept && !report_repeats(&report->items[j], finding); j++)
				;
		if (j == kept)
			report->items[kept++] = *finding;
		else if (report->items[j].device != finding->device)
			report->items[j].others++;
	}
	report->n = kept;
	for (size_t i = 0; i < kept; i++)
		if (report->items[i].others)
			report_say(report, &report->items[i], "%s; the same goes for %u more",
				report->items[i].text, report->items[i].others);
}

static int report_compare(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;

	if (x->severity != y->severity)
		return x->severity < y->severity ? -1 : 1;
	if (x->answer != y->answer)
		return x->answer < y->answer ? -1 : 1;
	if (x->code != y->code)
		return x->code < y->code ? -1 : 1;
	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	if (x->guest && y->guest)
		return region_compare(x->guest, y->guest);
	return strcmp(x->device ? x->device : "", y->device ? y->device : "");
}

void report_sort(struct report *report)
{
	if (report->n)
		qsort(report->items, report->n, sizeof(*report->items), report_compare);
}
