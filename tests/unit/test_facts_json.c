/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/facts_json.h"
#include "core/codec/facts_shape.h"
#include "core/model/limits.h"
#include "tests/support/fill.h"
#include "tests/support/unit.h"

#include <jansson.h>
#include <string.h>

#define TEST_HEADER "\"schema\":\"iommufleet-facts-1\",\"minor\":0"

static uint64_t test_facts_json_seed;

/* Small, and yet of every kind of token. */
static const char test_facts_json_sample[] =
	"{\"devices\":[{\"acs\":{\"capability\":\"0x5f\",\"control\":\"0x1d\"},"
	"\"address\":\"0000:01:00.0\",\"class\":\"0x20000\",\"driver\":null,\"flr\":true}],"
	"\"groups\":[{\"devices\":[\"0000:01:00.0\"],\"id\":9,\"reserved\":[{\"first\":"
	"\"0xfee00000\","
	"\"last\":\"0xfeefffff\",\"type\":\"msi\"}],\"type\":\"DMA\"}],\"host\":{\"virtual\":false}"
	","
	"\"iommus\":{\"unknown\":\"not-readable\"},\"kvm\":null,\"minor\":0,"
	"\"schema\":\"iommufleet-facts-1\"}";

static struct facts *test_facts_json_decode(const char *bytes, size_t n)
{
	struct refusal refusal = { "", "" };
	struct facts *facts = NULL;
	int r = facts_json_decode(bytes, n, &facts, &refusal);

	ck_assert_msg(r == FACTS_JSON_DONE, "%d, %s: %s", r, refusal.where, refusal.text);
	return facts;
}

static struct refusal test_facts_json_refused(const char *bytes, size_t n)
{
	struct refusal refusal = { "", "" };
	struct facts *facts = NULL;

	ck_assert_int_eq(facts_json_decode(bytes, n, &facts, &refusal), FACTS_JSON_E_REFUSED);
	ck_assert_ptr_null(facts);
	ck_assert_uint_gt(strlen(refusal.where), 0);
	ck_assert_uint_gt(strlen(refusal.text), 0);
	return refusal;
}

static char *test_facts_json_encode(const struct facts *facts)
{
	char *bytes;
	size_t n;

	ck_assert_int_eq(facts_json_encode(facts, &bytes, &n), 0);
	ck_assert_uint_eq(strlen(bytes), n);
	return bytes;
}

START_TEST(decode__sample__the_same_bytes_and_values)
{
	struct facts *facts =
		test_facts_json_decode(test_facts_json_sample, strlen(test_facts_json_sample));
	const struct facts_group *group = facts_find_group(facts, 9);
	const struct facts_device *device = facts_find_device(facts, "0000:01:00.0");
	const struct facts_region *region = group->reserved.items;
	char *bytes = test_facts_json_encode(facts);

	ck_assert_str_eq(bytes, test_facts_json_sample);
	ck_assert_uint_eq(region->last.value, 0xfeefffff);
	ck_assert_uint_eq(device->acs.control.value, 0x1d);
	ck_assert_uint_eq(device->class_code.value, 0x20000);
	ck_assert(fact_is_null(device->driver.fact));
	ck_assert_uint_eq(device->ats.fact.state, FACT_MISSING);
	ck_assert(fact_is_no(facts->host.is_virtual));
	ck_assert_uint_eq(fact_why(facts->iommus.fact), FACT_NOT_READABLE);
	ck_assert(fact_is_null(facts->kvm.fact));
	free(bytes);
	facts_unref(facts);
}
END_TEST

/* Encodes, decodes and compares every member of the tables. */
static void test_facts_json_check_round_trip(struct facts *facts)
{
	char *bytes;
	char *again;
	struct facts *other;
	const char *name;

	facts_sort(facts);
	bytes = test_facts_json_encode(facts);
	other = test_facts_json_decode(bytes, strlen(bytes));
	name = fill_difference(&facts_shape, facts, other);
	ck_assert_msg(name == NULL, "%s differs in %s", name, bytes);
	again = test_facts_json_encode(other);
	ck_assert_str_eq(bytes, again);
	ck_assert(!other->unread);
	free(bytes);
	free(again);
	facts_unref(other);
}

