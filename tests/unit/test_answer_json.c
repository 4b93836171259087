/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The shapes that are promised to outsiders, member by member. */
#include "core/judge/answer_json.h"
#include "tests/support/ask.h"
#include "tests/support/unit.h"

#include <string.h>

/* What is at @path of @top: members by name, items by number; NULL where there is nothing. */
static json_t *test_answer_json_at(json_t *top, const char *path)
{
	char *copy = strdup(path), *rest = NULL;

	for (char *step = strtok_r(copy, "/", &rest); step; step = strtok_r(NULL, "/", &rest))
		top = json_is_array(top) ? json_array_get(top, strtoul(step, NULL, 10))
					 : json_object_get(top, step);
	free(copy);
	return top;
}

/* At @path stands @expected, JSON with ' for "; NULL: nothing. */
static void test_answer_json_is(json_t *top, const char *path, const char *expected)
{
	json_t *found = test_answer_json_at(top, path);
	json_t *wanted = expected ? ask_json(expected) : NULL;
	char *text = found ? json_dumps(found, JSON_ENCODE_ANY | JSON_SORT_KEYS) : NULL;

	ck_assert_msg((!found && !wanted) || json_equal(found, wanted), "%s: %s instead of %s",
		path, text ? text : "nothing", expected ? expected : "nothing");
	free(text);
	json_decref(wanted);
}

static void test_answer_json_free(json_t **json)
{
	json_decref(*json);
}

#define TEST_ANSWER_JSON(name) _cleanup_(test_answer_json_free) json_t *name = NULL

/* The finding of that code in the list "findings", or NULL. */
static json_t *test_answer_json_finding(json_t *top, const char *code)
{
	size_t i;
	json_t *finding;

	json_array_foreach(json_object_get(top, "findings"), i, finding)
	{
		if (strcmp(json_string_value(json_object_get(finding, "code")), code) == 0)
			return finding;
	}
	return NULL;
}

static json_t *test_answer_json_usable(struct ask *ask, const char *target)
{
	struct refusal refusal = { "", "" };
	json_t *json = NULL;

	ck_assert_int_eq(
		answer_json_usable(ask_judge_host(ask), target, &json, &refusal), ANSWER_JSON_DONE);
	return json;
}

static json_t *test_answer_json_explain(struct ask *ask, const char *target)
{
	struct refusal refusal = { "", "" };
	json_t *json = NULL;

	ck_assert_int_eq(answer_json_explain(ask_judge_host(ask), target, &json, &refusal),
		ANSWER_JSON_DONE);
	return json;
}

START_TEST(check__every_promised_member__is_there)
{
	TEST_ANSWER_JSON(json);
	json_t *finding;
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "groups/9/reserved/+",
		"{'first':'0x40000000','last':'0x4fffffff','type':'reserved'}");
	ask_attach(&ask, ASK_NIC);
	ask_assume(&ask, "cpu-bits=46");
	ask_assume(&ask, "nested=trust");
	ask.question.collected_us = 1700000000000000;
	ck_assert_int_eq(answer_json_check(ask_judge(&ask), "b.example", &json), 0);

	test_answer_json_is(json, "schema", "'iommufleet-answer-1'");
	test_answer_json_is(json, "host", "'b.example'");
	test_answer_json_is(json, "rules", "2");
	test_answer_json_is(json, "collected_at", "1700000000000000");
	test_answer_json_is(json, "assumed", "{'cpu-bits':'46','nested':'trust'}");
	test_answer_json_is(
		json, "answers", "{'migrate':'safe','hotplug':'unsafe','memory_hotplug':'safe'}");
	test_answer_json_is(json, "targets",
		"[{'target':'0000:01:00.0','identity':'8086:10d3','group':9,'hotplug':'unsafe'}]");
	ck_assert_uint_eq(
		strlen(json_string_value(test_answer_json_at(json, "digests/facts"))), 64);
	ck_assert_uint_eq(
		strlen(json_string_value(test_answer_json_at(json, "digests/class"))), 64);
	ck_assert_uint_eq(strlen(json_string_value(test_answer_json_at(json, "digests/map"))), 64);

	finding = test_answer_json_finding(json, "ram-in-reserved");
	test_answer_json_is(finding, "severity", "'blocks'");
	test_answer_json_is(finding, "answer", "'violated'");
	test_answer_json_is(finding, "questions", "['hotplug']");
	test_answer_json_is(finding, "guest", "{'first':'0x0','last':'0x7fffffff','kind':'ram'}");
	test_answer_json_is(
		finding, "region", "{'first':'0x40000000','last':'0x4fffffff','type':'reserved'}");
	test_answer_json_is(finding, "group", "9");
	test_answer_json_is(finding, "device", "'0000:01:00.0'");
	test_answer_json_is(finding, "facts", "['groups/9/reserved/0']");
	ck_assert(json_is_string(json_object_get(finding, "text")));
	ck_assert_str_eq(json_string_value(json_object_get(finding, "remedy")),
		finding_kind(FINDING_RAM_IN_RESERVED)->remedy);
}
END_TEST

