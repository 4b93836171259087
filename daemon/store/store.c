/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Opening is careful because a file that is refused must stay as it is: its header is looked at
 * before SQLite sees it, checkpoints on closing are off until it has proved to be ours and sound,
 * and nothing is written before that.
 */
#include "daemon/store/store.h"

#include "core/cleanup.h"
#include "daemon/store/internal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* "IOMF": says that a SQLite file is this program's. */
#define STORE_APPLICATION 0x494f4d46U
/* The header of a SQLite file, https://www.sqlite.org/fileformat2.html section 1.3. */
#define STORE_HEADER_BYTES	 100
#define STORE_HEADER_VERSION	 60
#define STORE_HEADER_APPLICATION 68
#define STORE_CACHE_KIB		 512
#define STORE_VACUUM_INCREMENTAL 2

int store_refuse(struct store *store, int code, struct refusal *refusal)
{
	switch (code & 0xff) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		store->corrupt = true;
		return refusal_set(refusal, store->path,
			"the database is corrupt; move it away and start anew, or restore a copy");
	case SQLITE_FULL:
		return refusal_set(
			refusal, store->path, "the disk is full, or [store] max-bytes is too low");
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return refusal_set(refusal, store->path, "another process has it open");
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
		return refusal_set(refusal, store->path,
			"cannot be opened for writing; check the owner and mode of its folder");
	default:
		return refusal_set(refusal, store->path, "%s", sqlite3_errstr(code));
	}
}

sqlite3_stmt *store_take(struct store *store, enum store_statement which)
{
	(void)sqlite3_reset(store->statements[which]);
	(void)sqlite3_clear_bindings(store->statements[which]);
	return store->statements[which];
}

int store_run(sqlite3_stmt *statement)
{
	int code = sqlite3_step(statement);
	int end = sqlite3_reset(statement);

	return code == SQLITE_DONE ? SQLITE_OK : end != SQLITE_OK ? end : SQLITE_MISUSE;
}

int store_number(struct store *store, enum store_statement which, uint64_t *ret)
{
	sqlite3_stmt *statement = store_take(store, which);
	int code = sqlite3_step(statement);

	if (code == SQLITE_ROW)
		*ret = (uint64_t)sqlite3_column_int64(statement, 0);
	(void)sqlite3_reset(statement);
	return code == SQLITE_ROW ? SQLITE_OK : code == SQLITE_DONE ? SQLITE_MISUSE : code;
}

/* The number that the pragma @sql gives, before there are statements. */
static int store_pragma(struct store *store, const char *sql, uint64_t *ret)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);

	if (code != SQLITE_OK)
		return code;
	code = sqlite3_step(statement);
	if (code == SQLITE_ROW)
		*ret = (uint64_t)sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement);
	return code == SQLITE_ROW ? SQLITE_OK : code == SQLITE_DONE ? SQLITE_MISUSE : code;
}

static int store_exec(struct store *store, const char *sql)
{
	return sqlite3_exec(store->db, sql, NULL, NULL, NULL);
}

