/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/store/fleet.h"

#include "daemon/store/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The first that fails counts. */
#define STORE_STEP(code, call)                                                                     \
	do {                                                                                       \
		if ((code) == SQLITE_OK)                                                           \
			(code) = (call);                                                           \
	} while (0)

static int store_bind(sqlite3_stmt *statement, int index, const char *text)
{
	return text ? sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC)
		    : sqlite3_bind_null(statement, index);
}

/* Opens the transaction that store_commit() ends, unless it is open. */
static int store_gather(struct store *store)
{
	int code;

	if (store->gathering)
		return SQLITE_OK;
	code = store_run(store_take(store, STORE_BEGIN));
	store->gathering = code == SQLITE_OK;
	return code;
}

/* Ends what one call did: the transaction goes on, unless SQLite has ended it for good. */
static int store_gathered(struct store *store, int code, struct refusal *refusal)
{
	if (code == SQLITE_OK)
		return STORE_DONE;
	if (store->gathering) {
		store->gathering = false;
		(void)store_end(store, code);
	}
	return store_refuse(store, code, refusal);
}

int store_begin(struct store *store)
{
	int code = SQLITE_OK;

	if (store->gathering) {
		store->gathering = false;
		code = store_end(store, SQLITE_OK);
	}
	return code == SQLITE_OK ? store_run(store_take(store, STORE_BEGIN)) : code;
}

int store_commit(struct store *store, struct refusal *refusal)
{
	int code;

	if (!store->gathering)
		return STORE_DONE;
	store->gathering = false;
	code = store_end(store, SQLITE_OK);
	return code == SQLITE_OK ? STORE_DONE : store_refuse(store, code, refusal);
}

/* ---------------------------------------------------------------- hosts */

static int store_write_record(struct store *store, const struct kept_host *kept)
{
	sqlite3_stmt *statement = store_take(store, STORE_PUT_RECORD);
	int code = store_bind(statement, 1, kept->host);

	STORE_STEP(code, store_bind(statement, 2, kept->verified_under));
	STORE_STEP(code, store_bind_number(statement, 3, kept->valid_until_us));
	STORE_STEP(code,
		sqlite3_bind_blob64(statement, 4, kept->summary, kept->n_summary, SQLITE_STATIC));
	STORE_STEP(code, store_run(statement));
	(void)sqlite3_clear_bindings(statement);
	if (code != SQLITE_OK || !kept->bytes)
		return code;
	statement = store_take(store, STORE_PUT_RECORD_BYTES);
	STORE_STEP(code, store_bind(statement, 1, kept->host));
	STORE_STEP(code, sqlite3_bind_blob64(statement, 2, kept->bytes, kept->n, SQLITE_STATIC));
	STORE_STEP(code, store_run(statement));
	(void)sqlite3_clear_bindings(statement);
	return code;
}

/* Of another host it is kept when it changed class; its facts are not known here. */
static int store_write_class_period(struct store *store, const struct kept_host *kept)
{
	sqlite3_stmt *statement = store_take(store, STORE_GET_PERIOD);
	const char *class_digest;
	bool same = false;
	int code = store_bind(statement, 1, kept->host);

	if (code != SQLITE_OK)
		return code;
	code = sqlite3_step(statement);
	class_digest = code == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 2) : NULL;
	same = class_digest && strcmp(class_digest, kept->class_digest) == 0;
	(void)sqlite3_reset(statement);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		return code;
	if (same)
		return SQLITE_OK;
	code = store_change_period(store, &(struct store_change){ .host = kept->host,
						  .facts_digest = "",
						  .class_digest = kept->class_digest,
						  .from_us = kept->collected_us });
	STORE_STEP(code, store_limit_periods(store, kept->host));
	return code;
}

static int store_write_member(struct store *store, const struct kept_host *kept)
{
	int code = store_write_record(store, kept);

	if (kept->class_digest)
		STORE_STEP(code, store_write_class_period(store, kept));
	return code;
}

/* A transaction with room for @bytes: where there is none, what was gathered before stays. */
static int store_prepare_to_put(struct store *store, uint64_t bytes, struct refusal *refusal)
{
	int code = store->corrupt ? SQLITE_CORRUPT : store_gather(store);

	STORE_STEP(code, store_make_room(store, bytes));
	return code == SQLITE_OK ? STORE_DONE : store_refuse(store, code, refusal);
}

int store_put_member(struct store *store, const struct kept_host *kept, struct refusal *refusal)
{
	int r = store_prepare_to_put(store, kept->n_summary + kept->n, refusal);

	return r == STORE_DONE ? store_gathered(store, store_write_member(store, kept), refusal)
			       : r;
}

