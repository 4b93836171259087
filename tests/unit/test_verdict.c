/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Questions become targets, and findings become answers. */
#include "core/judge/evaluate.h"
#include "tests/support/ask.h"
#include "tests/support/unit.h"

#include <inttypes.h>
#include <string.h>

#define TEST_UNKNOWN "{'unknown':'not-readable'}"
#define TEST_RAM     "ram 0x0-0x7fffffff"
#define TEST_WINDOW  ", hotplug 0x100000000-0x1ffffffff"
#define TEST_HOT     "[{'first':'0x70000000','last':'0x7000ffff','type':'reserved'}]"
#define TEST_COLD    "[{'first':'0x180000000','last':'0x18000ffff','type':'reserved'}]"

/* The targets as "TARGET/IDENTITY/GROUP=ANSWER ...". */
static void test_targets(struct ask *ask, const char *words)
{
	const struct verdict *verdict = ask_judge(ask);
	char said[512] = "";

	for (size_t i = 0; i < verdict->n_targets; i++) {
		const struct verdict_target *target = &verdict->targets[i];
		size_t n = strlen(said);

		(void)snprintf(said + n, sizeof(said) - n, "%s%s/%s/%" PRId64 "=%s", i ? " " : "",
			target->target, target->identity ? target->identity : "-", target->group,
			verdict_answer_word(target->hotplug));
	}
	ck_assert_str_eq(said, words);
}

static void test_refused(struct ask *ask, const char *target, const char *word)
{
	struct refusal refusal = { "", "" };
	struct verdict *verdict = NULL;

	(void)ask_judge(ask); /* for the guest that it builds */
	ask->question.n_attach = 0;
	ask_attach(ask, target);
	ck_assert_int_eq(
		verdict_compute(ask->host, &ask->question, &verdict, &refusal), VERDICT_E_REFUSED);
	ck_assert_ptr_null(verdict);
	ck_assert_str_eq(refusal.where, target);
	ck_assert_msg(strstr(refusal.text, word), "%s", refusal.text);
	ask->question.n_attach = 0;
}

/* A second NIC of the same kind, in group 11, below the GPU's port. */
static void test_second_nic(struct ask *ask)
{
	json_t *devices = json_object_get(ask->facts, "devices");
	json_t *copy = json_deep_copy(json_array_get(devices, 2));

	json_object_set_new(copy, "address", json_string("0000:02:00.1"));
	json_object_set_new(copy, "group", json_integer(11));
	json_object_set_new(copy, "parent", json_string(ASK_GPU_PORT));
	json_array_append_new(devices, copy);
	ask_host(ask, "groups/+",
		"{'id':11,'devices':['0000:02:00.1'],'reserved':["
		"{'first':'0xfee00000','last':'0xfeefffff','type':'msi'}]}");
}

START_TEST(targets__by_address__that_device)
{
	ASK(ask, ASK_INTEL);

	ask_attach(&ask, ASK_GPU);
	test_targets(&ask, ASK_GPU "/10de:1eb8/10=safe");
	ask_host(&ask, "groups/10/reserved", TEST_HOT);
	test_targets(&ask, ASK_GPU "/10de:1eb8/10=unsafe");
	ask_attach(&ask, ASK_NIC);
	test_targets(&ask, ASK_GPU "/10de:1eb8/10=unsafe " ASK_NIC "/8086:10d3/9=safe");
	ask_answers(&ask, "safe unsafe safe");
	/* Twice the same is no more than once. */
	ask.question.n_attach = 0;
	ask_attach(&ask, ASK_NIC);
	ask_attach(&ask, ASK_NIC);
	ask_answers(&ask, "safe safe safe");
}
END_TEST

START_TEST(targets__by_identity__the_best_of_several)
{
	ASK(ask, ASK_INTEL);

	test_second_nic(&ask);
	ask_attach(&ask, "8086:10d3");
	test_targets(&ask, ASK_NIC "/8086:10d3/9=safe");
	ask_host(&ask, "groups/9/reserved", TEST_UNKNOWN);
	test_targets(&ask, "0000:02:00.1/8086:10d3/11=safe");
	ask_host(&ask, "groups/11/reserved", TEST_HOT);
	test_targets(&ask, ASK_NIC "/8086:10d3/9=unknown");
	/* Two of them, then three. */
	ask_attach(&ask, "8086:10d3:8086:a01f");
	test_targets(&ask, ASK_NIC "/8086:10d3/9=unknown 0000:02:00.1/8086:10d3/11=unsafe");
	ask_attach(&ask, "class:0200");
	test_targets(&ask, ASK_NIC "/8086:10d3/9=unknown 0000:02:00.1/8086:10d3/11=unsafe "
				   "class:0200/-/-1=unsafe");
}
END_TEST

