/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a scheduler may choose a host by: true only where it is known. */
#include "core/judge/node_labels.h"
#include "tests/support/ask.h"
#include "tests/support/unit.h"

#include <string.h>

#define TEST_UNKNOWN "{'unknown':'not-readable'}"
#define TEST_HOUR    UINT64_C(3600000000)

static const struct node_labels_age test_fresh = { 10 * TEST_HOUR, 9 * TEST_HOUR, 2 * TEST_HOUR };
static const struct node_labels_age test_untold = { 0, 0, 0 };

static json_t *test_labels(struct ask *ask, const struct node_labels_age *age)
{
	json_t *json = NULL;

	ck_assert_int_eq(node_labels_json(ask_judge_host(ask), age, &json), 0);
	return json;
}

/* The label @name, and that no other test could have made it so. */
static void test_says(json_t *json, const char *name, const char *word)
{
	const char *said =
		json_string_value(json_object_get(json_object_get(json, "labels"), name));

	ck_assert_msg(said && strcmp(said, word) == 0, "%s: %s, not %s", name,
		said ? said : "nothing", word);
}

static void test_host_says(struct ask *ask, const char *name, const char *word)
{
	json_t *json = test_labels(ask, &test_fresh);

	test_says(json, name, word);
	json_decref(json);
}

static void test_bits(struct ask *ask, const struct node_labels_age *age, int bits)
{
	json_t *json = test_labels(ask, age);
	json_t *said = json_object_get(json, "address_bits");

	ck_assert_int_eq(said ? (int)json_integer_value(said) : -1, bits);
	json_decref(json);
}

START_TEST(json__sound_host__everything_told)
{
	static const char *const words[][2] = { { "acs-override", "no" }, { "assignable", "yes" },
		{ "current", "yes" }, { "interrupts-isolated", "yes" }, { "iommu", "yes" },
		{ "iommufd", "yes" }, { "kvm", "yes" }, { "virtual", "no" } };
	struct host_digests digests;
	json_t *json;
	ASK(ask, ASK_INTEL);

	json = test_labels(&ask, &test_fresh);
	digests = host_digests(ask.host);
	ck_assert_str_eq(json_string_value(json_object_get(json, "schema")), "iommufleet-labels-1");
	ck_assert_str_eq(json_string_value(json_object_get(json, "class")), digests.class_);
	ck_assert_str_eq(json_string_value(json_object_get(json, "map")), digests.map);
	ck_assert_uint_eq(json_object_size(json_object_get(json, "labels")), 8);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		test_says(json, words[i][0], words[i][1]);
	json_decref(json);
	test_bits(&ask, &test_fresh, 48);
}
END_TEST

START_TEST(json__fact_not_known__unknown_not_yes)
{
	static const struct {
		const char *path, *label;
	} rows[] = {
		{ "vfio/interrupts/isolated", "interrupts-isolated" },
		{ "kvm", "kvm" },
		{ "host/virtual", "virtual" },
		{ "host/virtual", "assignable" },
		{ "host/words", "acs-override" },
		{ "groups", "assignable" },
		{ "groups", "iommu" },
		{ "devices", "assignable" },
		{ "vfio/iommufd", "iommufd" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ASK(ask, ASK_INTEL);

		ask_host(&ask, rows[i].path, TEST_UNKNOWN);
		test_host_says(&ask, rows[i].label, "unknown");
	}
}
END_TEST

START_TEST(json__virtual_host__assignable_only_when_trusted)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "host/virtual", "true");
	test_host_says(&ask, "virtual", "yes");
	test_host_says(&ask, "assignable", "unknown");
	test_bits(&ask, &test_fresh, -1);
	ask_assume(&ask, "nested=trust");
	test_host_says(&ask, "assignable", "yes");
	test_bits(&ask, &test_fresh, 48);
}
END_TEST

START_TEST(json__nothing_to_give__no)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "vfio/interrupts/isolated", "false");
	test_host_says(&ask, "assignable", "no");
	ask_host(&ask, "groups", "[]");
	test_host_says(&ask, "iommu", "no");
	test_host_says(&ask, "assignable", "no");
	test_bits(&ask, &test_fresh, -1);
}
END_TEST

START_TEST(json__units_that_differ__least_bits)
{
	ASK(arm, ASK_ARM);
	ASK(ask, ASK_INTEL);

	test_bits(&arm, &test_fresh, 48);
	ask_host(&ask, "iommus/unit0/input_bits", "39");
	test_bits(&ask, &test_fresh, 39);
	/* Every VT-d unit reaches that far. */
	ask_host(&ask, "iommus/unit0/input_bits", TEST_UNKNOWN);
	test_bits(&ask, &test_fresh, 32);
	ask_host(&ask, "iommus/unit0/kind", "'other'");
	test_bits(&ask, &test_fresh, -1);
}
END_TEST

START_TEST(json__by_age__stale_facts_tell_nothing)
{
	static const struct {
		struct node_labels_age age;
		const char *current;
	} rows[] = {
		{ { 10 * TEST_HOUR, 8 * TEST_HOUR, 2 * TEST_HOUR }, "yes" },
		{ { 10 * TEST_HOUR, 8 * TEST_HOUR - 1, 2 * TEST_HOUR }, "no" },
		{ { 10 * TEST_HOUR, 10 * TEST_HOUR + TEST_HOUR / 12, 2 * TEST_HOUR }, "yes" },
		{ { 10 * TEST_HOUR, 10 * TEST_HOUR + TEST_HOUR / 12 + 1, 2 * TEST_HOUR }, "no" },
		{ { 0, 8 * TEST_HOUR, 2 * TEST_HOUR }, "unknown" },
		{ { 10 * TEST_HOUR, 0, 2 * TEST_HOUR }, "unknown" },
	};
	ASK(ask, ASK_INTEL);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *json = test_labels(&ask, &rows[i].age);
		bool stale = strcmp(rows[i].current, "no") == 0;

		test_says(json, "current", rows[i].current);
		test_says(json, "assignable", stale ? "unknown" : "yes");
		test_says(json, "kvm", stale ? "unknown" : "yes");
		/* It is not false either. */
		test_says(json, "virtual", stale ? "unknown" : "no");
		ck_assert_int_eq(!json_object_get(json, "address_bits"), stale);
		json_decref(json);
	}
	test_bits(&ask, &test_untold, 48);
}
END_TEST

static Suite *test_node_labels_suite(void)
{
	Suite *suite = suite_create("node_labels");
	TCase *tcase = tcase_create("json");

	tcase_add_test(tcase, json__sound_host__everything_told);
	tcase_add_test(tcase, json__fact_not_known__unknown_not_yes);
	tcase_add_test(tcase, json__virtual_host__assignable_only_when_trusted);
	tcase_add_test(tcase, json__nothing_to_give__no);
	tcase_add_test(tcase, json__units_that_differ__least_bits);
	tcase_add_test(tcase, json__by_age__stale_facts_tell_nothing);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return unit_run(test_node_labels_suite());
}