int store_drop_member(struct store *store, const char *host, struct refusal *refusal)
{
	static const enum store_statement parts[] = { STORE_DROP_RECORD_BYTES, STORE_DROP_RECORD };
	int code, dropped = 0, r;

	if (store->corrupt)
		return store_refuse(store, SQLITE_CORRUPT, refusal);
	code = store_gather(store);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		sqlite3_stmt *statement = store_take(store, parts[i]);

		STORE_STEP(code, store_bind(statement, 1, host));
		STORE_STEP(code, store_run(statement));
		(void)sqlite3_clear_bindings(statement);
		dropped = sqlite3_changes(store->db);
	}
	r = store_gathered(store, code, refusal);
	return r == STORE_DONE && dropped == 0 ? STORE_E_NOTHING : r;
}

int store_get_bytes(struct store *store, enum store_statement which, const char *key,
	struct store_bytes *ret, struct refusal *refusal)
{
	sqlite3_stmt *statement = store_take(store, which);
	int code = store_bind(statement, 1, key);
	char *copy = NULL;
	size_t n = 0;

	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code == SQLITE_ROW) {
		const void *bytes = sqlite3_column_blob(statement, 0);

		n = (size_t)sqlite3_column_bytes(statement, 0);
		copy = bytes ? malloc(n + 1) : NULL;
		if (copy) {
			memcpy(copy, bytes, n);
			copy[n] = '\0';
		}
	}
	(void)sqlite3_reset(statement);
	(void)sqlite3_clear_bindings(statement);
	if (code == SQLITE_DONE)
		return STORE_E_NOTHING;
	if (code != SQLITE_ROW)
		return store_refuse(store, code, refusal);
	if (!copy)
		return -ENOMEM;
	*ret = (struct store_bytes){ copy, n };
	return STORE_DONE;
}

int store_get_record(
	struct store *store, const char *host, char **ret, size_t *ret_n, struct refusal *refusal)
{
	struct store_bytes bytes;
	int r = store_get_bytes(store, STORE_GET_RECORD, host, &bytes, refusal);

	if (r == STORE_DONE) {
		*ret = bytes.bytes;
		*ret_n = bytes.n;
	}
	return r;
}

/* ---------------------------------------------------------------- classes */

int store_put_class(struct store *store, const struct store_class *class_, struct refusal *refusal)
{
	sqlite3_stmt *statement;
	int code, r = store_prepare_to_put(store, class_->n, refusal);

	if (r != STORE_DONE)
		return r;
	statement = store_take(store, STORE_PUT_CLASS);
	code = store_bind(statement, 1, class_->digest);
	STORE_STEP(
		code, sqlite3_bind_blob64(statement, 2, class_->bytes, class_->n, SQLITE_STATIC));
	STORE_STEP(code, store_bind_number(statement, 3, class_->now_us));
	STORE_STEP(code, store_run(statement));
	(void)sqlite3_clear_bindings(statement);
	return store_gathered(store, code, refusal);
}

int store_get_class(
	struct store *store, const char *digest, char **ret, size_t *ret_n, struct refusal *refusal)
{
	struct store_bytes bytes;
	int r = store_get_bytes(store, STORE_GET_CLASS, digest, &bytes, refusal);

	if (r == STORE_DONE) {
		*ret = bytes.bytes;
		*ret_n = bytes.n;
	}
	return r;
}

/* ---------------------------------------------------------------- all of them */

/* What the callback gives goes to @ret_called. A result code of SQLite. */
static int store_list_hosts(struct store *store, const struct store_members *query, int *ret_called)
{
	sqlite3_stmt *statement = store_take(store, STORE_LIST_RECORDS);
	int code, r = 0;

	while (r >= 0 && (code = sqlite3_step(statement)) == SQLITE_ROW) {
		struct kept_host kept = {
			.host = (const char *)sqlite3_column_text(statement, 0),
			.verified_under = (const char *)sqlite3_column_text(statement, 1),
			.valid_until_us = (uint64_t)sqlite3_column_int64(statement, 2),
			.summary = sqlite3_column_blob(statement, 3),
			.n_summary = (size_t)sqlite3_column_bytes(statement, 3),
		};

		r = kept.host && kept.summary ? query->on_host(&kept, query->data) : -ENOMEM;
	}
	(void)sqlite3_reset(statement);
	*ret_called = r;
	return r < 0 ? SQLITE_DONE : code;
}

static int store_list_classes(
	struct store *store, const struct store_members *query, int *ret_called)
{
	sqlite3_stmt *statement = store_take(store, STORE_LIST_CLASSES);
	int code, r = 0;

	while (r >= 0 && (code = sqlite3_step(statement)) == SQLITE_ROW) {
		const char *digest = (const char *)sqlite3_column_text(statement, 0);

		r = digest ? query->on_class(digest, query->data) : -ENOMEM;
	}
	(void)sqlite3_reset(statement);
	*ret_called = r;
	return r < 0 ? SQLITE_DONE : code;
}

int store_list_members(
	struct store *store, const struct store_members *query, struct refusal *refusal)
{
	int r, code = store_list_hosts(store, query, &r);

	if (code == SQLITE_DONE && r >= 0)
		code = store_list_classes(store, query, &r);
	(void)sqlite3_db_release_memory(store->db);
	if (code != SQLITE_DONE)
		return store_refuse(store, code, refusal);
	return r < 0 ? r : STORE_DONE;
}