START_TEST(check__one_question__only_its_answer)
{
	TEST_ANSWER_JSON(json);
	ASK(ask, ASK_INTEL);

	ask.question.questions = FINDING_MIGRATE;
	ck_assert_int_eq(answer_json_check(ask_judge(&ask), "", &json), 0);
	test_answer_json_is(json, "answers", "{'migrate':'safe'}");
	test_answer_json_is(json, "targets", "[]");
	test_answer_json_is(json, "assumed", "{}");
	test_answer_json_is(json, "findings", "[]");
	test_answer_json_is(json, "host", "''");
	test_answer_json_is(json, "collected_at", "null");
}
END_TEST

START_TEST(check__finding_about_the_host__members_that_do_not_apply_are_left_out)
{
	TEST_ANSWER_JSON(json);
	json_t *finding;
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "host/virtual", "true");
	ask_attach(&ask, ASK_NIC);
	ck_assert_int_eq(answer_json_check(ask_judge(&ask), "b", &json), 0);
	finding = test_answer_json_finding(json, "host-is-virtual");
	test_answer_json_is(finding, "answer", "'cannot-tell'");
	test_answer_json_is(finding, "questions", "['hotplug','memory_hotplug']");
	test_answer_json_is(finding, "guest", NULL);
	test_answer_json_is(finding, "region", NULL);
	test_answer_json_is(finding, "group", NULL);
	test_answer_json_is(finding, "device", NULL);
	test_answer_json_is(json, "answers/hotplug", "'unknown'");
}
END_TEST

START_TEST(check__target_that_is_not_there__no_group_and_its_own_name)
{
	TEST_ANSWER_JSON(json);
	ASK(ask, ASK_INTEL);

	ask_attach(&ask, "class:0108");
	ck_assert_int_eq(answer_json_check(ask_judge(&ask), "b", &json), 0);
	test_answer_json_is(json, "targets", "[{'target':'class:0108','hotplug':'unsafe'}]");
}
END_TEST

START_TEST(groups__sound_host__as_promised)
{
	TEST_ANSWER_JSON(json);
	ASK(ask, ASK_INTEL);

	ck_assert_int_eq(answer_json_groups(ask_judge_host(&ask), &json), 0);
	ck_assert_uint_eq(json_array_size(json_object_get(json, "groups")), 4);
	test_answer_json_is(json, "groups/2",
		"{'id':9,'type':'DMA','devices':['0000:01:00.0'],'reserved':[{'first':'0xfee00000',"
		"'last':'0xfeefffff','type':'msi'}],'isolated':'yes','assignable':'yes',"
		"'assignable_after_rebind':'yes'}");
	test_answer_json_is(json, "groups/0/assignable", "'no'");
}
END_TEST

START_TEST(groups__not_all_is_known__unknown_with_its_reason)
{
	json_t *json = NULL;
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "groups/9/reserved", "{'unknown':'over-limit'}");
	ask_host(&ask, "devices/0000:00:1c.0/acs", "{'unknown':'not-readable'}");
	ask_host(&ask, "devices/0000:00:1d.0/acs", "null");
	ck_assert_int_eq(answer_json_groups(ask_judge_host(&ask), &json), 0);
	test_answer_json_is(json, "groups/2/reserved", "{'unknown':'over-limit'}");
	test_answer_json_is(json, "groups/2/isolated", "'unknown'");
	test_answer_json_is(json, "groups/2/assignable", "'unknown'");
	test_answer_json_is(json, "groups/3/isolated", "'no'");
	json_decref(json);

	ask_host(&ask, "groups", "{'unknown':'not-readable'}");
	ck_assert_int_eq(answer_json_groups(ask_judge_host(&ask), &json), 0);
	test_answer_json_is(json, "groups", "{'unknown':'not-readable'}");
	json_decref(json);
}
END_TEST

