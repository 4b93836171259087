/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guests that run here, as the store keeps them. */
#include "daemon/store/store.h"
#include "tests/support/unit.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static char path[128];

static void set_up(void)
{
	(void)snprintf(folder, sizeof(folder), "/tmp/test-guests-XXXXXX");
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
		.history_rows = 1000 };
	struct store *store = NULL;
	struct refusal refusal = { 0 };
	int r = store_open(&settings, &store, &refusal);

	ck_assert_msg(r == STORE_DONE, "%s: %s", refusal.where, refusal.text);
	return store;
}

static int put(struct store *store, const char *name, const char *uuid, const char *boot, size_t n)
{
	static const char *const devices[] = { "0000:01:00.0", "10000:e1:00.0" };
	struct resident guest = { .name = name,
		.uuid = uuid,
		.format = "libvirt-xml",
		.since_us = 17,
		.n_devices = 2,
		.devices = devices };
	char *text = calloc(1, n + 1);
	struct refusal refusal = { 0 };
	int r;

	ck_assert_ptr_nonnull(text);
	memset(text, '<', n);
	r = store_put_guest(store,
		&(struct store_guest){ .resident = &guest, .boot_id = boot, .text = text, .n = n },
		&refusal);
	if (r != STORE_DONE)
		ck_assert_str_eq(refusal.where, path);
	free(text);
	return r;
}

struct seen {
	char names[256];
	size_t n_devices;
	uint64_t since_us;
};

static void see(const struct resident *guest, void *data)
{
	struct seen *seen = data;
	size_t used = strlen(seen->names);

	(void)snprintf(
		seen->names + used, sizeof(seen->names) - used, "%s/%s ", guest->name, guest->uuid);
	ck_assert_str_eq(guest->format, "libvirt-xml");
	for (size_t i = 0; i < guest->n_devices; i++)
		ck_assert_str_eq(guest->devices[i], i == 0 ? "0000:01:00.0" : "10000:e1:00.0");
	seen->n_devices = guest->n_devices;
	seen->since_us = guest->since_us;
}

static struct seen listed(struct store *store, const char *boot)
{
	struct seen seen = { .names = "" };
	struct refusal refusal = { 0 };
	struct store_residents query = { .boot_id = boot, .each = see, .data = &seen };

	ck_assert_int_eq(store_guests(store, &query, &refusal), STORE_DONE);
	return seen;
}

START_TEST(store_guests__after_reopening__what_was_put)
{
	struct store *store = opened(8 << 20);
	struct seen seen;

	ck_assert_int_eq(put(store, "b", "u1", "boot", 100), STORE_DONE);
	ck_assert_int_eq(put(store, "a", "", "boot", 0), STORE_DONE);
	store_close(store);
	store = opened(8 << 20);
	seen = listed(store, "boot");
	ck_assert_str_eq(seen.names, "a/ b/u1 ");
	ck_assert_uint_eq(seen.n_devices, 2);
	ck_assert_uint_eq(seen.since_us, 17);
	store_close(store);
}
END_TEST

START_TEST(store_put_guest__name_or_uuid_there__takes_its_place)
{
	struct store *store = opened(8 << 20);

	ck_assert_int_eq(put(store, "a", "u1", "boot", 1), STORE_DONE);
	ck_assert_int_eq(put(store, "b", "u2", "boot", 1), STORE_DONE);
	ck_assert_int_eq(put(store, "c", "", "boot", 1), STORE_DONE);
	ck_assert_int_eq(put(store, "d", "", "boot", 1), STORE_DONE);
	ck_assert_int_eq(put(store, "a", "u2", "boot", 1), STORE_DONE);
	ck_assert_str_eq(listed(store, "boot").names, "a/u2 c/ d/ ");
	store_close(store);
}
END_TEST

START_TEST(store_drop_guest__name_uuid_or_nobody__only_that_one)
{
	struct store *store = opened(8 << 20);
	struct refusal refusal = { 0 };

	ck_assert_int_eq(put(store, "a", "u1", "boot", 1), STORE_DONE);
	ck_assert_int_eq(put(store, "b", "u2", "boot", 1), STORE_DONE);
	ck_assert_int_eq(put(store, "c", "", "boot", 1), STORE_DONE);
	ck_assert_int_eq(store_drop_guest(store, "nobody", &refusal), STORE_DONE);
	ck_assert_int_eq(store_drop_guest(store, "a", &refusal), STORE_DONE);
	ck_assert_int_eq(store_drop_guest(store, "u2", &refusal), STORE_DONE);
	ck_assert_str_eq(listed(store, "boot").names, "c/ ");
	store_close(store);
}
END_TEST

