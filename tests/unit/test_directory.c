/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * On the certificates of tests/exchange/vectors, with records that are signed here: what counts
 * depends on sequence and time, which the test chooses.
 */
#include "core/cleanup.h"
#include "core/codec/digest.h"
#include "daemon/exchange/directory/class.h"
#include "tests/support/fake_keeper.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEST_DIRECTORY_NOW  1803902400000000ULL /* 2027-03-01 12:00, when the vectors are good */
#define TEST_DIRECTORY_HOUR 3600000000ULL

struct test_directory {
	struct fake_keeper keeper;
	struct directory *directory;
	struct trust *trust;
	struct identity *ed, *ec;
	unsigned changes; /* of the last time it was told */
	unsigned n_told;
};

/* What a record says, besides what is the same in all. */
struct test_directory_record {
	struct identity *identity;
	uint64_t sequence, now_us;
	const char *class_digest; /* 64 digits, or NULL */
	const char *zone;
};

static const char *test_directory_path(const char *name)
{
	static char paths[4][512];
	static unsigned next;
	char *path = paths[next++ % 4];
	const char *top = getenv("srcdir");

	(void)snprintf(
		path, sizeof(paths[0]), "%s/tests/exchange/vectors/%s", top ? top : ".", name);
	return path;
}

/* The keys are in the tree, where everybody can read them: a copy of one that only we can. */
static struct identity *test_directory_identity(const char *certificate, const char *key)
{
	char path[] = "/tmp/test_directory.XXXXXX", bytes[4096];
	FILE *file = fopen(test_directory_path(key), "rb");
	struct refusal refusal = { "", "" };
	struct identity *identity = NULL;
	int fd = mkstemp(path), r;
	size_t n;

	ck_assert(file != NULL && fd >= 0);
	n = fread(bytes, 1, sizeof(bytes), file);
	ck_assert_int_eq(write(fd, bytes, n), (ssize_t)n);
	(void)fclose(file);
	(void)close(fd);
	r = identity_load(test_directory_path(certificate), path, &identity, &refusal);
	(void)unlink(path);
	ck_assert_msg(r == IDENTITY_DONE, "%s: %s", refusal.where, refusal.text);
	return identity;
}

static struct trust *test_directory_trust(const char *ca, const char *lists)
{
	struct trust_settings settings = { "lab", test_directory_path(ca),
		lists ? test_directory_path(lists) : NULL };
	struct refusal refusal = { "", "" };
	struct trust *trust = NULL;
	int r = trust_load(&settings, &trust, &refusal);

	ck_assert_msg(r == TRUST_DONE, "%s: %s", refusal.where, refusal.text);
	return trust;
}

static void test_directory_changed(
	const struct directory_member *member, unsigned changes, void *data)
{
	struct test_directory *test = data;

	ck_assert((member == NULL) == (changes == DIRECTORY_DOCUMENT));
	test->changes = changes;
	test->n_told++;
}

static void test_directory_open(struct test_directory *test, size_t max_hosts)
{
	struct directory_settings settings = { .host = "node-own",
		.max_hosts = max_hosts,
		.keeper = fake_keeper_callbacks(&test->keeper) };

	ck_assert_int_eq(directory_new(&settings, &test->directory), 0);
	directory_set_trust(test->directory, test->trust);
	fake_keeper_load(&test->keeper, test->directory);
	ck_assert_int_eq(directory_watch(test->directory, test_directory_changed, test), 0);
}

static void test_directory_begin(struct test_directory *test)
{
	*test = (struct test_directory){ 0 };
	test->trust = test_directory_trust("ca.pem", NULL);
	test->ed = test_directory_identity("ed.pem", "ed.key");
	test->ec = test_directory_identity("ec.pem", "ec.key");
	test_directory_open(test, 0);
}

/* The daemon ends and comes again. */
static void test_directory_restart(struct test_directory *test, size_t max_hosts)
{
	test->directory = directory_free(test->directory);
	test_directory_open(test, max_hosts);
}

static void test_directory_end(struct test_directory *test)
{
	directory_free(test->directory);
	identity_unref(test->ed);
	identity_unref(test->ec);
	trust_unref(test->trust);
	fake_keeper_done(&test->keeper);
}

#define TEST_DIRECTORY(name)                                                                       \
	_cleanup_(test_directory_end) struct test_directory name;                                  \
	test_directory_begin(&(name))

