/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The projection before the current one. tests/unit/class-1.json was written by the last program
 * that knew no other, of the facts in tests/golden/x86-vfio-sm.
 */
#include "core/codec/class_json.h"
#include "core/codec/digest.h"
#include "core/codec/facts_json.h"
#include "tests/support/ask.h"
#include "tests/support/unit.h"

#include <string.h>

#define TEST_CLASS_PREVIOUS_BYTES ((size_t)1 << 20)

static size_t test_class_previous_read(const char *name, char *bytes)
{
	const char *top = getenv("srcdir");
	char path[512];
	FILE *file;
	size_t n;

	(void)snprintf(path, sizeof(path), "%s/tests/%s", top ? top : ".", name);
	file = fopen(path, "rb");
	ck_assert_msg(file != NULL, "%s", path);
	n = fread(bytes, 1, TEST_CLASS_PREVIOUS_BYTES, file);
	(void)fclose(file);
	return n;
}

static struct host *test_class_previous_host(const char *bytes, size_t n)
{
	struct refusal refusal = { "", "" };
	struct host *host = NULL;
	int r = host_new_of_class(bytes, n, NULL, &host, &refusal);

	ck_assert_msg(r == HOST_CLASS_DONE, "%s: %s", refusal.where, refusal.text);
	return host;
}

START_TEST(encode_as__previous__what_the_older_program_wrote)
{
	static char facts_bytes[TEST_CLASS_PREVIOUS_BYTES], expected[TEST_CLASS_PREVIOUS_BYTES];
	size_t n_facts = test_class_previous_read("golden/x86-vfio-sm/facts.expected", facts_bytes);
	size_t n_expected = test_class_previous_read("unit/class-1.json", expected), n;
	struct refusal refusal = { "", "" };
	struct facts *facts;
	struct host *host;
	char *document;

	ck_assert_int_eq(
		facts_json_decode(facts_bytes, n_facts, &facts, &refusal), FACTS_JSON_DONE);
	ck_assert_int_eq(host_new(facts, NULL, &host), 0);
	ck_assert_int_eq(host_encode_class(host, CLASS_PROJECTION - 1, &document, &n), 0);
	ck_assert_uint_eq(n, n_expected);
	ck_assert_mem_eq(document, expected, n);
	free(document);
	ck_assert_int_eq(host_encode_class(host, CLASS_PROJECTION, &document, &n), 0);
	ck_assert_str_eq(document, host_class_document(host));
	free(document);
	host_unref(host);
	facts_unref(facts);
}
END_TEST

START_TEST(decode__document_of_the_older_program__a_host_of_that_digest)
{
	static char bytes[TEST_CLASS_PREVIOUS_BYTES];
	size_t n = test_class_previous_read("unit/class-1.json", bytes);
	struct host *host = test_class_previous_host(bytes, n);
	char digest[DIGEST_LENGTH + 1];

	ck_assert_int_eq(digest_compute(bytes, n, digest), 0);
	ck_assert_str_eq(host_digests(host).class_, digest);
	ck_assert_uint_eq(strlen(host_class_document(host)), n);
	host_unref(host);
}
END_TEST

/* The answer to @question of the class of @ask's host in @projection. */
static enum verdict_answer test_class_previous_ask(
	struct ask *ask, uint32_t projection, unsigned question)
{
	struct verdict_question asked = { .questions = question };
	struct refusal refusal = { "", "" };
	struct verdict *verdict;
	enum verdict_answer answer;
	struct host *host;
	char *document;
	size_t n;

	(void)ask_judge(ask);
	ck_assert_int_eq(host_encode_class(ask->host, projection, &document, &n), 0);
	host = test_class_previous_host(document, n);
	asked.guest = ask->guest_built;
	ck_assert_int_eq(verdict_compute(host, &asked, &verdict, &refusal), VERDICT_DONE);
	answer = question == FINDING_MIGRATE ? verdict->migrate : verdict->hotplug;
	verdict_free(verdict);
	host_unref(host);
	free(document);
	return answer;
}