START_TEST(decode__every_member_in_each_state__round_trip)
{
	struct fill fill = { .mode = (enum fill_mode)_i, .state = 1 };
	struct facts *facts;

	ck_assert_int_eq(facts_new(&facts), 0);
	fill.arena = facts->arena;
	fill_object(&fill, &facts_shape, facts);
	test_facts_json_check_round_trip(facts);
	facts_unref(facts);
}
END_TEST

START_TEST(property__random_facts__round_trip)
{
	for (uint64_t turn = 0; turn < 150; turn++) {
		struct fill fill = { .mode = FILL_RANDOM, .state = test_facts_json_seed + turn };
		struct facts *facts;

		ck_assert_int_eq(facts_new(&facts), 0);
		fill.arena = facts->arena;
		fill_object(&fill, &facts_shape, facts);
		test_facts_json_check_round_trip(facts);
		facts_unref(facts);
	}
}
END_TEST

/* Shuffles the arrays whose order means nothing. */
static void test_facts_json_shuffle(json_t *json, uint64_t *state)
{
	const char *name;
	json_t *value;
	size_t i;

	json_object_foreach(json, name, value)
	{
		size_t n = json_array_size(value);

		test_facts_json_shuffle(value, state);
		if (strcmp(name, "words") == 0 || strcmp(name, "reset_methods") == 0)
			continue;
		for (; n > 1; n--) {
			size_t j = unit_random(state) % n;
			json_t *last = json_incref(json_array_get(value, n - 1));

			json_array_set(value, n - 1, json_array_get(value, j));
			json_array_set_new(value, j, last);
		}
	}
	json_array_foreach(json, i, value)
	{
		test_facts_json_shuffle(value, state);
	}
}

START_TEST(property__shuffled_document__same_bytes)
{
	for (uint64_t turn = 0; turn < 60; turn++) {
		struct fill fill = { .mode = turn ? FILL_RANDOM : FILL_VALUES,
			.state = test_facts_json_seed + turn };
		uint64_t state = test_facts_json_seed + turn;
		struct facts *facts;
		struct facts *other;
		json_t *json;
		char *bytes;
		char *text;
		char *again;

		ck_assert_int_eq(facts_new(&facts), 0);
		fill.arena = facts->arena;
		fill_object(&fill, &facts_shape, facts);
		facts_sort(facts);
		bytes = test_facts_json_encode(facts);
		json = json_loads(bytes, 0, NULL);
		test_facts_json_shuffle(json, &state);
		text = json_dumps(json, JSON_INDENT(3));
		other = test_facts_json_decode(text, strlen(text));
		again = test_facts_json_encode(other);
		ck_assert_str_eq(again, bytes);
		free(again);
		free(text);
		free(bytes);
		json_decref(json);
		facts_unref(facts);
		facts_unref(other);
	}
}
END_TEST

/* ------------------------------------------------------------------ versions */

START_TEST(decode__only_the_header__everything_not_collected)
{
	static const char text[] = "{" TEST_HEADER "}";
	struct facts *facts = test_facts_json_decode(text, strlen(text));

	ck_assert_uint_eq(facts->host.fact.state, FACT_MISSING);
	ck_assert_uint_eq(fact_why(facts->groups.fact), FACT_NOT_COLLECTED);
	ck_assert_uint_eq(facts->minor, 0);
	facts_unref(facts);
}
END_TEST

START_TEST(decode__newer_minor_with_unknown_member__noted)
{
	static const char text[] =
		"{\"schema\":\"iommufleet-facts-1\",\"minor\":7,\"tunnels\":[1.5],"
		"\"groups\":[{\"id\":1,\"colour\":\"red\"}]}";
	struct facts *facts = test_facts_json_decode(text, strlen(text));
	char *bytes = test_facts_json_encode(facts);

	ck_assert(facts->unread);
	ck_assert_uint_eq(strlen(facts->received), 64);
	ck_assert_uint_eq(facts->minor, 7);
	ck_assert_ptr_nonnull(facts_find_group(facts, 1));
	ck_assert_str_eq(
		bytes, "{\"groups\":[{\"id\":1}],\"minor\":7,\"schema\":\"iommufleet-facts-1\"}");
	free(bytes);
	facts_unref(facts);
}
END_TEST

