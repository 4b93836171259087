/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/model/finding.h"
#include "tests/support/unit.h"

#include <ctype.h>
#include <string.h>

#define TEST_FINDING_QUESTION_ALL FINDING_QUESTIONS

START_TEST(kind__every_code__has_a_word_a_remedy_and_questions)
{
	for (unsigned code = 0; code < _FINDING_CODE_MAX; code++) {
		const struct finding_kind *kind = finding_kind(code);

		ck_assert_msg(kind->word && kind->remedy, "code %u has no row", code);
		ck_assert(kind->questions != 0);
		ck_assert_uint_eq(kind->questions & ~(unsigned)FINDING_QUESTIONS, 0);
		for (const char *c = kind->word; *c; c++)
			ck_assert_msg(islower((unsigned char)*c) || *c == '-', "%s", kind->word);
		ck_assert_msg(kind->remedy[strlen(kind->remedy) - 1] == '.' &&
				      isupper((unsigned char)kind->remedy[0]),
			"the remedy of %s is no sentence", kind->word);
	}
}
END_TEST

START_TEST(kind__every_code__word_is_unique)
{
	for (unsigned a = 0; a < _FINDING_CODE_MAX; a++) {
		for (unsigned b = 0; b < a; b++)
			ck_assert_str_ne(finding_kind(a)->word, finding_kind(b)->word);
	}
}
END_TEST

