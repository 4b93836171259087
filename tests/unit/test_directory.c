/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * On the certificates of tests/exchange/vectors, with records that are signed here: what counts
 * depends on sequence and time, which the test chooses.
 */
#include "core/cleanup.h"
#include "core/codec/digest.h"
#include "daemon/exchange/directory/class.h"
#include "tests/support/fake_fleet.h"
#include "tests/support/fake_keeper.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <string.h>

struct test_directory {
	struct fake_keeper keeper;
	struct directory *directory;
	struct trust *trust;
	struct identity *ed, *ec;
	unsigned changes; /* of the last time it was told */
	unsigned n_told;
};

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
	test->trust = fake_fleet_trust("ca.pem", NULL);
	test->ed = fake_fleet_identity("ed.pem", "ed.key");
	test->ec = fake_fleet_identity("ec.pem", "ec.key");
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

/* Offers the record of @what; the word of what came of it, and the outcome in @test. */
static const char *test_directory_offer(struct test_directory *test,
	const struct fake_fleet_record *what, uint64_t now_us, int *ret_outcome)
{
	struct signed_record_bytes made = fake_fleet_sign(what);
	struct signed_record_input input = { made.bytes, made.n,
		now_us	       ? now_us
		: what->now_us ? what->now_us
			       : FAKE_FLEET_NOW };
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
	struct fake_fleet_record what = { .identity = test.ed };
	struct signed_record_bytes made = fake_fleet_sign(&what);
	struct directory_member member;
	char *bytes;
	size_t n;

	ck_assert(!directory_find(test.directory, "node-ed", &member));
	ck_assert_str_eq(test_directory_offer(&test, &what, 0, NULL), "accepted");
	ck_assert(test.changes & DIRECTORY_NEW);
	ck_assert(directory_find(test.directory, "node-ed", &member));
	ck_assert_int_eq(member.standing, DIRECTORY_CURRENT);
	ck_assert_uint_eq(member.version.sequence, FAKE_FLEET_NOW);
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
	struct fake_fleet_record what = { .identity = test.ed };
	struct directory_member member;
	int r;

	ck_assert_str_eq(test_directory_offer(&test, &what, 0, &r), "accepted");
	ck_assert_str_eq(test_directory_offer(&test, &what, 0, &r), "same");
	ck_assert_int_eq(r, DIRECTORY_SAME);
	what.sequence = FAKE_FLEET_NOW - 1;
	ck_assert_str_eq(test_directory_offer(&test, &what, 0, &r), "older");
	ck_assert_int_eq(r, DIRECTORY_OLDER);
	what.sequence = FAKE_FLEET_NOW + 1;
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
		struct fake_fleet_record what = { .identity = test.ed,
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
	struct fake_fleet_record what = { .identity = test.ed };
	struct signed_record_input input = { "{}", 2, FAKE_FLEET_NOW };
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
	struct fake_fleet_record what = { .identity = test.ed };
	struct directory_digest before, after;
	struct directory_member member;
	int r;

	(void)test_directory_offer(&test, &what, 0, NULL);
	before = test_directory_bucket(&test);
	test.keeper.fault = -ENOSPC;
	what.sequence = FAKE_FLEET_NOW + 1;
	ck_assert_ptr_null(test_directory_offer(&test, &what, 0, &r));
	ck_assert_int_eq(r, -ENOSPC);
	ck_assert(directory_find(test.directory, "node-ed", &member));
	ck_assert_uint_eq(member.version.sequence, FAKE_FLEET_NOW);
	after = test_directory_bucket(&test);
	ck_assert_mem_eq(&before, &after, sizeof(before));
	test.keeper.fault = 0;
	ck_assert_str_eq(test_directory_offer(&test, &what, 0, NULL), "accepted");
}
END_TEST

START_TEST(offer__more_hosts_than_peers_hold__refused_by_name)
{
	TEST_DIRECTORY(test);
	struct fake_fleet_record ed = { .identity = test.ed }, ec = { .identity = test.ec };
	struct directory_version version = { FAKE_FLEET_NOW, { { 0 } } };

	test_directory_restart(&test, 1);
	ck_assert(directory_wants(test.directory, "node-ec", &version));
	ck_assert_str_eq(test_directory_offer(&test, &ed, 0, NULL), "accepted");
	ck_assert(!directory_wants(test.directory, "node-ec", &version));
	ck_assert_str_eq(test_directory_offer(&test, &ec, 0, NULL), "too-many-hosts");
	ed.sequence = FAKE_FLEET_NOW + 1;
	ck_assert_str_eq(test_directory_offer(&test, &ed, 0, NULL), "accepted");
}
END_TEST

/* The definition that the header gives, computed here from what is known of the record. */
START_TEST(bucket__one_host__as_it_is_defined)
{
	TEST_DIRECTORY(test);
	struct fake_fleet_record what = { .identity = test.ec };
	struct directory_digest expected, name, hash, zero = { 0 };
	unsigned char bytes[8 + 8 + 32] = "node-ec";
	struct directory_member member;
	char text[DIGEST_LENGTH + 1];

	(void)test_directory_offer(&test, &what, 0, NULL);
	ck_assert(directory_find(test.directory, "node-ec", &member));
	for (unsigned i = 0; i < 8; i++)
		bytes[8 + i] = (unsigned char)(FAKE_FLEET_NOW >> (56 - 8 * i));
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

START_TEST(list_twins__one_host_id_twice__both_named_and_held)
{
	TEST_DIRECTORY(test);
	struct fake_fleet_record ed = { .identity = test.ed }, ec = { .identity = test.ec };
	unsigned n = 0;

	(void)test_directory_offer(&test, &ed, 0, NULL);
	ck_assert_int_eq(directory_list_twins(test.directory, test_directory_count_one, &n), 0);
	ck_assert_uint_eq(n, 0);
	(void)test_directory_offer(&test, &ec, 0, NULL);
	ck_assert_int_eq(directory_list_twins(test.directory, test_directory_count_one, &n), 0);
	ck_assert_uint_eq(n, 2);
	ck_assert_uint_eq(directory_count(test.directory), 2);
	ck_assert_int_eq(directory_forget(test.directory, "node-ec", FAKE_FLEET_NOW), 0);
	n = 0;
	ck_assert_int_eq(directory_list_twins(test.directory, test_directory_count_one, &n), 0);
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(expire__valid_until_passed__stale_but_held)
{
	TEST_DIRECTORY(test);
	struct fake_fleet_record what = { .identity = test.ed };
	uint64_t later = FAKE_FLEET_NOW + 13 * FAKE_FLEET_HOUR;
	struct directory_member member;
	struct directory_digest hash;

	(void)test_directory_offer(&test, &what, 0, NULL);
	ck_assert_uint_eq(directory_expire(test.directory, FAKE_FLEET_NOW),
		FAKE_FLEET_NOW + 12 * FAKE_FLEET_HOUR);
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
	(void)directory_expire(test.directory, FAKE_FLEET_NOW);
	ck_assert(directory_find(test.directory, "node-ed", &member));
	ck_assert_int_eq(member.standing, DIRECTORY_CURRENT);
}
END_TEST

START_TEST(forget__a_host__its_record_does_not_come_back_a_newer_one_does)
{
	TEST_DIRECTORY(test);
	struct fake_fleet_record what = { .identity = test.ed };
	struct directory_member member;
	struct directory_digest hash;

	ck_assert_int_eq(directory_forget(test.directory, "node-ed", FAKE_FLEET_NOW), -ENOENT);
	(void)test_directory_offer(&test, &what, 0, NULL);
	ck_assert_int_eq(directory_forget(test.directory, "node-ed", FAKE_FLEET_NOW), 0);
	ck_assert_uint_eq(test.changes, DIRECTORY_GONE);
	ck_assert(!directory_find(test.directory, "node-ed", &member));
	ck_assert_uint_eq(directory_count(test.directory), 0);
	hash = test_directory_bucket(&test);
	ck_assert(test_directory_is_zero(&hash));
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_str_eq(test_directory_offer(&test, &what, 0, NULL), "forgotten");
		test_directory_restart(&test, 0);
	}
	what.sequence = FAKE_FLEET_NOW + 1;
	ck_assert_str_eq(test_directory_offer(&test, &what, 0, NULL), "accepted");
	ck_assert(test.changes & DIRECTORY_NEW);
	ck_assert(directory_find(test.directory, "node-ed", &member));
}
END_TEST

START_TEST(forget__until_valid_until__then_nothing_is_kept)
{
	TEST_DIRECTORY(test);
	struct fake_fleet_record what = { .identity = test.ed };

	(void)test_directory_offer(&test, &what, 0, NULL);
	ck_assert_int_eq(directory_forget(test.directory, "node-ed", FAKE_FLEET_NOW), 0);
	ck_assert_uint_eq(test.keeper.n_hosts, 1);
	(void)directory_expire(test.directory, FAKE_FLEET_NOW + 13 * FAKE_FLEET_HOUR);
	ck_assert_uint_eq(test.keeper.n_hosts, 0);
}
END_TEST

START_TEST(load__after_a_restart__the_same_without_verifying)
{
	TEST_DIRECTORY(test);
	struct fake_fleet_record ed = { .identity = test.ed }, ec = { .identity = test.ec };
	struct directory_member before, after;
	struct directory_digest hash, again;
	char labels[32];

	(void)test_directory_offer(&test, &ed, 0, NULL);
	(void)test_directory_offer(&test, &ec, 0, NULL);
	ck_assert(directory_find(test.directory, "node-ed", &before));
	memcpy(labels, before.labels, 11);
	hash = test_directory_bucket(&test);
	test_directory_restart(&test, 0);
	ck_assert_int_eq(directory_verify_more(test.directory, 1, FAKE_FLEET_NOW), 0);
	ck_assert(directory_find(test.directory, "node-ed", &after));
	ck_assert_mem_eq(&before.version, &after.version, sizeof(after.version));
	ck_assert_mem_eq(labels, after.labels, 11);
	ck_assert_mem_eq(before.host_id, after.host_id, 16);
	ck_assert_int_eq(after.standing, DIRECTORY_CURRENT);
	again = test_directory_bucket(&test);
	ck_assert_mem_eq(&hash, &again, sizeof(hash));
	ed.sequence = FAKE_FLEET_NOW - 1;
	ck_assert_str_eq(test_directory_offer(&test, &ed, 0, NULL), "older");
}
END_TEST

START_TEST(load__any_byte_of_a_summary_lost__refused)
{
	TEST_DIRECTORY(test);
	struct fake_fleet_record what = { .identity = test.ed };
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
	test->trust = fake_fleet_trust(ca, lists);
	directory_set_trust(test->directory, test->trust);
}

/* The vector "gone" is revoked by lists.pem. */
START_TEST(set_trust__a_certificate_revoked__its_record_and_floor_go)
{
	TEST_DIRECTORY(test);
	struct fake_fleet_record what = { .identity = test.ed };
	char bytes[LIMIT_RECORD_BYTES];
	FILE *file = fopen(fake_fleet_path("records/gone.json"), "rb");
	struct signed_record_input input = { bytes, 0, FAKE_FLEET_NOW };
	struct directory_result result;
	struct directory_member member;

	ck_assert(file != NULL);
	input.n = fread(bytes, 1, sizeof(bytes), file);
	(void)fclose(file);
	(void)test_directory_offer(&test, &what, 0, NULL);
	ck_assert_int_eq(directory_offer(test.directory, &input, &result), DIRECTORY_TAKEN);
	test_directory_swap(&test, "ca.pem", "lists.pem");
	/* One a call. */
	ck_assert_int_eq(directory_verify_more(test.directory, 1, FAKE_FLEET_NOW), 1);
	ck_assert_int_eq(directory_verify_more(test.directory, 1, FAKE_FLEET_NOW), 0);
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
	struct fake_fleet_record ed = { .identity = test.ed }, ec = { .identity = test.ec };
	struct directory_member member;

	(void)test_directory_offer(&test, &ed, 0, NULL);
	test_directory_swap(&test, "ca.pem", "lists-expired.pem");
	ck_assert_int_eq(directory_verify_more(test.directory, 9, FAKE_FLEET_NOW), 0);
	ck_assert(directory_find(test.directory, "node-ed", &member));
	ck_assert_int_eq(member.standing, DIRECTORY_CURRENT);
	ck_assert_str_eq(test_directory_offer(&test, &ec, 0, NULL), "revocation-list-expired");
	ed.sequence = FAKE_FLEET_NOW + 1;
	ck_assert_str_eq(test_directory_offer(&test, &ed, 0, NULL), "revocation-list-expired");
}
END_TEST

/* A CA that signed nobody here: nothing is proven, and nothing is lost by the mistake. */
START_TEST(set_trust__the_wrong_ca_and_back__unproven_then_current)
{
	TEST_DIRECTORY(test);
	struct fake_fleet_record what = { .identity = test.ed };
	struct directory_member member;

	(void)test_directory_offer(&test, &what, 0, NULL);
	test_directory_swap(&test, "ca-middle-only.pem", NULL);
	ck_assert_int_eq(directory_verify_more(test.directory, 9, FAKE_FLEET_NOW), 0);
	ck_assert(directory_find(test.directory, "node-ed", &member));
	ck_assert_int_eq(member.standing, DIRECTORY_UNPROVEN);
	ck_assert_uint_eq(test_directory_listed(&test), 0);
	test_directory_swap(&test, "ca.pem", NULL);
	ck_assert_int_eq(directory_verify_more(test.directory, 9, FAKE_FLEET_NOW), 0);
	ck_assert(directory_find(test.directory, "node-ed", &member));
	ck_assert_int_eq(member.standing, DIRECTORY_CURRENT);
}
END_TEST

/* ---------------------------------------------------------------- classes */

/* A class document, of the projection before the current one, and its digest. */
static char *test_directory_document(size_t *ret_n, char ret_digest[static DIGEST_LENGTH + 1])
{
	static char bytes[1 << 16];
	FILE *file = fopen(fake_fleet_path("../../unit/class-1.json"), "rb");

	ck_assert(file != NULL);
	*ret_n = fread(bytes, 1, sizeof(bytes) - 1, file);
	(void)fclose(file);
	bytes[*ret_n] = '\0';
	ck_assert_int_eq(digest_compute(bytes, *ret_n, ret_digest), 0);
	return bytes;
}

static bool test_directory_note_class(
	const struct directory_class *class_, int32_t slot, void *data)
{
	(void)slot;
	ck_assert(!class_->held);
	directory_digest_format(&class_->digest, data);
	return true;
}

/* The digest of the last class that is wanted; empty: none is. */
static const char *test_directory_wanted(const struct test_directory *test)
{
	static char digest[DIGEST_LENGTH + 1];

	digest[0] = '\0';
	directory_list_wanted(test->directory, test_directory_note_class, digest);
	return digest;
}

static const char *test_directory_put(struct test_directory *test, const char *bytes, size_t n)
{
	struct directory_result result;
	int r = directory_put_class(test->directory, bytes, n, &result);

	ck_assert_int_ge(r, 0);
	ck_assert(r != DIRECTORY_E_REFUSED || result.refusal.text[0]);
	return result.word;
}

START_TEST(put_class__named_by_a_record__held_over_restarts)
{
	TEST_DIRECTORY(test);
	char digest[DIGEST_LENGTH + 1], *again;
	struct directory_digest key;
	size_t n, n_again;
	char *bytes = test_directory_document(&n, digest);
	struct fake_fleet_record what = {
		.identity = test.ed, .class_digest = digest, .projection = 1
	};

	ck_assert_str_eq(test_directory_put(&test, bytes, n), "class-unwanted");
	(void)test_directory_offer(&test, &what, 0, NULL);
	ck_assert_str_eq(test_directory_wanted(&test), digest);
	ck_assert_str_eq(test_directory_put(&test, bytes, n), "class-accepted");
	ck_assert_uint_eq(test.changes, DIRECTORY_DOCUMENT);
	ck_assert_str_eq(test_directory_put(&test, bytes, n), "class-same");
	test_directory_restart(&test, 0);
	ck_assert_str_eq(test_directory_wanted(&test), "");
	ck_assert(directory_digest_parse(digest, 64, &key));
	ck_assert_int_eq(directory_read_class(test.directory, &key, &again, &n_again), 0);
	ck_assert_uint_eq(n_again, n);
	ck_assert_mem_eq(again, bytes, n);
	free(again);
}
END_TEST

/* Named by their digest, and yet none of them is a class. */
START_TEST(put_class__what_is_none__refused_and_still_wanted)
{
	static char big[LIMIT_CLASS_BYTES + 2];
	char *bytes, spaced[1 << 16], digest[DIGEST_LENGTH + 1];
	const char *documents[3] = { "{}", "[7", spaced };
	size_t n;

	bytes = test_directory_document(&n, digest);
	(void)snprintf(spaced, sizeof(spaced), "%s ", bytes);
	for (unsigned i = 0; i < 3; i++) {
		TEST_DIRECTORY(test);
		struct fake_fleet_record what = {
			.identity = test.ed, .class_digest = digest, .projection = 1
		};

		ck_assert_int_eq(digest_compute(documents[i], strlen(documents[i]), digest), 0);
		(void)test_directory_offer(&test, &what, 0, NULL);
		ck_assert_str_eq(test_directory_put(&test, documents[i], strlen(documents[i])),
			"class-malformed");
		ck_assert_str_eq(test_directory_wanted(&test), digest);
		ck_assert_uint_eq(test.keeper.n_classes, 0);
	}
	TEST_DIRECTORY(test);
	memset(big, ' ', sizeof(big));
	ck_assert_str_eq(test_directory_put(&test, big, sizeof(big)), "class-over-limit");
}
END_TEST

START_TEST(put_class__named_for_another_projection__refused)
{
	TEST_DIRECTORY(test);
	char digest[DIGEST_LENGTH + 1];
	size_t n;
	char *bytes = test_directory_document(&n, digest);
	struct fake_fleet_record what = {
		.identity = test.ed, .class_digest = digest, .projection = 2
	};

	(void)test_directory_offer(&test, &what, 0, NULL);
	ck_assert_str_eq(test_directory_put(&test, bytes, n), "class-malformed");
	/* Another host that names it rightly is not hurt. */
	what.identity = test.ec;
	what.projection = 1;
	(void)test_directory_offer(&test, &what, 0, NULL);
	ck_assert_str_eq(test_directory_put(&test, bytes, n), "class-accepted");
}
END_TEST

START_TEST(offer__a_class_a_minute__eight_are_wanted_in_a_day)
{
	TEST_DIRECTORY(test);
	char digest[DIGEST_LENGTH + 1];

	for (unsigned i = 0; i < 10; i++) {
		struct fake_fleet_record what = { .identity = test.ed,
			.class_digest = digest,
			.now_us = FAKE_FLEET_NOW + i * 60000000ULL };
		struct directory_member member;

		ck_assert_int_eq(digest_compute(&i, sizeof(i), digest), 0);
		ck_assert_str_eq(test_directory_offer(&test, &what, 0, NULL), "accepted");
		ck_assert_str_eq(test_directory_wanted(&test), i < 8 ? digest : "");
		ck_assert(directory_find(test.directory, "node-ed", &member));
		ck_assert_uint_eq(member.n_classes, i < 8);
		test_directory_restart(&test, 0);
	}
	struct fake_fleet_record tomorrow = { .identity = test.ed,
		.class_digest = digest,
		.now_us = FAKE_FLEET_NOW + 24 * FAKE_FLEET_HOUR };

	ck_assert_str_eq(test_directory_offer(&test, &tomorrow, 0, NULL), "accepted");
	ck_assert_str_eq(test_directory_wanted(&test), digest);
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
	tcase_add_test(cases, list_twins__one_host_id_twice__both_named_and_held);
	tcase_add_test(cases, expire__valid_until_passed__stale_but_held);
	tcase_add_test(cases, forget__a_host__its_record_does_not_come_back_a_newer_one_does);
	tcase_add_test(cases, forget__until_valid_until__then_nothing_is_kept);
	tcase_add_test(cases, load__after_a_restart__the_same_without_verifying);
	tcase_add_test(cases, load__any_byte_of_a_summary_lost__refused);
	tcase_add_test(cases, set_trust__a_certificate_revoked__its_record_and_floor_go);
	tcase_add_test(cases, set_trust__a_list_that_expired__what_is_held_stays_nothing_new_comes);
	tcase_add_test(cases, set_trust__the_wrong_ca_and_back__unproven_then_current);
	tcase_add_test(cases, put_class__named_by_a_record__held_over_restarts);
	tcase_add_test(cases, put_class__what_is_none__refused_and_still_wanted);
	tcase_add_test(cases, put_class__named_for_another_projection__refused);
	tcase_add_test(cases, offer__a_class_a_minute__eight_are_wanted_in_a_day);
	suite_add_tcase(suite, cases);
	return suite;
}

int main(void)
{
	return unit_run(test_directory_suite());
}