/* All that is asked counts: here the memory that comes later. */
START_TEST(targets__by_identity__best_for_what_is_asked)
{
	ASK(ask, ASK_INTEL);

	test_second_nic(&ask);
	ask_map(&ask, TEST_RAM TEST_WINDOW);
	ask_host(&ask, "groups/9/reserved", TEST_COLD);
	ask_attach(&ask, "8086:10d3");
	test_targets(&ask, "0000:02:00.1/8086:10d3/11=safe");
	ask_answers(&ask, "safe safe safe");
	ask.question.questions = ASK_H;
	test_targets(&ask, ASK_NIC "/8086:10d3/9=safe");
}
END_TEST

/* Who is named by address or by group is not taken for another. */
START_TEST(targets__by_identity__leaves_named_ones_alone)
{
	ASK(ask, ASK_INTEL);

	test_second_nic(&ask);
	ask_attach(&ask, "8086:10d3");
	ask_attach(&ask, ASK_NIC);
	test_targets(&ask, "0000:02:00.1/8086:10d3/11=safe " ASK_NIC "/8086:10d3/9=safe");
	ask.question.n_attach = 0;
	ask_attach(&ask, "8086:10d3");
	ask_attach(&ask, "9");
	test_targets(&ask, "0000:02:00.1/8086:10d3/11=safe " ASK_NIC "/8086:10d3/9=safe");
	ask.question.n_attach = 1;
	ask_guest(&ask, "devices", "[{'address':'" ASK_NIC "'}]");
	test_targets(&ask, "0000:02:00.1/8086:10d3/11=safe");
}
END_TEST

START_TEST(targets__by_group__its_endpoints)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "groups/9/devices", "['" ASK_NIC "','" ASK_NIC_PORT "','" ASK_GPU "']");
	ask_host(&ask, "groups/1", NULL);
	ask_host(&ask, "groups/10", NULL);
	ask_host(&ask, "devices/" ASK_GPU "/driver", "'nvidia'");
	ask_host(&ask, "devices/" ASK_GPU "/vfio_driver", "false");
	ask_attach(&ask, "9");
	test_targets(&ask, ASK_NIC "/8086:10d3/9=safe " ASK_GPU "/10de:1eb8/9=safe");
	ask.question.n_attach = 0;
	ask_attach(&ask, ASK_NIC);
	test_targets(&ask, ASK_NIC "/8086:10d3/9=unsafe"); /* its mate stays with the host */
}
END_TEST

START_TEST(targets__by_group__of_bridges_or_of_nobody)
{
	ASK(ask, ASK_INTEL);

	ask_attach(&ask, "1");
	test_targets(&ask, ASK_NIC_PORT "/8086:a338/1=unsafe");
	ask_host(&ask, "groups/1/devices", "[]");
	ask_answers(&ask, "safe unsafe unsafe");
	ck_assert_int_eq(
		ask_says(&ask, FINDING_DEVICE_ABSENT, FINDING_VIOLATED, ASK_H | ASK_MEM)->group, 1);
	ask_host(&ask, "groups/1/devices", TEST_UNKNOWN);
	(void)ask_says(&ask, FINDING_DEVICE_ABSENT, FINDING_CANNOT_TELL, ASK_H | ASK_MEM);
	ask_answers(&ask, "safe unknown unknown");
	ask_host(&ask, "groups/1/devices", "['0000:66:00.0']");
	ask_answers(&ask, "safe unknown unknown");
}
END_TEST

START_TEST(targets__unknown_to_this_host__refused)
{
	ASK(ask, ASK_INTEL);

	test_refused(&ask, "0000:99:00.0", "no device of that address");
	test_refused(&ask, "77", "no IOMMU group");
	test_refused(&ask, "99999999999999999999", "not a device address");
	test_refused(&ask, "fe200000.dma", "not a device address");
	test_refused(&ask, "", "not a device address");
	test_refused(&ask, "8086", "no IOMMU group");
}
END_TEST