/* What decides answers: a code that slips from blocking to informing makes guests "safe". */
START_TEST(kind__severity_and_questions__as_promised)
{
	static const struct {
		enum finding_code code;
		enum finding_severity severity;
		unsigned questions;
	} rows[] = {
		{ FINDING_RAM_IN_RESERVED, FINDING_BLOCKS, FINDING_MIGRATE | FINDING_HOTPLUG },
		{ FINDING_APERTURE_UNKNOWN, FINDING_BLOCKS, FINDING_MIGRATE | FINDING_HOTPLUG },
		{ FINDING_REGIONS_UNKNOWN, FINDING_BLOCKS, TEST_FINDING_QUESTION_ALL },
		{ FINDING_HOTPLUG_MEMORY_IN_RESERVED, FINDING_BLOCKS, FINDING_MEMORY_HOTPLUG },
		{ FINDING_HOTPLUG_MEMORY_NO_ROOM, FINDING_BLOCKS, FINDING_MEMORY_HOTPLUG },
		{ FINDING_DMA_MAPPINGS_EXHAUSTED, FINDING_BLOCKS,
			FINDING_HOTPLUG | FINDING_MEMORY_HOTPLUG },
		{ FINDING_BAR_IN_RESERVED, FINDING_BLOCKS, FINDING_HOTPLUG },
		{ FINDING_BAR_WINDOW_UNUSABLE, FINDING_DEGRADES, FINDING_HOTPLUG },
		{ FINDING_DEVICE_NEEDS_IDENTITY_MAP, FINDING_BLOCKS,
			FINDING_MIGRATE | FINDING_HOTPLUG },
		{ FINDING_INTERRUPTS_NOT_ISOLATED, FINDING_BLOCKS, FINDING_HOTPLUG },
		{ FINDING_INTERRUPTS_UNSAFE_ALLOWED, FINDING_DEGRADES, FINDING_HOTPLUG },
		{ FINDING_GROUP_SHARED, FINDING_BLOCKS, FINDING_HOTPLUG },
		{ FINDING_GROUP_NOT_VIABLE, FINDING_BLOCKS, FINDING_HOTPLUG },
		{ FINDING_ACS_MISSING, FINDING_INFORMS, FINDING_HOTPLUG },
		{ FINDING_PEER_PATH_OPEN, FINDING_DEGRADES, FINDING_HOTPLUG },
		{ FINDING_ACS_OVERRIDE, FINDING_BLOCKS, FINDING_HOTPLUG },
		{ FINDING_DEVICE_IS_BRIDGE, FINDING_BLOCKS, FINDING_HOTPLUG },
		{ FINDING_DEVICE_NOT_RESETTABLE, FINDING_DEGRADES, FINDING_HOTPLUG },
		{ FINDING_DEVICE_NOT_PCI, FINDING_BLOCKS, FINDING_HOTPLUG },
		{ FINDING_NO_IOMMU, FINDING_BLOCKS, TEST_FINDING_QUESTION_ALL },
		{ FINDING_NO_KVM, FINDING_BLOCKS, FINDING_MIGRATE },
		{ FINDING_ARCH_DIFFERS, FINDING_BLOCKS, TEST_FINDING_QUESTION_ALL },
		{ FINDING_HOST_IS_VIRTUAL, FINDING_BLOCKS, TEST_FINDING_QUESTION_ALL },
		{ FINDING_MSIX_PAGE_SHARED, FINDING_DEGRADES, FINDING_MIGRATE | FINDING_HOTPLUG },
		{ FINDING_ADDRESS_BITS_TOO_FEW, FINDING_BLOCKS, FINDING_MIGRATE },
		{ FINDING_GUEST_OPAQUE, FINDING_BLOCKS, TEST_FINDING_QUESTION_ALL },
		{ FINDING_DEPENDS_ON_DEVICE, FINDING_INFORMS, FINDING_HOTPLUG },
		{ FINDING_FACTS_INCOMPLETE, FINDING_BLOCKS, TEST_FINDING_QUESTION_ALL },
		{ FINDING_ASSUMPTION_NOT_OBSERVED, FINDING_BLOCKS, TEST_FINDING_QUESTION_ALL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct finding_kind *kind = finding_kind(rows[i].code);

		ck_assert_msg(kind->severity == rows[i].severity, "%s", kind->word);
		ck_assert_msg(kind->questions == rows[i].questions, "%s", kind->word);
	}
}
END_TEST

START_TEST(words__severities_answers_questions__as_promised)
{
	ck_assert_str_eq(finding_severity_word(FINDING_BLOCKS), "blocks");
	ck_assert_str_eq(finding_severity_word(FINDING_DEGRADES), "degrades");
	ck_assert_str_eq(finding_severity_word(FINDING_INFORMS), "informs");
	ck_assert_str_eq(finding_answer_word(FINDING_HOLDS), "holds");
	ck_assert_str_eq(finding_answer_word(FINDING_VIOLATED), "violated");
	ck_assert_str_eq(finding_answer_word(FINDING_CANNOT_TELL), "cannot-tell");
	ck_assert_str_eq(finding_question_word(FINDING_MIGRATE), "migrate");
	ck_assert_str_eq(finding_question_word(FINDING_HOTPLUG), "hotplug");
	ck_assert_str_eq(finding_question_word(FINDING_MEMORY_HOTPLUG), "memory_hotplug");
}
END_TEST

START_TEST(question_parse__words__bits_or_none)
{
	ck_assert_uint_eq(finding_question_parse("migrate"), FINDING_MIGRATE);
	ck_assert_uint_eq(finding_question_parse("hotplug"), FINDING_HOTPLUG);
	ck_assert_uint_eq(finding_question_parse("memory_hotplug"), FINDING_MEMORY_HOTPLUG);
	ck_assert_uint_eq(finding_question_parse("memory-hotplug"), 0);
	ck_assert_uint_eq(finding_question_parse(""), 0);
}
END_TEST

static Suite *test_finding_suite(void)
{
	Suite *suite = suite_create("finding");
	TCase *cases = tcase_create("finding");

	tcase_add_test(cases, kind__every_code__has_a_word_a_remedy_and_questions);
	tcase_add_test(cases, kind__every_code__word_is_unique);
	tcase_add_test(cases, kind__severity_and_questions__as_promised);
	tcase_add_test(cases, words__severities_answers_questions__as_promised);
	tcase_add_test(cases, question_parse__words__bits_or_none);
	suite_add_tcase(suite, cases);
	return suite;
}

int main(void)
{
	return unit_run(test_finding_suite());
}
