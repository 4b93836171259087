/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/judge/answer_fleet.h"

#include "core/judge/answer.h"
#include "core/judge/answer_json.h"

static json_t *answer_fleet_hosts_questions(unsigned questions)
{
	json_t *array = json_array();

	for (unsigned bit = FINDING_MIGRATE; bit & FINDING_QUESTIONS; bit <<= 1)
		if (questions & bit)
			array = answer_append(array, json_string_nocheck(finding_question_word(
							     (enum finding_question)bit)));
	return array;
}

static struct answer answer_fleet_hosts_answers(
	unsigned questions, const struct fleet_answer *answered)
{
	const struct {
		unsigned question;
		enum verdict_answer answer;
	} rows[] = {
		{ FINDING_MIGRATE, answered->migrate },
		{ FINDING_HOTPLUG, answered->hotplug },
		{ FINDING_MEMORY_HOTPLUG, answered->memory_hotplug },
	};
	struct answer answer = answer_start();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (questions & rows[i].question)
			answer_text(&answer,
				finding_question_word((enum finding_question)rows[i].question),
				verdict_answer_word(rows[i].answer));
	return answer;
}

/* True when one of the @n findings before says the same. */
static bool answer_fleet_hosts_said(
	const struct finding *findings, size_t n, enum finding_code code)
{
	for (size_t i = 0; i < n; i++)
		if (findings[i].code == code)
			return true;
	return false;
}

/* The codes that block, worst first, each once; what is stale is said by the fleet alone. */
static json_t *answer_fleet_hosts_findings(const struct verdict *verdict, bool stale)
{
	json_t *array = json_array();

	for (size_t i = 0; verdict && i < verdict->n_findings; i++) {
		const struct finding *finding = &verdict->findings[i];

		if (finding->severity == FINDING_BLOCKS &&
			!answer_fleet_hosts_said(verdict->findings, i, finding->code))
			array = answer_append(
				array, json_string_nocheck(finding_kind(finding->code)->word));
	}
	if (stale)
		array = answer_append(
			array, json_string_nocheck(finding_kind(FINDING_FACTS_STALE)->word));
	return array;
}

static void answer_fleet_hosts_class(struct answer *answer, const struct host *host)
{
	if (host) {
		answer_text(answer, "class", host_digests(host).class_);
		answer_text(answer, "map", host_digests(host).map);
	} else {
		answer_set(answer, "class", json_null());
		answer_set(answer, "map", json_null());
	}
}

static struct answer answer_fleet_hosts_one(const struct fleet *fleet,
	const struct fleet_found *found, const struct fleet_answer *answered)
{
	const struct fleet_member *member = &fleet->members[answered->member];
	int32_t index = member->class_index;
	const struct host *host = index < 0 ? NULL : fleet->classes[index];
	struct answer answer = answer_start(), answers;

	answer_text(&answer, "host", member->name);
	answer_fleet_hosts_class(&answer, host);
	answer_set(&answer, "stale", json_boolean(answered->stale));
	answer_collected(&answer, member->collected_us);
	if (!found->questions)
		return answer;
	answers = answer_fleet_hosts_answers(found->questions, answered);
	answer_set_answer(&answer, "answers", &answers);
	if (!host || host_is_of_class(host))
		answer_set(&answer, "live-state-not-checked", json_true());
	answer_set(&answer, "findings",
		answer_fleet_hosts_findings(
			index < 0 ? NULL : found->verdicts[index], answered->stale));
	return answer;
}

static void answer_fleet_hosts_assumption(const char *key, const char *value, void *data)
{
	answer_text(data, key, value);
}

int answer_fleet_hosts(const struct fleet *fleet, const struct fleet_found *found, size_t first,
	size_t n, json_t **ret)
{
	struct answer answer = answer_start(), assumed = answer_start();
	json_t *hosts = json_array();

	for (size_t i = first; i < found->n && i - first < n; i++) {
		struct answer one = answer_fleet_hosts_one(fleet, found, &found->answers[i]);

		hosts = answer_append_answer(hosts, &one);
	}
	if (fleet_assume(fleet))
		assume_each(fleet_assume(fleet), answer_fleet_hosts_assumption, &assumed);
	answer_text(&answer, "schema", ANSWER_FLEET_HOSTS);
	answer_integer(&answer, "rules", ANSWER_JSON_RULES);
	answer_set(&answer, "questions", answer_fleet_hosts_questions(found->questions));
	answer_integer(&answer, "total", found->n);
	answer_set_answer(&answer, "assumed", &assumed);
	answer_set(&answer, "hosts", hosts);
	return answer_finish(&answer, ret);
}