/* Whether there is such a device nobody can say, so that is the answer. */
START_TEST(targets__devices_not_known__cannot_tell)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "devices", TEST_UNKNOWN);
	ask_attach(&ask, "0000:99:00.0");
	ask_answers(&ask, "safe unknown unknown");
}
END_TEST

START_TEST(targets__unnamed__each_endpoint_that_can_be_assigned)
{
	ASK(ask, ASK_INTEL);

	test_targets(&ask, ASK_NIC "/8086:10d3/9=safe " ASK_GPU "/10de:1eb8/10=safe");
	/* One that no guest can have is not offered. */
	ask_host(&ask, "groups/9/reserved",
		"[{'first':'0xdf000000','last':'0xdfffffff','type':'direct'}]");
	test_targets(&ask, ASK_GPU "/10de:1eb8/10=safe");
	ask_answers(&ask, "safe safe safe");
	/* If there is no other, it says why. */
	ask_host(&ask, "groups/10/reserved",
		"[{'first':'0xdf000000','last':'0xdfffffff','type':'direct'}]");
	test_targets(&ask, ASK_NIC "/8086:10d3/9=unsafe " ASK_GPU "/10de:1eb8/10=unsafe");
	(void)ask_says(&ask, FINDING_DEVICE_NEEDS_IDENTITY_MAP, FINDING_VIOLATED, ASK_H);
	ask_answers(&ask, "safe unsafe safe");
}
END_TEST

/* Host bridges and IOMMUs look like endpoints and are none. */
START_TEST(targets__unnamed__no_functions_of_the_platform)
{
	static const char *const classes[] = { "'0x60000'", "'0x60100'", "'0x80600'" };

	for (size_t i = 0; i < 3; i++) {
		ASK(ask, ASK_INTEL);

		ask_host(&ask, "devices/" ASK_NIC "/class", classes[i]);
		test_targets(&ask, ASK_GPU "/10de:1eb8/10=safe");
		ask_host(&ask, "devices/" ASK_NIC "/class", TEST_UNKNOWN);
		ck_assert_uint_eq(ask_judge(&ask)->n_targets, 2);
	}
}
END_TEST

START_TEST(targets__unnamed__nothing_to_offer)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "devices/" ASK_NIC "/class", "'0x60000'");
	ask_host(&ask, "devices/" ASK_GPU "/class", "'0x60000'");
	ask_answers(&ask, "safe unsafe unsafe");
	(void)ask_says(&ask, FINDING_DEVICE_ABSENT, FINDING_VIOLATED, ASK_H | ASK_MEM);
	ck_assert_uint_eq(ask.verdict->n_targets, 0);
	ask_host(&ask, "devices", "[]");
	ask_host(&ask, "groups", "[]");
	(void)ask_says(&ask, FINDING_NO_IOMMU, FINDING_VIOLATED, ASK_H | ASK_MEM);
	ask_host(&ask, "groups", TEST_UNKNOWN);
	(void)ask_says(&ask, FINDING_NO_IOMMU, FINDING_CANNOT_TELL, ASK_H | ASK_MEM);
}
END_TEST

/* The guest's own are not offered to it again; with all gone there is nothing left. */
START_TEST(targets__unnamed__without_the_guests_own)
{
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "devices", "['8086:10d3']");
	test_targets(&ask, ASK_GPU "/10de:1eb8/10=safe");
	ask_answers(&ask, "safe safe safe");
	ask_guest(&ask, "devices", "['8086:10d3',{'address':'" ASK_GPU "'}]");
	ask_answers(&ask, "safe unsafe safe");
}
END_TEST

/* The answer is the worst, and what is alike is judged once but answered each. */
START_TEST(targets__alike__same_answer_said_once)
{
	size_t n = 0;
	ASK(ask, ASK_INTEL);

	test_second_nic(&ask);
	ask_host(&ask, "groups/9/reserved", TEST_HOT);
	ask_host(&ask, "groups/11/reserved", TEST_HOT);
	test_targets(&ask, ASK_NIC "/8086:10d3/9=unsafe " ASK_GPU "/10de:1eb8/10=safe "
				   "0000:02:00.1/8086:10d3/11=unsafe");
	for (size_t i = 0; i < ask.verdict->n_findings; i++)
		n += ask.verdict->findings[i].code == FINDING_RAM_IN_RESERVED;
	ck_assert_uint_ge(n, 1);
	ck_assert_int_eq(ask.verdict->hotplug, VERDICT_UNSAFE);
}
END_TEST

