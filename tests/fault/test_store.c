/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/store/store.h"
#include "tests/support/unit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY_US (UINT64_C(86400) * 1000000)
#define NOW_US (UINT64_C(1750000000) * 1000000)

static char folder[64];
static char path[128];

static void set_up(void)
{
	(void)snprintf(folder, sizeof(folder), "/tmp/test-store-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/state/iommufleet.db", folder);
}

static void remove_files(const char *where)
{
	DIR *dir = opendir(where);

	for (struct dirent *entry = dir ? readdir(dir) : NULL; entry; entry = readdir(dir)) {
		char name[512];

		(void)snprintf(name, sizeof(name), "%s/%s", where, entry->d_name);
		(void)unlink(name);
	}
	if (dir)
		(void)closedir(dir);
	(void)rmdir(where);
}

static void tear_down(void)
{
	char state[128];

	(void)snprintf(state, sizeof(state), "%s/state", folder);
	remove_files(state);
	remove_files(folder);
}

static struct store_settings settings(void)
{
	return (struct store_settings){ .path = path,
		.max_bytes = 8 << 20,
		.facts_per_host = 10,
		.history_days = 180,
		.history_rows = 1000 };
}

static struct store *opened(const struct store_settings *with)
{
	struct store *store = NULL;
	struct refusal refusal = { 0 };
	int r = store_open(with, &store, &refusal);

	ck_assert_msg(r == STORE_DONE, "%s: %s", refusal.where, refusal.text);
	return store;
}

/* Change number @n of host @host: facts of @bytes bytes under a digest of its own. */
static int save(struct store *store, const char *host, unsigned n, size_t bytes)
{
	char *facts = malloc(bytes + 1);
	char facts_digest[65], class_digest[65];
	struct refusal refusal = { 0 };
	int r;

	ck_assert_ptr_nonnull(facts);
	memset(facts, 'f', bytes);
	facts[bytes] = '\0';
	(void)snprintf(facts_digest, sizeof(facts_digest), "%064x", n);
	(void)snprintf(class_digest, sizeof(class_digest), "%063xc", n);
	r = store_save(store,
		&(struct store_snapshot){ .host = host,
			.boot_id = "b",
			.woken = true,
			.collected_us = NOW_US + n,
			.facts_digest = facts_digest,
			.facts = facts,
			.facts_bytes = bytes,
			.class_digest = class_digest,
			.class_document = facts,
			.class_bytes = bytes / 4 },
		&refusal);
	free(facts);
	return r;
}

static uint64_t size_of(const char *suffix)
{
	char name[160];
	struct stat status;

	(void)snprintf(name, sizeof(name), "%s%s", path, suffix);
	return stat(name, &status) == 0 ? (uint64_t)status.st_size : 0;
}

START_TEST(store_load__after_reopening__gives_what_was_saved)
{
	struct store_settings with = settings();
	struct store *store = opened(&with);
	struct store_loaded loaded;
	struct refusal refusal;

	ck_assert_int_eq(save(store, "h", 7, 100), STORE_DONE);
	store_close(store);
	store = opened(&with);
	ck_assert_int_eq(store_load(store, "h", &loaded, &refusal), STORE_DONE);
	ck_assert_uint_eq(loaded.facts_bytes, 100);
	ck_assert_uint_eq(strlen(loaded.facts), 100);
	ck_assert_str_eq(loaded.boot_id, "b");
	ck_assert(loaded.woken);
	ck_assert_uint_eq(loaded.collected_us, NOW_US + 7);
	ck_assert_uint_eq(strlen(loaded.facts_digest), 64);
	ck_assert_str_eq(loaded.class_digest + 62, "7c");
	store_loaded_done(&loaded);
	store_close(store);
}
END_TEST

START_TEST(store_load__unknown_host__nothing)
{
	struct store_settings with = settings();
	struct store *store = opened(&with);
	struct store_loaded loaded;
	struct refusal refusal;

	ck_assert_int_eq(store_load(store, "other", &loaded, &refusal), STORE_E_NOTHING);
	store_close(store);
}
END_TEST

START_TEST(store_open__new_file__only_its_owner_can_read_it)
{
	struct store_settings with = settings();
	struct store *store = opened(&with);
	struct stat status;

	ck_assert_int_eq(save(store, "h", 1, 10), STORE_DONE);
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_uint_eq(status.st_mode & 0777, 0600);
	store_close(store);
}
END_TEST

struct seen {
	unsigned n;
	uint64_t open;
	uint64_t newest_from, oldest_from;
};

static void count_period(const struct store_period *period, void *data)
{
	struct seen *seen = data;

	if (seen->n++ == 0)
		seen->newest_from = period->from_us;
	seen->oldest_from = period->from_us;
	seen->open += period->to_us == 0;
}

static struct seen history(struct store *store, const char *host, uint64_t limit)
{
	struct seen seen = { 0 };
	struct refusal refusal;

	ck_assert_int_eq(
		store_history(store,
			&(struct store_query){
				.host = host, .limit = limit, .each = count_period, .data = &seen },
			&refusal),
		STORE_DONE);
	return seen;
}

