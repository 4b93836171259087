/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Never "safe" without proof: what is taken away from the facts, or comes from a writer of another
 * minor version, never makes an answer safe.
 */
#include "tests/support/prop.h"
#include "tests/support/ask.h"
#include "tests/support/unit.h"

#include <string.h>

static const struct verdict_target *test_target(const struct verdict *verdict, const char *name)
{
	for (size_t i = 0; i < verdict->n_targets; i++)
		if (strcmp(verdict->targets[i].target, name) == 0)
			return &verdict->targets[i];
	return NULL;
}

/* The first answer that was not safe and is now, as a word, or NULL. */
static const char *test_improved(const struct verdict *before, const struct verdict *after,
	const struct prop_question *question)
{
	/* Which of several is given may change: then only all answers together count. */
	if (question->by_identity)
		return verdict_worst(before) != VERDICT_SAFE && verdict_worst(after) == VERDICT_SAFE
			       ? "all"
			       : NULL;
	for (unsigned bit = FINDING_MIGRATE; bit <= FINDING_MEMORY_HOTPLUG; bit <<= 1)
		if (verdict_answer(before, bit) != VERDICT_SAFE &&
			verdict_answer(after, bit) == VERDICT_SAFE)
			return finding_question_word((enum finding_question)bit);
	for (size_t i = 0; i < before->n_targets; i++) {
		const struct verdict_target *target = test_target(after, before->targets[i].target);

		if (before->targets[i].hotplug != VERDICT_SAFE && target &&
			target->hotplug == VERDICT_SAFE)
			return target->target;
	}
	return NULL;
}

typedef void (*test_edit_t)(json_t *facts, uint64_t *state, char *said, size_t n);

/* One try: a question before and after @edit, which describes what it did. */
static void test_try(const json_t *facts, size_t host, unsigned i, test_edit_t edit)
{
	uint64_t state = prop_state(host, i);
	struct guest *guest = prop_guest(facts, &state);
	struct host *before_host, *after_host;
	struct verdict *before, *after;
	struct prop_question question;
	json_t *changed = json_deep_copy(facts);
	char said[256] = "";

	prop_ask(facts, guest, &state, &question);
	before = prop_judge(facts, &question, &before_host);
	edit(changed, &state, said, sizeof(said));
	after = prop_judge(changed, &question, &after_host);
	if (before && after) {
		const char *improved = test_improved(before, after, &question);

		ck_assert_msg(!improved,
			"%s, seed %llu, try %u: without %s, \"%s\" became safe; %s; guest %s",
			prop_hosts[host], (unsigned long long)prop_run.seed, i, said, improved,
			question.text, prop_guest_text(guest));
	}
	verdict_free(before);
	verdict_free(after);
	host_unref(before_host);
	host_unref(after_host);
	guest_free(guest);
	json_decref(changed);
}

static void test_tries(size_t host, unsigned n, test_edit_t edit)
{
	json_t *facts = prop_load(prop_hosts[host]);

	for (unsigned i = 0; i < n; i++)
		test_try(facts, host, i, edit);
	json_decref(facts);
}

static void test_forget(json_t *facts, uint64_t *state, char *said, size_t n)
{
	uint64_t facts_to_forget = unit_random(state) % 3 + 1;

	for (uint64_t i = 0; i < facts_to_forget; i++) {
		struct prop_fact fact;
		size_t length = strlen(said);

		prop_pick(facts, state, &fact);
		prop_forget(&fact, state);
		(void)snprintf(said + length, n - length, "%s%.70s", i ? ", " : "", fact.path);
	}
}

START_TEST(judge__facts_forgotten__nothing_becomes_safe)
{
	test_tries((size_t)_i, prop_run.iterations, test_forget);
}
END_TEST

/* An older writer did not know a member anywhere. */
static void test_strip(json_t *json, const char *key)
{
	json_t *value;
	const char *name;
	size_t i;

	json_object_del(json, key);
	json_array_foreach(json, i, value) test_strip(value, key);
	json_object_foreach(json, name, value) test_strip(value, key);
}

static void test_older(json_t *facts, uint64_t *state, char *said, size_t n)
{
	struct prop_fact fact;
	char key[64];

	prop_pick(facts, state, &fact);
	(void)snprintf(key, sizeof(key), "%s", fact.key);
	(void)snprintf(said, n, "every %s", key);
	test_strip(facts, key);
}

START_TEST(judge__older_writer__nothing_becomes_safe)
{
	test_tries((size_t)_i, prop_run.iterations / 2, test_older);
}
END_TEST

/* A newer writer has members, words and reasons that this program does not know. */
static void test_newer(json_t *facts, uint64_t *state, char *said, size_t n)
{
	struct prop_fact fact;
	const char *text;

	json_object_set_new(facts, "minor", json_integer(FACTS_MINOR + 1));
	prop_pick(facts, state, &fact);
	text = json_string_value(json_object_get(fact.object, fact.key));
	(void)snprintf(said, n, "reading %.100s as a newer version wrote it", fact.path);
	switch (unit_random(state) % 3) {
	case 0:
		json_object_set_new(fact.object, fact.key, json_pack("{s:s}", "unknown", "new"));
		break;
	case 1:
		json_object_set_new(fact.object, "new_member", json_integer(1));
		break;
	default:
		if (text && strncmp(text, "0x", 2) != 0)
			json_object_set_new(fact.object, fact.key, json_string("new-word"));
		break;
	}
}

START_TEST(judge__newer_writer__nothing_becomes_safe)
{
	test_tries((size_t)_i, prop_run.iterations / 2, test_newer);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("prop_monotony");
	TCase *cases = tcase_create("prop_monotony");
	int n = 0;

	prop_begin(argc, argv, 100);
	while (prop_hosts[n])
		n++;
	tcase_set_timeout(cases, 600);
	tcase_add_loop_test(cases, judge__facts_forgotten__nothing_becomes_safe, 0, n);
	tcase_add_loop_test(cases, judge__older_writer__nothing_becomes_safe, 0, n);
	tcase_add_loop_test(cases, judge__newer_writer__nothing_becomes_safe, 0, n);
	suite_add_tcase(suite, cases);
	return unit_run(suite);
}
