/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The documents about many hosts, as scripts read them. */
#include "core/judge/answer_fleet.h"
#include "core/judge/answer_json.h"
#include "core/judge/host_view.h"
#include "tests/support/ask.h"
#include "tests/support/unit.h"

#include <string.h>

CLEANUP_DEFINE(struct host *, host_unref, test_host_unrefp);
CLEANUP_DEFINE(struct guest *, guest_free, test_guest_freep);
CLEANUP_DEFINE(json_t *, json_decref, test_decrefp);

static struct host *test_host(const char *path, const char *json)
{
	ASK(ask, ASK_INTEL);

	if (path)
		ask_host(&ask, path, json);
	return host_ref((struct host *)ask_judge_host(&ask));
}

static struct host *test_afar(const struct host *host)
{
	struct refusal refusal = { "", "" };
	struct host *afar;

	ck_assert_int_eq(host_new_of_class(host_class_document(host),
				 strlen(host_class_document(host)), NULL, &afar, &refusal),
		HOST_CLASS_DONE);
	return afar;
}

static struct guest *test_guest(void)
{
	static struct guest_range ram = {
		.region = { 0, 0x7fffffff }, .kind = GUEST_RAM, .placed = true
	};
	struct guest *guest;

	ck_assert_int_eq(guest_new(&guest), 0);
	guest->arch = "x86_64";
	guest->hotplug_none = true;
	guest->n_ranges = 1;
	guest->ranges = &ram;
	return guest;
}

/* What is at @path, "hosts/0/class", of @json. */
static const json_t *test_at(const json_t *json, const char *path)
{
	char *copy = strdup(path), *rest = NULL;

	for (char *step = strtok_r(copy, "/", &rest); step; step = strtok_r(NULL, "/", &rest))
		json = json_is_array(json) ? json_array_get(json, strtoul(step, NULL, 10))
					   : json_object_get(json, step);
	free(copy);
	return json;
}

/* That what is at @path is the value @expected, JSON with ' for ". */
static void test_is(const json_t *json, const char *path, const char *expected)
{
	_cleanup_(test_decrefp) json_t *wanted = ask_json(expected);
	const json_t *there = test_at(json, path);
	char *shown = there ? json_dumps(there, JSON_ENCODE_ANY | JSON_COMPACT) : strdup("nothing");

	ck_assert_msg(json_equal(there, wanted), "%s is %s, not %s", path, shown, expected);
	free(shown);
}

static void test_is_text(const json_t *json, const char *path, const char *expected)
{
	const char *text = json_string_value(test_at(json, path));

	ck_assert_msg(text && strcmp(text, expected) == 0, "%s is %s, not %s", path,
		text ? text : "no text", expected);
}

