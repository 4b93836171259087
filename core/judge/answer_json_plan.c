/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/judge/answer_json_plan.h"

#include "core/judge/answer.h"
#include "core/judge/answer_json.h"

static json_t *answer_json_plan_questions(unsigned questions)
{
	json_t *array = json_array();

	for (unsigned bit = FINDING_MIGRATE; bit & FINDING_QUESTIONS; bit <<= 1)
		if (questions & bit)
			array = answer_append(array, json_string_nocheck(finding_question_word(
							     (enum finding_question)bit)));
	return array;
}

static json_t *answer_json_plan_changes(unsigned changes)
{
	json_t *array = json_array();

	for (unsigned bit = 1; bit < _PLANNER_CHANGE_END; bit <<= 1)
		if (changes & bit)
			array = answer_append(array,
				json_string_nocheck(planner_change_word((enum planner_change)bit)));
	return array;
}

static void answer_json_plan_text(struct answer *answer, const char *key, const char *text)
{
	answer_set(answer, key, text ? json_string(text) : json_null());
}

static json_t *answer_json_plan_suggestions(const struct planner_plan *plan)
{
	json_t *array = json_array();

	for (size_t i = 0; i < plan->n_suggestions; i++) {
		const struct planner_suggestion *suggestion = &plan->suggestions[i];
		struct answer one = answer_start();

		answer_set(&one, "changes", answer_json_plan_changes(suggestion->changes));
		answer_text(&one, "text", suggestion->text);
		answer_json_plan_text(&one, "xml", suggestion->xml);
		answer_json_plan_text(&one, "option", suggestion->option);
		answer_integer(&one, "safe", suggestion->safe);
		answer_integer(&one, "unknown", suggestion->unknown);
		answer_integer(&one, "unsafe", suggestion->unsafe);
		array = answer_append_answer(array, &one);
	}
	return array;
}

static json_t *answer_json_plan_hosts(const struct planner_host *hosts, size_t n)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++) {
		struct answer host = answer_start();
		json_t *findings = json_array();

		for (size_t j = 0; j < hosts[i].n_findings; j++)
			findings = answer_append(findings,
				json_string_nocheck(finding_kind(hosts[i].findings[j])->word));
		answer_text(&host, "host", hosts[i].name);
		answer_text(&host, "answer", verdict_answer_word(hosts[i].answer));
		answer_set(&host, "findings", findings);
		answer_json_plan_text(&host, "reason", hosts[i].reason);
		array = answer_append_answer(array, &host);
	}
	return array;
}

static void answer_json_plan_assumption(const char *key, const char *value, void *data)
{
	answer_text(data, key, value);
}

int answer_json_plan(const struct fleet *fleet, const struct planner_plan *plan, json_t **ret)
{
	struct answer answer = answer_start(), assumed = answer_start();

	if (fleet_assume(fleet))
		assume_each(fleet_assume(fleet), answer_json_plan_assumption, &assumed);
	answer_text(&answer, "schema", ANSWER_JSON_PLAN_SCHEMA);
	answer_integer(&answer, "rules", ANSWER_JSON_RULES);
	answer_set(&answer, "questions", answer_json_plan_questions(plan->questions));
	answer_set_answer(&answer, "assumed", &assumed);
	answer_set(&answer, "fits", json_boolean(plan->fits));
	answer_set(&answer, "changeable", json_boolean(plan->changeable));
	answer_set(&answer, "exhausted", json_boolean(plan->exhausted));
	answer_integer(&answer, "hosts", plan->safe + plan->unknown + plan->unsafe);
	answer_integer(&answer, "safe", plan->safe);
	answer_integer(&answer, "unknown", plan->unknown);
	answer_integer(&answer, "unsafe", plan->unsafe);
	answer_collected(&answer, plan->oldest_us);
	answer_set(&answer, "suggestions", answer_json_plan_suggestions(plan));
	answer_set(
		&answer, "leave_out", answer_json_plan_hosts(plan->leave_out, plan->n_leave_out));
	answer_set(&answer, "cannot_be_helped",
		answer_json_plan_hosts(plan->helpless, plan->n_helpless));
	return answer_finish(&answer, ret);
}
