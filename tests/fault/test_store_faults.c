/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What can go wrong with a database file: each time a clear refusal that names the file, the file
 * as it was, and after a fault while writing a database that still opens with what was saved
 * before.
 */
#include "daemon/store/store.h"
#include "tests/support/unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

static char folder[64];
static char path[128];

static void set_up(void)
{
	(void)snprintf(folder, sizeof(folder), "/tmp/test-faults-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/iommufleet.db", folder);
}

static void tear_down(void)
{
	DIR *dir = opendir(folder);

	(void)chmod(folder, 0700);
	for (struct dirent *entry = dir ? readdir(dir) : NULL; entry; entry = readdir(dir)) {
		char name[512];

		(void)snprintf(name, sizeof(name), "%s/%s", folder, entry->d_name);
		(void)unlink(name);
	}
	if (dir)
		(void)closedir(dir);
	(void)rmdir(folder);
}

static int try_open(struct store **ret, struct refusal *refusal)
{
	struct store_settings with = { .path = path,
		.max_bytes = 4 << 20,
		.facts_per_host = 10,
		.history_days = 180,
		.history_rows = 1000 };

	return store_open(&with, ret, refusal);
}

static struct store *opened(void)
{
	struct store *store = NULL;
	struct refusal refusal = { 0 };
	int r = try_open(&store, &refusal);

	ck_assert_msg(r == STORE_DONE, "%s: %s", refusal.where, refusal.text);
	return store;
}

static int save(struct store *store, unsigned n, struct refusal *refusal)
{
	static char facts[30000];
	char facts_digest[65], class_digest[65];

	memset(facts, (int)('a' + n % 26), sizeof(facts));
	(void)snprintf(facts_digest, sizeof(facts_digest), "%064x", n);
	(void)snprintf(class_digest, sizeof(class_digest), "%063xc", n);
	return store_save(store,
		&(struct store_snapshot){ .host = "h",
			.boot_id = "",
			.collected_us = 1000 + n,
			.facts_digest = facts_digest,
			.facts = facts,
			.facts_bytes = sizeof(facts),
			.class_digest = class_digest,
			.class_document = "{}",
			.class_bytes = 2 },
		refusal);
}

/* The number of the newest change in the file, which must be whole; 0: none. */
static unsigned newest(struct store *store)
{
	struct store_loaded loaded;
	struct refusal refusal;
	int r = store_load(store, "h", &loaded, &refusal);
	unsigned n;

	if (r == STORE_E_NOTHING)
		return 0;
	ck_assert_int_eq(r, STORE_DONE);
	n = (unsigned)loaded.collected_us - 1000;
	ck_assert_uint_eq(loaded.facts_bytes, 30000);
	ck_assert_int_eq(loaded.facts[0], (char)('a' + n % 26));
	ck_assert_mem_eq(loaded.facts, loaded.facts + 1, loaded.facts_bytes - 1);
	store_loaded_done(&loaded);
	return n;
}

static void make_database(void)
{
	struct store *store = opened();
	struct refusal refusal;

	ck_assert_int_eq(save(store, 1, &refusal), STORE_DONE);
	store_close(store);
}

struct image {
	char *bytes;
	size_t n;
};

static struct image image_of_file(void)
{
	struct image image = { .bytes = malloc(1 << 20) };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, image.bytes, 1 << 20);

	ck_assert_int_ge(n, 0);
	image.n = (size_t)n;
	(void)close(fd);
	return image;
}

static void write_at(off_t offset, const void *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	ck_assert_int_eq(pwrite(fd, bytes, n, offset), (ssize_t)n);
	(void)close(fd);
}

/* Opening is refused with @word in the text, and the file stays as it is. */
static void assert_refused(const char *word)
{
	struct image before = image_of_file(), after;
	struct store *store = NULL;
	struct refusal refusal = { 0 };

	ck_assert_int_eq(try_open(&store, &refusal), STORE_E_REFUSED);
	ck_assert_ptr_null(store);
	ck_assert_str_eq(refusal.where, path);
	ck_assert_msg(strstr(refusal.text, word), "'%s' does not say '%s'", refusal.text, word);
	after = image_of_file();
	ck_assert_uint_eq(before.n, after.n);
	ck_assert_mem_eq(before.bytes, after.bytes, before.n);
	free(before.bytes);
	free(after.bytes);
}

START_TEST(store_open__newer_schema__refused_untouched)
{
	make_database();
	write_at(60, "\0\0\0\7", 4);
	assert_refused("newer");
}
END_TEST