START_TEST(hosts__answers__with_what_they_rest_on)
{
	_cleanup_(test_host_unrefp) struct host *here = test_host(NULL, NULL);
	_cleanup_(test_host_unrefp) struct host *open =
		test_host("vfio/interrupts/isolated", "false");
	_cleanup_(test_host_unrefp) struct host *afar = test_afar(open);
	_cleanup_(test_guest_freep) struct guest *guest = test_guest();
	_cleanup_(test_decrefp) json_t *json = NULL;
	_cleanup_(test_decrefp) json_t *page = NULL;
	const struct host *classes[] = { here, afar };
	const struct fleet_member members[] = {
		{ .name = "a", .class_index = 1, .collected_us = 5 },
		{ .name = "b", .class_index = 0, .collected_us = 1000 },
		{ .name = "c", .class_index = -1 },
	};
	struct fleet fleet = {
		.n_classes = 2,
		.classes = classes,
		.n_members = 3,
		.members = members,
		.now_us = 1000,
		.stale_after_us = 100,
	};
	struct guest_text text = { .guest = guest };
	struct fleet_question question = {
		.guest = &text,
		.question = { .questions = FINDING_MIGRATE | FINDING_HOTPLUG },
	};
	struct refusal refusal;
	struct fleet_found found;

	ck_assert_int_eq(fleet_find(&fleet, &question, &found, &refusal), FLEET_DONE);
	ck_assert_int_eq(answer_fleet_hosts(&fleet, &found, 0, SIZE_MAX, &json), 0);
	ck_assert_int_eq(answer_fleet_hosts(&fleet, &found, 1, 1, &page), 0);
	fleet_found_done(&found);
	test_is(json, "schema", "'iommufleet-hosts-1'");
	test_is(json, "questions", "['migrate','hotplug']");
	test_is(json, "total", "3");
	test_is(json, "assumed", "{}");
	ck_assert_uint_eq(json_array_size(test_at(json, "hosts")), 3);

	test_is(json, "hosts/0/host", "'b'");
	test_is(json, "hosts/0/answers", "{'migrate':'safe','hotplug':'safe'}");
	test_is_text(json, "hosts/0/class", host_digests(here).class_);
	test_is_text(json, "hosts/0/map", host_digests(here).map);
	test_is(json, "hosts/0/stale", "false");
	test_is(json, "hosts/0/collected_at", "1000");
	test_is(json, "hosts/0/findings", "[]");
	ck_assert_ptr_null(test_at(json, "hosts/0/live-state-not-checked"));

	test_is(json, "hosts/1/host", "'c'");
	test_is(json, "hosts/1/answers", "{'migrate':'unknown','hotplug':'unknown'}");
	test_is(json, "hosts/1/class", "null");
	test_is(json, "hosts/1/map", "null");
	test_is(json, "hosts/1/collected_at", "null");

	test_is(json, "hosts/2/host", "'a'");
	test_is(json, "hosts/2/answers", "{'migrate':'unknown','hotplug':'unsafe'}");
	test_is(json, "hosts/2/stale", "true");
	test_is(json, "hosts/2/live-state-not-checked", "true");
	test_is(json, "hosts/2/findings", "['interrupts-not-isolated','facts-stale']");

	test_is(page, "total", "3");
	ck_assert_uint_eq(json_array_size(test_at(page, "hosts")), 1);
	ck_assert(json_equal(test_at(page, "hosts/0"), test_at(json, "hosts/1")));
}
END_TEST

START_TEST(hosts__assumed_of_one_by_its_own_configuration__not_of_all)
{
	_cleanup_(test_host_unrefp) struct host *plain = test_host(NULL, NULL);
	_cleanup_(test_host_unrefp) struct host *afar = test_afar(plain);
	_cleanup_(test_host_unrefp) struct host *trusted = NULL;
	_cleanup_(test_decrefp) json_t *both = NULL;
	_cleanup_(test_decrefp) json_t *alone = NULL;
	struct assume trust = ASSUME_NOTHING;
	const struct host *classes[2];
	const struct fleet_member members[] = {
		{ .name = "a", .class_index = 0 },
		{ .name = "b", .class_index = 1 },
	};
	struct fleet fleet = {
		.n_classes = 2, .classes = classes, .n_members = 2, .members = members
	};
	struct fleet_question list = { 0 };
	struct refusal refusal;
	struct fleet_found found;

	trust.nested_trust = true;
	ck_assert_int_eq(host_new(plain->facts, &trust, &trusted), 0);
	classes[0] = trusted;
	classes[1] = afar;
	ck_assert_int_eq(fleet_find(&fleet, &list, &found, &refusal), FLEET_DONE);
	ck_assert_int_eq(answer_fleet_hosts(&fleet, &found, 0, SIZE_MAX, &both), 0);
	fleet_found_done(&found);
	test_is(both, "assumed", "{}");
	fleet.n_classes = fleet.n_members = 1;
	ck_assert_int_eq(fleet_find(&fleet, &list, &found, &refusal), FLEET_DONE);
	ck_assert_int_eq(answer_fleet_hosts(&fleet, &found, 0, SIZE_MAX, &alone), 0);
	fleet_found_done(&found);
	test_is(alone, "assumed", "{'nested':'trust'}");
}
END_TEST