static struct signed_record_bytes test_directory_make(const struct test_directory_record *what)
{
	static const char digest[] =
		"00000000000000000000000000000000000000000000000000000000000000aa";
	const struct identity_name *name = identity_get_name(what->identity);
	uint64_t now_us = what->now_us ? what->now_us : TEST_DIRECTORY_NOW;
	struct record_class class_ = { 2, what->class_digest };
	struct record_label label = { "zone", what->zone ? what->zone : "north" };
	static const char *const endpoints[] = { "https://a.example:7443", "https://b.example" };
	struct record record = { .fleet = name->fleet,
		.host = name->host,
		.host_id = "0123456789abcdef0123456789abcdef",
		.sequence = what->sequence ? what->sequence : now_us,
		.issued_us = now_us,
		.valid_until_us = now_us + 12 * TEST_DIRECTORY_HOUR,
		.collected_us = now_us - 1000000,
		.facts = digest,
		.map = digest,
		.n_classes = what->class_digest ? 1 : 0,
		.classes = &class_,
		.n_labels = 1,
		.labels = &label,
		.n_endpoints = 2,
		.endpoints = endpoints,
		.collection = RECORD_COLLECTION_OK,
		.software = "0.5",
		.rules = 1,
		.projection = 2 };
	struct refusal refusal = { "", "" };
	struct signed_record_bytes made;
	int r;

	if (!what->class_digest) {
		record.facts = record.map = NULL;
		record.collected_us = 0;
		record.collection = RECORD_COLLECTION_NEVER;
	}
	r = signed_record_make(what->identity, &record, &made, &refusal);
	ck_assert_msg(r == SIGNED_RECORD_DONE, "%s: %s", refusal.where, refusal.text);
	return made;
}

/* Offers the record of @what; the word of what came of it, and the outcome in @test. */
static const char *test_directory_offer(struct test_directory *test,
	const struct test_directory_record *what, uint64_t now_us, int *ret_outcome)
{
	struct signed_record_bytes made = test_directory_make(what);
	struct signed_record_input input = { made.bytes, made.n,
		now_us	       ? now_us
		: what->now_us ? what->now_us
			       : TEST_DIRECTORY_NOW };
	struct directory_result result;
	int r = directory_offer(test->directory, &input, &result);

	if (ret_outcome)
		*ret_outcome = r;
	free(made.bytes);
	ck_assert(r < 0 || result.word != NULL);
	ck_assert(r != DIRECTORY_E_REFUSED || result.refusal.text[0]);
	return r < 0 ? NULL : result.word;
}

static struct directory_digest test_directory_bucket(const struct test_directory *test)
{
	struct directory_digest all = { 0 }, one;

	for (unsigned i = 0; i < DIRECTORY_BUCKETS; i++) {
		directory_hash_bucket(test->directory, i, &one);
		for (size_t j = 0; j < sizeof(one.bytes); j++)
			all.bytes[j] ^= one.bytes[j];
	}
	return all;
}

static bool test_directory_is_zero(const struct directory_digest *digest)
{
	static const struct directory_digest zero;

	return memcmp(digest, &zero, sizeof(zero)) == 0;
}

START_TEST(offer__first_record__held_as_it_came)
{
	TEST_DIRECTORY(test);
	struct test_directory_record what = { .identity = test.ed };
	struct signed_record_bytes made = test_directory_make(&what);
	struct directory_member member;
	char *bytes;
	size_t n;

	ck_assert(!directory_find(test.directory, "node-ed", &member));
	ck_assert_str_eq(test_directory_offer(&test, &what, 0, NULL), "accepted");
	ck_assert(test.changes & DIRECTORY_NEW);
	ck_assert(directory_find(test.directory, "node-ed", &member));
	ck_assert_int_eq(member.standing, DIRECTORY_CURRENT);
	ck_assert_uint_eq(member.version.sequence, TEST_DIRECTORY_NOW);
	ck_assert_uint_eq(member.n_labels, 1);
	ck_assert_str_eq(member.labels, "zone");
	ck_assert_str_eq(member.labels + 5, "north");
	ck_assert_uint_eq(member.n_endpoints, 2);
	ck_assert_str_eq(member.endpoints, "https://a.example:7443");
	ck_assert_uint_eq(member.host_id[0], 0x01);
	ck_assert_ptr_null(member.facts);
	ck_assert_int_eq(directory_read_record(test.directory, "node-ed", &bytes, &n), 0);
	ck_assert_uint_eq(n, made.n);
	ck_assert_mem_eq(bytes, made.bytes, n);
	free(bytes);
	free(made.bytes);
}
END_TEST