START_TEST(devices__value_null_unknown_missing__stay_apart)
{
	TEST_ANSWER_JSON(json);
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "devices/0000:02:00.0/acs", "{'unknown':'asleep'}");
	ask_host(&ask, "devices/0000:02:00.0/driver", "null");
	ask_host(&ask, "devices/0000:02:00.0/port_type", NULL);
	ask_host(&ask, "devices/0000:02:00.0/class", "{'unknown':'malformed'}");
	ask_host(&ask, "devices/0000:02:00.0/numa_node", "{'unknown':'timed-out'}");
	ck_assert_int_eq(answer_json_devices(ask_judge_host(&ask), &json), 0);
	ck_assert_uint_eq(json_array_size(json_object_get(json, "devices")), 4);
	test_answer_json_is(json, "devices/0/acs", "{'capability':'0x1f','control':'0x1d'}");
	test_answer_json_is(json, "devices/0/port_type", "'root-port'");
	test_answer_json_is(json, "devices/2/address", "'0000:01:00.0'");
	test_answer_json_is(json, "devices/2/vendor", "'0x8086'");
	test_answer_json_is(json, "devices/2/device", "'0x10d3'");
	test_answer_json_is(json, "devices/2/class", "'0x20000'");
	test_answer_json_is(json, "devices/2/group", "9");
	test_answer_json_is(json, "devices/2/driver", "'vfio-pci'");
	test_answer_json_is(json, "devices/2/acs", NULL);
	test_answer_json_is(json, "devices/2/assignable", "'yes'");
	test_answer_json_is(json, "devices/3/acs", "{'unknown':'asleep'}");
	test_answer_json_is(json, "devices/3/driver", NULL);
	test_answer_json_is(json, "devices/3/port_type", "{'unknown':'not-collected'}");
	test_answer_json_is(json, "devices/3/class", "{'unknown':'malformed'}");
	test_answer_json_is(json, "devices/3/numa_node", "{'unknown':'timed-out'}");
	test_answer_json_is(json, "devices/2/numa_node", NULL);
	test_answer_json_is(json, "devices/3/assignable", "'no'");
	test_answer_json_is(json, "devices/3/reset_methods", "['flr','bus']");
}
END_TEST

START_TEST(devices__not_collected__unknown_and_none_at_all__empty)
{
	json_t *json = NULL;
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "devices/0000:01:00.0/sriov",
		"{'total_vfs':7,'num_vfs':0,'vf_device':'0x10ca'}");
	ck_assert_int_eq(answer_json_devices(ask_judge_host(&ask), &json), 0);
	test_answer_json_is(
		json, "devices/2/sriov", "{'total_vfs':7,'num_vfs':0,'vf_device':'0x10ca'}");
	json_decref(json);

	ask_host(&ask, "devices", NULL);
	ck_assert_int_eq(answer_json_devices(ask_judge_host(&ask), &json), 0);
	test_answer_json_is(json, "devices", "{'unknown':'not-collected'}");
	json_decref(json);
	ask_host(&ask, "devices", "[]");
	ck_assert_int_eq(answer_json_devices(ask_judge_host(&ask), &json), 0);
	test_answer_json_is(json, "devices", "[]");
	json_decref(json);
}
END_TEST

START_TEST(usable__device__as_promised)
{
	TEST_ANSWER_JSON(json);
	ASK(ask, ASK_INTEL);

	json = test_answer_json_usable(&ask, ASK_NIC);
	test_answer_json_is(json, "",
		"{'target':'0000:01:00.0','group':9,'aperture':{'last':'0xffffffffffff',"
		"'known_by':'register'},'assignable':'yes','assignable_after_rebind':'yes',"
		"'ranges':[{'first':'0x0','last':'0xfedfffff'},{'first':'0xfef00000',"
		"'last':'0xffffffffffff'}],'findings':[]}");
}
END_TEST

START_TEST(usable__group_number__same_ranges_as_its_device)
{
	TEST_ANSWER_JSON(json);
	ASK(ask, ASK_INTEL);

	json = test_answer_json_usable(&ask, "10");
	test_answer_json_is(json, "target", "'10'");
	test_answer_json_is(json, "group", "10");
	test_answer_json_is(json, "assignable", "'yes'");
	test_answer_json_is(json, "ranges/1/first", "'0xfef00000'");
}
END_TEST

