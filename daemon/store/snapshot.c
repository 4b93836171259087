/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Saving a snapshot is one transaction: room is made, documents and pointers are written, the
 * period before is ended if something changed, and what is past its time goes. The log is
 * checkpointed and cut after each, so that file and log together stay below the cap.
 */
#include "daemon/store/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STORE_US_PER_DAY     (UINT64_C(86400) * 1000000)
#define STORE_CLASS_DAYS     7 /* that a class is kept without a host or a period that had it */
#define STORE_OVERHEAD_BYTES (UINT64_C(64) << 10)

static int store_bind_text(sqlite3_stmt *statement, int index, const char *text)
{
	return sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
}

int store_bind_number(sqlite3_stmt *statement, int index, uint64_t number)
{
	return sqlite3_bind_int64(
		statement, index, number > INT64_MAX ? INT64_MAX : (sqlite3_int64)number);
}

/* Binds of a statement's parameters fail only for want of memory: the first that fails counts. */
#define STORE_BIND(code, call)                                                                     \
	do {                                                                                       \
		if ((code) == SQLITE_OK)                                                           \
			(code) = (call);                                                           \
	} while (0)

static int store_used_bytes(struct store *store, uint64_t *ret)
{
	uint64_t pages, free_pages;
	int code = store_number(store, STORE_PAGE_COUNT, &pages);

	if (code == SQLITE_OK)
		code = store_number(store, STORE_FREE_COUNT, &free_pages);
	if (code == SQLITE_OK)
		*ret = (pages - free_pages) * store->page_bytes;
	return code;
}

/* Drops the one row that can be missed most. @ret_dropped is false when there is none. */
static int store_evict(struct store *store, bool *ret_dropped)
{
	static const enum store_statement order[] = { STORE_EVICT_CLASS, STORE_EVICT_FACTS,
		STORE_EVICT_PERIOD };

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		int code = store_run(store_take(store, order[i]));

		if (code != SQLITE_OK)
			return code;
		if (sqlite3_changes(store->db) > 0) {
			*ret_dropped = true;
			return SQLITE_OK;
		}
	}
	*ret_dropped = false;
	return SQLITE_OK;
}

int store_make_room(struct store *store, uint64_t bytes)
{
	uint64_t room = store->limits.max_bytes / 2;
	uint64_t needed = bytes + bytes / 8 + STORE_OVERHEAD_BYTES;
	bool dropped = true;
	uint64_t used;
	int code;

	for (;;) {
		code = store_used_bytes(store, &used);
		if (code != SQLITE_OK || used + needed <= room)
			return code;
		if (!dropped)
			return SQLITE_FULL;
		code = store_evict(store, &dropped);
		if (code != SQLITE_OK)
			return code;
	}
}

struct store_document {
	const char *digest;
	const char *bytes;
	size_t n;
};

static int store_put_document(struct store *store, enum store_statement which,
	const struct store_document *document, uint64_t now_us)
{
	sqlite3_stmt *statement = store_take(store, which);
	int code = store_bind_text(statement, 1, document->digest);

	STORE_BIND(code,
		sqlite3_bind_blob64(statement, 2, document->bytes, document->n, SQLITE_STATIC));
	STORE_BIND(code, store_bind_number(statement, 3, now_us));
	return code == SQLITE_OK ? store_run(statement) : code;
}

static int store_put_host(struct store *store, const struct store_snapshot *snapshot)
{
	sqlite3_stmt *statement = store_take(store, STORE_PUT_HOST);
	int code = store_bind_text(statement, 1, snapshot->host);

	STORE_BIND(code, store_bind_text(statement, 2, snapshot->boot_id));
	STORE_BIND(code, store_bind_number(statement, 3, snapshot->woken));
	STORE_BIND(code, store_bind_text(statement, 4, snapshot->facts_digest));
	STORE_BIND(code, store_bind_text(statement, 5, snapshot->class_digest));
	STORE_BIND(code, store_bind_number(statement, 6, snapshot->collected_us));
	return code == SQLITE_OK ? store_run(statement) : code;
}