START_TEST(decode__newer_minor_all_known__nothing_to_note)
{
	static const char text[] = "{\"schema\":\"iommufleet-facts-1\",\"minor\":1,\"kvm\":null}";
	struct facts *facts = test_facts_json_decode(text, strlen(text));

	ck_assert(!facts->unread);
	ck_assert_str_eq(facts->received, "");
	ck_assert_uint_eq(facts->minor, 1);
	facts_unref(facts);
}
END_TEST

static const struct {
	const char *json;
	const char *where;
	const char *text;
} test_facts_json_refusals[] = {
	{ "", "line 1 column 0", "it is not JSON: unexpected token" },
	{ "null", "document", "must be an object" },
	{ "[]", "document", "must be an object" },
	{ "{}", "schema", "must be the text \"iommufleet-facts-1\"" },
	{ "{\"schema\":1,\"minor\":0}", "schema", "must be the text" },
	{ "{\"schema\":\"iommufleet-guest-1\",\"minor\":0}", "schema",
		"is \"iommufleet-guest-1\", and \"iommufleet-facts-1\" is needed" },
	{ "{\"schema\":\"iommufleet-facts-x\",\"minor\":0}", "schema",
		"is \"iommufleet-facts-x\"" },
	{ "{\"schema\":\"iommufleet-facts\",\"minor\":0}", "schema", "is \"iommufleet-facts\"" },
	{ "{\"schema\":\"iommufleet-facts-2\",\"minor\":0}", "schema",
		"the document is of version 2 of iommufleet-facts, and this program reads version "
		"1" },
	{ "{\"schema\":\"iommufleet-facts-1\"}", "minor", "must be an integer" },
	{ "{\"schema\":\"iommufleet-facts-1\",\"minor\":-1}", "minor", "must be an integer" },
	{ "{\"schema\":\"iommufleet-facts-1\",\"minor\":0.5}", "minor", "must be an integer" },
	{ "{\"schema\":\"iommufleet-facts-1\",\"minor\":2147483648}", "minor",
		"must be an integer" },
	{ "{" TEST_HEADER ",\"minor\":0}", "line 1 column 48",
		"it is not JSON: duplicate object key" },
	{ "{" TEST_HEADER ",\"kvm\":{\"present\":true,\"present\":true}}", "line 1",
		"it is not JSON: duplicate object key" },
	{ "{" TEST_HEADER "} x", "line 1 column 43", "it is not JSON: end of file expected" },
	{ "{" TEST_HEADER ",\"host\":{\"page_size\":9223372036854775808}}", "line 1",
		"it is not JSON: too big integer" },
	{ "{" TEST_HEADER ",\"host\":{\"page_size\":1e999}}", "line 1",
		"it is not JSON: real number overflow" },
	{ "{" TEST_HEADER ",\"host\":{\"page_size\":4096.0}}", "host/page_size",
		"must be an integer" },
	{ "{" TEST_HEADER ",\"host\":{\"arch\":\"a\xff\"}}", "line 1",
		"it is not JSON: unable to decode byte 0xff" },
	{ "{" TEST_HEADER ",\"host\":{\"arch\":\"a\\u0000b\"}}", "line 1",
		"it is not JSON: \\u0000 is not allowed" },
	{ "{" TEST_HEADER ",\"host\":{\"is_virtual\":true}}", "host/is_virtual",
		"host has no such member" },
	{ "{" TEST_HEADER ",\"references\":1}", "references", "facts document has no such member" },
	{ "{" TEST_HEADER ",\"groups\":[{\"id\":2},{\"id\":9},{\"id\":2}]}", "groups/2",
		"is in the list twice" },
	{ "{" TEST_HEADER ",\"devices\":[{\"address\":\"a\"},{\"address\":\"a\"}]}", "devices/a",
		"is in the list twice" },
	{ "{" TEST_HEADER ",\"iommus\":[{\"name\":\"dmar0\"},{\"name\":\"dmar0\"}]}",
		"iommus/dmar0", "is in the list twice" },
	{ "{" TEST_HEADER
	  ",\"groups\":[{\"id\":9,\"reserved\":[{\"first\":\"0x2\",\"last\":\"0x1\"}]}]}",
		"groups/9/reserved/0", "first is greater than last" },
	{ "{" TEST_HEADER ",\"devices\":[{\"address\":\"0000:01:00.0\",\"bars\":[{\"index\":6,"
	  "\"first\":\"0x2\",\"last\":\"0x1\"}]}]}",
		"devices/0000:01:00.0/bars/6", "first is greater than last" },
	{ "{" TEST_HEADER ",\"windows\":[{\"first\":\"0x2\",\"last\":\"0x1\"}]}", "windows/0",
		"first is greater than last" },
};