START_TEST(offer__older_same_newer__only_newer_is_taken)
{
	TEST_DIRECTORY(test);
	struct test_directory_record what = { .identity = test.ed };
	struct directory_member member;
	int r;

	ck_assert_str_eq(test_directory_offer(&test, &what, 0, &r), "accepted");
	ck_assert_str_eq(test_directory_offer(&test, &what, 0, &r), "same");
	ck_assert_int_eq(r, DIRECTORY_SAME);
	what.sequence = TEST_DIRECTORY_NOW - 1;
	ck_assert_str_eq(test_directory_offer(&test, &what, 0, &r), "older");
	ck_assert_int_eq(r, DIRECTORY_OLDER);
	what.sequence = TEST_DIRECTORY_NOW + 1;
	what.zone = "south";
	ck_assert_str_eq(test_directory_offer(&test, &what, 0, &r), "accepted");
	ck_assert_int_eq(r, DIRECTORY_TAKEN);
	ck_assert_uint_eq(test.changes, DIRECTORY_RENEWED);
	ck_assert(directory_find(test.directory, "node-ed", &member));
	ck_assert_str_eq(member.labels + 5, "south");
	ck_assert_uint_eq(directory_count(test.directory), 1);
}
END_TEST

/* Both orders come to the same record, and both say that two hosts use one key. */
START_TEST(offer__two_payloads_of_one_sequence__the_same_one_everywhere)
{
	struct directory_member member[2];

	for (unsigned i = 0; i < 2; i++) {
		TEST_DIRECTORY(test);
		struct test_directory_record what = { .identity = test.ed,
			.zone = i ? "north" : "south" };

		(void)test_directory_offer(&test, &what, 0, NULL);
		what.zone = i ? "south" : "north";
		(void)test_directory_offer(&test, &what, 0, NULL);
		ck_assert(directory_find(test.directory, "node-ed", &member[i]));
		ck_assert(member[i].contradicted);
	}
	ck_assert_mem_eq(&member[0].version, &member[1].version, sizeof(member[0].version));
}
END_TEST

START_TEST(offer__nobody_trusted_or_damaged__refused_and_counted)
{
	TEST_DIRECTORY(test);
	struct test_directory_record what = { .identity = test.ed };
	struct signed_record_input input = { "{}", 2, TEST_DIRECTORY_NOW };
	struct directory_result result;

	ck_assert_int_eq(directory_offer(test.directory, &input, &result), DIRECTORY_E_REFUSED);
	ck_assert_str_eq(result.word, "malformed-envelope");
	ck_assert_str_eq(result.host, "");
	directory_set_trust(test.directory, NULL);
	ck_assert_str_eq(test_directory_offer(&test, &what, 0, NULL), "nobody-trusted");
	ck_assert_uint_eq(directory_count(test.directory), 0);
}
END_TEST

START_TEST(offer__disk_is_full__as_before)
{
	TEST_DIRECTORY(test);
	struct test_directory_record what = { .identity = test.ed };
	struct directory_digest before, after;
	struct directory_member member;
	int r;

	(void)test_directory_offer(&test, &what, 0, NULL);
	before = test_directory_bucket(&test);
	test.keeper.fault = -ENOSPC;
	what.sequence = TEST_DIRECTORY_NOW + 1;
	ck_assert_ptr_null(test_directory_offer(&test, &what, 0, &r));
	ck_assert_int_eq(r, -ENOSPC);
	ck_assert(directory_find(test.directory, "node-ed", &member));
	ck_assert_uint_eq(member.version.sequence, TEST_DIRECTORY_NOW);
	after = test_directory_bucket(&test);
	ck_assert_mem_eq(&before, &after, sizeof(before));
	test.keeper.fault = 0;
	ck_assert_str_eq(test_directory_offer(&test, &what, 0, NULL), "accepted");
}
END_TEST

START_TEST(offer__more_hosts_than_peers_hold__refused_by_name)
{
	TEST_DIRECTORY(test);
	struct test_directory_record ed = { .identity = test.ed }, ec = { .identity = test.ec };
	struct directory_version version = { TEST_DIRECTORY_NOW, { { 0 } } };

	test_directory_restart(&test, 1);
	ck_assert(directory_wants(test.directory, "node-ec", &version));
	ck_assert_str_eq(test_directory_offer(&test, &ed, 0, NULL), "accepted");
	ck_assert(!directory_wants(test.directory, "node-ec", &version));
	ck_assert_str_eq(test_directory_offer(&test, &ec, 0, NULL), "too-many-hosts");
	ed.sequence = TEST_DIRECTORY_NOW + 1;
	ck_assert_str_eq(test_directory_offer(&test, &ed, 0, NULL), "accepted");
}
END_TEST

