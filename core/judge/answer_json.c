/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/judge/answer_json.h"

#include "core/judge/answer.h"

static struct answer answer_json_digests_of(const struct host *host)
{
	struct host_digests digests = host_digests(host);
	struct answer answer = answer_start();

	answer_text(&answer, "facts", digests.facts);
	answer_text(&answer, "class", digests.class_);
	answer_text(&answer, "map", digests.map);
	return answer;
}

int answer_json_digests(const struct host *host, json_t **ret)
{
	struct answer answer = answer_json_digests_of(host);

	return answer_finish(&answer, ret);
}

static struct answer answer_json_answers(const struct verdict *verdict)
{
	struct answer answer = answer_start();

	for (unsigned bit = FINDING_MIGRATE; bit & FINDING_QUESTIONS; bit <<= 1) {
		if (verdict->questions & bit)
			answer_text(&answer, finding_question_word((enum finding_question)bit),
				verdict_answer_word(verdict_answer(verdict, bit)));
	}
	return answer;
}

static json_t *answer_json_targets(const struct verdict *verdict)
{
	json_t *array = json_array();

	for (size_t i = 0; i < verdict->n_targets; i++) {
		const struct verdict_target *target = &verdict->targets[i];
		struct answer answer = answer_start();

		answer_text(&answer, "target", target->target);
		answer_text(&answer, "identity", target->identity);
		if (target->group >= 0)
			answer_integer(&answer, "group", (uint64_t)target->group);
		answer_text(&answer, "hotplug", verdict_answer_word(target->hotplug));
		array = answer_append_answer(array, &answer);
	}
	return array;
}

static void answer_json_assumption(const char *key, const char *value, void *data)
{
	answer_text(data, key, value);
}

int answer_json_check(const struct verdict *verdict, const char *host_name, json_t **ret)
{
	struct answer answer = answer_start();
	struct answer digests = answer_json_digests_of(verdict->host);
	struct answer answers = answer_json_answers(verdict);
	struct answer assumed = answer_start();

	assume_each(host_assume(verdict->host), answer_json_assumption, &assumed);
	answer_text(&answer, "schema", ANSWER_JSON_SCHEMA);
	answer_text(&answer, "host", host_name);
	answer_integer(&answer, "rules", ANSWER_JSON_RULES);
	answer_set_answer(&answer, "digests", &digests);
	answer_collected(&answer, verdict->collected_us);
	answer_set_answer(&answer, "answers", &answers);
	answer_set(&answer, "targets", answer_json_targets(verdict));
	answer_set_answer(&answer, "assumed", &assumed);
	answer_set(&answer, "findings", answer_findings(verdict->findings, verdict->n_findings));
	return answer_finish(&answer, ret);
}
