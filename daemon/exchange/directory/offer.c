/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What comes in. A record is proven before anything else is asked about it, kept before it counts,
 * and told of last, so that nothing that fails half way leaves a trace.
 */
#include "daemon/exchange/directory/view.h"

#include "core/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int directory_answer(struct directory *directory, enum directory_word word,
	enum directory_outcome outcome, struct directory_result *ret)
{
	directory->words[word]++;
	ret->word = directory_word_text(word);
	return (int)outcome;
}

/* How @version stands to the one of @entry. */
static enum record_time_order directory_compare(
	const struct directory_version *version, const struct directory_entry *entry)
{
	int order;

	if (version->sequence != entry->sequence)
		return version->sequence > entry->sequence ? RECORD_TIME_ORDER_NEWER
							   : RECORD_TIME_ORDER_OLDER;
	/* Bytes have the order of their digits. */
	order = memcmp(&version->digest, &entry->digest, sizeof(entry->digest));
	if (order == 0)
		return RECORD_TIME_ORDER_SAME;
	return order > 0 ? RECORD_TIME_ORDER_NEWER : RECORD_TIME_ORDER_OLDER;
}

/* True when there is no room for another host, this one aside. */
static bool directory_is_full(const struct directory *directory, const char *host)
{
	return directory->max_hosts > 0 && directory_count(directory) >= directory->max_hosts &&
	       strcmp(host, directory->host) != 0;
}

bool directory_wants(const struct directory *directory, const char *host,
	const struct directory_version *version)
{
	size_t at;
	const struct directory_entry *entry = directory_index_find(directory, host, &at);

	if (!directory->trust)
		return false;
	if (!entry)
		return !directory_is_full(directory, host);
	if (entry->forgotten && directory_is_full(directory, host))
		return false;
	return directory_compare(version, entry) == RECORD_TIME_ORDER_NEWER;
}

/* ---------------------------------------------------------------- taking */

static bool directory_same_classes(const struct directory_entry *a, const struct directory_entry *b)
{
	return a->n_classes == b->n_classes &&
	       memcmp(a->slots, b->slots, a->n_classes * sizeof(a->slots[0])) == 0;
}

static unsigned directory_changes(const struct directory *directory,
	const struct directory_entry *entry, const struct directory_entry *before)
{
	unsigned changes = DIRECTORY_RENEWED;

	if (!before || before->forgotten)
		return DIRECTORY_NEW | DIRECTORY_CLASS;
	if (!directory_same_classes(entry, before) || entry->collected != before->collected ||
		memcmp(&entry->map, &before->map, sizeof(entry->map)) != 0)
		changes |= DIRECTORY_CLASS;
	if (directory_entry_standing(directory, entry) !=
		directory_entry_standing(directory, before))
		changes |= DIRECTORY_STANDING;
	return changes;
}

static int directory_take(struct directory *directory, const struct signed_record_input *input,
	const struct signed_record *record, struct directory_result *ret)
{
	struct directory_entry *entry, *before;
	size_t at;
	int r = directory_index_reserve(directory);

	if (r < 0)
		return r;
	before = directory_index_find(directory, record->record.host, &at);
	r = directory_entry_new(directory, record, before, input->now_us, &entry);
	if (r < 0)
		return r;
	if (before && !before->forgotten && before->sequence == entry->sequence)
		entry->contradicted = true;
	r = directory_entry_keep(directory, entry, input->bytes, input->n);
	if (r < 0) {
		directory_entry_free(directory, entry);
		return r;
	}
	ret->changes = directory_changes(directory, entry, before);
	directory_index_put(directory, at, entry);
	directory->counts[SIGNED_RECORD_DONE]++;
	ret->word = signed_record_word(SIGNED_RECORD_DONE);
	directory_tell(directory, entry, ret->changes);
	return DIRECTORY_TAKEN;
}

/* The very record that is held has been proven once more. */
static int directory_prove(struct directory *directory, struct directory_entry *entry)
{
	unsigned changes = entry->unproven ? DIRECTORY_STANDING : 0;
	bool unproven = entry->unproven;
	int r;

	if (!entry->pending && !entry->unproven)
		return 0;
	entry->unproven = false;
	r = directory_entry_keep(directory, entry, NULL, 0);
	if (r < 0) {
		entry->unproven = unproven;
		return r;
	}
	directory->n_pending -= entry->pending;
	entry->pending = false;
	directory_index_refresh(directory, entry);
	if (changes)
		directory_tell(directory, entry, changes);
	return 0;
}

static int directory_offer_same(
	struct directory *directory, struct directory_entry *entry, struct directory_result *ret)
{
	int r;

	if (entry->forgotten)
		return directory_answer(directory, DIRECTORY_WORD_FORGOTTEN, DIRECTORY_SAME, ret);
	r = directory_prove(directory, entry);
	if (r < 0)
		return r;
	return directory_answer(directory, DIRECTORY_WORD_SAME, DIRECTORY_SAME, ret);
}

static int directory_offer_older(struct directory *directory, struct directory_entry *entry,
	uint64_t sequence, struct directory_result *ret)
{
	if (entry->forgotten)
		return directory_answer(directory, DIRECTORY_WORD_FORGOTTEN, DIRECTORY_SAME, ret);
	if (sequence == entry->sequence && !entry->contradicted) {
		entry->contradicted = true;
		directory_tell(directory, entry, DIRECTORY_STANDING);
	}
	return directory_answer(directory, DIRECTORY_WORD_OLDER, DIRECTORY_OLDER, ret);
}

