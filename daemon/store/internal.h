/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the store share: the handle, its prepared statements, and how a fault is told.
 */
#pragma once

#include "daemon/store/store.h"

#include <sqlite3.h>

enum store_statement {
	STORE_BEGIN,
	STORE_COMMIT,
	STORE_ROLLBACK,
	STORE_PUT_FACTS,
	STORE_PUT_CLASS,
	STORE_PUT_HOST,
	STORE_GET_HOST,
	STORE_GET_PERIOD,
	STORE_END_PERIOD,
	STORE_PUT_PERIOD,
	STORE_LIST_PERIODS,
	STORE_DROP_OLD_PERIODS,
	STORE_DROP_MANY_PERIODS,
	STORE_DROP_FACTS,
	STORE_DROP_CLASSES,
	STORE_EVICT_CLASS,
	STORE_EVICT_FACTS,
	STORE_EVICT_PERIOD,
	STORE_PAGE_COUNT,
	STORE_FREE_COUNT,
	STORE_PUT_GUEST,
	STORE_DROP_GUEST,
	STORE_DROP_OLD_GUESTS,
	STORE_LIST_GUESTS,
	STORE_GET_GUEST,
	STORE_PUT_RECORD,
	STORE_PUT_RECORD_BYTES,
	STORE_GET_RECORD,
	STORE_DROP_RECORD,
	STORE_DROP_RECORD_BYTES,
	STORE_LIST_RECORDS,
	STORE_GET_CLASS,
	STORE_LIST_CLASSES,
	_STORE_STATEMENT_MAX,
};

#define STORE_PATH_BYTES 1024

struct store {
	char path[STORE_PATH_BYTES];
	sqlite3 *db;
	sqlite3_stmt *statements[_STORE_STATEMENT_MAX];
	struct store_settings limits; /* without the path */
	uint64_t page_bytes;
	bool corrupt;	/* found to be: never written again */
	bool gathering; /* a transaction is open that store_commit() ends */
};

/* The text of each statement. */
extern const char *const store_sql[_STORE_STATEMENT_MAX];

/* The steps of schema/sql, made into text when the program is built. */
extern const char *const store_steps[];
extern const size_t store_n_steps;

/* Sets @refusal from SQLite's result @code, with what a person can do. Returns STORE_E_REFUSED. */
int store_refuse(struct store *store, int code, struct refusal *refusal);

/* Resets and clears @which and gives it, to be bound anew. */
sqlite3_stmt *store_take(struct store *store, enum store_statement which);

/* Runs @statement, which gives no rows, to its end and resets it. A result code of SQLite. */
int store_run(sqlite3_stmt *statement);

/* The one integer that @which gives. A result code of SQLite. */
int store_number(struct store *store, enum store_statement which, uint64_t *ret);

int store_bind_number(sqlite3_stmt *statement, int index, uint64_t number);

/* Begins a transaction, after what was gathered before is safe. A result code of SQLite. */
int store_begin(struct store *store);

/* What a host has from now on. */
struct store_change {
	const char *host;
	const char *facts_digest;
	const char *class_digest;
	uint64_t from_us;
};

/* Ends the period of that host which lasts and begins this one. A result code of SQLite. */
int store_change_period(struct store *store, const struct store_change *change);

/* Drops what @host has more of than the limit. A result code of SQLite. */
int store_limit_periods(struct store *store, const char *host);

struct store_bytes {
	char *bytes;
	size_t n;
};

/*
 * The bytes in the one column that @which gives for @key, with a NUL behind them, to be freed with
 * free(). STORE_E_NOTHING. -ENOMEM.
 */
int store_get_bytes(struct store *store, enum store_statement which, const char *key,
	struct store_bytes *ret, struct refusal *refusal);

/*
 * Makes room for @bytes more within half of the cap. SQLITE_FULL when even all eviction is too
 * little.
 */
int store_make_room(struct store *store, uint64_t bytes);

/* Ends the transaction: @code is what its parts came to. The same, or what the end came to. */
int store_end(struct store *store, int code);
