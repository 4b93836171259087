/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest whose map was worked out from its definition. */
#include "tests/support/ask.h"
#include "tests/support/unit.h"

#define TEST_ALL (ASK_M | ASK_H | ASK_MEM)

START_TEST(guest_cannot_start__holds)
{
	ASK(ask, ASK_INTEL);

	ask_silent(&ask, FINDING_GUEST_CANNOT_START);
}
END_TEST

START_TEST(guest_cannot_start__violated)
{
	const struct finding *finding;
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "refused",
		"'Address space limit 0xffffffffff < 0x1007fffffff phys-bits too low (40)'");
	finding = ask_says(&ask, FINDING_GUEST_CANNOT_START, FINDING_VIOLATED, TEST_ALL);
	ck_assert_ptr_nonnull(strstr(finding->text, "phys-bits too low (40)"));
	ask_answers(&ask, "unsafe unsafe unsafe");
}
END_TEST

/* Whether it starts is worked out or not known at all: then the map is not known either. */
START_TEST(guest_cannot_start__cannot_tell__map_unknown_speaks)
{
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "open", "'what the vendor is'");
	ask_silent(&ask, FINDING_GUEST_CANNOT_START);
	(void)ask_says(&ask, FINDING_MAP_UNKNOWN, FINDING_CANNOT_TELL, TEST_ALL);
}
END_TEST

START_TEST(map_unknown__holds)
{
	ASK(ask, ASK_INTEL);

	ask_silent(&ask, FINDING_MAP_UNKNOWN);
}
END_TEST

START_TEST(map_unknown__violated__is_never_said)
{
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "open", "'what the vendor is'");
	ask_guest(&ask, "refused", "'phys-bits too low'");
	(void)ask_says(&ask, FINDING_MAP_UNKNOWN, FINDING_CANNOT_TELL, TEST_ALL);
	ask_answers(&ask, "unsafe unsafe unsafe");
}
END_TEST

START_TEST(map_unknown__cannot_tell)
{
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "open", "'what the vendor is'");
	(void)ask_says(&ask, FINDING_MAP_UNKNOWN, FINDING_CANNOT_TELL, TEST_ALL);
	ask_answers(&ask, "unknown unknown unknown");
	/* A machine that is not modelled has no map at all. */
	ask_guest(&ask, "open", NULL);
	ask_guest(&ask, "map", "[]");
	ask_guest(&ask, "hotplug", NULL);
	ask_guest(&ask, "opaque", "['a machine that is not modelled']");
	(void)ask_says(&ask, FINDING_MAP_UNKNOWN, FINDING_CANNOT_TELL, TEST_ALL);
	ask_answers(&ask, "unknown unknown unknown");
}
END_TEST

/* Asks about a guest that the host would lay out, and that was started elsewhere. */
static struct verdict *test_elsewhere(struct ask *ask, enum tri same)
{
	struct refusal refusal;
	struct verdict *verdict;
	struct verdict_question question = ask->question;
	struct guest *guest;

	(void)ask_judge(ask);
	guest = ask->guest_built;
	guest->defined = true;
	guest->same_elsewhere = same;
	guest->elsewhere = "ram is at 0x100000000 here";
	question.guest = guest;
	ck_assert_int_eq(verdict_compute(ask->host, &question, &verdict, &refusal), VERDICT_DONE);
	ask_check_combination(verdict);
	return verdict;
}

static const struct finding *test_finding(const struct verdict *verdict, enum finding_code code)
{
	for (size_t i = 0; i < verdict->n_findings; i++)
		if (verdict->findings[i].code == code)
			return &verdict->findings[i];
	return NULL;
}

START_TEST(map_differs_there__holds)
{
	struct verdict *verdict;
	ASK(ask, ASK_INTEL);

	ask_silent(&ask, FINDING_MAP_DIFFERS_THERE); /* a map that was given is the guest's */
	verdict = test_elsewhere(&ask, TRI_YES);
	ck_assert_ptr_null(test_finding(verdict, FINDING_MAP_DIFFERS_THERE));
	ck_assert_int_eq(verdict->migrate, VERDICT_SAFE);
	verdict_free(verdict);
}
END_TEST

START_TEST(map_differs_there__violated)
{
	const struct finding *finding;
	struct verdict *verdict;
	ASK(ask, ASK_INTEL);

	verdict = test_elsewhere(&ask, TRI_NO);
	finding = test_finding(verdict, FINDING_MAP_DIFFERS_THERE);
	ck_assert_int_eq(finding->answer, FINDING_VIOLATED);
	ck_assert_uint_eq(finding->questions, ASK_M);
	ck_assert_int_eq(verdict->migrate, VERDICT_UNSAFE);
	ck_assert_int_eq(verdict->hotplug, VERDICT_SAFE);
	verdict_free(verdict);
}
END_TEST

