/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fleet as the core asks it, on records of tests/exchange/vectors and a base host. */
#include "core/cleanup.h"
#include "core/model/class.h"
#include "daemon/exchange/directory/class.h"
#include "daemon/fleet_index.h"
#include "tests/support/ask.h"
#include "tests/support/fake_fleet.h"
#include "tests/support/fake_keeper.h"
#include "tests/support/unit.h"

#include <string.h>

struct test_fleet_index {
	struct fake_keeper keeper;
	struct directory *directory;
	struct fleet_index *index;
	struct trust *trust;
	struct identity *ed, *ec;
};

static void test_fleet_index_begin(struct test_fleet_index *test)
{
	struct directory_settings settings = { .host = "node-ed" };

	*test = (struct test_fleet_index){ 0 };
	settings.keeper = fake_keeper_callbacks(&test->keeper);
	test->trust = fake_fleet_trust("ca.pem", NULL);
	test->ed = fake_fleet_identity("ed.pem", "ed.key");
	test->ec = fake_fleet_identity("ec.pem", "ec.key");
	ck_assert_int_eq(directory_new(&settings, &test->directory), 0);
	directory_set_trust(test->directory, test->trust);
	ck_assert_int_eq(fleet_index_new(test->directory, &test->index), 0);
}

static void test_fleet_index_end(struct test_fleet_index *test)
{
	fleet_index_free(test->index);
	directory_free(test->directory);
	identity_unref(test->ed);
	identity_unref(test->ec);
	trust_unref(test->trust);
	fake_keeper_done(&test->keeper);
}

#define TEST_FLEET_INDEX(name)                                                                     \
	_cleanup_(test_fleet_index_end) struct test_fleet_index name;                              \
	test_fleet_index_begin(&(name))

static void test_fleet_index_offer(
	struct test_fleet_index *test, const struct fake_fleet_record *what)
{
	struct signed_record_bytes made = fake_fleet_sign(what);
	struct signed_record_input input = { made.bytes, made.n, FAKE_FLEET_NOW };
	struct directory_result result;

	ck_assert_int_eq(directory_offer(test->directory, &input, &result), DIRECTORY_TAKEN);
	free(made.bytes);
}

static struct fleet test_fleet_index_get(struct test_fleet_index *test)
{
	struct fleet fleet;

	ck_assert_int_eq(fleet_index_get(test->index, &fleet), 0);
	return fleet;
}

START_TEST(get__only_this_host__its_own_facts)
{
	TEST_FLEET_INDEX(test);
	ASK(ask, ASK_INTEL);
	struct fleet_index_own own = { .name = "node-ed", .collected_us = 17 };
	struct fleet fleet;

	fleet_index_set_own(test.index, &own);
	fleet = test_fleet_index_get(&test);
	ck_assert_uint_eq(fleet.n_members, 1);
	ck_assert_int_eq(fleet.members[0].class_index, -1);
	(void)ask_judge_host(&ask);
	own.host = ask.host;
	fleet_index_set_own(test.index, &own);
	fleet = test_fleet_index_get(&test);
	ck_assert_uint_eq(fleet.n_members, 1);
	ck_assert_str_eq(fleet.members[0].name, "node-ed");
	ck_assert_uint_eq(fleet.members[0].collected_us, 17);
	ck_assert_ptr_eq(fleet.classes[fleet.members[0].class_index], ask.host);
}
END_TEST

START_TEST(get__another_host__unknown_until_its_class_is_there)
{
	TEST_FLEET_INDEX(test);
	ASK(ask, ASK_INTEL);
	struct fleet_index_own own = { .name = "node-ed" };
	struct fake_fleet_record ec = { .identity = test.ec, .zone = "south" };
	struct fake_fleet_record ed = { .identity = test.ed };
	struct directory_result result;
	const struct fleet_member *member;
	const char *document;
	struct fleet fleet;

	(void)ask_judge_host(&ask);
	own.host = ask.host;
	fleet_index_set_own(test.index, &own);
	ed.class_digest = ec.class_digest = host_digests(ask.host).class_;
	test_fleet_index_offer(&test, &ec);
	test_fleet_index_offer(&test, &ed);
	fleet = test_fleet_index_get(&test);
	ck_assert_uint_eq(fleet.n_members, 2);
	member = fleet_find_member(&fleet, "node-ec");
	ck_assert_ptr_eq(member, &fleet.members[0]);
	ck_assert_int_eq(member->class_index, -1);
	ck_assert(!member->expired);
	ck_assert_uint_eq(member->n_labels, 1);
	ck_assert_str_eq(member->labels[0].value, "south");
	document = host_class_document(ask.host);
	ck_assert_int_eq(directory_put_class(test.directory, document, strlen(document), &result),
		DIRECTORY_TAKEN);
	fleet = test_fleet_index_get(&test);
	member = fleet_find_member(&fleet, "node-ec");
	ck_assert_int_ge(member->class_index, 0);
	ck_assert(host_is_of_class(fleet.classes[member->class_index]));
	ck_assert_str_eq(host_digests(fleet.classes[member->class_index]).class_,
		host_digests(ask.host).class_);
	member = fleet_find_member(&fleet, "node-ed");
	ck_assert_ptr_eq(fleet.classes[member->class_index], ask.host);
	(void)directory_expire(test.directory, FAKE_FLEET_NOW + 13 * FAKE_FLEET_HOUR);
	fleet = test_fleet_index_get(&test);
	ck_assert(fleet_find_member(&fleet, "node-ec")->expired);
	ck_assert(!fleet_find_member(&fleet, "node-ed")->expired);
	ck_assert_int_eq(directory_forget(test.directory, "node-ec", FAKE_FLEET_NOW), 0);
	fleet = test_fleet_index_get(&test);
	ck_assert_ptr_null(fleet_find_member(&fleet, "node-ec"));
	ck_assert_uint_eq(fleet.n_classes, 1);
}
END_TEST

