/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The forms that Kubernetes and Nova read, and what is not written into them. */
#include "core/codec/export_text.h"
#include "tests/support/ask.h"
#include "tests/support/unit.h"

#include <string.h>

#define TEST_A32   "aaaaaaaabbbbbbbbccccccccdddddddd"
#define TEST_M32   "0123456789abcdef0123456789abcdef"
#define TEST_REST  "00000000000000000000000000000000"
#define TEST_CLASS "'class':'" TEST_A32 TEST_REST "'"
#define TEST_MAP   "'map':'" TEST_M32 TEST_REST "'"

static void test_nfd(const char *json, const char *expected)
{
	struct refusal refusal = { "", "" };
	json_t *labels = ask_json(json);
	char *text = NULL;
	int r = export_text_nfd(labels, &text, &refusal);

	ck_assert_int_eq(r, expected ? EXPORT_TEXT_DONE : EXPORT_TEXT_E_REFUSED);
	if (expected)
		ck_assert_str_eq(text, expected);
	else
		ck_assert(!text && refusal.text[0]);
	free(text);
	json_decref(labels);
}

#define TEST_LINE "feature.node.kubernetes.io/iommufleet-"

START_TEST(nfd__labels__sorted_lines)
{
	test_nfd("{" TEST_CLASS "," TEST_MAP
		 ",'address_bits':48,'labels':{'kvm':'unknown','assignable':'yes','virtual':'no'}}",
		TEST_LINE "address-bits=48\n" TEST_LINE "assignable=true\n" TEST_LINE
			  "class=" TEST_A32 "\n" TEST_LINE "kvm=unknown\n" TEST_LINE "map=" TEST_M32
			  "\n" TEST_LINE "virtual=false\n");
	test_nfd("{" TEST_CLASS "," TEST_MAP ",'labels':{}}",
		TEST_LINE "address-bits=unknown\n" TEST_LINE "class=" TEST_A32 "\n" TEST_LINE
			  "map=" TEST_M32 "\n");
}
END_TEST

START_TEST(nfd__what_could_be_a_line_of_its_own__refused)
{
	static const char *const wrong[] = {
		"{}",
		"[]",
		"{" TEST_CLASS "}",
		"{" TEST_CLASS "," TEST_MAP "}",
		"{" TEST_CLASS "," TEST_MAP ",'labels':[]}",
		"{" TEST_CLASS "," TEST_MAP ",'labels':{'kvm':true}}",
		"{" TEST_CLASS "," TEST_MAP ",'labels':{'kvm':'true'}}",
		"{" TEST_CLASS "," TEST_MAP ",'labels':{'kvm':'yes\\nx=y'}}",
		"{" TEST_CLASS "," TEST_MAP ",'labels':{'k\\nx':'yes'}}",
		"{" TEST_CLASS "," TEST_MAP ",'labels':{'K':'yes'}}",
		"{" TEST_CLASS "," TEST_MAP ",'labels':{'':'yes'}}",
		"{" TEST_CLASS "," TEST_MAP ",'labels':{'k-':'yes'}}",
		"{" TEST_CLASS "," TEST_MAP ",'labels':{'class':'yes'}}",
		"{" TEST_CLASS "," TEST_MAP
		",'labels':{'a23456789012345678901234567890123456789012345678x':'yes'}}",
		"{" TEST_CLASS "," TEST_MAP ",'labels':{},'address_bits':65}",
		"{" TEST_CLASS "," TEST_MAP ",'labels':{},'address_bits':0}",
		"{" TEST_CLASS "," TEST_MAP ",'labels':{},'address_bits':'48'}",
		"{'class':'" TEST_A32 "'," TEST_MAP ",'labels':{}}",
		"{'class':'AAAAAAAABBBBBBBBCCCCCCCCDDDDDDDD" TEST_REST "'," TEST_MAP
		",'labels':{}}",
		"{" TEST_CLASS ",'map':7,'labels':{}}",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		test_nfd(wrong[i], NULL);
}
END_TEST

START_TEST(nfd__more_labels_than_there_are__refused)
{
	struct refusal refusal = { "", "" };
	json_t *labels = ask_json("{" TEST_CLASS "," TEST_MAP ",'labels':{}}");
	json_t *words = json_object_get(labels, "labels");
	char *text = NULL, name[8];

	for (int i = 0; i < 29; i++) {
		(void)snprintf(name, sizeof(name), "k%d", i);
		json_object_set_new(words, name, json_string("yes"));
	}
	ck_assert_int_eq(export_text_nfd(labels, &text, &refusal), EXPORT_TEXT_DONE);
	free(text);
	json_object_set_new(words, "k29", json_string("yes"));
	ck_assert_int_eq(export_text_nfd(labels, &text, &refusal), EXPORT_TEXT_E_REFUSED);
	json_decref(labels);
}
END_TEST

static void test_nova(const char *json, const char *expected)
{
	struct refusal refusal = { "", "" };
	json_t *labels = ask_json(json);
	char *text = NULL;
	int r = export_text_nova(labels, &text, &refusal);

	ck_assert_int_eq(r, expected ? EXPORT_TEXT_DONE : EXPORT_TEXT_E_REFUSED);
	if (expected)
		ck_assert_str_eq(text, expected);
	else
		ck_assert(!text && refusal.text[0]);
	free(text);
	json_decref(labels);
}

START_TEST(nova__digests__whole_file)
{
	test_nova("{" TEST_CLASS "," TEST_MAP "}",
		"meta:\n  schema_version: '1.0'\nproviders:\n  - identification:\n"
		"      uuid: '$COMPUTE_NODE'\n    traits:\n      additional:\n"
		"        - 'CUSTOM_IOMMUFLEET_CLASS_AAAAAAAABBBBBBBBCCCCCCCCDDDDDDDD'\n"
		"        - 'CUSTOM_IOMMUFLEET_MAP_0123456789ABCDEF0123456789ABCDEF'\n");
	test_nova("{" TEST_CLASS "}", NULL);
	test_nova("{" TEST_CLASS ",'map':'" TEST_A32 "000000000000000000000000000000\\nx'}", NULL);
}
END_TEST

static Suite *test_export_text_suite(void)
{
	Suite *suite = suite_create("export_text");
	TCase *tcase = tcase_create("export_text");

	tcase_add_test(tcase, nfd__labels__sorted_lines);
	tcase_add_test(tcase, nfd__what_could_be_a_line_of_its_own__refused);
	tcase_add_test(tcase, nfd__more_labels_than_there_are__refused);
	tcase_add_test(tcase, nova__digests__whole_file);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return unit_run(test_export_text_suite());
}
