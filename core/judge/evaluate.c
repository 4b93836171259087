/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/judge/evaluate.h"

static enum finding_answer evaluate_worse(enum finding_answer a, enum finding_answer b)
{
	if (a == FINDING_VIOLATED || b == FINDING_VIOLATED)
		return FINDING_VIOLATED;
	return a == FINDING_CANNOT_TELL ? a : b;
}

struct evaluation evaluate_worst(struct evaluation a, struct evaluation b)
{
	return (struct evaluation){
		.migrate = evaluate_worse(a.migrate, b.migrate),
		.hotplug = evaluate_worse(a.hotplug, b.hotplug),
		.memory_hotplug = evaluate_worse(a.memory_hotplug, b.memory_hotplug),
	};
}

enum finding_answer evaluate_all(struct evaluation evaluation)
{
	return evaluate_worse(
		evaluation.migrate, evaluate_worse(evaluation.hotplug, evaluation.memory_hotplug));
}

void evaluate_findings(const struct report *report, size_t from, struct evaluation *evaluation)
{
	for (size_t i = from; i < report->n; i++) {
		const struct finding *finding = &report->items[i];
		struct evaluation more = { 0 };

		if (finding->severity != FINDING_BLOCKS)
			continue;
		if (finding->questions & FINDING_MIGRATE)
			more.migrate = finding->answer;
		if (finding->questions & FINDING_HOTPLUG)
			more.hotplug = finding->answer;
		if (finding->questions & FINDING_MEMORY_HOTPLUG)
			more.memory_hotplug = finding->answer;
		*evaluation = evaluate_worst(*evaluation, more);
	}
}

/* Of a bridge, and of a device without a group, there is nothing more to say than that. */
static bool evaluate_applies(const struct rule_context *context, const struct rule *rule)
{
	if (!rule_questions(context, rule->code))
		return false;
	if (rule->scope != RULE_DEVICE || rule->code == FINDING_NO_IOMMU)
		return true;
	if (!context->member || fact_is_yes(context->member->bridge))
		return context->member && rule->code == FINDING_DEVICE_IS_BRIDGE;
	return context->shape != NULL;
}

void evaluate_rules(
	const struct rule_context *context, enum rule_scope scope, struct evaluation *evaluation)
{
	size_t from = context->report->n;

	for (size_t i = 0; i < rule_table_n; i++)
		if (rule_table[i].scope == scope && evaluate_applies(context, &rule_table[i]))
			rule_table[i].judge(context);
	evaluate_findings(context->report, from, evaluation);
}

enum verdict_answer evaluate_answer(enum finding_answer worst)
{
	switch (worst) {
	case FINDING_VIOLATED:
		return VERDICT_UNSAFE;
	case FINDING_CANNOT_TELL:
		return VERDICT_UNKNOWN;
	case FINDING_HOLDS:
		break;
	}
	return VERDICT_SAFE;
}