START_TEST(decode__no_such_document__refused_with_its_place)
{
	const char *json = test_facts_json_refusals[_i].json;
	struct refusal refusal = test_facts_json_refused(json, strlen(json));

	ck_assert_msg(strncmp(refusal.where, test_facts_json_refusals[_i].where,
			      strlen(test_facts_json_refusals[_i].where)) == 0 &&
			      strncmp(refusal.text, test_facts_json_refusals[_i].text,
				      strlen(test_facts_json_refusals[_i].text)) == 0,
		"%s: %s", refusal.where, refusal.text);
}
END_TEST

START_TEST(decode__truncated_at_every_byte__refused)
{
	for (size_t n = 0; n < strlen(test_facts_json_sample); n++) {
		char *copy = malloc(n + 1); /* of the exact size: a read past the end is seen */

		memcpy(copy, test_facts_json_sample, n);
		test_facts_json_refused(copy, n);
		free(copy);
	}
}
END_TEST

START_TEST(decode__one_byte_changed__refused_or_read_but_never_worse)
{
	static const char changes[] = "\0\"\\{}[],:0x-\xff \n";

	for (size_t i = 0; i < strlen(test_facts_json_sample); i++) {
		for (size_t j = 0; j + 1 < sizeof(changes); j++) {
			char copy[sizeof(test_facts_json_sample)];
			struct facts *facts = NULL;
			struct refusal refusal;
			int r;

			memcpy(copy, test_facts_json_sample, sizeof(copy));
			copy[i] = changes[j];
			r = facts_json_decode(copy, sizeof(copy) - 1, &facts, &refusal);
			ck_assert(r == FACTS_JSON_DONE || r == FACTS_JSON_E_REFUSED);
			facts_unref(facts);
		}
	}
}
END_TEST

/* ------------------------------------------------------------------ limits */

START_TEST(decode__bytes__at_the_limit_and_one_over)
{
	char *bytes = malloc(LIMIT_FACTS_BYTES + 1);
	size_t n = strlen(test_facts_json_sample);
	struct refusal refusal;

	memcpy(bytes, test_facts_json_sample, n);
	memset(bytes + n, ' ', LIMIT_FACTS_BYTES + 1 - n);
	facts_unref(test_facts_json_decode(bytes, LIMIT_FACTS_BYTES));
	refusal = test_facts_json_refused(bytes, LIMIT_FACTS_BYTES + 1);
	ck_assert_str_eq(refusal.text, "it is 8388609 bytes long, and at most 8388608 are read");
	free(bytes);
}
END_TEST

/* A newer document with a member we do not know, an array of @n ones nested in @depth arrays. */
static char *test_facts_json_large(unsigned n, unsigned depth)
{
	static const char head[] = "{\"schema\":\"iommufleet-facts-1\",\"minor\":9,\"x\":";
	char *bytes = malloc(sizeof(head) + 2 * n + 2 * depth + 2);
	char *p = bytes + sizeof(head) - 1;

	memcpy(bytes, head, sizeof(head) - 1);
	memset(p, '[', depth);
	p += depth;
	for (unsigned i = 0; i < n; i++) {
		*p++ = '1';
		*p++ = i + 1 < n ? ',' : ']';
	}
	memset(p, ']', depth);
	p += n > 0 ? depth - 1 : depth;
	memcpy(p, "}", 2);
	return bytes;
}

