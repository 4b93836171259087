/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/exchange/directory/class.h"

#include "core/cleanup.h"
#include "core/codec/class_json.h"
#include "core/codec/guard.h"
#include "daemon/exchange/directory/view.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

CLEANUP_DEFINE(struct arena *, arena_free, directory_arena_freep);

void directory_get_class(
	const struct directory *directory, int32_t slot, struct directory_class *ret)
{
	assert(slot >= 0 && (size_t)slot < directory->n_slots && directory->slots[slot]);
	*ret = directory->slots[slot]->class_;
}

size_t directory_count_slots(const struct directory *directory)
{
	return directory->n_slots;
}

/* The class of @entry that is read here, or NULL. */
static const struct directory_slot *directory_class_of(
	const struct directory *directory, const struct directory_entry *entry)
{
	uint32_t projections[LIMIT_PROJECTIONS];
	unsigned best;

	for (unsigned i = 0; i < entry->n_classes; i++)
		projections[i] = directory->slots[entry->slots[i]]->class_.projection;
	best = directory_slot_best(projections, entry->n_classes);
	return best < entry->n_classes ? directory->slots[entry->slots[best]] : NULL;
}

void directory_list_wanted(const struct directory *directory, directory_each_class each, void *data)
{
	bool *seen = calloc(directory->n_slots + 1, sizeof(*seen));

	/* Short of memory: nothing is wanted until the next time. */
	for (size_t i = 0; seen && i < directory->n; i++) {
		const struct directory_slot *slot =
			directory_class_of(directory, directory->entries[i]);

		if (directory->entries[i]->forgotten || !slot || slot->class_.held ||
			seen[slot->number])
			continue;
		seen[slot->number] = true;
		if (!each(&slot->class_, slot->number, data))
			break;
	}
	free(seen);
}

void directory_list_holders(
	const struct directory *directory, int32_t slot, directory_each each, void *data)
{
	struct directory_member member;

	for (size_t i = 0; i < directory->n; i++) {
		const struct directory_entry *entry = directory->entries[i];
		bool names = false;

		for (unsigned j = 0; j < entry->n_classes; j++)
			names = names || entry->slots[j] == slot;
		if (!names || entry->forgotten)
			continue;
		directory_entry_show(directory, entry, &member);
		if (!each(&member, data))
			return;
	}
}

/* ---------------------------------------------------------------- documents */

/* The slots of @digest, in whichever projection that is read here; at most one is of its document.
 */
static struct directory_slot *directory_class_slot(const struct directory *directory,
	const struct directory_digest *digest, uint32_t projection)
{
	return directory_slot_find(directory, projection, digest);
}

static bool directory_class_is_named(
	const struct directory *directory, const struct directory_digest *digest)
{
	return directory_class_slot(directory, digest, CLASS_PROJECTION) ||
	       directory_class_slot(directory, digest, CLASS_PROJECTION - 1);
}

int directory_load_class(struct directory *directory, const char *digest)
{
	struct directory_digest key;
	struct directory_slot *slot;

	if (!directory_digest_parse(digest, strlen(digest), &key))
		return -EINVAL;
	for (uint32_t i = CLASS_PROJECTION - 1; i <= CLASS_PROJECTION; i++) {
		slot = directory_class_slot(directory, &key, i);
		if (slot)
			slot->class_.held = true;
	}
	return 0;
}

/* Reads the document in full, and writes it again: others must come to the same bytes. */
static int directory_class_check(
	const char *bytes, size_t n, uint32_t *ret_projection, struct refusal *refusal)
{
	_cleanup_(directory_arena_freep) struct arena *arena = NULL;
	_cleanup_(cleanup_freep) char *again = NULL;
	struct class class_;
	size_t n_again;
	int r = arena_new(LIMIT_ARENA_BYTES, &arena);

	if (r < 0)
		return r;
	r = class_json_decode(bytes, n, arena, &class_, refusal);
	if (r != CLASS_JSON_DONE)
		return r < 0 ? r : DIRECTORY_E_REFUSED;
	r = class_json_encode(&class_, &again, &n_again);
	if (r < 0)
		return r;
	if (n_again != n || memcmp(again, bytes, n) != 0) {
		(void)refusal_set(refusal, "document", "it is not in canonical form");
		return DIRECTORY_E_REFUSED;
	}
	*ret_projection = class_.projection;
	return DIRECTORY_TAKEN;
}

static int directory_class_answer(struct directory *directory, enum directory_word word,
	enum directory_outcome outcome, struct directory_result *ret)
{
	directory->words[word]++;
	ret->word = directory_word_text(word);
	return (int)outcome;
}

static int directory_class_keep(struct directory *directory, const struct directory_digest *digest,
	const struct signed_record_input *document, struct directory_result *ret)
{
	struct directory_slot *slot;
	char text[DIGEST_LENGTH + 1];
	uint32_t projection;
	int r = directory_class_check(document->bytes, document->n, &projection, &ret->refusal);

	if (r < 0)
		return r;
	slot = r == DIRECTORY_TAKEN ? directory_class_slot(directory, digest, projection) : NULL;
	if (r == DIRECTORY_TAKEN && !slot)
		(void)refusal_set(&ret->refusal, "schema",
			"it is not of the projection that it is named for");
	if (!slot)
		return directory_class_answer(
			directory, DIRECTORY_WORD_CLASS_MALFORMED, DIRECTORY_E_REFUSED, ret);
	if (slot->class_.held)
		return directory_class_answer(
			directory, DIRECTORY_WORD_CLASS_SAME, DIRECTORY_SAME, ret);
	directory_digest_format(digest, text);
	r = directory->keeper.put_class(directory->keeper.data, text, document->bytes, document->n);
	if (r < 0)
		return r;
	slot->class_.held = true;
	ret->changes = DIRECTORY_DOCUMENT;
	directory_tell(directory, NULL, DIRECTORY_DOCUMENT);
	return directory_class_answer(
		directory, DIRECTORY_WORD_CLASS_ACCEPTED, DIRECTORY_TAKEN, ret);
}

int directory_put_class(
	struct directory *directory, const char *bytes, size_t n, struct directory_result *ret)
{
	static const struct guard_limits limits = { LIMIT_CLASS_BYTES, LIMIT_CLASS_NODES,
		LIMIT_DEPTH };
	struct signed_record_input document = { .bytes = bytes, .n = n };
	struct directory_digest digest;
	char text[DIGEST_LENGTH + 1];
	int r;

	*ret = (struct directory_result){ 0 };
	if (guard_scan(bytes, n, &limits, &ret->refusal) != GUARD_DONE)
		return directory_class_answer(
			directory, DIRECTORY_WORD_CLASS_SIZE, DIRECTORY_E_REFUSED, ret);
	r = digest_compute(bytes, n, text);
	if (r < 0)
		return r;
	(void)directory_digest_parse(text, DIGEST_LENGTH, &digest);
	if (!directory_class_is_named(directory, &digest)) {
		(void)refusal_set(&ret->refusal, "document",
			"no record names a class of the digest %s", text);
		return directory_class_answer(
			directory, DIRECTORY_WORD_CLASS_UNWANTED, DIRECTORY_E_REFUSED, ret);
	}
	return directory_class_keep(directory, &digest, &document, ret);
}

int directory_read_class(const struct directory *directory, const struct directory_digest *digest,
	char **ret, size_t *ret_n)
{
	char text[DIGEST_LENGTH + 1];

	if (!directory_class_is_named(directory, digest))
		return -ENOENT;
	directory_digest_format(digest, text);
	return directory->keeper.get_class(directory->keeper.data, text, ret, ret_n);
}