/* Whether the period that lasts is one of the same facts and class. */
static int store_same_period(struct store *store, const struct store_snapshot *snapshot, bool *ret)
{
	sqlite3_stmt *statement = store_take(store, STORE_GET_PERIOD);
	int code = store_bind_text(statement, 1, snapshot->host);

	if (code != SQLITE_OK)
		return code;
	code = sqlite3_step(statement);
	*ret = false;
	if (code == SQLITE_ROW) {
		const char *facts = (const char *)sqlite3_column_text(statement, 1);
		const char *class = (const char *)sqlite3_column_text(statement, 2);

		*ret = facts && class && strcmp(facts, snapshot->facts_digest) == 0 &&
		       strcmp(class, snapshot->class_digest) == 0;
	}
	(void)sqlite3_reset(statement);
	return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

int store_change_period(struct store *store, const struct store_change *change)
{
	sqlite3_stmt *statement = store_take(store, STORE_END_PERIOD);
	int code = store_bind_text(statement, 1, change->host);

	STORE_BIND(code, store_bind_number(statement, 2, change->from_us));
	STORE_BIND(code, store_run(statement));
	statement = store_take(store, STORE_PUT_PERIOD);
	STORE_BIND(code, store_bind_text(statement, 1, change->host));
	STORE_BIND(code, store_bind_text(statement, 2, change->facts_digest));
	STORE_BIND(code, store_bind_text(statement, 3, change->class_digest));
	STORE_BIND(code, store_bind_number(statement, 4, change->from_us));
	STORE_BIND(code, store_run(statement));
	return code;
}

int store_limit_periods(struct store *store, const char *host)
{
	sqlite3_stmt *statement = store_take(store, STORE_DROP_MANY_PERIODS);
	int code = store_bind_text(statement, 1, host);

	STORE_BIND(code, store_bind_number(statement, 2, store->limits.history_rows));
	STORE_BIND(code, store_run(statement));
	return code;
}

static int store_put_period(struct store *store, const struct store_snapshot *snapshot)
{
	bool same;
	int code = store_same_period(store, snapshot, &same);

	if (code != SQLITE_OK || same)
		return code;
	return store_change_period(store, &(struct store_change){ .host = snapshot->host,
						  .facts_digest = snapshot->facts_digest,
						  .class_digest = snapshot->class_digest,
						  .from_us = snapshot->collected_us });
}

static uint64_t store_days_before(uint64_t now_us, uint64_t days)
{
	uint64_t us;

	if (__builtin_mul_overflow(days, STORE_US_PER_DAY, &us) || us > now_us)
		return 0;
	return now_us - us;
}

static int store_retain(struct store *store, const struct store_snapshot *snapshot)
{
	uint64_t now_us = snapshot->collected_us;
	sqlite3_stmt *statement = store_take(store, STORE_DROP_OLD_PERIODS);
	int code = store_bind_number(
		statement, 1, store_days_before(now_us, store->limits.history_days));

	STORE_BIND(code, store_run(statement));
	STORE_BIND(code, store_limit_periods(store, snapshot->host));
	statement = store_take(store, STORE_DROP_FACTS);
	STORE_BIND(code, store_bind_number(statement, 1, store->limits.facts_per_host));
	STORE_BIND(code, store_run(statement));
	statement = store_take(store, STORE_DROP_CLASSES);
	STORE_BIND(
		code, store_bind_number(statement, 1, store_days_before(now_us, STORE_CLASS_DAYS)));
	STORE_BIND(code, store_run(statement));
	return code;
}

static int store_write(struct store *store, const struct store_snapshot *snapshot)
{
	struct store_document facts = { snapshot->facts_digest, snapshot->facts,
		snapshot->facts_bytes };
	struct store_document class = { snapshot->class_digest, snapshot->class_document,
		snapshot->class_bytes };
	int code = store_make_room(store, facts.n + class.n);

	if (code == SQLITE_OK)
		code = store_put_document(store, STORE_PUT_FACTS, &facts, snapshot->collected_us);
	if (code == SQLITE_OK)
		code = store_put_document(store, STORE_PUT_CLASS, &class, snapshot->collected_us);
	if (code == SQLITE_OK)
		code = store_put_host(store, snapshot);
	if (code == SQLITE_OK)
		code = store_put_period(store, snapshot);
	if (code == SQLITE_OK)
		code = store_retain(store, snapshot);
	return code;
}

int store_end(struct store *store, int code)
{
	if (code == SQLITE_OK)
		code = store_run(store_take(store, STORE_COMMIT));
	if (code != SQLITE_OK) {
		/* A full disk has rolled back by itself. */
		if (!sqlite3_get_autocommit(store->db))
			(void)store_run(store_take(store, STORE_ROLLBACK));
		return code;
	}
	/* What was written is safe in the log even where the disk has no room to move it. */
	(void)sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	(void)sqlite3_db_release_memory(store->db);
	return SQLITE_OK;
}

int store_save(struct store *store, const struct store_snapshot *snapshot, struct refusal *refusal)
{
	int code;

	if (store->corrupt)
		return store_refuse(store, SQLITE_CORRUPT, refusal);
	code = store_begin(store);
	if (code == SQLITE_OK)
		code = store_write(store, snapshot);
	code = store_end(store, code);
	return code == SQLITE_OK ? STORE_DONE : store_refuse(store, code, refusal);
}

static void store_copy_text(sqlite3_stmt *statement, int column, char *ret, size_t n)
{
	const char *text = (const char *)sqlite3_column_text(statement, column);

	(void)snprintf(ret, n, "%s", text ? text : "");
}

static int store_read_host(sqlite3_stmt *statement, struct store_loaded *ret)
{
	const void *bytes = sqlite3_column_blob(statement, 5);
	int n = sqlite3_column_bytes(statement, 5);
	char *copy = malloc((size_t)n + 1);

	if (!copy || (n > 0 && !bytes)) {
		free(copy);
		return -ENOMEM;
	}
	if (n > 0)
		memcpy(copy, bytes, (size_t)n);
	copy[n] = '\0';
	*ret = (struct store_loaded){ .facts = copy, .facts_bytes = (size_t)n };
	store_copy_text(statement, 0, ret->boot_id, sizeof(ret->boot_id));
	ret->woken = sqlite3_column_int(statement, 1) != 0;
	store_copy_text(statement, 2, ret->facts_digest, sizeof(ret->facts_digest));
	store_copy_text(statement, 3, ret->class_digest, sizeof(ret->class_digest));
	ret->collected_us = (uint64_t)sqlite3_column_int64(statement, 4);
	return STORE_DONE;
}

int store_load(
	struct store *store, const char *host, struct store_loaded *ret, struct refusal *refusal)
{
	sqlite3_stmt *statement = store_take(store, STORE_GET_HOST);
	int code = store_bind_text(statement, 1, host);
	int r = STORE_E_NOTHING;

	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code == SQLITE_ROW)
		r = store_read_host(statement, ret);
	(void)sqlite3_reset(statement);
	(void)sqlite3_db_release_memory(store->db);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		return store_refuse(store, code, refusal);
	return r;
}