START_TEST(migrate__without_devices__asks_nothing_of_the_iommu)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "groups", TEST_UNKNOWN);
	ask_host(&ask, "iommus", TEST_UNKNOWN);
	ask_host(&ask, "vfio", TEST_UNKNOWN);
	ask_host(&ask, "host/virtual", "true");
	ask_host(&ask, "host/page_size", "65536");
	ask.question.questions = ASK_M;
	ck_assert_int_eq(ask_judge(&ask)->migrate, VERDICT_SAFE);
	ck_assert_uint_eq(ask.verdict->n_findings, 0);
	ck_assert_uint_eq(ask.verdict->n_targets, 0);
}
END_TEST

/* A guest's own devices are judged there as if they were to be given. */
START_TEST(migrate__with_devices__as_hotplug_of_them)
{
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "devices", "['8086:10d3','class:0302']");
	ask_attach(&ask, "class:0200");
	ask_answers(&ask, "safe unsafe unsafe"); /* there is no third */
	ask.question.n_attach = 0;
	ask_host(&ask, "vfio/interrupts/isolated", "false");
	ask_answers(&ask, "unsafe unsafe safe");
	ask_host(&ask, "vfio/interrupts/isolated", "true");
	ask_guest(&ask, "devices", "['8086:10d3','8086:10d3']");
	ask_answers(&ask, "unsafe safe unsafe");
	ask_guest(&ask, "devices", "[{'address':'0000:99:00.0'}]");
	ask_answers(&ask, "unsafe safe unsafe");
}
END_TEST

START_TEST(questions__subset__answers_only_those)
{
	for (unsigned bits = 1; bits < 8; bits++) {
		ASK(ask, ASK_INTEL);

		ask.question.questions = bits;
		ask_host(&ask, "kvm/present", "false");
		ask_host(&ask, "vfio/interrupts/isolated", "false");
		ask_guest(&ask, "hotplug", NULL);
		(void)ask_judge(&ask);
		ck_assert_uint_eq(ask.verdict->questions, bits);
		for (size_t i = 0; i < ask.verdict->n_findings; i++)
			ck_assert_uint_eq(ask.verdict->findings[i].questions & ~bits, 0);
		ck_assert_int_eq(verdict_worst(ask.verdict),
			bits == ASK_MEM ? VERDICT_UNKNOWN : VERDICT_UNSAFE);
		ck_assert_int_eq(ask.verdict->n_targets > 0, (bits & ASK_H) > 0);
	}
}
END_TEST

START_TEST(memory__nothing_attached_is_named__beside_any)
{
	ASK(ask, ASK_INTEL);

	ask_map(&ask, TEST_RAM TEST_WINDOW);
	ask_host(&ask, "groups/10/reserved", TEST_COLD);
	ask.question.questions = ASK_MEM;
	ck_assert_int_eq(ask_judge(&ask)->memory_hotplug, VERDICT_UNSAFE);
	ask_attach(&ask, ASK_NIC);
	ck_assert_int_eq(ask_judge(&ask)->memory_hotplug, VERDICT_SAFE);
}
END_TEST

START_TEST(memory__device_that_is_not_there__proves_nothing)
{
	ASK(ask, ASK_INTEL);

	ask_map(&ask, TEST_RAM TEST_WINDOW);
	ask_attach(&ask, "1234:5678");
	ask_answers(&ask, "safe unsafe unsafe");
}
END_TEST

START_TEST(findings__sorted__heaviest_first)
{
	const struct verdict *verdict;
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "devices/" ASK_NIC "/driver", "'e1000e'");
	ask_host(&ask, "devices/" ASK_NIC "/vfio_driver", "false");
	ask_host(&ask, "devices/" ASK_NIC "/reset_methods", "null");
	ask_host(&ask, "groups/9/reserved", TEST_HOT);
	ask_host(&ask, "host/virtual", "true");
	verdict = ask_judge(&ask);
	ck_assert_uint_gt(verdict->n_findings, 3);
	for (size_t i = 1; i < verdict->n_findings; i++) {
		const struct finding *a = &verdict->findings[i - 1], *b = a + 1;

		ck_assert_int_le(a->severity, b->severity);
		ck_assert(a->severity != b->severity || a->answer <= b->answer);
	}
	ck_assert_int_eq(verdict->findings[0].code, FINDING_RAM_IN_RESERVED);
}
END_TEST

