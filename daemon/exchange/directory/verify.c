/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whom to trust has changed: everything that is held is proven anew, a few records at a time. Until
 * its turn comes a record counts as it did before.
 */
#include "daemon/exchange/directory/view.h"

#include "core/cleanup.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

void directory_set_trust(struct directory *directory, struct trust *trust)
{
	bool same = trust && directory->trust &&
		    strcmp(trust_get_digest(trust), trust_get_digest(directory->trust)) == 0;
	bool any = (trust != NULL) != (directory->trust != NULL);

	if (trust)
		(void)trust_ref(trust);
	trust_unref(directory->trust);
	directory->trust = trust;
	for (size_t i = 0; !same && i < directory->n; i++) {
		struct directory_entry *entry = directory->entries[i];

		if (!entry->pending && !entry->forgotten) {
			entry->pending = true;
			directory->n_pending++;
		}
		directory_index_refresh(directory, entry);
		if (any && !entry->forgotten)
			directory_tell(directory, entry, DIRECTORY_STANDING);
	}
	directory->cursor = 0;
}

/* What a record that was proven once comes to under another trust. */
enum directory_finding {
	DIRECTORY_FINDING_PROVEN,
	DIRECTORY_FINDING_AS_IT_WAS,
	DIRECTORY_FINDING_UNPROVEN,
	DIRECTORY_FINDING_REVOKED
};

static enum directory_finding directory_find_out(enum signed_record_outcome outcome)
{
	switch (outcome) {
	case SIGNED_RECORD_DONE:
		return DIRECTORY_FINDING_PROVEN;
	case SIGNED_RECORD_E_REVOKED:
		return DIRECTORY_FINDING_REVOKED;
	/* Chain and signature are good; what is wrong is a clock, or the age of a list. */
	case SIGNED_RECORD_E_EARLY:
	case SIGNED_RECORD_E_LIST:
	case SIGNED_RECORD_E_AHEAD:
	case SIGNED_RECORD_E_SEQUENCE:
		return DIRECTORY_FINDING_AS_IT_WAS;
	case SIGNED_RECORD_E_SIZE:
	case SIGNED_RECORD_E_ENVELOPE:
	case SIGNED_RECORD_E_CERTIFICATE:
	case SIGNED_RECORD_E_UNTRUSTED:
	case SIGNED_RECORD_E_USE:
	case SIGNED_RECORD_E_NO_LIST:
	case SIGNED_RECORD_E_NAME:
	case SIGNED_RECORD_E_FLEET:
	case SIGNED_RECORD_E_KEY:
	case SIGNED_RECORD_E_SIGNATURE:
	case SIGNED_RECORD_E_SCHEMA:
	case SIGNED_RECORD_E_PAYLOAD:
	case SIGNED_RECORD_E_ORIGIN:
	case SIGNED_RECORD_E_VALIDITY:
	case _SIGNED_RECORD_OUTCOME_MAX:
		break;
	}
	return DIRECTORY_FINDING_UNPROVEN;
}

/* Verifies the kept bytes of @entry. enum directory_finding, or negative errno. */
static int directory_examine(
	struct directory *directory, const struct directory_entry *entry, uint64_t now_us)
{
	_cleanup_(signed_record_done) struct signed_record record = { 0 };
	_cleanup_(cleanup_freep) char *bytes = NULL;
	struct signed_record_input input = { .now_us = now_us };
	struct directory_digest digest;
	struct refusal refusal;
	int r = directory->keeper.get_record(directory->keeper.data, entry->text, &bytes, &input.n);

	if (r == -ENOENT)
		return DIRECTORY_FINDING_UNPROVEN;
	if (r < 0)
		return r;
	input.bytes = bytes;
	r = signed_record_verify(directory->trust, &input, &record, &refusal);
	if (r < 0)
		return r;
	if (r == SIGNED_RECORD_DONE &&
		(!directory_digest_parse(record.digest, DIGEST_LENGTH, &digest) ||
			memcmp(&digest, &entry->digest, sizeof(digest)) != 0 ||
			strcmp(record.record.host, entry->text) != 0))
		return DIRECTORY_FINDING_UNPROVEN;
	return (int)directory_find_out((enum signed_record_outcome)r);
}

static int directory_mark(struct directory *directory, struct directory_entry *entry, bool unproven)
{
	bool before = entry->unproven;
	int r;

	entry->unproven = unproven;
	r = directory_entry_keep(directory, entry, NULL, 0);
	if (r < 0) {
		entry->unproven = before;
		return r;
	}
	directory_index_refresh(directory, entry);
	if (before != unproven)
		directory_tell(directory, entry, DIRECTORY_STANDING);
	return 0;
}

/* Sees to the entry at the cursor and moves it on. */
static int directory_verify_one(struct directory *directory, uint64_t now_us)
{
	struct directory_entry *entry = directory->entries[directory->cursor];
	int finding = directory_examine(directory, entry, now_us), r = 0;

	if (finding < 0)
		return finding;
	if (finding == DIRECTORY_FINDING_REVOKED) {
		directory->counts[SIGNED_RECORD_E_REVOKED]++;
		r = directory->keeper.drop_host(directory->keeper.data, entry->text);
		if (r < 0)
			return r;
		directory_tell(directory, entry, DIRECTORY_GONE);
		directory_index_remove(directory, directory->cursor);
		return 0;
	}
	if (finding != DIRECTORY_FINDING_AS_IT_WAS)
		r = directory_mark(directory, entry, finding == DIRECTORY_FINDING_UNPROVEN);
	if (r < 0)
		return r;
	entry->pending = false;
	directory->n_pending--;
	directory->cursor++;
	return 0;
}

int directory_verify_more(struct directory *directory, size_t most, uint64_t now_us)
{
	int r;

	if (!directory->trust)
		return 0;
	while (most > 0 && directory->n_pending > 0) {
		if (directory->cursor >= directory->n)
			directory->cursor = 0;
		if (!directory->entries[directory->cursor]->pending) {
			directory->cursor++;
			continue;
		}
		r = directory_verify_one(directory, now_us);
		if (r < 0)
			return r;
		most--;
	}
	return directory->n_pending > INT_MAX ? INT_MAX : (int)directory->n_pending;
}
