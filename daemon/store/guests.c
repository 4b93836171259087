/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guests that run here. Their devices are one text: nothing asks the database for one. */
#include "daemon/store/internal.h"

#include "core/model/limits.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GUESTS_DEVICES_BYTES (LIMIT_GUEST_DEVICES * (LIMIT_TEXT + 1))

/* The addresses of @guest with a space between two, to be freed with free(). NULL: no memory. */
static char *store_join_devices(const struct resident *guest)
{
	char *text = NULL;
	size_t n;
	FILE *file = open_memstream(&text, &n);

	if (!file)
		return NULL;
	for (size_t i = 0; i < guest->n_devices; i++)
		fprintf(file, "%s%s", i > 0 ? " " : "", guest->devices[i]);
	if (fclose(file) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

static int store_bind_guest(
	sqlite3_stmt *statement, const struct store_guest *guest, const char *devices)
{
	const struct resident *resident = guest->resident;
	const char *const texts[] = { resident->name, resident->uuid, guest->boot_id,
		resident->format };
	int code = SQLITE_OK;

	for (int i = 0; code == SQLITE_OK && i < 4; i++)
		code = sqlite3_bind_text(statement, i + 1, texts[i], -1, SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_bind_blob64(statement, 5, guest->text, guest->n, SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_bind_text(statement, 6, devices, -1, SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_bind_int64(statement, 7, (sqlite3_int64)resident->since_us);
	return code;
}

static int store_write_guest(struct store *store, const struct store_guest *guest)
{
	char *devices = store_join_devices(guest->resident);
	sqlite3_stmt *statement;
	int code;

	if (!devices)
		return SQLITE_NOMEM;
	code = store_make_room(store, guest->n + strlen(devices));
	statement = store_take(store, STORE_PUT_GUEST);
	if (code == SQLITE_OK)
		code = store_bind_guest(statement, guest, devices);
	if (code == SQLITE_OK)
		code = store_run(statement);
	(void)sqlite3_clear_bindings(statement);
	free(devices);
	return code;
}

int store_put_guest(struct store *store, const struct store_guest *guest, struct refusal *refusal)
{
	int code;

	if (store->corrupt)
		return store_refuse(store, SQLITE_CORRUPT, refusal);
	code = store_begin(store);
	if (code == SQLITE_OK)
		code = store_write_guest(store, guest);
	code = store_end(store, code);
	return code == SQLITE_OK ? STORE_DONE : store_refuse(store, code, refusal);
}

/* Runs @which, which takes one text, in a transaction of its own. */
static int store_change_guests(
	struct store *store, enum store_statement which, const char *text, struct refusal *refusal)
{
	sqlite3_stmt *statement = store_take(store, which);
	int code;

	if (store->corrupt)
		return store_refuse(store, SQLITE_CORRUPT, refusal);
	code = store_begin(store);
	if (code == SQLITE_OK)
		code = sqlite3_bind_text(statement, 1, text, -1, SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = store_run(statement);
	(void)sqlite3_clear_bindings(statement);
	code = store_end(store, code);
	return code == SQLITE_OK ? STORE_DONE : store_refuse(store, code, refusal);
}

int store_drop_guest(struct store *store, const char *name, struct refusal *refusal)
{
	return store_change_guests(store, STORE_DROP_GUEST, name, refusal);
}

/* Cuts @text at its spaces into @ret. How many parts it has. */
static size_t store_split_devices(char *text, const char *ret[static LIMIT_GUEST_DEVICES])
{
	size_t n = 0;

	while (*text && n < LIMIT_GUEST_DEVICES) {
		char *end = strchr(text, ' ');

		ret[n++] = text;
		if (!end)
			break;
		*end = '\0';
		text = end + 1;
	}
	return n;
}

static int store_read_guest(sqlite3_stmt *statement, const struct store_residents *query)
{
	const char *devices[LIMIT_GUEST_DEVICES];
	const char *joined = (const char *)sqlite3_column_text(statement, 3);
	struct resident guest = {
		.name = (const char *)sqlite3_column_text(statement, 0),
		.uuid = (const char *)sqlite3_column_text(statement, 1),
		.format = (const char *)sqlite3_column_text(statement, 2),
		.since_us = (uint64_t)sqlite3_column_int64(statement, 4),
		.devices = devices,
	};
	char *copy;

	if (!guest.name || !guest.uuid || !guest.format || !joined)
		return SQLITE_NOMEM;
	copy = strndup(joined, GUESTS_DEVICES_BYTES);
	if (!copy)
		return SQLITE_NOMEM;
	guest.n_devices = store_split_devices(copy, devices);
	query->each(&guest, query->data);
	free(copy);
	return SQLITE_ROW;
}

int store_guests(struct store *store, const struct store_residents *query, struct refusal *refusal)
{
	sqlite3_stmt *statement = store_take(store, STORE_LIST_GUESTS);
	int code;
	int r = store_change_guests(store, STORE_DROP_OLD_GUESTS, query->boot_id, refusal);

	if (r != STORE_DONE)
		return r;
	do {
		code = sqlite3_step(statement);
		if (code == SQLITE_ROW)
			code = store_read_guest(statement, query);
	} while (code == SQLITE_ROW);
	(void)sqlite3_reset(statement);
	(void)sqlite3_db_release_memory(store->db);
	return code == SQLITE_DONE ? STORE_DONE : store_refuse(store, code, refusal);
}

int store_get_guest(
	struct store *store, const char *name, char **ret, size_t *ret_n, struct refusal *refusal)
{
	struct store_bytes bytes;
	int r = store_get_bytes(store, STORE_GET_GUEST, name, &bytes, refusal);

	if (r == STORE_DONE) {
		*ret = bytes.bytes;
		*ret_n = bytes.n;
	}
	return r;
}