START_TEST(verdict__needs_what_was_not_projected__unknown)
{
	ASK(ask, ASK_INTEL);

	ck_assert_int_eq(
		test_class_previous_ask(&ask, CLASS_PROJECTION - 1, FINDING_HOTPLUG), VERDICT_SAFE);
	ask_guest(&ask, "needs", "{'nested-format':'vtd-s1'}");
	ask_host(&ask, "iommus/unit0/formats", "['vtd-s1']");
	ck_assert_int_eq(
		test_class_previous_ask(&ask, CLASS_PROJECTION, FINDING_HOTPLUG), VERDICT_SAFE);
	ck_assert_int_eq(test_class_previous_ask(&ask, CLASS_PROJECTION - 1, FINDING_HOTPLUG),
		VERDICT_UNKNOWN);
}
END_TEST

/* Groups that differ in nothing else are one shape again, as the older program would have it. */
START_TEST(encode_as__shapes_that_differ_in_what_is_new__one)
{
	static const char *formats[] = { "vtd-s1" };
	struct class_shape shapes[] = {
		{ .min_page = fact_number(4096), .pasid_bits = fact_number(20) },
		{ .min_page = fact_number(4096),
			.formats = { .fact = FACT_KNOWN, .n = 1, .items = formats } },
		{ .min_page = fact_number(16384) },
	};
	struct class class_ = { .projection = CLASS_PROJECTION,
		.shapes = { .fact = FACT_KNOWN, .n = 3, .items = shapes } };
	char *document;
	size_t n;

	ck_assert_int_eq(class_json_encode_as(&class_, CLASS_PROJECTION - 1, &document, &n), 0);
	ck_assert_str_eq(document, "{\"minor\":0,\"schema\":\"iommufleet-class-1\",\"shapes\":["
				   "{\"min_page\":\"0x1000\"},{\"min_page\":\"0x4000\"}]}");
	ck_assert_uint_eq(n, strlen(document));
	free(document);
}
END_TEST

START_TEST(decode__member_of_the_later_projection__refused)
{
	static const char *const documents[] = {
		"{\"cpu_amd\":true,\"minor\":0,\"schema\":\"iommufleet-class-1\"}",
		"{\"minor\":0,\"schema\":\"iommufleet-class-1\",\"shapes\":[{\"pasid_bits\":1}]}",
		"{\"minor\":0,\"schema\":\"iommufleet-class-1\",\"shapes\":[{\"formats\":null}]}",
		"{\"minor\":0,\"schema\":\"iommufleet-class-1\",\"shapes\":7}",
		"{\"minor\":0,\"schema\":\"iommufleet-class-0\"}",
	};

	for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
		struct refusal refusal = { "", "" };
		struct host *host = NULL;

		ck_assert_int_eq(host_new_of_class(
					 documents[i], strlen(documents[i]), NULL, &host, &refusal),
			HOST_CLASS_E_REFUSED);
		ck_assert_str_eq(refusal.where, i == 3 ? "shapes" : "schema");
	}
}
END_TEST

static Suite *test_class_previous_suite(void)
{
	Suite *suite = suite_create("class_previous");
	TCase *cases = tcase_create("class_previous");

	tcase_add_test(cases, encode_as__previous__what_the_older_program_wrote);
	tcase_add_test(cases, decode__document_of_the_older_program__a_host_of_that_digest);
	tcase_add_test(cases, verdict__needs_what_was_not_projected__unknown);
	tcase_add_test(cases, encode_as__shapes_that_differ_in_what_is_new__one);
	tcase_add_test(cases, decode__member_of_the_later_projection__refused);
	suite_add_tcase(suite, cases);
	return suite;
}

int main(void)
{
	return unit_run(test_class_previous_suite());
}
