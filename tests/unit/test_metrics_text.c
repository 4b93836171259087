/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prometheus's text format, as its description says it: groups of lines, escapes, one order. */
#include "core/codec/metrics_text.h"
#include "tests/support/ask.h"
#include "tests/support/unit.h"

#include <string.h>

#define TEST_DOCUMENT(metrics) "{'schema':'iommufleet-metrics-1','metrics':[" metrics "]}"
#define TEST_METRIC(samples)                                                                       \
	TEST_DOCUMENT("{'name':'iommufleet_x','help':'h','type':'gauge','samples':[" samples "]}")

static int test_format(const char *json, char **ret, struct refusal *refusal)
{
	json_t *document = ask_json(json);
	size_t n = 0;
	int r = metrics_text_format(document, ret, &n, refusal);

	if (r == METRICS_TEXT_DONE)
		ck_assert_uint_eq(strlen(*ret), n);
	json_decref(document);
	return r;
}

static void test_is(const char *json, const char *expected)
{
	struct refusal refusal = { "", "" };
	char *text = NULL;

	ck_assert_int_eq(test_format(json, &text, &refusal), METRICS_TEXT_DONE);
	ck_assert_str_eq(text, expected);
	free(text);
}

START_TEST(format__metrics__groups_in_order)
{
	test_is(TEST_DOCUMENT("{'name':'b','help':'one','type':'counter','samples':["
			      "{'labels':{},'value':0}]},"
			      "{'name':'a_total','help':'two','type':'gauge','samples':["
			      "{'labels':{'z':'1','b':'2','m':'3'},'value':-7},"
			      "{'labels':{'b':''},'value':9223372036854775807}]}"),
		"# HELP b one\n# TYPE b counter\nb 0\n"
		"# HELP a_total two\n# TYPE a_total gauge\n"
		"a_total{b=\"2\",m=\"3\",z=\"1\"} -7\na_total{b=\"\"} 9223372036854775807\n");
	/* A metric of which there is nothing is not announced. */
	test_is(TEST_METRIC(""), "");
	test_is(TEST_DOCUMENT(""), "");
}
END_TEST

START_TEST(format__texts__escaped)
{
	test_is(TEST_DOCUMENT("{'name':'x','help':'a\\\\b\\nc\\\"d','type':'gauge','samples':["
			      "{'labels':{'l':'a\\\\b\\nc\\\"d'},'value':1}]}"),
		"# HELP x a\\\\b\\nc\"d\n# TYPE x gauge\nx{l=\"a\\\\b\\nc\\\"d\"} 1\n");
}
END_TEST

START_TEST(format__not_such_a_document__refused)
{
	static const char *const wrong[] = {
		"{}",
		"[]",
		"{'schema':'iommufleet-metrics-2','metrics':[]}",
		"{'schema':'iommufleet-metrics-1'}",
		"{'schema':'iommufleet-metrics-1','metrics':{}}",
		TEST_DOCUMENT("7"),
		TEST_DOCUMENT("{'help':'h','type':'gauge','samples':[]}"),
		TEST_DOCUMENT("{'name':'','help':'h','type':'gauge','samples':[]}"),
		TEST_DOCUMENT("{'name':'1x','help':'h','type':'gauge','samples':[]}"),
		TEST_DOCUMENT("{'name':'a b','help':'h','type':'gauge','samples':[]}"),
		TEST_DOCUMENT("{'name':'a\\nb','help':'h','type':'gauge','samples':[]}"),
		TEST_DOCUMENT("{'name':'a','type':'gauge','samples':[]}"),
		TEST_DOCUMENT("{'name':'a','help':'h','type':'histogram','samples':[]}"),
		TEST_DOCUMENT("{'name':'a','help':'h','type':'gauge'}"),
		TEST_METRIC("7"),
		TEST_METRIC("{'value':1}"),
		TEST_METRIC("{'labels':{},'value':'1'}"),
		TEST_METRIC("{'labels':{},'value':1.5}"),
		TEST_METRIC("{'labels':{'a-b':'1'},'value':1}"),
		TEST_METRIC("{'labels':{'__name__':'1'},'value':1}"),
		TEST_METRIC("{'labels':{'a':1},'value':1}"),
		TEST_METRIC("{'labels':{'a':'\\u001b[2J'},'value':1}"),
		TEST_METRIC("{'labels':{'a':'x\\n\\u009b'},'value':1}"),
		TEST_DOCUMENT("{'name':'a','help':'\\r','type':'gauge','samples':[]}"),
		TEST_METRIC("{'labels':{'a':'','b':'','c':'','d':'','e':'','f':'','g':'','h':'',"
			    "'i':''},'value':1}"),
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct refusal refusal = { "", "" };
		char *text = NULL;

		ck_assert_msg(test_format(wrong[i], &text, &refusal) == METRICS_TEXT_E_REFUSED,
			"%s is taken", wrong[i]);
		ck_assert(!text && refusal.text[0] && refusal.where[0]);
	}
}
END_TEST

static Suite *test_metrics_text_suite(void)
{
	Suite *suite = suite_create("metrics_text");
	TCase *tcase = tcase_create("format");

	tcase_add_test(tcase, format__metrics__groups_in_order);
	tcase_add_test(tcase, format__texts__escaped);
	tcase_add_test(tcase, format__not_such_a_document__refused);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return unit_run(test_metrics_text_suite());
}