START_TEST(decode__values__at_the_limit_and_one_over)
{
	/* The object, the two members of the header and the array itself count too. */
	char *at = test_facts_json_large(LIMIT_FACTS_NODES - 4, 1);
	char *over = test_facts_json_large(LIMIT_FACTS_NODES - 3, 1);
	struct facts *facts = test_facts_json_decode(at, strlen(at));

	ck_assert(facts->unread);
	ck_assert_str_eq(
		test_facts_json_refused(over, strlen(over)).text, "it holds too many values");
	facts_unref(facts);
	free(at);
	free(over);
}
END_TEST

START_TEST(decode__nesting__at_the_limit_and_one_over)
{
	char *at = test_facts_json_large(0, LIMIT_DEPTH - 1);
	char *over = test_facts_json_large(0, LIMIT_DEPTH);

	facts_unref(test_facts_json_decode(at, strlen(at)));
	ck_assert_str_eq(test_facts_json_refused(over, strlen(over)).text,
		"its members are nested too deep");
	free(at);
	free(over);
}
END_TEST

/* A document with @n groups, each with @inner regions. */
static char *test_facts_json_groups(unsigned n, unsigned inner)
{
	json_t *json = json_pack("{s:s,s:i}", "schema", FACTS_SCHEMA, "minor", 0);
	json_t *groups = json_array();
	char *bytes;

	for (unsigned i = 0; i < n; i++) {
		json_t *regions = json_array();

		for (unsigned j = 0; j < inner; j++)
			json_array_append_new(regions, json_object());
		json_array_append_new(
			groups, json_pack("{s:i,s:o}", "id", (int)i, "reserved", regions));
	}
	json_object_set_new(json, "groups", groups);
	bytes = json_dumps(json, 0);
	json_decref(json);
	return bytes;
}

START_TEST(decode__groups_and_regions__at_the_limit_and_one_over)
{
	static const unsigned sizes[][2] = { { LIMIT_GROUPS, 0 }, { 1, LIMIT_GROUP_REGIONS } };
	unsigned n = sizes[_i][0];
	unsigned inner = sizes[_i][1];
	char *at = test_facts_json_groups(n, inner);
	char *over = test_facts_json_groups(inner ? n : n + 1, inner ? inner + 1 : 0);
	struct refusal refusal;

	facts_unref(test_facts_json_decode(at, strlen(at)));
	refusal = test_facts_json_refused(over, strlen(over));
	ck_assert_str_eq(refusal.where, inner ? "groups/0/reserved" : "groups");
	ck_assert_str_eq(refusal.text,
		inner ? "has 257 items, more than 256" : "has 4097 items, more than 4096");
	free(at);
	free(over);
}
END_TEST

#define TEST_FACTS_JSON_N(array) ((int)(sizeof(array) / sizeof((array)[0])))

int main(int argc, char **argv)
{
	Suite *suite = suite_create("facts_json");
	TCase *tc = tcase_create("facts_json");

	test_facts_json_seed = unit_seed(argc, argv);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, decode__sample__the_same_bytes_and_values);
	tcase_add_loop_test(
		tc, decode__every_member_in_each_state__round_trip, FILL_VALUES, FILL_RANDOM);
	tcase_add_test(tc, property__random_facts__round_trip);
	tcase_add_test(tc, property__shuffled_document__same_bytes);
	tcase_add_test(tc, decode__only_the_header__everything_not_collected);
	tcase_add_test(tc, decode__newer_minor_with_unknown_member__noted);
	tcase_add_test(tc, decode__newer_minor_all_known__nothing_to_note);
	tcase_add_loop_test(tc, decode__no_such_document__refused_with_its_place, 0,
		TEST_FACTS_JSON_N(test_facts_json_refusals));
	tcase_add_test(tc, decode__truncated_at_every_byte__refused);
	tcase_add_test(tc, decode__one_byte_changed__refused_or_read_but_never_worse);
	tcase_add_test(tc, decode__bytes__at_the_limit_and_one_over);
	tcase_add_test(tc, decode__values__at_the_limit_and_one_over);
	tcase_add_test(tc, decode__nesting__at_the_limit_and_one_over);
	tcase_add_loop_test(tc, decode__groups_and_regions__at_the_limit_and_one_over, 0, 2);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