START_TEST(hosts__nothing_asked__a_list)
{
	_cleanup_(test_host_unrefp) struct host *host = test_host(NULL, NULL);
	_cleanup_(test_decrefp) json_t *json = NULL;
	const struct host *classes[] = { host };
	const struct fleet_member members[] = { { .name = "a", .class_index = 0 } };
	struct fleet fleet = {
		.n_classes = 1, .classes = classes, .n_members = 1, .members = members
	};
	struct fleet_question question = { 0 };
	struct refusal refusal;
	struct fleet_found found;

	ck_assert_int_eq(fleet_find(&fleet, &question, &found, &refusal), FLEET_DONE);
	ck_assert_int_eq(answer_fleet_hosts(&fleet, &found, 0, SIZE_MAX, &json), 0);
	fleet_found_done(&found);
	test_is(json, "questions", "[]");
	test_is_text(json, "hosts/0/class", host_digests(host).class_);
	ck_assert_ptr_null(test_at(json, "hosts/0/answers"));
	ck_assert_ptr_null(test_at(json, "hosts/0/findings"));
}
END_TEST

/* Two hosts with facts of their own are of one class, and so is one of which that is all. */
START_TEST(classes__equal_digests__one_class)
{
	_cleanup_(test_host_unrefp) struct host *one = test_host(NULL, NULL);
	_cleanup_(test_host_unrefp) struct host *driver =
		test_host("devices/" ASK_NIC "/driver", "'e1000e'");
	_cleanup_(test_host_unrefp) struct host *afar = test_afar(one);
	_cleanup_(test_host_unrefp) struct host *other = test_host("host/page_size", "65536");
	_cleanup_(test_decrefp) json_t *json = NULL;
	const struct host *classes[] = { other, one, driver, afar };
	const struct fleet_member members[] = {
		{ .name = "a", .class_index = 0 },
		{ .name = "b", .class_index = 2 },
		{ .name = "c", .class_index = -1 },
		{ .name = "d", .class_index = 3 },
		{ .name = "e", .class_index = 1 },
		{ .name = "f", .class_index = 3 },
	};
	struct fleet fleet = {
		.n_classes = 4, .classes = classes, .n_members = 6, .members = members
	};

	ck_assert_int_eq(answer_fleet_classes(&fleet, &json), 0);
	test_is(json, "schema", "'iommufleet-classes-1'");
	test_is(json, "total", "6");
	test_is(json, "unknown", "['c']");
	ck_assert_uint_eq(json_array_size(test_at(json, "classes")), 2);
	test_is(json, "classes/0/hosts", "['b','d','e','f']");
	test_is_text(json, "classes/0/class", host_digests(one).class_);
	test_is_text(json, "classes/0/map", host_digests(one).map);
	test_is(json, "classes/0/arch", "'x86_64'");
	test_is(json, "classes/0/page_size", "4096");
	test_is(json, "classes/0/cpu_bits", "46");
	test_is(json, "classes/0/reaches", "[{'last':'0xffffffffffff','known_by':'register'}]");
	test_is(json, "classes/0/formats", "[]");
	test_is(json, "classes/0/assignable_kinds", "2");
	test_is(json, "classes/1/hosts", "['a']");
	test_is(json, "classes/1/page_size", "65536");
}
END_TEST

START_TEST(baseline__holes__with_their_hosts)
{
	_cleanup_(test_host_unrefp) struct host *host = test_host(NULL, NULL);
	_cleanup_(test_decrefp) json_t *json = NULL;
	const struct host *classes[] = { host };
	const struct fleet_member members[] = {
		{ .name = "a", .class_index = 0 },
		{ .name = "b", .class_index = 0 },
		{ .name = "c", .class_index = -1 },
	};
	struct fleet fleet = {
		.n_classes = 1, .classes = classes, .n_members = 3, .members = members
	};
	size_t all[] = { 0, 1, 2 };
	struct fleet_baseline baseline;

	ck_assert_int_eq(fleet_baseline_compute(&fleet, all, 3, &baseline), 0);
	ck_assert_int_eq(answer_fleet_baseline(&baseline, &json), 0);
	arena_free(baseline.arena);
	test_is(json, "schema", "'iommufleet-baseline-1'");
	test_is(json, "hosts", "3");
	test_is(json, "usable", "[]");
	test_is(json, "usable_on_known",
		"[{'first':'0x0','last':'0xfedfffff'},"
		"{'first':'0xfef00000','last':'0xffffffffffff'}]");
	test_is(json, "holes",
		"[{'first':'0xfee00000','last':'0xfeefffff','type':'msi','hosts':['a','b']},"
		"{'first':'0x1000000000000','last':'0xffffffffffffffff','type':'beyond-aperture',"
		"'hosts':['a','b']}]");
	test_is(json, "unable", "[]");
	test_is(json, "unknown", "['c']");
	test_is(json, "stale", "[]");
	test_is(json, "collected_at", "null");
}
END_TEST

