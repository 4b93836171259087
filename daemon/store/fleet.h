/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is kept of the other hosts of the fleet, and the documents of their classes. Many of them
 * come at once, so what is put here is safe only after store_commit(), or with whatever else of the
 * store is changed next; all of it, or nothing.
 */
#pragma once

#include "core/model/kept.h"
#include "daemon/store/store.h"

/* Keeps @kept in the place of what was of that host; a class that is new there begins a period. */
int store_put_member(struct store *store, const struct kept_host *kept, struct refusal *refusal);

/* Drops all of @host but its history. STORE_E_NOTHING: there is none. */
int store_drop_member(struct store *store, const char *host, struct refusal *refusal);

/* The signed record of @host, to be freed with free(). STORE_E_NOTHING. -ENOMEM. */
int store_get_record(
	struct store *store, const char *host, char **ret, size_t *ret_n, struct refusal *refusal);

/* A document, known by its digest. */
struct store_class {
	const char *digest;
	const char *bytes;
	size_t n;
	uint64_t now_us;
};
int store_put_class(struct store *store, const struct store_class *class_, struct refusal *refusal);

/* The document of @digest, to be freed with free(). STORE_E_NOTHING. -ENOMEM. */
int store_get_class(struct store *store, const char *digest, char **ret, size_t *ret_n,
	struct refusal *refusal);

/*
 * Calls @on_host for each host, by name, without its bytes, then @on_class for the digest of each
 * class document. What they are given lasts until they return; negative errno ends it and is given
 * back.
 */
struct store_members {
	int (*on_host)(const struct kept_host *kept, void *data);
	int (*on_class)(const char *digest, void *data);
	void *data;
};
int store_list_members(
	struct store *store, const struct store_members *query, struct refusal *refusal);

/* Makes safe what was put since the last time. STORE_DONE where there is nothing to do. */
int store_commit(struct store *store, struct refusal *refusal);