START_TEST(store_guests__another_boot_or_none__forgotten)
{
	struct store *store = opened(8 << 20);

	ck_assert_int_eq(put(store, "a", "", "boot", 1), STORE_DONE);
	ck_assert_int_eq(put(store, "b", "", "next", 1), STORE_DONE);
	ck_assert_str_eq(listed(store, "next").names, "b/ ");
	ck_assert_int_eq(put(store, "c", "", "", 1), STORE_DONE);
	ck_assert_str_eq(listed(store, "").names, "");
	ck_assert_str_eq(listed(store, "next").names, "");
	store_close(store);
}
END_TEST

START_TEST(store_put_guest__no_room__refused_and_the_others_stay)
{
	struct store *store = opened(2 << 20);
	struct stat status;

	ck_assert_int_eq(put(store, "a", "", "boot", 1000), STORE_DONE);
	ck_assert_int_eq(put(store, "big", "", "boot", 4 << 20), STORE_E_REFUSED);
	for (unsigned i = 0; i < 20; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "g%u", i);
		(void)put(store, name, "", "boot", 100 << 10);
	}
	ck_assert_int_eq(put(store, "a", "u", "boot", 10), STORE_DONE);
	ck_assert_int_eq(strncmp(listed(store, "boot").names, "a/u ", 4), 0);
	store_close(store);
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_int_le(status.st_size, 2 << 20);
}
END_TEST

/* Facts of 150 KiB, other ones with every call. */
static void save_facts(struct store *store, unsigned n)
{
	char *facts = calloc(1, (150 << 10) + 1);
	char digest[65];
	struct refusal refusal = { 0 };

	ck_assert_ptr_nonnull(facts);
	memset(facts, 'f', 150 << 10);
	(void)snprintf(digest, sizeof(digest), "%064x", n);
	ck_assert_int_eq(store_save(store,
				 &(struct store_snapshot){ .host = "h",
					 .boot_id = "boot",
					 .collected_us = 1 + n,
					 .facts_digest = digest,
					 .facts = facts,
					 .facts_bytes = 150 << 10,
					 .class_digest = digest,
					 .class_document = "c",
					 .class_bytes = 1 },
				 &refusal),
		STORE_DONE);
	free(facts);
}

START_TEST(store_put_guest__full_of_old_facts__they_make_room)
{
	struct store *store = opened(2 << 20);
	struct store_loaded loaded;
	struct refusal refusal = { 0 };

	for (unsigned n = 1; n < 7; n++)
		save_facts(store, n);
	ck_assert_int_eq(put(store, "a", "", "boot", 400 << 10), STORE_DONE);
	ck_assert_int_eq(store_load(store, "h", &loaded, &refusal), STORE_DONE);
	ck_assert_uint_eq(loaded.collected_us, 7);
	store_loaded_done(&loaded);
	store_close(store);
}
END_TEST

START_TEST(store_open__file_of_the_first_schema__gets_the_table)
{
	struct store *store = opened(8 << 20);
	sqlite3 *db;

	store_close(store);
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db,
				 "DROP TABLE guests; DROP TABLE records; DROP TABLE record_bytes;"
				 "PRAGMA user_version=1",
				 NULL, NULL, NULL),
		SQLITE_OK);
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
	store = opened(8 << 20);
	ck_assert_int_eq(put(store, "a", "", "boot", 1), STORE_DONE);
	ck_assert_str_eq(listed(store, "boot").names, "a/ ");
	store_close(store);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store guests");
	TCase *cases = tcase_create("store guests");

	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_test(cases, store_guests__after_reopening__what_was_put);
	tcase_add_test(cases, store_put_guest__name_or_uuid_there__takes_its_place);
	tcase_add_test(cases, store_drop_guest__name_uuid_or_nobody__only_that_one);
	tcase_add_test(cases, store_guests__another_boot_or_none__forgotten);
	tcase_add_test(cases, store_put_guest__no_room__refused_and_the_others_stay);
	tcase_add_test(cases, store_put_guest__full_of_old_facts__they_make_room);
	tcase_add_test(cases, store_open__file_of_the_first_schema__gets_the_table);
	suite_add_tcase(suite, cases);
	return unit_run(suite);
}
