/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* On the records of tests/exchange/vectors, which the openssl command made. */
#include "core/cleanup.h"
#include "daemon/exchange/signed_record.h"
#include "tests/support/unit.h"

#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEST_SIGNED_RECORD_NOW	 1803902400000000ULL /* 2027-03-01 12:00, when they are good */
#define TEST_SIGNED_RECORD_BYTES ((size_t)1 << 16)

CLEANUP_DEFINE(struct trust *, trust_unref, test_signed_record_trust_freep);

/* The path of a vector, in one of a few buffers. */
static const char *test_signed_record_path(const char *name)
{
	static char paths[8][512];
	static unsigned next;
	char *path = paths[next++ % 8];
	const char *top = getenv("srcdir");

	(void)snprintf(
		path, sizeof(paths[0]), "%s/tests/exchange/vectors/%s", top ? top : ".", name);
	return path;
}

static size_t test_signed_record_read(const char *name, char *bytes)
{
	FILE *file = fopen(test_signed_record_path(name), "rb");
	size_t n;

	ck_assert_msg(file != NULL, "%s", name);
	n = fread(bytes, 1, TEST_SIGNED_RECORD_BYTES, file);
	(void)fclose(file);
	return n;
}

static struct trust *test_signed_record_trust(const char *fleet, const char *ca, const char *lists)
{
	struct trust_settings settings = { fleet, test_signed_record_path(ca),
		lists ? test_signed_record_path(lists) : NULL };
	struct refusal refusal = { "", "" };
	struct trust *trust = NULL;
	int r = trust_load(&settings, &trust, &refusal);

	ck_assert_msg(r == TRUST_DONE, "%s: %s", refusal.where, refusal.text);
	return trust;
}

static const char *test_signed_record_verify(
	struct trust *trust, const char *bytes, size_t n, uint64_t now_us)
{
	struct signed_record_input input = { bytes, n, now_us };
	struct refusal refusal = { "", "" };
	struct signed_record record;
	int r = signed_record_verify(trust, &input, &record, &refusal);

	ck_assert_int_ge(r, 0);
	if (r != SIGNED_RECORD_DONE) {
		ck_assert(refusal.where[0] && refusal.text[0]);
		return signed_record_word((enum signed_record_outcome)r);
	}
	signed_record_done(&record);
	return record.stale ? "stale" : "accepted";
}

START_TEST(verify__every_vector__its_answer)
{
	json_auto_t *listed = json_load_file(test_signed_record_path("cases.json"), 0, NULL);
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(listed, "cases"), i, one)
	{
		const char *lists = json_string_value(json_object_get(one, "lists"));
		_cleanup_(test_signed_record_trust_freep) struct trust *trust = NULL;
		const char *name, *file, *ca, *answer;
		char bytes[TEST_SIGNED_RECORD_BYTES];
		json_int_t now;
		size_t n;

		ck_assert_int_eq(
			json_unpack(one, "{s:s, s:s, s:s, s:s, s:I}", "name", &name, "record",
				&file, "ca", &ca, "answer", &answer, "now_us", &now),
			0);
		trust = test_signed_record_trust("lab", ca, lists);
		n = test_signed_record_read(file, bytes);
		/* The second time the chain is known. */
		for (int turn = 0; turn < 2; turn++) {
			const char *got = test_signed_record_verify(trust, bytes, n, (uint64_t)now);

			ck_assert_msg(
				strcmp(got, answer) == 0, "%s: %s, not %s", name, got, answer);
		}
	}
	ck_assert_uint_gt(i, 100);
}
END_TEST