START_TEST(baseline__too_old__tells_nothing)
{
	_cleanup_(test_host_unrefp) struct host *host = test_host(NULL, NULL);
	_cleanup_(test_decrefp) json_t *json = NULL;
	_cleanup_(test_decrefp) json_t *classes = NULL;
	const struct host *hosts[] = { host };
	const struct fleet_member members[] = {
		{ .name = "a", .class_index = 0, .collected_us = 900 },
		{ .name = "b", .class_index = 0, .collected_us = 500 },
		{ .name = "c", .class_index = 0, .collected_us = 950, .expired = true },
	};
	struct fleet fleet = { .n_classes = 1,
		.classes = hosts,
		.n_members = 3,
		.members = members,
		.now_us = 1000,
		.stale_after_us = 200 };
	size_t all[] = { 0, 1, 2 };
	struct fleet_baseline baseline;

	ck_assert_int_eq(fleet_baseline_compute(&fleet, all, 3, &baseline), 0);
	ck_assert_int_eq(answer_fleet_baseline(&baseline, &json), 0);
	arena_free(baseline.arena);
	test_is(json, "usable", "[]");
	test_is(json, "usable_on_known",
		"[{'first':'0x0','last':'0xfedfffff'},"
		"{'first':'0xfef00000','last':'0xffffffffffff'}]");
	test_is(json, "unknown", "['b','c']");
	test_is(json, "stale", "['b','c']");
	test_is(json, "collected_at", "500");
	test_is(json, "holes",
		"[{'first':'0xfee00000','last':'0xfeefffff','type':'msi','hosts':['a']},"
		"{'first':'0x1000000000000','last':'0xffffffffffffffff','type':'beyond-aperture',"
		"'hosts':['a']}]");
	ck_assert_int_eq(answer_fleet_classes(&fleet, &classes), 0);
	test_is(classes, "stale", "['b','c']");
	test_is(json_array_get(json_object_get(classes, "classes"), 0), "collected_at", "500");
	fleet.n_members = 1;
	ck_assert_int_eq(fleet_baseline_compute(&fleet, all, 1, &baseline), 0);
	ck_assert_uint_eq(baseline.usable.n, 2);
	ck_assert_uint_eq(baseline.stale.n, 0);
	ck_assert_uint_eq(baseline.oldest_us, 900);
	arena_free(baseline.arena);
}
END_TEST

static json_t *test_compare(const struct host *a, const struct host *b)
{
	struct answer_json_named left = { .name = "one", .host = a, .collected_us = 5 };
	struct answer_json_named right = { .name = "two", .host = b, .stale = true };
	json_t *json;

	ck_assert_int_eq(answer_json_compare(&left, &right, &json), 0);
	return json;
}

START_TEST(compare__drivers_differ__same_class)
{
	_cleanup_(test_host_unrefp) struct host *a = test_host(NULL, NULL);
	_cleanup_(test_host_unrefp) struct host *b =
		test_host("devices/" ASK_NIC "/driver", "'e1000e'");
	_cleanup_(test_decrefp) json_t *json = test_compare(a, b);

	test_is(json, "schema", "'iommufleet-compare-1'");
	test_is(json, "a/host", "'one'");
	test_is(json, "b/host", "'two'");
	test_is(json, "a/collected_at", "5");
	test_is(json, "a/stale", "false");
	test_is(json, "b/collected_at", "null");
	test_is(json, "b/stale", "true");
	test_is_text(json, "a/class", host_digests(b).class_);
	test_is(json, "same_class", "true");
	test_is(json, "same_map", "true");
	test_is(json, "differences", "[]");
}
END_TEST