START_TEST(store_open__newer_schema_only_in_the_log__refused_untouched)
{
	sqlite3 *db;

	make_database();
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	(void)sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	ck_assert_int_eq(sqlite3_exec(db, "PRAGMA user_version=9", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_refused("newer");
}
END_TEST

START_TEST(store_open__another_programs_database__refused_untouched)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(
		sqlite3_exec(db, "PRAGMA user_version=1; CREATE TABLE t (x)", NULL, NULL, NULL),
		SQLITE_OK);
	sqlite3_close(db);
	assert_refused("another program");
}
END_TEST

START_TEST(store_open__no_database__refused_untouched)
{
	static const char letter[] = "this is a letter, not a database; somebody may want it yet";

	write_at(0, letter, sizeof(letter));
	assert_refused("corrupt");
}
END_TEST

START_TEST(store_open__overwritten_pages__refused_untouched)
{
	char garbage[8192];

	make_database();
	memset(garbage, 0x5a, sizeof(garbage));
	write_at(4096, garbage, sizeof(garbage));
	assert_refused("corrupt");
}
END_TEST

START_TEST(store_open__cut_file__refused_untouched)
{
	make_database();
	ck_assert_int_eq(truncate(path, 10000), 0);
	assert_refused("corrupt");
}
END_TEST

START_TEST(store_open__folder__refused)
{
	struct store *store;
	struct refusal refusal = { 0 };

	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(try_open(&store, &refusal), STORE_E_REFUSED);
	ck_assert_str_eq(refusal.where, path);
	ck_assert_int_eq(rmdir(path), 0);
}
END_TEST

START_TEST(store_open__open_elsewhere__refused)
{
	struct store *first = opened(), *second;
	struct refusal refusal = { 0 };

	ck_assert_int_eq(try_open(&second, &refusal), STORE_E_REFUSED);
	ck_assert_ptr_nonnull(strstr(refusal.text, "another process"));
	store_close(first);
}
END_TEST

/* Runs in a process of its own (Check forks), so that root can become somebody else for good. */
START_TEST(store_open__read_only_folder__refused_untouched)
{
	struct store *store;
	struct refusal refusal = { 0 };

	ck_assert_int_eq(chmod(folder, 0555), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(NOBODY), 0);
	ck_assert_int_eq(try_open(&store, &refusal), STORE_E_REFUSED);
	ck_assert_str_eq(refusal.where, path);
	ck_assert_ptr_nonnull(strstr(refusal.text, "opened for writing"));
	ck_assert_int_ne(access(path, F_OK), 0);
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

START_TEST(store_open__read_only_file__refused_untouched)
{
	make_database();
	ck_assert_int_eq(chmod(path, 0444), 0);
	ck_assert_int_eq(chmod(folder, 0777), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(NOBODY), 0);
	assert_refused("opened for writing");
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

/* A file system whose N-th write fails, and all after it when the disk is full. */
static struct {
	sqlite3_vfs vfs;
	sqlite3_vfs *real;
	/* SQLite locks only the database itself, so its log has other methods. */
	sqlite3_io_methods methods[2];
	const sqlite3_io_methods *real_methods;
	int countdown; /* negative: no fault */
	int code;
	bool lasting;
} faulty = { .countdown = -1 };

static int fault_due(void)
{
	if (faulty.countdown < 0 || faulty.countdown-- > 0)
		return SQLITE_OK;
	faulty.countdown = faulty.lasting ? 0 : -1;
	return faulty.code;
}

static int fault_write(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 offset)
{
	int code = fault_due();

	return code != SQLITE_OK ? code : faulty.real_methods->xWrite(file, bytes, n, offset);
}

static int fault_sync(sqlite3_file *file, int flags)
{
	int code = fault_due();

	return code != SQLITE_OK ? SQLITE_IOERR_FSYNC : faulty.real_methods->xSync(file, flags);
}

static int fault_open(
	sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags, int *ret_flags)
{
	int code = faulty.real->xOpen(faulty.real, name, file, flags, ret_flags);

	(void)vfs;
	if (code == SQLITE_OK) {
		sqlite3_io_methods *methods = &faulty.methods[(flags & SQLITE_OPEN_MAIN_DB) != 0];

		faulty.real_methods = file->pMethods;
		*methods = *file->pMethods;
		methods->xWrite = fault_write;
		methods->xSync = fault_sync;
		file->pMethods = methods;
	}
	return code;
}

static void fault_install(void)
{
	faulty.real = sqlite3_vfs_find("unix");
	faulty.vfs = *faulty.real;
	faulty.vfs.zName = "faulty";
	faulty.vfs.xOpen = fault_open;
	ck_assert_int_eq(sqlite3_vfs_register(&faulty.vfs, 1), SQLITE_OK);
}

static void fault_every_place(int code, bool lasting)
{
	unsigned good = 0, n_faults = 0;

	fault_install();
	for (int place = 0; place < 90; place++) {
		struct store *store = opened();
		struct refusal refusal = { 0 };
		unsigned n = (unsigned)place + 1;
		int r;

		ck_assert_uint_eq(newest(store), good);
		faulty.code = code;
		faulty.lasting = lasting;
		faulty.countdown = place % 45;
		r = save(store, n, &refusal);
		n_faults += faulty.countdown < 0 || (lasting && faulty.countdown == 0);
		faulty.countdown = -1;
		if (r == STORE_DONE)
			good = n;
		else
			ck_assert_str_eq(refusal.where, path);
		ck_assert_msg(newest(store) == good, "place %d", place);
		if (place % 3 == 0) {
			good = n + 1000; /* the handle is as good as before */
			ck_assert_int_eq(save(store, good, &refusal), STORE_DONE);
		}
		store_close(store);
	}
	ck_assert_uint_gt(n_faults, 20);
}

START_TEST(store_save__any_write_fails_once__what_was_saved_stays)
{
	fault_every_place(SQLITE_IOERR_WRITE, false);
}
END_TEST

START_TEST(store_save__disk_full_from_any_write_on__what_was_saved_stays)
{
	fault_every_place(SQLITE_FULL, true);
}
END_TEST

START_TEST(store_save__disk_full__says_so_and_works_again_after)
{
	struct store *store;
	struct refusal refusal = { 0 };

	fault_install();
	store = opened();
	faulty.code = SQLITE_FULL;
	faulty.lasting = true;
	faulty.countdown = 0;
	ck_assert_int_eq(save(store, 1, &refusal), STORE_E_REFUSED);
	ck_assert_ptr_nonnull(strstr(refusal.text, "disk is full"));
	faulty.countdown = -1;
	ck_assert_int_eq(save(store, 2, &refusal), STORE_DONE);
	ck_assert_uint_eq(newest(store), 2);
	store_close(store);
}
END_TEST

/* A child saves without end and is killed; the file must open with a whole snapshot each time. */
START_TEST(store_save__killed_at_any_time__opens_with_a_whole_snapshot)
{
	uint64_t random = 42;
	unsigned last = 0;

	for (int round = 0; round < 25; round++) {
		struct store *store;
		pid_t child = fork();

		ck_assert_int_ge(child, 0);
		if (child == 0) {
			struct refusal refusal;

			store = opened();
			for (unsigned n = last + 1;; n++)
				(void)save(store, n, &refusal);
		}
		(void)usleep(20000 + (useconds_t)(unit_random(&random) % 60000));
		ck_assert_int_eq(kill(child, SIGKILL), 0);
		ck_assert_int_eq(waitpid(child, NULL, 0), child);
		store = opened();
		ck_assert_uint_ge(newest(store), last);
		last = newest(store);
		store_close(store);
	}
	ck_assert_uint_gt(last, 10);
}
END_TEST

static Suite *suite(void)
{
	Suite *faults = suite_create("store faults");
	TCase *tcase = tcase_create("faults");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, store_open__newer_schema__refused_untouched);
	tcase_add_test(tcase, store_open__newer_schema_only_in_the_log__refused_untouched);
	tcase_add_test(tcase, store_open__another_programs_database__refused_untouched);
	tcase_add_test(tcase, store_open__no_database__refused_untouched);
	tcase_add_test(tcase, store_open__overwritten_pages__refused_untouched);
	tcase_add_test(tcase, store_open__cut_file__refused_untouched);
	tcase_add_test(tcase, store_open__folder__refused);
	tcase_add_test(tcase, store_open__open_elsewhere__refused);
	tcase_add_test(tcase, store_open__read_only_folder__refused_untouched);
	tcase_add_test(tcase, store_open__read_only_file__refused_untouched);
	tcase_add_test(tcase, store_save__any_write_fails_once__what_was_saved_stays);
	tcase_add_test(tcase, store_save__disk_full_from_any_write_on__what_was_saved_stays);
	tcase_add_test(tcase, store_save__disk_full__says_so_and_works_again_after);
	tcase_add_test(tcase, store_save__killed_at_any_time__opens_with_a_whole_snapshot);
	suite_add_tcase(faults, tcase);
	return faults;
}

int main(void)
{
	return unit_run(suite());
}