/* The definition that the header gives, computed here from what is known of the record. */
START_TEST(bucket__one_host__as_it_is_defined)
{
	TEST_DIRECTORY(test);
	struct test_directory_record what = { .identity = test.ec };
	struct directory_digest expected, name, hash, zero = { 0 };
	unsigned char bytes[8 + 8 + 32] = "node-ec";
	struct directory_member member;
	char text[DIGEST_LENGTH + 1];

	(void)test_directory_offer(&test, &what, 0, NULL);
	ck_assert(directory_find(test.directory, "node-ec", &member));
	for (unsigned i = 0; i < 8; i++)
		bytes[8 + i] = (unsigned char)(TEST_DIRECTORY_NOW >> (56 - 8 * i));
	memcpy(bytes + 16, &member.version.digest, 32);
	ck_assert_int_eq(digest_compute(bytes, sizeof(bytes), text), 0);
	ck_assert(directory_digest_parse(text, 64, &expected));
	ck_assert_int_eq(digest_compute("node-ec", 7, text), 0);
	ck_assert(directory_digest_parse(text, 64, &name));
	for (unsigned i = 0; i < DIRECTORY_BUCKETS; i++) {
		directory_hash_bucket(test.directory, i, &hash);
		ck_assert_mem_eq(&hash, i == name.bytes[0] ? &expected : &zero, sizeof(hash));
	}
}
END_TEST

static bool test_directory_count_one(const struct directory_member *member, void *data)
{
	(void)member;
	++*(unsigned *)data;
	return true;
}

static unsigned test_directory_listed(const struct test_directory *test)
{
	unsigned n = 0;

	for (unsigned i = 0; i < DIRECTORY_BUCKETS; i++)
		directory_list_bucket(test->directory, i, test_directory_count_one, &n);
	return n;
}

START_TEST(expire__valid_until_passed__stale_but_held)
{
	TEST_DIRECTORY(test);
	struct test_directory_record what = { .identity = test.ed };
	uint64_t later = TEST_DIRECTORY_NOW + 13 * TEST_DIRECTORY_HOUR;
	struct directory_member member;
	struct directory_digest hash;

	(void)test_directory_offer(&test, &what, 0, NULL);
	ck_assert_uint_eq(directory_expire(test.directory, TEST_DIRECTORY_NOW),
		TEST_DIRECTORY_NOW + 12 * TEST_DIRECTORY_HOUR);
	ck_assert_uint_eq(test_directory_listed(&test), 1);
	(void)directory_expire(test.directory, later);
	ck_assert_uint_eq(test.changes, DIRECTORY_STANDING);
	ck_assert(directory_find(test.directory, "node-ed", &member));
	ck_assert_int_eq(member.standing, DIRECTORY_EXPIRED);
	hash = test_directory_bucket(&test);
	ck_assert(test_directory_is_zero(&hash));
	ck_assert_uint_eq(test_directory_listed(&test), 0);
	/* What expired elsewhere is not taken in again. */
	what.identity = test.ec;
	ck_assert_str_eq(test_directory_offer(&test, &what, later, NULL), "expired");
	/* The clock was wrong. */
	(void)directory_expire(test.directory, TEST_DIRECTORY_NOW);
	ck_assert(directory_find(test.directory, "node-ed", &member));
	ck_assert_int_eq(member.standing, DIRECTORY_CURRENT);
}
END_TEST

START_TEST(forget__a_host__its_record_does_not_come_back_a_newer_one_does)
{
	TEST_DIRECTORY(test);
	struct test_directory_record what = { .identity = test.ed };
	struct directory_member member;
	struct directory_digest hash;

	ck_assert_int_eq(directory_forget(test.directory, "node-ed", TEST_DIRECTORY_NOW), -ENOENT);
	(void)test_directory_offer(&test, &what, 0, NULL);
	ck_assert_int_eq(directory_forget(test.directory, "node-ed", TEST_DIRECTORY_NOW), 0);
	ck_assert_uint_eq(test.changes, DIRECTORY_GONE);
	ck_assert(!directory_find(test.directory, "node-ed", &member));
	ck_assert_uint_eq(directory_count(test.directory), 0);
	hash = test_directory_bucket(&test);
	ck_assert(test_directory_is_zero(&hash));
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_str_eq(test_directory_offer(&test, &what, 0, NULL), "forgotten");
		test_directory_restart(&test, 0);
	}
	what.sequence = TEST_DIRECTORY_NOW + 1;
	ck_assert_str_eq(test_directory_offer(&test, &what, 0, NULL), "accepted");
	ck_assert(test.changes & DIRECTORY_NEW);
	ck_assert(directory_find(test.directory, "node-ed", &member));
}
END_TEST