START_TEST(usable__on_a_host_driver__no_now_and_yes_after_rebind)
{
	TEST_ANSWER_JSON(json);
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "devices/0000:01:00.0/driver", "'e1000e'");
	ask_host(&ask, "devices/0000:01:00.0/vfio_driver", "false");
	json = test_answer_json_usable(&ask, ASK_NIC);
	test_answer_json_is(json, "assignable", "'no'");
	test_answer_json_is(json, "assignable_after_rebind", "'yes'");
	test_answer_json_is(
		test_answer_json_finding(json, "group-not-viable"), "severity", "'informs'");
}
END_TEST

START_TEST(usable__refused_by_the_kernel__no_with_the_reason)
{
	TEST_ANSWER_JSON(json);
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "vfio/interrupts/isolated", "false");
	json = test_answer_json_usable(&ask, ASK_NIC);
	test_answer_json_is(json, "assignable", "'no'");
	test_answer_json_is(json, "assignable_after_rebind", "'no'");
	ck_assert_ptr_nonnull(test_answer_json_finding(json, "interrupts-not-isolated"));
}
END_TEST

START_TEST(usable__reach_has_two_ends__last_and_at_most)
{
	TEST_ANSWER_JSON(json);
	ASK(ask, ASK_AMD);

	ask_host(&ask, "host/kernel/version", "'6.16.4'");
	ask_host(&ask, "iommus/unit0/ivrs_efr", "'0x0'");
	json = test_answer_json_usable(&ask, ASK_NIC);
	test_answer_json_is(json, "aperture",
		"{'last':'0xffffffffffff','at_most':'0xffffffffffffffff','known_by':'acpi-table'}");
	test_answer_json_is(json, "ranges/2", "{'first':'0x10000000000','last':'0xffffffffffff'}");
}
END_TEST

START_TEST(usable__nothing_known_of_the_reach__no_range_is_promised)
{
	TEST_ANSWER_JSON(json);
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "devices/0000:01:00.0/iommu", "{'unknown':'vanished'}");
	json = test_answer_json_usable(&ask, ASK_NIC);
	test_answer_json_is(json, "ranges", "[]");
	test_answer_json_is(json, "aperture/known_by", "{'unknown':'not-collected'}");
}
END_TEST

START_TEST(usable__device_without_a_group__no_iommu)
{
	TEST_ANSWER_JSON(json);
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "devices/0000:01:00.0/group", "null");
	ask_host(&ask, "groups/9", NULL);
	json = test_answer_json_usable(&ask, ASK_NIC);
	test_answer_json_is(json, "group", NULL);
	test_answer_json_is(json, "aperture", NULL);
	test_answer_json_is(json, "ranges", "[]");
	test_answer_json_is(json, "assignable", "'no'");
	ck_assert_ptr_nonnull(test_answer_json_finding(json, "no-iommu"));
}
END_TEST

START_TEST(target__nowhere_on_the_host__refused_by_name)
{
	static const char *const nowhere[] = { "99", "0000:77:00.0", "8086:10d3", "", "-1", "9 " };
	ASK(ask, ASK_INTEL);
	const struct host *host = ask_judge_host(&ask);

	for (size_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++) {
		struct refusal refusal = { "", "" };
		json_t *json = NULL;

		ck_assert_int_eq(answer_json_usable(host, nowhere[i], &json, &refusal),
			ANSWER_JSON_E_NO_TARGET);
		ck_assert_str_eq(refusal.where, nowhere[i]);
		ck_assert_ptr_nonnull(strstr(refusal.text, "no IOMMU group"));
		ck_assert_int_eq(answer_json_explain(host, nowhere[i], &json, &refusal),
			ANSWER_JSON_E_NO_TARGET);
		ck_assert_ptr_null(json);
	}
}
END_TEST

