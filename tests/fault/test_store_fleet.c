/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Other hosts and their classes, as the store keeps them. */
#include "core/codec/digest.h"
#include "daemon/store/fleet.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];
static char path[128];

static void set_up(void)
{
	(void)snprintf(folder, sizeof(folder), "/tmp/test-fleet-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/iommufleet.db", folder);
}

static void tear_down(void)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		char name[160];

		(void)snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		(void)unlink(name);
	}
	(void)rmdir(folder);
}

static struct store *opened(uint64_t max_bytes)
{
	struct store_settings settings = { .path = path,
		.max_bytes = max_bytes,
		.facts_per_host = 10,
		.history_days = 180,
		.history_rows = 3 };
	struct store *store = NULL;
	struct refusal refusal = { 0 };
	int r = store_open(&settings, &store, &refusal);

	ck_assert_msg(r == STORE_DONE, "%s: %s", refusal.where, refusal.text);
	return store;
}

static int put(struct store *store, const char *host, const char *under, const char *bytes)
{
	struct kept_host kept = { .host = host,
		.verified_under = under,
		.valid_until_us = 99,
		.summary = "\0sum",
		.n_summary = 4,
		.bytes = bytes,
		.n = bytes ? strlen(bytes) : 0 };
	struct refusal refusal = { 0 };

	return store_put_member(store, &kept, &refusal);
}

static void commit(struct store *store)
{
	struct refusal refusal = { 0 };

	ck_assert_int_eq(store_commit(store, &refusal), STORE_DONE);
}

static char *record_of(struct store *store, const char *host)
{
	struct refusal refusal = { 0 };
	char *bytes = NULL;
	size_t n;
	int r = store_get_record(store, host, &bytes, &n, &refusal);

	ck_assert_int_eq(r, bytes ? STORE_DONE : STORE_E_NOTHING);
	ck_assert(!bytes || strlen(bytes) == n);
	return bytes;
}

static int see_host(const struct kept_host *kept, void *data)
{
	char *names = data;
	size_t used = strlen(names);

	ck_assert_uint_eq(kept->n_summary, 4);
	ck_assert_mem_eq(kept->summary, "\0sum", 4);
	ck_assert_uint_eq(kept->valid_until_us, 99);
	(void)snprintf(names + used, 256 - used, "%s/%s ", kept->host,
		kept->verified_under ? kept->verified_under : "forgotten");
	return 0;
}

static int see_class(const char *digest, void *data)
{
	(void)strncat(data, digest, 8);
	return 0;
}

static const char *listed(struct store *store)
{
	static char names[512];
	struct store_members query = { see_host, see_class, names };
	struct refusal refusal = { 0 };

	names[0] = '\0';
	ck_assert_int_eq(store_list_members(store, &query, &refusal), STORE_DONE);
	return names;
}

START_TEST(store_put_member__committed__there_after_reopening)
{
	struct store *store = opened(8 << 20);
	struct store_class class_ = { "cafe0000", "{}", 2, 17 };
	struct refusal refusal = { 0 };
	char *bytes;
	size_t n;

	ck_assert_int_eq(put(store, "b", "t1", "record of b"), STORE_DONE);
	ck_assert_int_eq(put(store, "a", "t1", "record of a"), STORE_DONE);
	ck_assert_int_eq(store_put_class(store, &class_, &refusal), STORE_DONE);
	commit(store);
	commit(store);
	store_close(store);
	store = opened(8 << 20);
	ck_assert_str_eq(listed(store), "a/t1 b/t1 cafe0000");
	bytes = record_of(store, "a");
	ck_assert_str_eq(bytes, "record of a");
	free(bytes);
	ck_assert_int_eq(store_get_class(store, "cafe0000", &bytes, &n, &refusal), STORE_DONE);
	ck_assert_str_eq(bytes, "{}");
	free(bytes);
	ck_assert_int_eq(store_get_class(store, "cafe", &bytes, &n, &refusal), STORE_E_NOTHING);
	store_close(store);
}
END_TEST

START_TEST(store_put_member__without_bytes__they_stay)
{
	struct store *store = opened(8 << 20);
	struct refusal refusal = { 0 };
	char *bytes;

	ck_assert_int_eq(put(store, "a", "t1", "record of a"), STORE_DONE);
	ck_assert_int_eq(put(store, "a", NULL, NULL), STORE_DONE);
	ck_assert_str_eq(listed(store), "a/forgotten ");
	bytes = record_of(store, "a");
	ck_assert_str_eq(bytes, "record of a");
	free(bytes);
	ck_assert_int_eq(store_drop_member(store, "a", &refusal), STORE_DONE);
	ck_assert_int_eq(store_drop_member(store, "a", &refusal), STORE_E_NOTHING);
	ck_assert_ptr_null(record_of(store, "a"));
	ck_assert_str_eq(listed(store), "");
	store_close(store);
}
END_TEST

