/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs rules and combines what they report: the one place where the rule of combination stands. */
#pragma once

#include "core/judge/rule.h"

/* The worst blocking answer to each question: violated, else cannot tell, else holds. */
struct evaluation {
	enum finding_answer migrate;
	enum finding_answer hotplug;
	enum finding_answer memory_hotplug;
};

/* Runs all rules of @scope on @context and worsens @evaluation by what they report. */
void evaluate_rules(
	const struct rule_context *context, enum rule_scope scope, struct evaluation *evaluation);

/* Worsens @evaluation by the findings of @report from index @from on. */
void evaluate_findings(const struct report *report, size_t from, struct evaluation *evaluation);

/* The worse of two. */
struct evaluation evaluate_worst(struct evaluation a, struct evaluation b);

/* The worst of the three. */
enum finding_answer evaluate_all(struct evaluation evaluation);

enum verdict_answer evaluate_answer(enum finding_answer worst);