static uint32_t store_big_endian(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

static int store_refuse_newer(struct store *store, uint64_t version, struct refusal *refusal)
{
	return refusal_set(refusal, store->path,
		"written by a newer iommufleet (schema %" PRIu64 ", this one knows %zu); use that "
		"version, or move the file away",
		version, store_n_steps);
}

/* Looks at a file that is there, without SQLite. */
static int store_check_header(struct store *store, int fd, struct refusal *refusal)
{
	static const char magic[16] = "SQLite format 3";
	unsigned char header[STORE_HEADER_BYTES];
	ssize_t n = pread(fd, header, sizeof(header), 0);
	uint32_t version, application;

	if (n < 0)
		return refusal_set(refusal, store->path, "cannot be read: %s", strerror(errno));
	if (n == 0)
		return STORE_DONE; /* new, or the crash of a first start left it empty */
	if (n < STORE_HEADER_BYTES || memcmp(header, magic, sizeof(magic)) != 0)
		return store_refuse(store, SQLITE_NOTADB, refusal);
	version = store_big_endian(header + STORE_HEADER_VERSION);
	application = store_big_endian(header + STORE_HEADER_APPLICATION);
	if (application != STORE_APPLICATION && (application != 0 || version != 0))
		return refusal_set(refusal, store->path,
			"is a database of another program; name another file in [store] path");
	if (version > store_n_steps)
		return store_refuse_newer(store, version, refusal);
	return STORE_DONE;
}

static void store_closep(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

/* The facts hold what only root may read: nobody else gets to see the file. */
static int store_make_file(struct store *store, struct refusal *refusal)
{
	_cleanup_(store_closep) int fd = -1;
	char folder[STORE_PATH_BYTES];
	struct stat status;
	char *slash;

	memcpy(folder, store->path, sizeof(folder));
	slash = strrchr(folder, '/');
	if (slash && slash != folder) {
		*slash = '\0';
		if (mkdir(folder, 0700) < 0 && errno != EEXIST)
			return refusal_set(refusal, folder, "cannot be made: %s", strerror(errno));
	}
	fd = open(store->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (fd < 0)
		return refusal_set(
			refusal, store->path, "cannot be opened for writing: %s", strerror(errno));
	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		return refusal_set(refusal, store->path, "is not a regular file");
	return store_check_header(store, fd, refusal);
}

/* The folder's own file system decides about owner and mode; here only what SQLite found. */
static int store_check(struct store *store, struct refusal *refusal)
{
	uint64_t version;
	sqlite3_stmt *statement = NULL;
	bool sound;
	int code = store_pragma(store, "PRAGMA user_version", &version);

	if (code != SQLITE_OK)
		return store_refuse(store, code, refusal);
	if (version > store_n_steps)
		return store_refuse_newer(store, version, refusal);
	if (sqlite3_db_readonly(store->db, "main") != 0)
		return store_refuse(store, SQLITE_READONLY, refusal);
	code = sqlite3_prepare_v2(store->db, "PRAGMA quick_check(1)", -1, &statement, NULL);
	if (code != SQLITE_OK)
		return store_refuse(store, code, refusal);
	code = sqlite3_step(statement);
	sound = code == SQLITE_ROW && sqlite3_column_text(statement, 0) &&
		strcmp((const char *)sqlite3_column_text(statement, 0), "ok") == 0;
	(void)sqlite3_finalize(statement);
	if (code != SQLITE_ROW)
		return store_refuse(store, code, refusal);
	return sound ? STORE_DONE : store_refuse(store, SQLITE_CORRUPT, refusal);
}

/* Each step and the version that it makes are one transaction: a crash leaves the step before. */
static int store_migrate(struct store *store)
{
	uint64_t version;
	int code = store_pragma(store, "PRAGMA user_version", &version);

	for (; code == SQLITE_OK && version < store_n_steps; version++) {
		char mark[128];

		(void)snprintf(mark, sizeof(mark),
			"PRAGMA application_id=%u; PRAGMA user_version=%" PRIu64 "; COMMIT",
			STORE_APPLICATION, version + 1);
		code = store_exec(store, "BEGIN IMMEDIATE");
		if (code == SQLITE_OK)
			code = store_exec(store, store_steps[version]);
		if (code == SQLITE_OK)
			code = store_exec(store, mark);
		if (code != SQLITE_OK)
			(void)store_exec(store, "ROLLBACK");
	}
	return code;
}

static int store_prepare(struct store *store)
{
	int code = SQLITE_OK;

	for (unsigned i = 0; code == SQLITE_OK && i < _STORE_STATEMENT_MAX; i++)
		code = sqlite3_prepare_v3(store->db, store_sql[i], -1, SQLITE_PREPARE_PERSISTENT,
			&store->statements[i], NULL);
	return code;
}

void store_set_limits(struct store *store, const struct store_settings *settings)
{
	char sql[64];

	store->limits = *settings;
	store->limits.path = NULL;
	/* The hard stop behind the eviction: half for the file, half for its log. */
	(void)snprintf(sql, sizeof(sql), "PRAGMA max_page_count=%" PRIu64,
		settings->max_bytes / 2 / store->page_bytes);
	(void)store_exec(store, sql);
}

static int store_set_up(struct store *store, const struct store_settings *settings)
{
	uint64_t vacuum;
	int code = store_pragma(store, "PRAGMA auto_vacuum", &vacuum);

	/* It counts only in a file that has no table yet; said again, it costs a transaction. */
	if (code == SQLITE_OK && vacuum != STORE_VACUUM_INCREMENTAL)
		code = store_exec(store, "PRAGMA auto_vacuum=INCREMENTAL");
	if (code == SQLITE_OK)
		code = store_exec(store, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
					 "PRAGMA foreign_keys=ON;"
					 "PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=0");
	if (code == SQLITE_OK)
		code = store_migrate(store);
	if (code == SQLITE_OK)
		code = store_pragma(store, "PRAGMA page_size", &store->page_bytes);
	if (code == SQLITE_OK)
		code = store_prepare(store);
	if (code == SQLITE_OK) {
		store_set_limits(store, settings);
		code = sqlite3_wal_checkpoint_v2(
			store->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	}
	return code;
}

static int store_connect(
	struct store *store, const struct store_settings *settings, struct refusal *refusal)
{
	char sql[96];
	int code = sqlite3_open_v2(store->path, &store->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL);
	int r;

	if (code != SQLITE_OK)
		return store_refuse(store, code, refusal);
	(void)sqlite3_extended_result_codes(store->db, 1);
	(void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	(void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)snprintf(sql, sizeof(sql), "PRAGMA locking_mode=EXCLUSIVE; PRAGMA cache_size=-%d",
		STORE_CACHE_KIB);
	code = store_exec(store, sql);
	if (code != SQLITE_OK)
		return store_refuse(store, code, refusal);
	r = store_check(store, refusal);
	if (r != STORE_DONE)
		return r;
	code = store_set_up(store, settings);
	if (code != SQLITE_OK)
		return store_refuse(store, code, refusal);
	(void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
	return STORE_DONE;
}

int store_open(const struct store_settings *settings, struct store **ret, struct refusal *refusal)
{
	struct store *store = calloc(1, sizeof(*store));
	int r;

	if (!store)
		return -ENOMEM;
	if (strlen(settings->path) >= sizeof(store->path)) {
		free(store);
		return refusal_set(refusal, settings->path, "the path is too long");
	}
	(void)snprintf(store->path, sizeof(store->path), "%s", settings->path);
	r = store_make_file(store, refusal);
	if (r == STORE_DONE)
		r = store_connect(store, settings, refusal);
	if (r != STORE_DONE) {
		store_close(store);
		return r;
	}
	*ret = store;
	return STORE_DONE;
}

struct store *store_close(struct store *store)
{
	if (!store)
		return NULL;
	if (store->gathering)
		(void)store_end(store, SQLITE_OK);
	for (unsigned i = 0; i < _STORE_STATEMENT_MAX; i++)
		(void)sqlite3_finalize(store->statements[i]);
	if (store->db && store->corrupt)
		(void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	(void)sqlite3_close(store->db);
	free(store);
	return NULL;
}
