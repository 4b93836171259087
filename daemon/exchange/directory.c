/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/exchange/directory.h"

#include "daemon/exchange/directory/view.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

int directory_new(const struct directory_settings *settings, struct directory **ret)
{
	struct directory *directory = calloc(1, sizeof(*directory));

	if (!directory)
		return -ENOMEM;
	(void)snprintf(directory->host, sizeof(directory->host), "%s", settings->host);
	directory->max_hosts = settings->max_hosts;
	directory->keeper = settings->keeper;
	directory->expiry_us = UINT64_MAX;
	*ret = directory;
	return 0;
}

struct directory *directory_free(struct directory *directory)
{
	if (!directory)
		return NULL;
	while (directory->n > 0)
		directory_index_remove(directory, directory->n - 1);
	free(directory->entries);
	free(directory->slots);
	trust_unref(directory->trust);
	free(directory);
	return NULL;
}

int directory_load_host(struct directory *directory, const struct kept_host *kept)
{
	struct directory_entry *entry;
	size_t at;
	int r = directory_index_reserve(directory);

	if (r == 0)
		r = directory_entry_load(directory, kept, &entry);
	if (r < 0)
		return r;
	entry->pending = !entry->forgotten &&
			 (!directory->trust || strcmp(kept->verified_under,
						       trust_get_digest(directory->trust)) != 0);
	(void)directory_index_find(directory, entry->text, &at);
	directory_index_put(directory, at, entry);
	return 0;
}

/* ---------------------------------------------------------------- changes, counters */

int directory_watch(struct directory *directory, directory_changed changed, void *data)
{
	if (directory->n_watches == DIRECTORY_WATCHES)
		return -ENOSPC;
	directory->watches[directory->n_watches].changed = changed;
	directory->watches[directory->n_watches++].data = data;
	return 0;
}

void directory_tell(
	struct directory *directory, const struct directory_entry *entry, unsigned changes)
{
	struct directory_member member;

	if (entry)
		directory_entry_show(directory, entry, &member);
	for (size_t i = 0; i < directory->n_watches; i++)
		directory->watches[i].changed(
			entry ? &member : NULL, changes, directory->watches[i].data);
}

const char *directory_word_text(enum directory_word word)
{
	static const char *const words[] = {
		[DIRECTORY_WORD_SAME] = "same",
		[DIRECTORY_WORD_OLDER] = "older",
		[DIRECTORY_WORD_FORGOTTEN] = "forgotten",
		[DIRECTORY_WORD_EXPIRED] = "expired",
		[DIRECTORY_WORD_TOO_MANY] = "too-many-hosts",
		[DIRECTORY_WORD_NO_TRUST] = "nobody-trusted",
		[DIRECTORY_WORD_CLASS_ACCEPTED] = "class-accepted",
		[DIRECTORY_WORD_CLASS_SAME] = "class-same",
		[DIRECTORY_WORD_CLASS_UNWANTED] = "class-unwanted",
		[DIRECTORY_WORD_CLASS_SIZE] = "class-over-limit",
		[DIRECTORY_WORD_CLASS_MALFORMED] = "class-malformed",
		[DIRECTORY_WORD_CLASS_LIMIT] = "too-many-classes",
	};

	return words[word];
}

void directory_list_counters(
	const struct directory *directory, directory_each_word each, void *data)
{
	for (unsigned i = 0; i < _SIGNED_RECORD_OUTCOME_MAX; i++)
		each(signed_record_word((enum signed_record_outcome)i), directory->counts[i], data);
	for (unsigned i = 0; i < _DIRECTORY_WORD_MAX; i++)
		each(directory_word_text((enum directory_word)i), directory->words[i], data);
}