static void see_period(const struct store_period *period, void *data)
{
	char *text = data;
	size_t used = strlen(text);

	(void)snprintf(text + used, 256 - used, "%s:%u-%u ", period->class_digest,
		(unsigned)period->from_us, (unsigned)period->to_us);
}

START_TEST(store_put_member__class_changes__a_period_for_each)
{
	static const char *const classes[] = { "c1", "c1", "c2", NULL, "c1", "c3", "c3" };
	struct store *store = opened(8 << 20);
	struct refusal refusal = { 0 };
	char text[256] = "";
	struct store_query query = { "a", 9, see_period, text };

	for (unsigned i = 0; i < 7; i++) {
		struct kept_host kept = { .host = "a",
			.verified_under = "t",
			.summary = "\0sum",
			.n_summary = 4,
			.class_digest = classes[i],
			.collected_us = 10 + i };

		ck_assert_int_eq(store_put_member(store, &kept, &refusal), STORE_DONE);
	}
	commit(store);
	ck_assert_int_eq(store_history(store, &query, &refusal), STORE_DONE);
	ck_assert_str_eq(text, "c3:15-0 c1:14-15 c2:12-14 "); /* history_rows is 3 */
	store_close(store);
}
END_TEST

START_TEST(store_save__records_gathered__both_are_safe)
{
	struct store_snapshot snapshot = { .host = "own",
		.boot_id = "b",
		.collected_us = 5,
		.facts_digest = "f",
		.facts = "{}",
		.facts_bytes = 2,
		.class_digest = "c",
		.class_document = "{}",
		.class_bytes = 2 };
	struct store *store = opened(8 << 20);
	struct refusal refusal = { 0 };

	ck_assert_int_eq(put(store, "a", "t1", "record"), STORE_DONE);
	ck_assert_int_eq(store_save(store, &snapshot, &refusal), STORE_DONE);
	ck_assert_int_eq(put(store, "b", "t1", "record"), STORE_DONE);
	store_close(store);
	store = opened(8 << 20);
	ck_assert_str_eq(listed(store), "a/t1 b/t1 c");
	store_close(store);
}
END_TEST

START_TEST(store_put_member__no_room__refused_and_the_others_stay)
{
	static char big[400 << 10];
	struct store *store = opened(1 << 20);
	char *bytes;

	memset(big, 'x', sizeof(big) - 1);
	ck_assert_int_eq(put(store, "a", "t1", "record of a"), STORE_DONE);
	ck_assert_int_eq(put(store, "b", "t1", big), STORE_E_REFUSED);
	commit(store);
	store_close(store);
	store = opened(1 << 20);
	bytes = record_of(store, "a");
	ck_assert_str_eq(bytes, "record of a");
	free(bytes);
	ck_assert_ptr_null(record_of(store, "b"));
	store_close(store);
}
END_TEST

/* A child writes and is killed somewhere; each time, whole commits are there and nothing else. */
START_TEST(store_commit__killed_while_writing__only_whole_commits)
{
	uint64_t state = 7;

	for (unsigned run = 0; run < 10; run++) {
		struct store *store;
		pid_t child = fork();
		int status;
		char *a, *b;

		ck_assert_int_ge(child, 0);
		if (child == 0) {
			char text[32];

			store = opened(8 << 20);
			for (unsigned i = 0;; i++) {
				(void)snprintf(text, sizeof(text), "%u.%u", run, i);
				(void)put(store, "a", "t", text);
				(void)put(store, "b", "t", text);
				commit(store);
			}
		}
		(void)usleep((useconds_t)(20000 + unit_random(&state) % 30000));
		ck_assert_int_eq(kill(child, SIGKILL), 0);
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		store = opened(8 << 20);
		a = record_of(store, "a");
		b = record_of(store, "b");
		ck_assert((a == NULL) == (b == NULL));
		if (a)
			ck_assert_str_eq(a, b);
		free(a);
		free(b);
		store_close(store);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store fleet");
	TCase *cases = tcase_create("store fleet");

	tcase_set_timeout(cases, 60);
	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_test(cases, store_put_member__committed__there_after_reopening);
	tcase_add_test(cases, store_put_member__without_bytes__they_stay);
	tcase_add_test(cases, store_put_member__class_changes__a_period_for_each);
	tcase_add_test(cases, store_save__records_gathered__both_are_safe);
	tcase_add_test(cases, store_put_member__no_room__refused_and_the_others_stay);
	tcase_add_test(cases, store_commit__killed_while_writing__only_whole_commits);
	suite_add_tcase(suite, cases);
	return unit_run(suite);
}