void store_loaded_done(struct store_loaded *loaded)
{
	free(loaded->facts);
	loaded->facts = NULL;
}

int store_history(struct store *store, const struct store_query *query, struct refusal *refusal)
{
	sqlite3_stmt *statement = store_take(store, STORE_LIST_PERIODS);
	int code = store_bind_text(statement, 1, query->host);

	STORE_BIND(code, store_bind_number(statement, 2, query->limit));
	while (code == SQLITE_OK || code == SQLITE_ROW) {
		struct store_period period;

		code = sqlite3_step(statement);
		if (code != SQLITE_ROW)
			break;
		period = (struct store_period){
			.id = (uint64_t)sqlite3_column_int64(statement, 0),
			.facts_digest = (const char *)sqlite3_column_text(statement, 1),
			.class_digest = (const char *)sqlite3_column_text(statement, 2),
			.from_us = (uint64_t)sqlite3_column_int64(statement, 3),
			.to_us = (uint64_t)sqlite3_column_int64(statement, 4),
		};
		if (!period.facts_digest || !period.class_digest)
			code = SQLITE_NOMEM;
		else
			query->each(&period, query->data);
	}
	(void)sqlite3_reset(statement);
	return code == SQLITE_DONE ? STORE_DONE : store_refuse(store, code, refusal);
}