START_TEST(findings__a_map_full_of_holes__are_bounded)
{
	char regions[16384] = "[";
	size_t n = 0;
	ASK(ask, ASK_INTEL);

	ask_attach(&ask, ASK_NIC);
	for (unsigned i = 1; i < 200; i++) {
		size_t length = strlen(regions);

		(void)snprintf(regions + length, sizeof(regions) - length,
			"%s{'first':'0x%x','last':'0x%x','type':'reserved'}", i > 1 ? "," : "",
			i << 16, (i << 16) + 0xfff);
	}
	(void)snprintf(regions + strlen(regions), sizeof(regions) - strlen(regions), "]");
	ask_host(&ask, "groups/9/reserved", regions);
	(void)ask_judge(&ask);
	for (size_t i = 0; i < ask.verdict->n_findings; i++)
		n += ask.verdict->findings[i].code == FINDING_RAM_IN_RESERVED;
	ck_assert_uint_gt(n, 1);
	ck_assert_uint_le(n, 16);
}
END_TEST

START_TEST(words__of_answers)
{
	ck_assert_str_eq(verdict_answer_word(VERDICT_SAFE), "safe");
	ck_assert_str_eq(verdict_answer_word(VERDICT_UNKNOWN), "unknown");
	ck_assert_str_eq(verdict_answer_word(VERDICT_UNSAFE), "unsafe");
	ck_assert_ptr_null(verdict_free(NULL));
}
END_TEST

START_TEST(evaluate__worst__violated_then_cannot_tell)
{
	static const enum finding_answer answers[] = { FINDING_HOLDS, FINDING_CANNOT_TELL,
		FINDING_VIOLATED };

	for (size_t i = 0; i < 3; i++)
		for (size_t j = 0; j < 3; j++) {
			struct evaluation a = { .hotplug = answers[i] };
			struct evaluation b = { .hotplug = answers[j] };

			ck_assert_int_eq(evaluate_worst(a, b).hotplug, answers[i > j ? i : j]);
			ck_assert_int_eq(evaluate_worst(a, b).migrate, FINDING_HOLDS);
			b.memory_hotplug = answers[i];
			ck_assert_int_eq(evaluate_all(b), answers[i > j ? i : j]);
		}
	ck_assert_int_eq(evaluate_answer(FINDING_HOLDS), VERDICT_SAFE);
	ck_assert_int_eq(evaluate_answer(FINDING_CANNOT_TELL), VERDICT_UNKNOWN);
	ck_assert_int_eq(evaluate_answer(FINDING_VIOLATED), VERDICT_UNSAFE);
}
END_TEST

static Suite *test_verdict_suite(void)
{
	Suite *suite = suite_create("verdict");
	TCase *cases = tcase_create("verdict");

	tcase_add_test(cases, targets__by_address__that_device);
	tcase_add_test(cases, targets__by_identity__the_best_of_several);
	tcase_add_test(cases, targets__by_identity__best_for_what_is_asked);
	tcase_add_test(cases, targets__by_identity__leaves_named_ones_alone);
	tcase_add_test(cases, targets__by_group__its_endpoints);
	tcase_add_test(cases, targets__by_group__of_bridges_or_of_nobody);
	tcase_add_test(cases, targets__unknown_to_this_host__refused);
	tcase_add_test(cases, targets__devices_not_known__cannot_tell);
	tcase_add_test(cases, targets__unnamed__each_endpoint_that_can_be_assigned);
	tcase_add_test(cases, targets__unnamed__no_functions_of_the_platform);
	tcase_add_test(cases, targets__unnamed__nothing_to_offer);
	tcase_add_test(cases, targets__unnamed__without_the_guests_own);
	tcase_add_test(cases, targets__alike__same_answer_said_once);
	tcase_add_test(cases, migrate__without_devices__asks_nothing_of_the_iommu);
	tcase_add_test(cases, migrate__with_devices__as_hotplug_of_them);
	tcase_add_test(cases, questions__subset__answers_only_those);
	tcase_add_test(cases, memory__nothing_attached_is_named__beside_any);
	tcase_add_test(cases, memory__device_that_is_not_there__proves_nothing);
	tcase_add_test(cases, findings__sorted__heaviest_first);
	tcase_add_test(cases, findings__a_map_full_of_holes__are_bounded);
	tcase_add_test(cases, words__of_answers);
	tcase_add_test(cases, evaluate__worst__violated_then_cannot_tell);
	suite_add_tcase(suite, cases);
	return suite;
}

int main(void)
{
	return unit_run(test_verdict_suite());
}