/* One fact changed: where it is said to differ, what it is on both, and for which questions. */
START_TEST(compare__one_fact__named_where_it_is)
{
	static const struct {
		const char *path, *json, *what, *a, *b, *questions;
		bool same_map;
	} rows[] = {
		{ "host/page_size", "65536", "page_size", "4096", "65536", "['migrate','hotplug']",
			false },
		{ "kvm/present", "false", "kvm", "true", "false", "['migrate']", true },
		{ "devices/" ASK_NIC "/reset_methods", "null",
			"8086:10d3 of group of 8086:10d3: resettable", "true", "false", "[]",
			true },
		{ "devices/" ASK_NIC "/subsystem_device", "'0x1'",
			"8086:10d3 of group of 8086:10d3: subsystem_device", "'0xa01f'", "'0x1'",
			"['migrate','hotplug','memory_hotplug']", true },
		{ "groups/9/reserved", "[]", "group of 8086:10d3: regions",
			"[{'first':'0xfee00000','last':'0xfeefffff','type':'msi'}]", "[]",
			"['migrate','hotplug','memory_hotplug']", false },
		{ "vfio/iommufd", "null", "iommufd", "true", "false", "['migrate','hotplug']",
			true },
	};
	_cleanup_(test_host_unrefp) struct host *a = test_host(NULL, NULL);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		_cleanup_(test_host_unrefp) struct host *b = test_host(rows[i].path, rows[i].json);
		_cleanup_(test_decrefp) json_t *json = test_compare(a, b);
		const json_t *differences = json_object_get(json, "differences");
		bool seen = false;

		ck_assert(json_is_false(json_object_get(json, "same_class")));
		ck_assert_msg(json_is_true(json_object_get(json, "same_map")) == rows[i].same_map,
			"%s", rows[i].path);
		for (size_t j = 0; j < json_array_size(differences); j++) {
			const json_t *one = json_array_get(differences, j);

			if (strcmp(json_string_value(json_object_get(one, "what")), rows[i].what) !=
				0)
				continue;
			seen = true;
			test_is(one, "a", rows[i].a);
			test_is(one, "b", rows[i].b);
			test_is(one, "questions", rows[i].questions);
			ck_assert(json_string_length(json_object_get(one, "for")) > 0);
		}
		ck_assert_msg(seen, "%s: %s is not named", rows[i].path, rows[i].what);
	}
}
END_TEST

/* A group that one host has alone, and a host that does not tell its groups. */
START_TEST(compare__groups__of_one_side)
{
	_cleanup_(test_host_unrefp) struct host *a = test_host(NULL, NULL);
	_cleanup_(test_host_unrefp) struct host *b =
		test_host("devices/" ASK_NIC "/device", "'0x2'");
	_cleanup_(test_host_unrefp) struct host *dark =
		test_host("groups", "{'unknown':'not-readable'}");
	_cleanup_(test_decrefp) json_t *json = test_compare(a, b);
	_cleanup_(test_decrefp) json_t *unknown = test_compare(a, dark);
	const json_t *differences = json_object_get(unknown, "differences");
	bool seen = false;

	ck_assert_uint_eq(json_array_size(json_object_get(json, "differences")), 2);
	test_is(json, "differences/0/what", "'group of 8086:10d3'");
	ck_assert(test_at(json, "differences/0/a") && !test_at(json, "differences/0/b"));
	test_is(json, "differences/1/what", "'group of 8086:0002'");
	ck_assert(!test_at(json, "differences/1/a") && test_at(json, "differences/1/b"));
	for (size_t i = 0; i < json_array_size(differences); i++)
		seen = seen ||
		       strcmp(json_string_value(test_at(json_array_get(differences, i), "what")),
			       "shapes") == 0;
	ck_assert(seen);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fleet_answer");
	TCase *cases = tcase_create("fleet_answer");

	tcase_add_test(cases, hosts__answers__with_what_they_rest_on);
	tcase_add_test(cases, hosts__assumed_of_one_by_its_own_configuration__not_of_all);
	tcase_add_test(cases, hosts__nothing_asked__a_list);
	tcase_add_test(cases, classes__equal_digests__one_class);
	tcase_add_test(cases, baseline__holes__with_their_hosts);
	tcase_add_test(cases, baseline__too_old__tells_nothing);
	tcase_add_test(cases, compare__drivers_differ__same_class);
	tcase_add_test(cases, compare__one_fact__named_where_it_is);
	tcase_add_test(cases, compare__groups__of_one_side);
	suite_add_tcase(suite, cases);
	return unit_run(suite);
}
