/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/support/fake_keeper.h"

#include "daemon/exchange/directory/class.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct fake_keeper_row *fake_keeper_row(
	struct fake_keeper_row *rows, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(rows[i].key, key) == 0)
			return &rows[i];
	return NULL;
}

struct fake_keeper_row *fake_keeper_find(struct fake_keeper *keeper, const char *host)
{
	return fake_keeper_row(keeper->hosts, keeper->n_hosts, host);
}

static void fake_keeper_set(struct fake_keeper_row *row, const char *bytes, size_t n)
{
	free(row->bytes);
	row->bytes = malloc(n + 1);
	assert(row->bytes);
	memcpy(row->bytes, bytes, n);
	row->bytes[n] = '\0';
	row->n = n;
}

static int fake_keeper_put_host(void *data, const struct kept_host *kept)
{
	struct fake_keeper *keeper = data;
	struct fake_keeper_row *row = fake_keeper_find(keeper, kept->host);

	if (keeper->fault)
		return keeper->fault;
	if (!row) {
		assert(keeper->n_hosts < FAKE_KEEPER_MAX);
		row = &keeper->hosts[keeper->n_hosts++];
		*row = (struct fake_keeper_row){ 0 };
		(void)snprintf(row->key, sizeof(row->key), "%s", kept->host);
	}
	keeper->n_puts++;
	row->forgotten = kept->verified_under == NULL;
	(void)snprintf(row->verified_under, sizeof(row->verified_under), "%s",
		kept->verified_under ? kept->verified_under : "");
	assert(kept->n_summary <= sizeof(row->summary));
	memcpy(row->summary, kept->summary, kept->n_summary);
	row->n_summary = kept->n_summary;
	if (kept->bytes)
		fake_keeper_set(row, kept->bytes, kept->n);
	return 0;
}

static int fake_keeper_give(const struct fake_keeper_row *row, char **ret, size_t *ret_n)
{
	char *copy;

	if (!row || !row->bytes)
		return -ENOENT;
	copy = malloc(row->n + 1);
	assert(copy);
	memcpy(copy, row->bytes, row->n + 1);
	*ret = copy;
	*ret_n = row->n;
	return 0;
}

static int fake_keeper_get_record(void *data, const char *host, char **ret, size_t *ret_n)
{
	return fake_keeper_give(fake_keeper_find(data, host), ret, ret_n);
}

static int fake_keeper_drop_host(void *data, const char *host)
{
	struct fake_keeper *keeper = data;
	struct fake_keeper_row *row = fake_keeper_find(keeper, host);

	if (!row)
		return -ENOENT;
	free(row->bytes);
	*row = keeper->hosts[--keeper->n_hosts];
	return 0;
}

static int fake_keeper_put_class(void *data, const char *digest, const char *bytes, size_t n)
{
	struct fake_keeper *keeper = data;
	struct fake_keeper_row *row;

	if (keeper->fault)
		return keeper->fault;
	assert(keeper->n_classes < FAKE_KEEPER_MAX);
	row = &keeper->classes[keeper->n_classes++];
	*row = (struct fake_keeper_row){ 0 };
	(void)snprintf(row->key, sizeof(row->key), "%s", digest);
	fake_keeper_set(row, bytes, n);
	return 0;
}

static int fake_keeper_get_class(void *data, const char *digest, char **ret, size_t *ret_n)
{
	struct fake_keeper *keeper = data;

	return fake_keeper_give(
		fake_keeper_row(keeper->classes, keeper->n_classes, digest), ret, ret_n);
}

struct directory_keeper fake_keeper_callbacks(struct fake_keeper *keeper)
{
	return (struct directory_keeper){ .data = keeper,
		.put_host = fake_keeper_put_host,
		.get_record = fake_keeper_get_record,
		.drop_host = fake_keeper_drop_host,
		.put_class = fake_keeper_put_class,
		.get_class = fake_keeper_get_class };
}

void fake_keeper_load(struct fake_keeper *keeper, struct directory *directory)
{
	for (size_t i = 0; i < keeper->n_hosts; i++) {
		const struct fake_keeper_row *row = &keeper->hosts[i];
		struct kept_host kept = { .host = row->key,
			.verified_under = row->forgotten ? NULL : row->verified_under,
			.summary = row->summary,
			.n_summary = row->n_summary };
		int r = directory_load_host(directory, &kept);

		assert(r == 0);
	}
	for (size_t i = 0; i < keeper->n_classes; i++) {
		int r = directory_load_class(directory, keeper->classes[i].key);

		assert(r == 0);
	}
}

void fake_keeper_done(struct fake_keeper *keeper)
{
	for (size_t i = 0; i < keeper->n_hosts; i++)
		free(keeper->hosts[i].bytes);
	for (size_t i = 0; i < keeper->n_classes; i++)
		free(keeper->classes[i].bytes);
	*keeper = (struct fake_keeper){ 0 };
}