START_TEST(verify__any_bit_changed__refused)
{
	static const char *const files[] = { "records/ed.json", "records/ec.json",
		"records/deep.json" };
	_cleanup_(test_signed_record_trust_freep) struct trust *trust =
		test_signed_record_trust("lab", "ca.pem", "lists.pem");
	char bytes[TEST_SIGNED_RECORD_BYTES];
	size_t n = test_signed_record_read(files[_i], bytes);

	ck_assert_str_eq(
		test_signed_record_verify(trust, bytes, n, TEST_SIGNED_RECORD_NOW), "accepted");
	for (size_t i = 0; i < n; i++) {
		for (unsigned bit = 1; bit < 256; bit <<= 1) {
			const char *got;

			bytes[i] = (char)(bytes[i] ^ bit);
			got = test_signed_record_verify(trust, bytes, n, TEST_SIGNED_RECORD_NOW);
			ck_assert_msg(strcmp(got, "accepted") != 0 && strcmp(got, "stale") != 0,
				"byte %zu, bit %u", i, bit);
			bytes[i] = (char)(bytes[i] ^ bit);
		}
	}
}
END_TEST

START_TEST(verify__what_it_says__given_to_the_caller)
{
	_cleanup_(test_signed_record_trust_freep) struct trust *trust =
		test_signed_record_trust("lab", "ca.pem", NULL);
	char bytes[TEST_SIGNED_RECORD_BYTES];
	size_t n = test_signed_record_read("records/ed.json", bytes);
	struct signed_record_input input = { bytes, n, TEST_SIGNED_RECORD_NOW };
	json_auto_t *envelope = json_loadb(bytes, n, 0, NULL);
	const char *payload = json_string_value(json_object_get(envelope, "payload"));
	char digest[DIGEST_LENGTH + 1];
	struct refusal refusal;
	struct signed_record record;

	ck_assert_int_eq(
		signed_record_verify(trust, &input, &record, &refusal), SIGNED_RECORD_DONE);
	ck_assert_int_eq(digest_compute(payload, strlen(payload), digest), 0);
	ck_assert_str_eq(record.digest, digest);
	ck_assert_str_eq(record.record.fleet, "lab");
	ck_assert_str_eq(record.record.host, "node-ed");
	ck_assert_uint_eq(
		record.record.collected_us, TEST_SIGNED_RECORD_NOW - 15 * 60 * 1000000ULL);
	/* 2027-01-01 to 2028-01-01: the certificate's own, inside those of its CA. */
	ck_assert_uint_eq(record.certificates.first_us, 1798761600000000ULL);
	ck_assert_uint_eq(record.certificates.last_us, 1830297600999999ULL);
	ck_assert(!record.stale);
	signed_record_done(&record);
}
END_TEST

START_TEST(verify__another_fleet_of_the_same_ca__refused)
{
	_cleanup_(test_signed_record_trust_freep) struct trust *trust =
		test_signed_record_trust("prod", "ca.pem", NULL);
	char bytes[TEST_SIGNED_RECORD_BYTES];
	size_t n = test_signed_record_read("records/ed.json", bytes);

	ck_assert_str_eq(
		test_signed_record_verify(trust, bytes, n, TEST_SIGNED_RECORD_NOW), "other-fleet");
}
END_TEST

START_TEST(word__every_outcome__its_own)
{
	for (int i = 0; i < _SIGNED_RECORD_OUTCOME_MAX; i++) {
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(signed_record_word((enum signed_record_outcome)i),
				signed_record_word((enum signed_record_outcome)j));
	}
}
END_TEST

START_TEST(trust_digest__same_files_in_any_order__same)
{
	struct trust *one = test_signed_record_trust("lab", "ca.pem", "lists.pem");
	struct trust *two = test_signed_record_trust("lab", "ca-other-order.pem", "lists.pem");
	static const char *const others[][3] = { { "lab", "ca.pem", NULL },
		{ "prod", "ca.pem", "lists.pem" }, { "lab", "ca-root-only.pem", "lists.pem" },
		{ "lab", "ca.pem", "lists-expired.pem" } };

	ck_assert_str_eq(trust_get_digest(one), trust_get_digest(two));
	ck_assert_str_eq(trust_get_fleet(one), "lab");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct trust *other =
			test_signed_record_trust(others[i][0], others[i][1], others[i][2]);

		ck_assert_str_ne(trust_get_digest(one), trust_get_digest(other));
		trust_unref(other);
	}
	ck_assert_ptr_eq(trust_ref(one), one);
	ck_assert_ptr_null(trust_unref(one));
	trust_unref(one);
	trust_unref(two);
}
END_TEST

