/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What outlives the daemon: this host's facts and class documents by their digest, and which were
 * in force when. One SQLite file that no other process may open meanwhile. A file that this version
 * cannot use (newer, corrupt, not writable) is refused by name and left as it is; the caller goes
 * on without a store. The file never grows past its cap: what is oldest and unreferenced goes
 * first.
 */
#pragma once

#include "core/codec/refusal.h"
#include "core/model/resident.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;

enum store_outcome {
	STORE_DONE,
	STORE_E_REFUSED, /* the refusal says which file and why */
	STORE_E_NOTHING, /* no such host is stored */
	STORE_E_LARGE,
};

struct store_settings {
	const char *path;
	uint64_t max_bytes; /* of the file and its log together */
	uint64_t facts_per_host;
	uint64_t history_days;
	uint64_t history_rows; /* of one host */
};

/* What was known of a host at one time. Digests are 64 hexadecimal digits. */
struct store_snapshot {
	const char *host;
	const char *boot_id; /* empty: not known */
	bool woken;	     /* sleeping devices have been read in this boot */
	uint64_t collected_us;
	const char *facts_digest;
	const char *facts;
	size_t facts_bytes;
	const char *class_digest;
	const char *class_document;
	size_t class_bytes;
};

struct store_loaded {
	char *facts; /* the document, to be freed with free() */
	size_t facts_bytes;
	char facts_digest[65];
	char class_digest[65];
	char boot_id[64];
	bool woken;
	uint64_t collected_us;
};

struct store_period {
	uint64_t id; /* grows with time */
	const char *facts_digest;
	const char *class_digest;
	uint64_t from_us;
	uint64_t to_us; /* 0: it lasts */
};

/* Opens or makes the file and, one level deep, its folder. The caller owns @ret. -ENOMEM. */
int store_open(const struct store_settings *settings, struct store **ret, struct refusal *refusal);

/*
 * Has SQLite look through the open file, unless it is larger than @max_bytes (STORE_E_LARGE):
 * nothing else goes on meanwhile, and 32 MiB take about 0.1 s. One that is corrupt is never written
 * again.
 */
int store_verify(struct store *store, uint64_t max_bytes, struct refusal *refusal);

/* The same, and its indexes too, of a file of any size that no daemon has open. It is only read.
 * STORE_E_NOTHING: there is none. */
int store_verify_file(const char *path, struct refusal *refusal);

/* Accepts NULL. Returns NULL. */
struct store *store_close(struct store *store);

/* Applies other limits; the path stays. */
void store_set_limits(struct store *store, const struct store_settings *settings);

/* Keeps @snapshot as the newest of its host, in one transaction with all that retention drops. */
int store_save(struct store *store, const struct store_snapshot *snapshot, struct refusal *refusal);

/* What was saved last for @host. */
int store_load(
	struct store *store, const char *host, struct store_loaded *ret, struct refusal *refusal);

void store_loaded_done(struct store_loaded *loaded);

/* Calls @each for up to @limit periods of @host, newest first. Texts last until @each returns. */
typedef void (*store_each)(const struct store_period *period, void *data);
struct store_query {
	const char *host;
	uint64_t limit;
	store_each each;
	void *data;
};
int store_history(struct store *store, const struct store_query *query, struct refusal *refusal);

/* A guest that runs here in the boot of @boot_id, and the @n bytes that described it. */
struct store_guest {
	const struct resident *resident;
	const char *boot_id;
	const char *text;
	size_t n;
};

/* Keeps @guest in the place of those that have its name or its UUID. */
int store_put_guest(struct store *store, const struct store_guest *guest, struct refusal *refusal);

/* Drops the guests of that name or UUID; that there is none is nothing wrong. */
int store_drop_guest(struct store *store, const char *name, struct refusal *refusal);

/* What described the guest of that name, to be freed with free(). STORE_E_NOTHING. -ENOMEM. */
int store_get_guest(
	struct store *store, const char *name, char **ret, size_t *ret_n, struct refusal *refusal);

/*
 * Drops the guests of every boot but @boot_id, then calls @each for those left, by name. An empty
 * @boot_id is that of no guest. Texts last until @each returns.
 */
struct store_residents {
	const char *boot_id;
	void (*each)(const struct resident *guest, void *data);
	void *data;
};
int store_guests(struct store *store, const struct store_residents *query, struct refusal *refusal);