/* A document that is damaged on the disk is no class. */
START_TEST(get__kept_document_damaged__class_not_known)
{
	TEST_FLEET_INDEX(test);
	ASK(ask, ASK_INTEL);
	struct fake_fleet_record ec = { .identity = test.ec };
	struct directory_result result;
	const char *document;
	struct fleet fleet;
	char *number;

	document = host_class_document(ask_judge_host(&ask));
	ec.class_digest = host_digests(ask.host).class_;
	test_fleet_index_offer(&test, &ec);
	ck_assert_int_eq(directory_put_class(test.directory, document, strlen(document), &result),
		DIRECTORY_TAKEN);
	number = strstr(test.keeper.classes[0].bytes, "\"cpu_bits\":");
	ck_assert(number != NULL);
	number[strlen("\"cpu_bits\":")] ^= 1;
	fleet = test_fleet_index_get(&test);
	ck_assert_uint_eq(fleet.n_members, 1);
	ck_assert_int_eq(fleet.members[0].class_index, -1);
}
END_TEST

/* What was made ready is what is asked then: its document is not read again. */
START_TEST(prepare__a_class_at_a_time__get_finds_it_made)
{
	TEST_FLEET_INDEX(test);
	ASK(ask, ASK_INTEL);
	struct fake_fleet_record ec = { .identity = test.ec };
	struct directory_result result;
	const char *document = host_class_document(ask_judge_host(&ask));
	struct fleet fleet;

	ec.class_digest = host_digests(ask.host).class_;
	ck_assert_int_eq(fleet_index_prepare(test.index, 0), 0);
	test_fleet_index_offer(&test, &ec);
	ck_assert_int_eq(fleet_index_prepare(test.index, 0), 0);
	ck_assert_int_eq(directory_put_class(test.directory, document, strlen(document), &result),
		DIRECTORY_TAKEN);
	ck_assert_int_eq(fleet_index_prepare(test.index, 0), 1);
	ck_assert_int_eq(fleet_index_prepare(test.index, 1), 0);
	test.keeper.classes[0].bytes[0] = 'x';
	fleet = test_fleet_index_get(&test);
	ck_assert_int_eq(fleet.members[0].class_index, 0);
	ck_assert_str_eq(host_digests(fleet.classes[0]).class_, host_digests(ask.host).class_);
	ck_assert_int_eq(fleet_index_prepare(test.index, 0), 0);
}
END_TEST

START_TEST(prepare__document_damaged__tried_once)
{
	TEST_FLEET_INDEX(test);
	ASK(ask, ASK_INTEL);
	struct fake_fleet_record ec = { .identity = test.ec };
	struct directory_result result;
	const char *document = host_class_document(ask_judge_host(&ask));

	ec.class_digest = host_digests(ask.host).class_;
	test_fleet_index_offer(&test, &ec);
	ck_assert_int_eq(directory_put_class(test.directory, document, strlen(document), &result),
		DIRECTORY_TAKEN);
	test.keeper.classes[0].bytes[0] = 'x';
	ck_assert_int_eq(fleet_index_prepare(test.index, 1), 0);
	ck_assert_int_eq(fleet_index_prepare(test.index, 0), 0);
	ck_assert_int_eq(test_fleet_index_get(&test).members[0].class_index, -1);
}
END_TEST

static Suite *test_fleet_index_suite(void)
{
	Suite *suite = suite_create("fleet_index");
	TCase *cases = tcase_create("fleet_index");

	tcase_add_test(cases, get__only_this_host__its_own_facts);
	tcase_add_test(cases, get__another_host__unknown_until_its_class_is_there);
	tcase_add_test(cases, get__kept_document_damaged__class_not_known);
	tcase_add_test(cases, prepare__a_class_at_a_time__get_finds_it_made);
	tcase_add_test(cases, prepare__document_damaged__tried_once);
	suite_add_tcase(suite, cases);
	return suite;
}

int main(void)
{
	return unit_run(test_fleet_index_suite());
}