START_TEST(trust_load__files_that_cannot_be_relied_on__refused)
{
	static const char *const rows[][4] = {
		{ "lab", "ca-not-one.pem", NULL, "not one of a CA" },
		{ "lab", "none.pem", NULL, "cannot be read" },
		{ "lab", "records", NULL, "not a regular file" },
		{ "lab", "cases.json", NULL, "no certificate" },
		{ "lab", "ca.pem", "ca.pem", "no revocation list" },
		{ "lab", "ca.pem", "none.pem", "cannot be read" },
		{ "lab", "ca.pem", "lists-imposter.pem", "has not signed it" },
		{ "lab", "ca.pem", "lists-partial.pem", "partial" },
		{ "lab", "ca-mute.pem", "lists-mute.pem", "may not sign lists" },
		{ "Lab", "ca.pem", NULL, "lower-case" },
		{ "", "ca.pem", NULL, "lower-case" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct trust_settings settings = { rows[i][0], test_signed_record_path(rows[i][1]),
			rows[i][2] ? test_signed_record_path(rows[i][2]) : NULL };
		struct refusal refusal = { "", "" };
		struct trust *trust = NULL;

		ck_assert_int_eq(trust_load(&settings, &trust, &refusal), TRUST_E_REFUSED);
		ck_assert_msg(strstr(refusal.text, rows[i][3]) != NULL, "%zu: %s", i, refusal.text);
		ck_assert_ptr_null(trust);
	}
}
END_TEST

/* Copies a vector to a file with this mode, as no file of a source tree has it. */
static const char *test_signed_record_copy(const char *name, mode_t mode)
{
	static char path[64];
	char bytes[TEST_SIGNED_RECORD_BYTES];
	size_t n = test_signed_record_read(name, bytes);
	int fd;

	(void)snprintf(path, sizeof(path), "/tmp/iommufleet-test-%ld.key", (long)getpid());
	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, n), (ssize_t)n);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	(void)close(fd);
	return path;
}

static int test_signed_record_load(const char *certificate, const char *key, mode_t mode,
	struct identity **ret, const char *word)
{
	const char *path = test_signed_record_copy(key, mode);
	struct refusal refusal = { "", "" };
	int r = identity_load(test_signed_record_path(certificate), path, ret, &refusal);

	(void)unlink(path);
	if (word)
		ck_assert_msg(
			strstr(refusal.text, word) != NULL, "%s: %s", refusal.where, refusal.text);
	return r;
}

START_TEST(identity_load__key_that_others_may_read__refused)
{
	struct identity *identity = NULL;

	ck_assert_int_eq(test_signed_record_load("ed.pem", "ed.key", 0604, &identity, "chmod"),
		IDENTITY_E_REFUSED);
	ck_assert_int_eq(test_signed_record_load("ed.pem", "ed.key", 0620, &identity, "chmod"),
		IDENTITY_E_REFUSED);
	ck_assert_int_eq(test_signed_record_load("ed.pem", "ec.key", 0600, &identity, "match"),
		IDENTITY_E_REFUSED);
	ck_assert_int_eq(
		test_signed_record_load("ed.pem", "ed.pem", 0600, &identity, "no private key"),
		IDENTITY_E_REFUSED);
	ck_assert_int_eq(
		test_signed_record_load("ca-root-only.pem", "ed.key", 0600, &identity, "no host's"),
		IDENTITY_E_REFUSED);
	ck_assert_ptr_null(identity);
	ck_assert_int_eq(
		test_signed_record_load("ed.pem", "ed.key", 0440, &identity, NULL), IDENTITY_DONE);
	identity_unref(identity);
}
END_TEST

/* A record of @identity, as the daemon would make one. */
static struct record test_signed_record_own(const struct identity *identity)
{
	struct record_time_stamp stamp = {
		.now_us = TEST_SIGNED_RECORD_NOW,
		.validity_us = RECORD_TIME_VALIDITY_US,
		.certificates = identity_get_span(identity),
	};
	struct record record = {
		.fleet = identity_get_name(identity)->fleet,
		.host = identity_get_name(identity)->host,
		.host_id = "0123456789abcdef0123456789abcdef",
		.software = "0.4",
		.rules = 1,
		.projection = 1,
	};