START_TEST(explain__sound_path__every_port_up_to_the_root)
{
	TEST_ANSWER_JSON(json);
	ASK(ask, ASK_INTEL);

	json = test_answer_json_explain(&ask, ASK_NIC);
	test_answer_json_is(json, "target", "'0000:01:00.0'");
	test_answer_json_is(json, "group", "9");
	test_answer_json_is(json, "isolated", "'yes'");
	test_answer_json_is(json, "path",
		"[{'address':'0000:01:00.0','port_type':'endpoint','redirects':'yes'},"
		"{'address':'0000:00:1c.0','port_type':'root-port','acs':{'capability':'0x1f',"
		"'control':'0x1d'},'redirects':'yes'}]");
	test_answer_json_is(json, "first_hole", NULL);
}
END_TEST

START_TEST(explain__port_that_does_not_redirect__named_with_its_bits)
{
	TEST_ANSWER_JSON(json);
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "devices/0000:00:1c.0/acs/control", "'0x11'");
	json = test_answer_json_explain(&ask, "9");
	test_answer_json_is(json, "target", "'9'");
	test_answer_json_is(json, "isolated", "'no'");
	test_answer_json_is(json, "path/1/redirects", "'no'");
	test_answer_json_is(json, "path/1/missing", "['RR','CR']");
	test_answer_json_is(json, "first_hole", "'0000:00:1c.0'");
	ck_assert_ptr_nonnull(test_answer_json_finding(json, "peer-path-open"));
}
END_TEST

START_TEST(explain__port_without_acs_or_unread__all_bits_or_unknown)
{
	json_t *json;
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "devices/0000:00:1c.0/acs", "null");
	json = test_answer_json_explain(&ask, ASK_NIC);
	test_answer_json_is(json, "path/1/missing", "['SV','RR','CR','UF']");
	test_answer_json_is(json, "path/1/acs", NULL);
	json_decref(json);
	ask_host(&ask, "devices/0000:00:1c.0/acs", "{'unknown':'not-readable'}");
	json = test_answer_json_explain(&ask, ASK_NIC);
	test_answer_json_is(json, "isolated", "'unknown'");
	test_answer_json_is(json, "path/1/redirects", "'unknown'");
	test_answer_json_is(json, "path/1/missing", NULL);
	test_answer_json_is(json, "path/1/acs", "{'unknown':'not-readable'}");
	json_decref(json);
}
END_TEST

START_TEST(explain__ring_of_bridges__ends)
{
	TEST_ANSWER_JSON(json);
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "devices/0000:00:1c.0/parent", "'0000:00:1d.0'");
	ask_host(&ask, "devices/0000:00:1d.0/parent", "'0000:00:1c.0'");
	json = test_answer_json_explain(&ask, ASK_NIC);
	ck_assert_uint_le(json_array_size(json_object_get(json, "path")), 256);
}
END_TEST

START_TEST(digests__three_of_64_digits__same_for_the_same_host)
{
	json_t *json = NULL, *again = NULL;
	ASK(ask, ASK_INTEL);

	ck_assert_int_eq(answer_json_digests(ask_judge_host(&ask), &json), 0);
	ck_assert_int_eq(answer_json_digests(ask_judge_host(&ask), &again), 0);
	ck_assert_uint_eq(json_object_size(json), 3);
	ck_assert(json_equal(json, again));
	json_decref(json);
	json_decref(again);
}
END_TEST

START_TEST(status__sound_host__nothing_to_complain_of)
{
	TEST_ANSWER_JSON(json);
	ASK(ask, ASK_INTEL);

	ck_assert_int_eq(answer_json_status(ask_judge_host(&ask), "b", &json), 0);
	json_object_del(json, "digests");
	test_answer_json_is(json, "",
		"{'host':'b','arch':'x86_64','kernel':'6.12.95-amd64','iommus':[{'name':'unit0',"
		"'kind':'intel-vtd','last':'0xffffffffffff','known_by':'register'}],'groups':4,"
		"'devices':4,'assignable':2,'interrupts':{'isolated':'yes','known_by':"
		"'proc-interrupts'},'virtual':'no','problems':[]}");
}
END_TEST

/* The codes of the problems, "a b c". */
static void test_answer_json_problems(struct ask *ask, const char *codes)
{
	TEST_ANSWER_JSON(json);
	json_t *problem;
	char text[512] = "";
	size_t i;

	ck_assert_int_eq(answer_json_status(ask_judge_host(ask), "b", &json), 0);
	json_array_foreach(json_object_get(json, "problems"), i, problem)
	{
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
			i > 0 ? " " : "", json_string_value(json_object_get(problem, "code")));
		ck_assert(json_is_string(json_object_get(problem, "text")));
		ck_assert(json_is_string(json_object_get(problem, "remedy")));
	}
	ck_assert_str_eq(text, codes);
}

