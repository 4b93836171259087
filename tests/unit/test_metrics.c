/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hosts in numbers: this one by its own facts, small classes together, and what is counted. */
#include "core/cleanup.h"
#include "daemon/exchange/directory/class.h"
#include "daemon/metrics.h"
#include "tests/support/ask.h"
#include "tests/support/fake_fleet.h"
#include "tests/support/fake_keeper.h"
#include "tests/support/unit.h"

#include <string.h>

struct test_metrics {
	struct fake_keeper keeper;
	struct trust *trust;
	struct identity *ed, *ec;
	struct config config;
	struct state state;
	struct membership membership;
	struct metrics_source source;
	json_t *document;
};

static void test_metrics_begin(struct test_metrics *test, const char *own)
{
	struct directory_settings settings = { .host = own };

	*test = (struct test_metrics){ .config = { .judge_stale_after_us = FAKE_FLEET_HOUR } };
	settings.keeper = fake_keeper_callbacks(&test->keeper);
	test->trust = fake_fleet_trust("ca.pem", NULL);
	test->ed = fake_fleet_identity("ed.pem", "ed.key");
	test->ec = fake_fleet_identity("ec.pem", "ec.key");
	ck_assert_int_eq(directory_new(&settings, &test->membership.directory), 0);
	directory_set_trust(test->membership.directory, test->trust);
	(void)snprintf(test->membership.host, sizeof(test->membership.host), "%s", own);
	test->source = (struct metrics_source){
		.config = &test->config, .state = &test->state, .membership = &test->membership
	};
}

static void test_metrics_end(struct test_metrics *test)
{
	json_decref(test->document);
	directory_free(test->membership.directory);
	host_unref(test->state.host);
	identity_unref(test->ed);
	identity_unref(test->ec);
	trust_unref(test->trust);
	fake_keeper_done(&test->keeper);
}

#define TEST_METRICS(name, own)                                                                    \
	_cleanup_(test_metrics_end) struct test_metrics name;                                      \
	test_metrics_begin(&(name), own)

static void test_metrics_offer(struct test_metrics *test, struct identity *identity,
	const char *class_digest, uint64_t sequence)
{
	struct fake_fleet_record what = { .identity = identity,
		.sequence = sequence,
		.now_us = FAKE_FLEET_NOW,
		.class_digest = class_digest };
	struct signed_record_bytes made = fake_fleet_sign(&what);
	struct signed_record_input input = { made.bytes, made.n, FAKE_FLEET_NOW };
	struct directory_result result;

	ck_assert_int_eq(
		directory_offer(test->membership.directory, &input, &result), DIRECTORY_TAKEN);
	free(made.bytes);
}

/* Reads the numbers of the fleet anew, at @now_us. */
static void test_metrics_read(struct test_metrics *test, uint64_t now_us)
{
	struct metrics_list list;

	json_decref(test->document);
	test->document = NULL;
	metrics_list_init(&list);
	ck_assert_int_eq(metrics_fleet_add(&test->source, now_us, &list), 0);
	ck_assert_int_eq(metrics_list_finish(&list, &test->document), 0);
}

/* The sample of @name whose one label is @word (NULL: it has none), or -1. */
static json_int_t test_metrics_value(
	const struct test_metrics *test, const char *name, const char *word)
{
	size_t i, j;
	json_t *metric, *sample, *label;
	const char *key;

	json_array_foreach(json_object_get(test->document, "metrics"), i, metric)
	{
		if (strcmp(json_string_value(json_object_get(metric, "name")), name) != 0)
			continue;
		json_array_foreach(json_object_get(metric, "samples"), j, sample)
		{
			const char *found = NULL;

			json_object_foreach(json_object_get(sample, "labels"), key, label) found =
				json_string_value(label);
			if (word ? found && strcmp(found, word) == 0 : !found)
				return json_integer_value(json_object_get(sample, "value"));
		}
	}
	return -1;
}

#define TEST_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define TEST_0 "00000000000000000000000000000000"