	ck_assert_int_eq(record_time_stamp(&record, &stamp), RECORD_TIME_STAMP_DONE);
	return record;
}

START_TEST(make__both_kinds_of_key_and_a_longer_chain__verified)
{
	static const char *const kinds[][3] = { { "ed.pem", "ed.key", "node-ed" },
		{ "ec.pem", "ec.key", "node-ec" },
		{ "deep.pem", "deep.key", "node-deep.example.com" } };
	_cleanup_(test_signed_record_trust_freep) struct trust *trust =
		test_signed_record_trust("lab", "ca.pem", "lists.pem");

	for (size_t i = 0; i < 3; i++) {
		struct refusal refusal = { "", "" };
		struct signed_record_bytes made;
		struct identity *identity;
		struct record record;

		ck_assert_int_eq(
			test_signed_record_load(kinds[i][0], kinds[i][1], 0600, &identity, NULL),
			IDENTITY_DONE);
		ck_assert_str_eq(identity_get_name(identity)->host, kinds[i][2]);
		record = test_signed_record_own(identity);
		ck_assert_int_eq(
			signed_record_make(identity, &record, &made, &refusal), SIGNED_RECORD_DONE);
		ck_assert_str_eq(test_signed_record_verify(
					 trust, made.bytes, made.n, TEST_SIGNED_RECORD_NOW),
			"accepted");
		free(made.bytes);
		identity_unref(identity);
	}
}
END_TEST

START_TEST(make__what_others_would_refuse__not_signed)
{
	struct record_label labels[LIMIT_LABELS + 1];
	struct refusal refusal = { "", "" };
	struct signed_record_bytes made;
	struct identity *identity;
	struct record record;
	char names[LIMIT_LABELS][LIMIT_LABEL + 1];
	char value[5 * LIMIT_LABEL];

	ck_assert_int_eq(test_signed_record_load("deep.pem", "deep.key", 0600, &identity, NULL), 0);
	record = test_signed_record_own(identity);
	record.labels = labels;
	record.n_labels = 1;
	labels[0] = (struct record_label){ "Rack", "x" };
	ck_assert_int_eq(
		signed_record_make(identity, &record, &made, &refusal), SIGNED_RECORD_E_PAYLOAD);
	ck_assert_str_eq(refusal.where, "labels");

	/* As many and as long as allowed: quotes double in the envelope and make it too long. */
	memset(value, '"', sizeof(value));
	value[LIMIT_LABEL] = '\0';
	for (unsigned i = 0; i < LIMIT_LABELS; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "%063u", i);
		labels[i] = (struct record_label){ names[i], value };
	}
	record.n_labels = LIMIT_LABELS;
	ck_assert_int_eq(
		signed_record_make(identity, &record, &made, &refusal), SIGNED_RECORD_E_SIZE);
	ck_assert_ptr_nonnull(strstr(refusal.text, "labels"));
	identity_unref(identity);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("signed_record");
	TCase *cases = tcase_create("signed_record");

	tcase_set_timeout(cases, 60);
	tcase_add_test(cases, verify__every_vector__its_answer);
	tcase_add_loop_test(cases, verify__any_bit_changed__refused, 0, 3);
	tcase_add_test(cases, verify__what_it_says__given_to_the_caller);
	tcase_add_test(cases, verify__another_fleet_of_the_same_ca__refused);
	tcase_add_test(cases, word__every_outcome__its_own);
	tcase_add_test(cases, trust_digest__same_files_in_any_order__same);
	tcase_add_test(cases, trust_load__files_that_cannot_be_relied_on__refused);
	tcase_add_test(cases, identity_load__key_that_others_may_read__refused);
	tcase_add_test(cases, make__both_kinds_of_key_and_a_longer_chain__verified);
	tcase_add_test(cases, make__what_others_would_refuse__not_signed);
	suite_add_tcase(suite, cases);
	return unit_run(suite);
}