static int directory_offer_new(struct directory *directory, const struct signed_record_input *input,
	const struct signed_record *record, struct directory_result *ret)
{
	if (record->stale) {
		(void)refusal_set(&ret->refusal, record->record.host,
			"its record has expired, and nothing newer is known of it");
		return directory_answer(
			directory, DIRECTORY_WORD_EXPIRED, DIRECTORY_E_REFUSED, ret);
	}
	if (directory_is_full(directory, record->record.host)) {
		(void)refusal_set(&ret->refusal, record->record.host,
			"%zu hosts are held already, and peers hold no more: forget some, or let "
			"the "
			"fleet use etcd",
			directory->max_hosts);
		return directory_answer(
			directory, DIRECTORY_WORD_TOO_MANY, DIRECTORY_E_REFUSED, ret);
	}
	return directory_take(directory, input, record, ret);
}

static int directory_offer_proven(struct directory *directory,
	const struct signed_record_input *input, const struct signed_record *record,
	struct directory_result *ret)
{
	struct directory_version version = { .sequence = record->record.sequence };
	struct directory_entry *entry;
	size_t at;

	(void)snprintf(ret->host, sizeof(ret->host), "%s", record->record.host);
	(void)directory_digest_parse(record->digest, DIGEST_LENGTH, &version.digest);
	entry = directory_index_find(directory, record->record.host, &at);
	if (!entry)
		return directory_offer_new(directory, input, record, ret);
	switch (directory_compare(&version, entry)) {
	case RECORD_TIME_ORDER_SAME:
		return directory_offer_same(directory, entry, ret);
	case RECORD_TIME_ORDER_OLDER:
		return directory_offer_older(directory, entry, version.sequence, ret);
	case RECORD_TIME_ORDER_NEWER:
		break;
	}
	return entry->forgotten ? directory_offer_new(directory, input, record, ret)
				: directory_take(directory, input, record, ret);
}

int directory_offer(struct directory *directory, const struct signed_record_input *input,
	struct directory_result *ret)
{
	_cleanup_(signed_record_done) struct signed_record record = { 0 };
	int r;

	*ret = (struct directory_result){ 0 };
	if (!directory->trust) {
		(void)refusal_set(&ret->refusal, "certificate",
			"no CA is trusted here: none could be loaded");
		return directory_answer(
			directory, DIRECTORY_WORD_NO_TRUST, DIRECTORY_E_REFUSED, ret);
	}
	r = signed_record_verify(directory->trust, input, &record, &ret->refusal);
	if (r < 0)
		return r;
	if (r != SIGNED_RECORD_DONE) {
		directory->counts[r]++;
		ret->word = signed_record_word((enum signed_record_outcome)r);
		return DIRECTORY_E_REFUSED;
	}
	return directory_offer_proven(directory, input, &record, ret);
}

/* ---------------------------------------------------------------- reading, forgetting, time */

int directory_read_record(
	const struct directory *directory, const char *host, char **ret, size_t *ret_n)
{
	size_t at;
	const struct directory_entry *entry = directory_index_find(directory, host, &at);

	if (!entry || entry->forgotten)
		return -ENOENT;
	return directory->keeper.get_record(directory->keeper.data, host, ret, ret_n);
}

int directory_forget(struct directory *directory, const char *host, uint64_t now_us)
{
	size_t at;
	struct directory_entry *entry = directory_index_find(directory, host, &at);
	int r;

	if (!entry || entry->forgotten)
		return -ENOENT;
	if (entry->valid_until_us < now_us) {
		r = directory->keeper.drop_host(directory->keeper.data, host);
		if (r < 0)
			return r;
		directory_tell(directory, entry, DIRECTORY_GONE);
		directory_index_remove(directory, at);
		return 0;
	}
	entry->forgotten = true;
	r = directory_entry_keep(directory, entry, NULL, 0);
	entry->forgotten = false;
	if (r < 0)
		return r;
	directory_tell(directory, entry, DIRECTORY_GONE);
	entry->forgotten = true;
	directory->n_forgotten++;
	directory->n_pending -= entry->pending;
	entry->pending = false;
	directory_index_refresh(directory, entry);
	return 0;
}

/* Sees to the entry at @at; false when it was taken out. */
static bool directory_expire_one(struct directory *directory, size_t at, uint64_t now_us)
{
	struct directory_entry *entry = directory->entries[at];
	bool expired = entry->valid_until_us < now_us;

	if (entry->forgotten && expired &&
		directory->keeper.drop_host(directory->keeper.data, entry->text) >= 0) {
		directory_index_remove(directory, at);
		return false;
	}
	if (entry->forgotten || expired == entry->expired)
		return true;
	entry->expired = expired;
	directory_index_refresh(directory, entry);
	directory_tell(directory, entry, DIRECTORY_STANDING);
	return true;
}

uint64_t directory_expire(struct directory *directory, uint64_t now_us)
{
	/* A clock that was set back may make current again what had expired. */
	bool back = now_us < directory->expired_at_us;
	size_t at = 0;

	directory->expired_at_us = now_us;
	if (!back && now_us <= directory->expiry_us)
		return directory->expiry_us;
	directory->expiry_us = UINT64_MAX;
	while (at < directory->n) {
		if (!directory_expire_one(directory, at, now_us))
			continue;
		if (directory->entries[at]->valid_until_us >= now_us &&
			directory->entries[at]->valid_until_us < directory->expiry_us)
			directory->expiry_us = directory->entries[at]->valid_until_us;
		at++;
	}
	return directory->expiry_us;
}
