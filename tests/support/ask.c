/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/support/ask.h"

#include "core/codec/facts_json.h"
#include "core/codec/guest_json.h"
#include "tests/support/ask_base.h"
#include "tests/support/unit.h"

#include <string.h>

json_t *ask_json(const char *text)
{
	json_error_t error;
	char *copy = strdup(text);
	json_t *json;

	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	json = json_loads(copy, JSON_DECODE_ANY, &error);
	ck_assert_msg(json != NULL, "%s: %s", copy, error.text);
	free(copy);
	return json;
}

static bool ask_item_is(const json_t *item, const char *step)
{
	static const char *const keys[] = { "address", "name" };
	const json_t *id = json_object_get(item, "id");
	char number[32];

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *key = json_string_value(json_object_get(item, keys[i]));

		if (key && strcmp(key, step) == 0)
			return true;
	}
	(void)snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(id));
	return id && strcmp(number, step) == 0;
}

/* The index in the list @array of what @step names. */
static size_t ask_index(const json_t *array, const char *step)
{
	for (size_t i = 0; i < json_array_size(array); i++)
		if (ask_item_is(json_array_get(array, i), step))
			return i;
	return strtoul(step, NULL, 10);
}

static json_t *ask_step(json_t *at, const char *step)
{
	return json_is_array(at) ? json_array_get(at, ask_index(at, step))
				 : json_object_get(at, step);
}

static void ask_put(json_t *at, const char *step, json_t *value)
{
	int r;

	if (json_is_array(at) && strcmp(step, "+") == 0)
		r = json_array_append_new(at, value);
	else if (json_is_array(at) && value)
		r = json_array_set_new(at, ask_index(at, step), value);
	else if (json_is_array(at))
		r = json_array_remove(at, ask_index(at, step));
	else if (value)
		r = json_object_set_new(at, step, value);
	else
		r = json_object_del(at, step);
	ck_assert_msg(r == 0, "nothing at %s", step);
}

void ask_set(json_t *top, const char *path, const char *json)
{
	char *copy = strdup(path), *rest = NULL, *step = strtok_r(copy, "/", &rest), *next;

	while ((next = strtok_r(NULL, "/", &rest))) {
		top = ask_step(top, step);
		ck_assert_msg(top != NULL, "%s: nothing at %s", path, step);
		step = next;
	}
	ask_put(top, step, json ? ask_json(json) : NULL);
	free(copy);
}

void ask_begin(struct ask *ask, enum ask_base base)
{
	const struct ask_base_edit *edit = base == ASK_AMD ? ask_base_amd : ask_base_arm;

	*ask = (struct ask){
		.facts = ask_json(ask_base_facts),
		.guest = ask_json(base == ASK_ARM ? ask_base_arm_guest : ask_base_x86_guest),
		.assume = ASSUME_NOTHING,
	};
	ask->question.attach = ask->attach;
	for (; base != ASK_INTEL && edit->path; edit++)
		ask_set(ask->facts, edit->path, edit->json);
}

static void ask_forget(struct ask *ask)
{
	ask->verdict = verdict_free(ask->verdict);
	ask->host = host_unref(ask->host);
	ask->guest_built = guest_free(ask->guest_built);
}

void ask_end(struct ask *ask)
{
	ask_forget(ask);
	json_decref(ask->facts);
	json_decref(ask->guest);
}

void ask_host(struct ask *ask, const char *path, const char *json)
{
	ask_set(ask->facts, path, json);
}

void ask_guest(struct ask *ask, const char *path, const char *json)
{
	ask_set(ask->guest, path, json);
}

void ask_map(struct ask *ask, const char *map)
{
	json_t *ranges = json_array();
	char *copy = strdup(map), *rest = NULL;

	for (char *one = strtok_r(copy, ",", &rest); one; one = strtok_r(NULL, ",", &rest)) {
		char kind[32], first[32], last[32];

		ck_assert_int_eq(
			sscanf(one, " %31s %31[0-9a-fx]-%31[0-9a-fx]", kind, first, last), 3);
		json_array_append_new(ranges,
			json_pack("{s:s,s:s,s:s}", "kind", kind, "first", first, "last", last));
	}
	free(copy);
	json_object_set_new(ask->guest, "map", ranges);
	if (strstr(map, "hotplug"))
		json_object_del(ask->guest, "hotplug");
}

void ask_attach(struct ask *ask, const char *target)
{
	ck_assert_uint_lt(ask->question.n_attach, sizeof(ask->attach) / sizeof(ask->attach[0]));
	ask->attach[ask->question.n_attach++] = target;
}

void ask_assume(struct ask *ask, const char *pair)
{
	struct refusal refusal = { "", "" };

	ck_assert_msg(
		assume_add_pair(&ask->assume, pair, &refusal) == ASSUME_DONE, "%s", refusal.text);
}

