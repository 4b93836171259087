/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The order in which a directory happens to be read decides nothing. */
#include "core/codec/facts_json.h"
#include "core/judge/host_view.h"
#include "tests/support/ask.h"
#include "tests/support/prop.h"
#include "tests/support/unit.h"

#include <string.h>

/* Lists whose order says something. */
static bool test_is_ordered(const char *key)
{
	return strcmp(key, "words") == 0 || strcmp(key, "reset_methods") == 0;
}

static void test_shuffle(json_t *json, uint64_t *state)
{
	size_t n = json_array_size(json), i;
	const char *key;
	json_t *value;

	json_array_foreach(json, i, value) test_shuffle(value, state);
	for (i = n; i > 1; i--) {
		size_t j = unit_random(state) % i;
		json_t *a = json_incref(json_array_get(json, i - 1));
		json_t *b = json_incref(json_array_get(json, j));

		json_array_set_new(json, i - 1, b);
		json_array_set_new(json, j, a);
	}
	json_object_foreach(json, key, value)
	{
		if (!test_is_ordered(key))
			test_shuffle(value, state);
	}
}

static void test_same_findings(const struct verdict *a, const struct verdict *b)
{
	ck_assert_uint_eq(a->n_findings, b->n_findings);
	for (size_t i = 0; i < a->n_findings; i++) {
		ck_assert_int_eq(a->findings[i].code, b->findings[i].code);
		ck_assert_str_eq(a->findings[i].text, b->findings[i].text);
	}
	ck_assert_uint_eq(a->n_targets, b->n_targets);
	for (size_t i = 0; i < a->n_targets; i++) {
		ck_assert_str_eq(a->targets[i].target, b->targets[i].target);
		ck_assert_int_eq(a->targets[i].hotplug, b->targets[i].hotplug);
	}
}

START_TEST(judge__lists_shuffled__same_facts_class_map_and_findings)
{
	json_t *facts = prop_load(prop_hosts[_i]);

	for (unsigned i = 0; i < prop_run.iterations; i++) {
		uint64_t state = prop_state((size_t)_i, i);
		struct guest *guest = prop_guest(facts, &state);
		json_t *shuffled = json_deep_copy(facts);
		struct host *host, *other;
		struct prop_question question;
		struct verdict *a, *b;

		prop_ask(facts, guest, &state, &question);
		test_shuffle(shuffled, &state);
		a = prop_judge(facts, &question, &host);
		b = prop_judge(shuffled, &question, &other);
		ck_assert_str_eq(host_digests(host).facts, host_digests(other).facts);
		ck_assert_str_eq(host_digests(host).class_, host_digests(other).class_);
		ck_assert_str_eq(host_digests(host).map, host_digests(other).map);
		ck_assert((a != NULL) == (b != NULL));
		if (a)
			test_same_findings(a, b);
		verdict_free(a);
		verdict_free(b);
		host_unref(host);
		host_unref(other);
		guest_free(guest);
		json_decref(shuffled);
	}
	json_decref(facts);
}
END_TEST

/* Ranges of the guest in another order, and the answers asked for one by one. */
START_TEST(judge__asked_one_by_one__same_answers)
{
	json_t *facts = prop_load(prop_hosts[_i]);

	for (unsigned i = 0; i < prop_run.iterations; i++) {
		uint64_t state = prop_state((size_t)_i, i);
		struct guest *guest = prop_guest(facts, &state);
		struct prop_question question;
		struct host *host, *other;
		struct verdict *all, *one;

		prop_ask(facts, guest, &state, &question);
		all = prop_judge(facts, &question, &host);
		/* Of several devices the best one for what is asked is taken. */
		for (unsigned bit = FINDING_MIGRATE;
			all && !question.by_identity && bit <= FINDING_MEMORY_HOTPLUG; bit <<= 1) {
			question.question.questions = bit;
			one = prop_judge(facts, &question, &other);
			ck_assert_msg(verdict_answer(all, bit) == verdict_answer(one, bit),
				"%s, seed %llu, try %u: %s is %s, alone %s; %s; guest %s",
				prop_hosts[_i], (unsigned long long)prop_run.seed, i,
				finding_question_word((enum finding_question)bit),
				verdict_answer_word(verdict_answer(all, bit)),
				verdict_answer_word(verdict_answer(one, bit)), question.text,
				prop_guest_text(guest));
			verdict_free(one);
			host_unref(other);
		}
		verdict_free(all);
		host_unref(host);
		guest_free(guest);
	}
	json_decref(facts);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("prop_order");
	TCase *cases = tcase_create("prop_order");
	int n = 0;

	prop_begin(argc, argv, 40);
	while (prop_hosts[n])
		n++;
	tcase_set_timeout(cases, 600);
	tcase_add_loop_test(cases, judge__lists_shuffled__same_facts_class_map_and_findings, 0, n);
	tcase_add_loop_test(cases, judge__asked_one_by_one__same_answers, 0, n);
	suite_add_tcase(suite, cases);
	return unit_run(suite);
}