START_TEST(map_differs_there__cannot_tell)
{
	struct verdict *verdict;
	ASK(ask, ASK_INTEL);

	verdict = test_elsewhere(&ask, TRI_UNKNOWN);
	ck_assert_int_eq(
		test_finding(verdict, FINDING_MAP_DIFFERS_THERE)->answer, FINDING_CANNOT_TELL);
	ck_assert_int_eq(verdict->migrate, VERDICT_UNKNOWN);
	verdict_free(verdict);
}
END_TEST

START_TEST(machine_assumed__holds)
{
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "machine", "'pc-q35-7.2'");
	ask_silent(&ask, FINDING_MACHINE_ASSUMED);
}
END_TEST

START_TEST(machine_assumed__violated)
{
	const struct finding *finding;
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "machine", "'pc-q35-7.2'");
	ask_guest(&ask, "machine_assumed", "true");
	finding = ask_says(&ask, FINDING_MACHINE_ASSUMED, FINDING_VIOLATED, TEST_ALL);
	ck_assert_int_eq(finding->severity, FINDING_INFORMS);
	ck_assert_ptr_nonnull(strstr(finding->text, "pc-q35-7.2"));
	ask_answers(&ask, "safe safe safe");
}
END_TEST

START_TEST(machine_assumed__cannot_tell__is_never_said)
{
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "open", "'what the vendor is'");
	ask_silent(&ask, FINDING_MACHINE_ASSUMED);
}
END_TEST

START_TEST(device_of_another_host__holds)
{
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "devices", "['8086:10d3','" ASK_GPU "']");
	ask_silent(&ask, FINDING_DEVICE_OF_ANOTHER_HOST);
	ask_answers(&ask, "safe unsafe safe"); /* no third one is there to be added */
}
END_TEST

START_TEST(device_of_another_host__violated__is_never_said)
{
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "devices", "[{'address':'" ASK_NIC "','host':'other'}]");
	ask_host(&ask, "groups", "[]");
	(void)ask_says(&ask, FINDING_DEVICE_OF_ANOTHER_HOST, FINDING_CANNOT_TELL, ASK_M | ASK_MEM);
}
END_TEST

/* An address on another host could be anything here. */
START_TEST(device_of_another_host__cannot_tell)
{
	const struct finding *finding;
	ASK(ask, ASK_INTEL);

	ask_guest(&ask, "devices", "[{'address':'" ASK_NIC "','host':'other'}]");
	ask_attach(&ask, ASK_NIC);
	finding = ask_says(
		&ask, FINDING_DEVICE_OF_ANOTHER_HOST, FINDING_CANNOT_TELL, ASK_M | ASK_MEM);
	ck_assert_ptr_nonnull(strstr(finding->text, "other"));
	ask_answers(&ask, "unknown safe unknown");
	ask.question.questions = ASK_H;
	ask_silent(&ask, FINDING_DEVICE_OF_ANOTHER_HOST);
}
END_TEST

static Suite *test_rules_definition_suite(void)
{
	Suite *suite = suite_create("rules_definition");
	TCase *cases = tcase_create("rules_definition");

	tcase_add_test(cases, guest_cannot_start__holds);
	tcase_add_test(cases, guest_cannot_start__violated);
	tcase_add_test(cases, guest_cannot_start__cannot_tell__map_unknown_speaks);
	tcase_add_test(cases, map_unknown__holds);
	tcase_add_test(cases, map_unknown__violated__is_never_said);
	tcase_add_test(cases, map_unknown__cannot_tell);
	tcase_add_test(cases, map_differs_there__holds);
	tcase_add_test(cases, map_differs_there__violated);
	tcase_add_test(cases, map_differs_there__cannot_tell);
	tcase_add_test(cases, machine_assumed__holds);
	tcase_add_test(cases, machine_assumed__violated);
	tcase_add_test(cases, machine_assumed__cannot_tell__is_never_said);
	tcase_add_test(cases, device_of_another_host__holds);
	tcase_add_test(cases, device_of_another_host__violated__is_never_said);
	tcase_add_test(cases, device_of_another_host__cannot_tell);
	suite_add_tcase(suite, cases);
	return suite;
}

int main(void)
{
	return unit_run(test_rules_definition_suite());
}
