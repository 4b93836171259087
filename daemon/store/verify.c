/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the file is sound, asked of SQLite. */
#include "core/cleanup.h"
#include "daemon/store/internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* What @sql, a check, finds first in @text: "ok", or what is wrong. A result code of SQLite. */
static int store_verify_run(sqlite3 *db, const char *sql, char text[static 160])
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

	if (code != SQLITE_OK)
		return code;
	code = sqlite3_step(statement);
	if (code == SQLITE_ROW) {
		const unsigned char *found = sqlite3_column_text(statement, 0);

		(void)snprintf(text, 160, "%.159s", found ? (const char *)found : "");
		code = SQLITE_OK;
	} else if (code == SQLITE_DONE) {
		code = SQLITE_MISUSE;
	}
	(void)sqlite3_finalize(statement);
	return code;
}

int store_verify(struct store *store, uint64_t max_bytes, struct refusal *refusal)
{
	uint64_t pages;
	char text[160];
	int code = store_number(store, STORE_PAGE_COUNT, &pages);

	if (code == SQLITE_OK && pages * store->page_bytes > max_bytes)
		return STORE_E_LARGE;
	if (code == SQLITE_OK)
		code = store_verify_run(store->db, "PRAGMA quick_check(1)", text);
	if (code == SQLITE_OK && strcmp(text, "ok") != 0)
		code = SQLITE_CORRUPT;
	return code == SQLITE_OK ? STORE_DONE : store_refuse(store, code, refusal);
}

int store_verify_file(const char *path, struct refusal *refusal)
{
	struct stat status;
	sqlite3 *db = NULL;
	char text[160] = "";
	int code;

	if (stat(path, &status) < 0 && errno == ENOENT)
		return STORE_E_NOTHING;
	if (stat(path, &status) < 0)
		return refusal_set(refusal, path, "cannot be read: %s", strerror(errno));
	if (status.st_size == 0)
		return STORE_DONE;
	code = sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOFOLLOW, NULL);
	if (code == SQLITE_OK)
		code = store_verify_run(db, "PRAGMA integrity_check(1)", text);
	(void)sqlite3_close(db);
	if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
		return refusal_set(refusal, path,
			"a daemon has it open; ask that with \"iommufleetctl doctor\", or stop it "
			"first");
	if (code != SQLITE_OK)
		return refusal_set(refusal, path, "%s", sqlite3_errstr(code));
	return strcmp(text, "ok") == 0
		       ? STORE_DONE
		       : refusal_set(refusal, path,
				 "the database is corrupt: %s; move it away and start anew, or "
				 "restore a copy",
				 text);
}