START_TEST(forget__until_valid_until__then_nothing_is_kept)
{
	TEST_DIRECTORY(test);
	struct test_directory_record what = { .identity = test.ed };

	(void)test_directory_offer(&test, &what, 0, NULL);
	ck_assert_int_eq(directory_forget(test.directory, "node-ed", TEST_DIRECTORY_NOW), 0);
	ck_assert_uint_eq(test.keeper.n_hosts, 1);
	(void)directory_expire(test.directory, TEST_DIRECTORY_NOW + 13 * TEST_DIRECTORY_HOUR);
	ck_assert_uint_eq(test.keeper.n_hosts, 0);
}
END_TEST

START_TEST(load__after_a_restart__the_same_without_verifying)
{
	TEST_DIRECTORY(test);
	struct test_directory_record ed = { .identity = test.ed }, ec = { .identity = test.ec };
	struct directory_member before, after;
	struct directory_digest hash, again;
	char labels[32];

	(void)test_directory_offer(&test, &ed, 0, NULL);
	(void)test_directory_offer(&test, &ec, 0, NULL);
	ck_assert(directory_find(test.directory, "node-ed", &before));
	memcpy(labels, before.labels, 11);
	hash = test_directory_bucket(&test);
	test_directory_restart(&test, 0);
	ck_assert_int_eq(directory_verify_more(test.directory, 1, TEST_DIRECTORY_NOW), 0);
	ck_assert(directory_find(test.directory, "node-ed", &after));
	ck_assert_mem_eq(&before.version, &after.version, sizeof(after.version));
	ck_assert_mem_eq(labels, after.labels, 11);
	ck_assert_mem_eq(before.host_id, after.host_id, 16);
	ck_assert_int_eq(after.standing, DIRECTORY_CURRENT);
	again = test_directory_bucket(&test);
	ck_assert_mem_eq(&hash, &again, sizeof(hash));
	ed.sequence = TEST_DIRECTORY_NOW - 1;
	ck_assert_str_eq(test_directory_offer(&test, &ed, 0, NULL), "older");
}
END_TEST

START_TEST(load__any_byte_of_a_summary_lost__refused)
{
	TEST_DIRECTORY(test);
	struct test_directory_record what = { .identity = test.ed };
	struct fake_keeper_row *row;

	(void)test_directory_offer(&test, &what, 0, NULL);
	row = fake_keeper_find(&test.keeper, "node-ed");
	for (size_t n = 0; n < row->n_summary; n++) {
		struct kept_host kept = { .host = "node-x",
			.verified_under = "",
			.summary = row->summary,
			.n_summary = n };

		ck_assert_int_eq(directory_load_host(test.directory, &kept), -EINVAL);
	}
}
END_TEST

static void test_directory_swap(struct test_directory *test, const char *ca, const char *lists)
{
	trust_unref(test->trust);
	test->trust = test_directory_trust(ca, lists);
	directory_set_trust(test->directory, test->trust);
}

/* The vector "gone" is revoked by lists.pem. */
START_TEST(set_trust__a_certificate_revoked__its_record_and_floor_go)
{
	TEST_DIRECTORY(test);
	struct test_directory_record what = { .identity = test.ed };
	char bytes[LIMIT_RECORD_BYTES];
	FILE *file = fopen(test_directory_path("records/gone.json"), "rb");
	struct signed_record_input input = { bytes, 0, TEST_DIRECTORY_NOW };
	struct directory_result result;
	struct directory_member member;

	ck_assert(file != NULL);
	input.n = fread(bytes, 1, sizeof(bytes), file);
	(void)fclose(file);
	(void)test_directory_offer(&test, &what, 0, NULL);
	ck_assert_int_eq(directory_offer(test.directory, &input, &result), DIRECTORY_TAKEN);
	test_directory_swap(&test, "ca.pem", "lists.pem");
	/* One a call. */
	ck_assert_int_eq(directory_verify_more(test.directory, 1, TEST_DIRECTORY_NOW), 1);
	ck_assert_int_eq(directory_verify_more(test.directory, 1, TEST_DIRECTORY_NOW), 0);
	ck_assert(!directory_find(test.directory, result.host, &member));
	ck_assert_ptr_null(fake_keeper_find(&test.keeper, result.host));
	ck_assert(directory_find(test.directory, "node-ed", &member));
	ck_assert_int_eq(member.standing, DIRECTORY_CURRENT);
	ck_assert_str_eq(fake_keeper_find(&test.keeper, "node-ed")->verified_under,
		trust_get_digest(test.trust));
	/* Nothing of its sequence is remembered. */
	test_directory_swap(&test, "ca.pem", NULL);
	ck_assert_int_eq(directory_offer(test.directory, &input, &result), DIRECTORY_TAKEN);
}
END_TEST

