/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hosts by name, and the hashes of their buckets, which follow every change. */
#include "daemon/exchange/directory/view.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct directory_entry *directory_index_find(
	const struct directory *directory, const char *host, size_t *ret_at)
{
	size_t first = 0, end = directory->n;

	/* What was kept comes in its order. */
	if (end > 0 && strcmp(host, directory->entries[end - 1]->text) > 0)
		first = end;
	while (first < end) {
		size_t middle = first + (end - first) / 2;
		int order = strcmp(host, directory->entries[middle]->text);

		*ret_at = middle;
		if (order == 0)
			return directory->entries[middle];
		if (order < 0)
			end = middle;
		else
			first = middle + 1;
	}
	*ret_at = first;
	return NULL;
}

int directory_index_reserve(struct directory *directory)
{
	size_t n = directory->allocated ? 2 * directory->allocated : 64;
	struct directory_entry **grown;

	if (directory->n < directory->allocated)
		return 0;
	grown = reallocarray(directory->entries, n, sizeof(struct directory_entry *));
	if (!grown)
		return -ENOMEM;
	directory->entries = grown;
	directory->allocated = n;
	return 0;
}

static void directory_index_toggle(struct directory *directory, struct directory_entry *entry)
{
	struct directory_digest *bucket = &directory->buckets[entry->bucket];

	for (size_t i = 0; i < sizeof(bucket->bytes); i++)
		bucket->bytes[i] ^= entry->share.bytes[i];
	entry->in_bucket = !entry->in_bucket;
}

void directory_index_refresh(struct directory *directory, struct directory_entry *entry)
{
	bool in = !entry->forgotten &&
		  directory_entry_standing(directory, entry) == DIRECTORY_CURRENT;

	if (in != entry->in_bucket)
		directory_index_toggle(directory, entry);
}

/* Takes @entry out of all that counts it. */
static void directory_index_drop(struct directory *directory, struct directory_entry *entry)
{
	if (entry->in_bucket)
		directory_index_toggle(directory, entry);
	directory->n_forgotten -= entry->forgotten;
	directory->n_pending -= entry->pending;
	directory_entry_free(directory, entry);
}

void directory_index_put(struct directory *directory, size_t at, struct directory_entry *entry)
{
	bool replaces = at < directory->n && strcmp(directory->entries[at]->text, entry->text) == 0;

	if (replaces) {
		directory_index_drop(directory, directory->entries[at]);
	} else {
		assert(directory->n < directory->allocated);
		memmove(&directory->entries[at + 1], &directory->entries[at],
			(directory->n - at) * sizeof(struct directory_entry *));
		directory->n++;
	}
	directory->entries[at] = entry;
	directory->n_forgotten += entry->forgotten;
	directory->n_pending += entry->pending;
	if (entry->valid_until_us < directory->expiry_us)
		directory->expiry_us = entry->valid_until_us;
	directory_index_refresh(directory, entry);
}

void directory_index_remove(struct directory *directory, size_t at)
{
	directory_index_drop(directory, directory->entries[at]);
	directory->n--;
	memmove(&directory->entries[at], &directory->entries[at + 1],
		(directory->n - at) * sizeof(struct directory_entry *));
}

bool directory_find(
	const struct directory *directory, const char *host, struct directory_member *ret)
{
	size_t at;
	const struct directory_entry *entry = directory_index_find(directory, host, &at);

	if (!entry || entry->forgotten)
		return false;
	directory_entry_show(directory, entry, ret);
	return true;
}

void directory_list(const struct directory *directory, directory_each each, void *data)
{
	struct directory_member member;

	for (size_t i = 0; i < directory->n; i++) {
		if (directory->entries[i]->forgotten)
			continue;
		directory_entry_show(directory, directory->entries[i], &member);
		if (!each(&member, data))
			return;
	}
}

static int directory_index_compare_ids(const void *a, const void *b)
{
	const struct directory_entry *one = *(const struct directory_entry *const *)a;
	const struct directory_entry *other = *(const struct directory_entry *const *)b;
	int order = memcmp(one->host_id, other->host_id, sizeof(one->host_id));

	return order ? order : strcmp(one->text, other->text);
}

static bool directory_index_is_twin(
	const struct directory_entry *entry, const struct directory_entry *other)
{
	return other && memcmp(entry->host_id, other->host_id, sizeof(entry->host_id)) == 0;
}

int directory_list_twins(const struct directory *directory, directory_each each, void *data)
{
	/* One NULL stays behind them. */
	const struct directory_entry **sorted = calloc(directory->n + 1, sizeof(void *));
	struct directory_member member;
	size_t n = 0;

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < directory->n; i++)
		if (!directory->entries[i]->forgotten)
			sorted[n++] = directory->entries[i];
	qsort(sorted, n, sizeof(void *), directory_index_compare_ids);
	for (size_t i = 0; i < n; i++) {
		if (!directory_index_is_twin(sorted[i], sorted[i + 1]) &&
			!(i > 0 && directory_index_is_twin(sorted[i], sorted[i - 1])))
			continue;
		directory_entry_show(directory, sorted[i], &member);
		if (!each(&member, data))
			break;
	}
	free(sorted);
	return 0;
}

size_t directory_count(const struct directory *directory)
{
	return directory->n - directory->n_forgotten;
}

void directory_hash_bucket(
	const struct directory *directory, unsigned bucket, struct directory_digest *ret)
{
	assert(bucket < DIRECTORY_BUCKETS);
	*ret = directory->buckets[bucket];
}

void directory_list_bucket(
	const struct directory *directory, unsigned bucket, directory_each each, void *data)
{
	struct directory_member member;

	for (size_t i = 0; i < directory->n; i++) {
		const struct directory_entry *entry = directory->entries[i];

		if (entry->bucket != bucket || !entry->in_bucket)
			continue;
		directory_entry_show(directory, entry, &member);
		if (!each(&member, data))
			return;
	}
}