struct facts *ask_decode(const json_t *json)
{
	char *bytes = json_dumps(json, JSON_COMPACT);
	struct refusal refusal = { "", "" };
	struct facts *facts = NULL;
	int r = facts_json_decode(bytes, strlen(bytes), &facts, &refusal);

	ck_assert_msg(r == FACTS_JSON_DONE, "facts: %d %s: %s", r, refusal.where, refusal.text);
	free(bytes);
	return facts;
}

const struct host *ask_judge_host(struct ask *ask)
{
	struct facts *facts = ask_decode(ask->facts);

	ask_forget(ask);
	ck_assert_int_eq(host_new(facts, &ask->assume, &ask->host), 0);
	facts_unref(facts);
	return ask->host;
}

static void ask_build_guest(struct ask *ask)
{
	char *bytes = json_dumps(ask->guest, JSON_COMPACT);
	struct refusal refusal = { "", "" };
	int r = guest_json_decode(bytes, strlen(bytes), &ask->guest_built, &refusal);

	ck_assert_msg(r == GUEST_JSON_DONE, "guest: %s: %s", refusal.where, refusal.text);
	free(bytes);
}

void ask_check_combination(const struct verdict *verdict)
{
	for (unsigned bit = FINDING_MIGRATE; bit <= FINDING_MEMORY_HOTPLUG; bit <<= 1) {
		enum verdict_answer worst = VERDICT_SAFE;

		if (!(verdict->questions & bit))
			continue;
		for (size_t i = 0; i < verdict->n_findings; i++) {
			const struct finding *finding = &verdict->findings[i];

			if (finding->severity != FINDING_BLOCKS || !(finding->questions & bit))
				continue;
			if (finding->answer == FINDING_VIOLATED)
				worst = VERDICT_UNSAFE;
			else if (worst == VERDICT_SAFE)
				worst = VERDICT_UNKNOWN;
		}
		ck_assert_msg(verdict_answer(verdict, bit) == worst, "%s is %s, findings say %s",
			finding_question_word((enum finding_question)bit),
			verdict_answer_word(verdict_answer(verdict, bit)),
			verdict_answer_word(worst));
	}
}

const struct verdict *ask_judge(struct ask *ask)
{
	struct refusal refusal = { "", "" };
	int r;

	ask_judge_host(ask);
	ask_build_guest(ask);
	ask->question.guest = ask->guest_built;
	r = verdict_compute(ask->host, &ask->question, &ask->verdict, &refusal);
	ck_assert_msg(r == VERDICT_DONE, "refused: %s: %s", refusal.where, refusal.text);
	ask_check_combination(ask->verdict);
	return ask->verdict;
}

static void ask_print(const struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->n_findings; i++) {
		const struct finding *finding = &verdict->findings[i];

		printf("  %s %s %s %u: %s\n", finding_kind(finding->code)->word,
			finding_severity_word(finding->severity),
			finding_answer_word(finding->answer), finding->questions, finding->text);
	}
}

void ask_answers(struct ask *ask, const char *words)
{
	const struct verdict *verdict = ask_judge(ask);
	char said[64];

	(void)snprintf(said, sizeof(said), "%s %s %s", verdict_answer_word(verdict->migrate),
		verdict_answer_word(verdict->hotplug),
		verdict_answer_word(verdict->memory_hotplug));
	if (strcmp(said, words) != 0)
		ask_print(verdict);
	ck_assert_str_eq(said, words);
}

const struct finding *ask_says(
	struct ask *ask, enum finding_code code, enum finding_answer answer, unsigned questions)
{
	const struct verdict *verdict = ask_judge(ask);
	const char *word = finding_kind(code)->word;
	const struct finding *first = NULL;

	for (size_t i = 0; i < verdict->n_findings; i++) {
		const struct finding *finding = &verdict->findings[i];

		if (finding->code != code)
			continue;
		if (!first)
			first = finding;
		ck_assert_msg(finding->answer == answer, "%s is %s: %s", word,
			finding_answer_word(finding->answer), finding->text);
		ck_assert_msg(finding->questions == questions, "%s is said for %u: %s", word,
			finding->questions, finding->text);
		ck_assert_msg(finding->text && *finding->text, "%s has no sentence", word);
	}
	if (!first)
		ask_print(verdict);
	ck_assert_msg(first != NULL, "%s is not said", word);
	return first;
}

void ask_silent(struct ask *ask, enum finding_code code)
{
	const struct verdict *verdict = ask_judge(ask);

	for (size_t i = 0; i < verdict->n_findings; i++)
		ck_assert_msg(verdict->findings[i].code != code, "%s is said: %s",
			finding_kind(code)->word, verdict->findings[i].text);
}
