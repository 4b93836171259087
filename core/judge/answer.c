/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/judge/answer.h"

#include "core/codec/text.h"

#include <errno.h>

struct answer answer_start(void)
{
	json_t *json = json_object();

	return (struct answer){ .json = json, .error = json ? 0 : -ENOMEM };
}

static void answer_fail(struct answer *answer)
{
	json_decref(answer->json);
	*answer = (struct answer){ .error = -ENOMEM };
}

int answer_finish(struct answer *answer, json_t **ret)
{
	int error = answer->error;

	if (error == 0)
		*ret = answer->json;
	*answer = (struct answer){ .error = -ENOMEM };
	return error;
}

void answer_set(struct answer *answer, const char *key, json_t *value)
{
	if (answer->error < 0) {
		json_decref(value);
		return;
	}
	if (!value || json_object_set_new_nocheck(answer->json, key, value) < 0)
		answer_fail(answer);
}

void answer_set_answer(struct answer *answer, const char *key, struct answer *inner)
{
	json_t *json = NULL;

	(void)answer_finish(inner, &json);
	answer_set(answer, key, json);
}

json_t *answer_append(json_t *array, json_t *item)
{
	if (!array) {
		json_decref(item);
		return NULL;
	}
	if (!item || json_array_append_new(array, item) < 0) {
		json_decref(array);
		return NULL;
	}
	return array;
}

json_t *answer_append_answer(json_t *array, struct answer *inner)
{
	json_t *json = NULL;

	(void)answer_finish(inner, &json);
	return answer_append(array, json);
}

void answer_text(struct answer *answer, const char *key, const char *text)
{
	if (text)
		answer_set(answer, key, json_string_nocheck(text));
}

void answer_integer(struct answer *answer, const char *key, uint64_t value)
{
	answer_set(answer, key, json_integer((json_int_t)value));
}

void answer_collected(struct answer *answer, uint64_t collected_us)
{
	if (collected_us)
		answer_integer(answer, "collected_at", collected_us);
	else
		answer_set(answer, "collected_at", json_null());
}

static json_t *answer_hex_text(uint64_t value)
{
	char text[TEXT_HEX_BYTES];

	(void)text_format_hex(value, text);
	return json_string_nocheck(text);
}

void answer_hex(struct answer *answer, const char *key, uint64_t value)
{
	answer_set(answer, key, answer_hex_text(value));
}

void answer_tri(struct answer *answer, const char *key, enum tri tri)
{
	answer_text(answer, key, tri_word(tri));
}

void answer_ignorance(struct answer *answer, const char *key, struct fact fact)
{
	struct answer unknown;

	if (!fact_is_ignorance(fact))
		return;
	unknown = answer_start();
	answer_text(&unknown, "unknown", fact_why_word(fact_why(fact)));
	answer_set_answer(answer, key, &unknown);
}

void answer_fact_text(struct answer *answer, const char *key, struct fact_text text)
{
	answer_ignorance(answer, key, text.fact);
	if (fact_is_value(text.fact))
		answer_text(answer, key, text.value);
}

void answer_fact_integer(struct answer *answer, const char *key, struct fact_number number)
{
	answer_ignorance(answer, key, number.fact);
	if (fact_is_value(number.fact))
		answer_integer(answer, key, number.value);
}

void answer_fact_hex(struct answer *answer, const char *key, struct fact_number number)
{
	answer_ignorance(answer, key, number.fact);
	if (fact_is_value(number.fact))
		answer_hex(answer, key, number.value);
}

void answer_fact_texts(struct answer *answer, const char *key, struct fact_texts texts)
{
	json_t *array;

	answer_ignorance(answer, key, texts.fact);
	if (!fact_is_value(texts.fact))
		return;
	array = json_array();
	for (size_t i = 0; i < texts.n; i++)
		array = answer_append(array, json_string_nocheck(texts.items[i]));
	answer_set(answer, key, array);
}

struct answer answer_region(struct region region, const char *word_key, const char *word)
{
	struct answer answer = answer_start();

	answer_hex(&answer, "first", region.first);
	answer_hex(&answer, "last", region.last);
	if (word_key)
		answer_text(&answer, word_key, word);
	return answer;
}

json_t *answer_regions(const struct region_set *set)
{
	json_t *array = json_array();

	for (size_t i = 0; i < set->n; i++) {
		struct answer region = answer_region(set->items[i], NULL, NULL);

		array = answer_append_answer(array, &region);
	}
	return array;
}

static json_t *answer_finding_questions(unsigned questions)
{
	json_t *array = json_array();

	for (unsigned bit = FINDING_MIGRATE; bit & FINDING_QUESTIONS; bit <<= 1) {
		if (questions & bit)
			array = answer_append(array, json_string_nocheck(finding_question_word(
							     (enum finding_question)bit)));
	}
	return array;
}

static json_t *answer_finding_facts(const struct finding *finding)
{
	json_t *array = json_array();

	for (size_t i = 0; i < sizeof(finding->facts) / sizeof(finding->facts[0]); i++) {
		if (finding->facts[i])
			array = answer_append(array, json_string_nocheck(finding->facts[i]));
	}
	return array;
}

static struct answer answer_finding(const struct finding *finding)
{
	const struct finding_kind *kind = finding_kind(finding->code);
	struct answer answer = answer_start(), region;

	answer_text(&answer, "code", kind->word);
	answer_text(&answer, "severity", finding_severity_word(finding->severity));
	answer_text(&answer, "answer", finding_answer_word(finding->answer));
	answer_set(&answer, "questions", answer_finding_questions(finding->questions));
	if (finding->guest) {
		region = answer_region(*finding->guest, "kind", finding->guest_kind);
		answer_set_answer(&answer, "guest", &region);
	}
	if (finding->region) {
		region = answer_region(*finding->region, "type", finding->region_type);
		answer_set_answer(&answer, "region", &region);
	}
	if (finding->group >= 0)
		answer_integer(&answer, "group", (uint64_t)finding->group);
	answer_text(&answer, "device", finding->device);
	answer_set(&answer, "facts", answer_finding_facts(finding));
	answer_text(&answer, "text", finding->text);
	answer_text(&answer, "remedy", kind->remedy);
	return answer;
}

json_t *answer_findings(const struct finding *findings, size_t n)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++) {
		struct answer finding = answer_finding(&findings[i]);

		array = answer_append_answer(array, &finding);
	}
	return array;
}