START_TEST(fleet__own_facts__stand_for_the_own_record)
{
	ASK(ask, ASK_INTEL);
	TEST_METRICS(test, "node-ed");
	char own[33];

	/* Alone, nothing known. */
	test_metrics_read(&test, FAKE_FLEET_NOW);
	ck_assert_int_eq(test_metrics_value(&test, "iommufleet_hosts", "unknown"), 1);
	ck_assert_int_eq(test_metrics_value(&test, "iommufleet_classes", NULL), 0);
	ck_assert_int_eq(test_metrics_value(&test, "iommufleet_stale_hosts", NULL), 1);
	test.state.host = host_ref((struct host *)ask_judge_host(&ask));
	test.state.collected_us = FAKE_FLEET_NOW;
	(void)snprintf(own, sizeof(own), "%s", host_digests(ask.host).class_);
	/* It told the fleet of another class, which is not counted. */
	test_metrics_offer(&test, test.ed, TEST_A TEST_0, FAKE_FLEET_NOW);
	test_metrics_read(&test, FAKE_FLEET_NOW);
	ck_assert_int_eq(test_metrics_value(&test, "iommufleet_hosts", own), 1);
	ck_assert_int_eq(test_metrics_value(&test, "iommufleet_hosts", TEST_A), -1);
	ck_assert_int_eq(test_metrics_value(&test, "iommufleet_hosts", "unknown"), 0);
	ck_assert_int_eq(test_metrics_value(&test, "iommufleet_stale_hosts", NULL), 0);
	ck_assert_int_eq(test_metrics_value(&test, "iommufleet_records", "current"), 1);
	/* Another host of the own class, and then of another. */
	test_metrics_offer(&test, test.ec, host_digests(ask.host).class_, FAKE_FLEET_NOW);
	test_metrics_read(&test, FAKE_FLEET_NOW);
	ck_assert_int_eq(test_metrics_value(&test, "iommufleet_hosts", own), 2);
	ck_assert_int_eq(test_metrics_value(&test, "iommufleet_classes", NULL), 1);
	test_metrics_offer(&test, test.ec, TEST_A TEST_0, FAKE_FLEET_NOW + 1);
	test_metrics_read(&test, FAKE_FLEET_NOW);
	ck_assert_int_eq(test_metrics_value(&test, "iommufleet_hosts", own), 1);
	ck_assert_int_eq(test_metrics_value(&test, "iommufleet_hosts", TEST_A), 1);
	ck_assert_int_eq(test_metrics_value(&test, "iommufleet_classes", NULL), 2);
}
END_TEST

START_TEST(fleet__by_age__stale_hosts_are_counted)
{
	TEST_METRICS(test, "watcher");

	test.state.collected_us = FAKE_FLEET_NOW;
	test_metrics_offer(&test, test.ed, TEST_A TEST_0, FAKE_FLEET_NOW);
	test_metrics_read(&test, FAKE_FLEET_NOW);
	ck_assert_int_eq(test_metrics_value(&test, "iommufleet_stale_hosts", NULL), 0);
	test_metrics_read(&test, FAKE_FLEET_NOW + 2 * FAKE_FLEET_HOUR);
	ck_assert_int_eq(test_metrics_value(&test, "iommufleet_stale_hosts", NULL), 2);
	ck_assert_int_eq(test_metrics_value(&test, "iommufleet_records", "current"), 1);
	/* Its record is over: what it told is no ground, however old it is. */
	(void)directory_expire(test.membership.directory, FAKE_FLEET_NOW + 13 * FAKE_FLEET_HOUR);
	test.state.collected_us = FAKE_FLEET_NOW + 13 * FAKE_FLEET_HOUR;
	test.config.judge_stale_after_us = 1000 * FAKE_FLEET_HOUR;
	test_metrics_read(&test, FAKE_FLEET_NOW + 13 * FAKE_FLEET_HOUR);
	ck_assert_int_eq(test_metrics_value(&test, "iommufleet_stale_hosts", NULL), 1);
	ck_assert_int_eq(test_metrics_value(&test, "iommufleet_records", "current"), 0);
	ck_assert_int_eq(test_metrics_value(&test, "iommufleet_records", "expired"), 1);
}
END_TEST

START_TEST(count_answer__of_what_was_asked__each_in_its_place)
{
	struct metrics metrics = { .at_risk = 0 };
	ASK(ask, ASK_INTEL);

	ask.question.questions = ASK_H | ASK_MEM;
	ask_judge(&ask);
	metrics_count_answer(&metrics, ask.verdict);
	for (unsigned i = 0; i < 3; i++) {
		for (unsigned j = 0; j < 3; j++) {
			bool counted = (i == 1 && j == ask.verdict->hotplug) ||
				       (i == 2 && j == ask.verdict->memory_hotplug);

			ck_assert_uint_eq(metrics.answers[i][j], counted);
		}
	}
}
END_TEST

static Suite *test_metrics_suite(void)
{
	Suite *suite = suite_create("metrics");
	TCase *tcase = tcase_create("metrics");

	tcase_add_test(tcase, fleet__own_facts__stand_for_the_own_record);
	tcase_add_test(tcase, fleet__by_age__stale_hosts_are_counted);
	tcase_add_test(tcase, count_answer__of_what_was_asked__each_in_its_place);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return unit_run(test_metrics_suite());
}