START_TEST(status__what_stands_in_the_way__named)
{
	ASK(ask, ASK_INTEL);

	test_answer_json_problems(&ask, "");
	ask_host(&ask, "host/virtual", "true");
	ask_host(&ask, "host/words", "['pcie_acs_override=downstream']");
	ask_host(&ask, "kvm/present", "false");
	ask_host(&ask, "vfio/interrupts/isolated", "false");
	test_answer_json_problems(
		&ask, "no-kvm interrupts-not-isolated acs-override host-is-virtual");
	ask_host(&ask, "vfio/type1/allow_unsafe_interrupts", "true");
	ask_assume(&ask, "nested=trust");
	test_answer_json_problems(&ask, "no-kvm interrupts-unsafe-allowed acs-override");
}
END_TEST

START_TEST(status__what_could_not_be_read__named)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "iommus/unit0/input_bits", "{'unknown':'not-readable'}");
	ask_host(&ask, "devices/0000:00:1c.0/acs", "{'unknown':'not-readable'}");
	ask_host(&ask, "host/virtual", "{'unknown':'not-readable'}");
	test_answer_json_problems(&ask, "host-is-virtual aperture-unknown facts-incomplete");
}
END_TEST

START_TEST(status__newer_document_and_no_groups__named)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "minor", "7");
	ask_host(&ask, "colour", "'red'");
	ask_host(&ask, "groups", "[]");
	for (unsigned i = 0; i < 4; i++) {
		static const char *const devices[] = { ASK_NIC, ASK_GPU, ASK_NIC_PORT,
			ASK_GPU_PORT };
		char path[64];

		(void)snprintf(path, sizeof(path), "devices/%s/group", devices[i]);
		ask_host(&ask, path, "null");
	}
	test_answer_json_problems(&ask, "no-iommu facts-newer");
}
END_TEST

static void test_answer_json_add_lists(TCase *cases)
{
	tcase_add_test(cases, groups__sound_host__as_promised);
	tcase_add_test(cases, groups__not_all_is_known__unknown_with_its_reason);
	tcase_add_test(cases, devices__value_null_unknown_missing__stay_apart);
	tcase_add_test(cases, devices__not_collected__unknown_and_none_at_all__empty);
	tcase_add_test(cases, digests__three_of_64_digits__same_for_the_same_host);
	tcase_add_test(cases, status__sound_host__nothing_to_complain_of);
	tcase_add_test(cases, status__what_stands_in_the_way__named);
	tcase_add_test(cases, status__what_could_not_be_read__named);
	tcase_add_test(cases, status__newer_document_and_no_groups__named);
}

int main(void)
{
	Suite *suite = suite_create("answer_json");
	TCase *cases = tcase_create("answer_json");

	tcase_add_test(cases, check__every_promised_member__is_there);
	tcase_add_test(cases, check__one_question__only_its_answer);
	tcase_add_test(
		cases, check__finding_about_the_host__members_that_do_not_apply_are_left_out);
	tcase_add_test(cases, check__target_that_is_not_there__no_group_and_its_own_name);
	tcase_add_test(cases, usable__device__as_promised);
	tcase_add_test(cases, usable__group_number__same_ranges_as_its_device);
	tcase_add_test(cases, usable__on_a_host_driver__no_now_and_yes_after_rebind);
	tcase_add_test(cases, usable__refused_by_the_kernel__no_with_the_reason);
	tcase_add_test(cases, usable__reach_has_two_ends__last_and_at_most);
	tcase_add_test(cases, usable__nothing_known_of_the_reach__no_range_is_promised);
	tcase_add_test(cases, usable__device_without_a_group__no_iommu);
	tcase_add_test(cases, target__nowhere_on_the_host__refused_by_name);
	tcase_add_test(cases, explain__sound_path__every_port_up_to_the_root);
	tcase_add_test(cases, explain__port_that_does_not_redirect__named_with_its_bits);
	tcase_add_test(cases, explain__port_without_acs_or_unread__all_bits_or_unknown);
	tcase_add_test(cases, explain__ring_of_bridges__ends);
	test_answer_json_add_lists(cases);
	suite_add_tcase(suite, cases);
	return unit_run(suite);
}