START_TEST(set_trust__a_list_that_expired__what_is_held_stays_nothing_new_comes)
{
	TEST_DIRECTORY(test);
	struct test_directory_record ed = { .identity = test.ed }, ec = { .identity = test.ec };
	struct directory_member member;

	(void)test_directory_offer(&test, &ed, 0, NULL);
	test_directory_swap(&test, "ca.pem", "lists-expired.pem");
	ck_assert_int_eq(directory_verify_more(test.directory, 9, TEST_DIRECTORY_NOW), 0);
	ck_assert(directory_find(test.directory, "node-ed", &member));
	ck_assert_int_eq(member.standing, DIRECTORY_CURRENT);
	ck_assert_str_eq(test_directory_offer(&test, &ec, 0, NULL), "revocation-list-expired");
	ed.sequence = TEST_DIRECTORY_NOW + 1;
	ck_assert_str_eq(test_directory_offer(&test, &ed, 0, NULL), "revocation-list-expired");
}
END_TEST

/* A CA that signed nobody here: nothing is proven, and nothing is lost by the mistake. */
START_TEST(set_trust__the_wrong_ca_and_back__unproven_then_current)
{
	TEST_DIRECTORY(test);
	struct test_directory_record what = { .identity = test.ed };
	struct directory_member member;

	(void)test_directory_offer(&test, &what, 0, NULL);
	test_directory_swap(&test, "ca-middle-only.pem", NULL);
	ck_assert_int_eq(directory_verify_more(test.directory, 9, TEST_DIRECTORY_NOW), 0);
	ck_assert(directory_find(test.directory, "node-ed", &member));
	ck_assert_int_eq(member.standing, DIRECTORY_UNPROVEN);
	ck_assert_uint_eq(test_directory_listed(&test), 0);
	test_directory_swap(&test, "ca.pem", NULL);
	ck_assert_int_eq(directory_verify_more(test.directory, 9, TEST_DIRECTORY_NOW), 0);
	ck_assert(directory_find(test.directory, "node-ed", &member));
	ck_assert_int_eq(member.standing, DIRECTORY_CURRENT);
}
END_TEST

static Suite *test_directory_suite(void)
{
	Suite *suite = suite_create("directory");
	TCase *cases = tcase_create("directory");

	tcase_add_test(cases, offer__first_record__held_as_it_came);
	tcase_add_test(cases, offer__older_same_newer__only_newer_is_taken);
	tcase_add_test(cases, offer__two_payloads_of_one_sequence__the_same_one_everywhere);
	tcase_add_test(cases, offer__nobody_trusted_or_damaged__refused_and_counted);
	tcase_add_test(cases, offer__disk_is_full__as_before);
	tcase_add_test(cases, offer__more_hosts_than_peers_hold__refused_by_name);
	tcase_add_test(cases, bucket__one_host__as_it_is_defined);
	tcase_add_test(cases, expire__valid_until_passed__stale_but_held);
	tcase_add_test(cases, forget__a_host__its_record_does_not_come_back_a_newer_one_does);
	tcase_add_test(cases, forget__until_valid_until__then_nothing_is_kept);
	tcase_add_test(cases, load__after_a_restart__the_same_without_verifying);
	tcase_add_test(cases, load__any_byte_of_a_summary_lost__refused);
	tcase_add_test(cases, set_trust__a_certificate_revoked__its_record_and_floor_go);
	tcase_add_test(cases, set_trust__a_list_that_expired__what_is_held_stays_nothing_new_comes);
	tcase_add_test(cases, set_trust__the_wrong_ca_and_back__unproven_then_current);
	suite_add_tcase(suite, cases);
	return suite;
}

int main(void)
{
	return unit_run(test_directory_suite());
}