START_TEST(store_save__same_again__no_new_period)
{
	struct store_settings with = settings();
	struct store *store = opened(&with);
	struct seen seen;

	ck_assert_int_eq(save(store, "h", 1, 10), STORE_DONE);
	ck_assert_int_eq(save(store, "h", 1, 10), STORE_DONE);
	ck_assert_int_eq(save(store, "h", 2, 10), STORE_DONE);
	seen = history(store, "h", 100);
	ck_assert_uint_eq(seen.n, 2);
	ck_assert_uint_eq(seen.open, 1);
	ck_assert_uint_eq(seen.newest_from, NOW_US + 2);
	ck_assert_uint_eq(history(store, "g", 100).n, 0);
	ck_assert_uint_eq(history(store, "h", 1).n, 1);
	store_close(store);
}
END_TEST

START_TEST(store_save__ten_thousand_changes__file_below_its_cap)
{
	struct store_settings with = settings();
	struct store *store;
	struct seen seen;
	uint64_t most = 0;

	with.max_bytes = 4 << 20;
	store = opened(&with);
	for (unsigned n = 1; n <= 10000; n++) {
		uint64_t size;

		ck_assert_int_eq(save(store, "h", n, 20000), STORE_DONE);
		size = size_of("") + size_of("-wal");
		most = size > most ? size : most;
	}
	ck_assert_msg(most <= with.max_bytes, "%llu bytes", (unsigned long long)most);
	seen = history(store, "h", UINT64_MAX);
	ck_assert_uint_gt(seen.n, 10);
	ck_assert_uint_le(seen.n, 1000);
	ck_assert_uint_eq(seen.newest_from, NOW_US + 10000);
	store_close(store);
}
END_TEST

START_TEST(store_save__larger_than_the_cap__refused_and_the_old_one_stays)
{
	struct store_settings with = settings();
	struct store *store;
	struct store_loaded loaded;
	struct refusal refusal;

	with.max_bytes = 1 << 20;
	store = opened(&with);
	ck_assert_int_eq(save(store, "h", 1, 1000), STORE_DONE);
	ck_assert_int_eq(save(store, "h", 2, 700000), STORE_E_REFUSED);
	ck_assert_int_eq(store_load(store, "h", &loaded, &refusal), STORE_DONE);
	ck_assert_uint_eq(loaded.facts_bytes, 1000);
	store_loaded_done(&loaded);
	ck_assert_int_eq(save(store, "h", 3, 2000), STORE_DONE);
	store_close(store);
}
END_TEST

START_TEST(store_save__many_rows__history_keeps_the_newest)
{
	struct store_settings with = settings();
	struct store *store;
	struct seen seen;

	with.history_rows = 5;
	store = opened(&with);
	for (unsigned n = 1; n <= 20; n++)
		ck_assert_int_eq(save(store, "h", n, 10), STORE_DONE);
	ck_assert_int_eq(save(store, "g", 1, 10), STORE_DONE);
	seen = history(store, "h", 100);
	ck_assert_uint_eq(seen.n, 5);
	ck_assert_uint_eq(seen.oldest_from, NOW_US + 16);
	ck_assert_uint_eq(history(store, "g", 100).n, 1);
	store_close(store);
}
END_TEST

START_TEST(store_save__half_a_year_later__old_periods_go)
{
	struct store_settings with = settings();
	struct store *store = opened(&with);
	struct refusal refusal;
	struct store_snapshot later = { .host = "h",
		.boot_id = "",
		.facts_digest = "x",
		.facts = "x",
		.facts_bytes = 1,
		.class_digest = "y",
		.class_document = "y",
		.class_bytes = 1,
		.collected_us = NOW_US + 200 * DAY_US };

	ck_assert_int_eq(save(store, "h", 1, 10), STORE_DONE);
	ck_assert_int_eq(save(store, "h", 2, 10), STORE_DONE);
	ck_assert_int_eq(store_save(store, &later, &refusal), STORE_DONE);
	/* Change 1 ended long ago; change 2 ended only now. */
	ck_assert_uint_eq(history(store, "h", 100).n, 2);
	store_close(store);
}
END_TEST

START_TEST(store_save__clock_set_back__period_does_not_end_before_it_began)
{
	struct store_settings with = settings();
	struct store *store = opened(&with);
	struct refusal refusal;
	struct store_snapshot earlier = { .host = "h",
		.boot_id = "",
		.facts_digest = "x",
		.facts = "x",
		.facts_bytes = 1,
		.class_digest = "y",
		.class_document = "y",
		.class_bytes = 1,
		.collected_us = 5 };

	ck_assert_int_eq(save(store, "h", 1, 10), STORE_DONE);
	ck_assert_int_eq(store_save(store, &earlier, &refusal), STORE_DONE);
	ck_assert_uint_eq(history(store, "h", 100).open, 1);
	store_close(store);
}
END_TEST

static Suite *suite(void)
{
	Suite *store = suite_create("store");
	TCase *tcase = tcase_create("store");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, store_load__after_reopening__gives_what_was_saved);
	tcase_add_test(tcase, store_load__unknown_host__nothing);
	tcase_add_test(tcase, store_open__new_file__only_its_owner_can_read_it);
	tcase_add_test(tcase, store_save__same_again__no_new_period);
	tcase_add_test(tcase, store_save__ten_thousand_changes__file_below_its_cap);
	tcase_add_test(tcase, store_save__larger_than_the_cap__refused_and_the_old_one_stays);
	tcase_add_test(tcase, store_save__many_rows__history_keeps_the_newest);
	tcase_add_test(tcase, store_save__half_a_year_later__old_periods_go);
	tcase_add_test(tcase, store_save__clock_set_back__period_does_not_end_before_it_began);
	suite_add_tcase(store, tcase);
	return store;
}

int main(void)
{
	return unit_run(suite());
}
