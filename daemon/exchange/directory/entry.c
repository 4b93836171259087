/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An entry is made of a record that was just proven, or of its summary, which holds the same
 * without certificates and signature: a start with many hosts parses no JSON.
 */
#include "core/cleanup.h"
#include "daemon/exchange/directory/view.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DIRECTORY_DAY_US (UINT64_C(24) * 60 * 60 * 1000000)
/* The form of a summary; one of another form is not read, and its record verified anew. */
#define DIRECTORY_SUMMARY 1U

/* A summary: this, the classes, the texts. Numbers are little-endian. */
struct directory_summary {
	uint8_t version, flags, collection, n_classes, n_labels, n_endpoints, n_new, unused;
	uint32_t class_day;
	uint16_t n_labels_bytes, n_endpoints_bytes;
	uint64_t sequence, collected_us, valid_until_us;
	struct directory_digest digest, facts, map;
	unsigned char host_id[16];
};
struct directory_summary_class {
	uint32_t projection;
	struct directory_digest digest;
};
enum { DIRECTORY_SUMMARY_COLLECTED = 1, DIRECTORY_SUMMARY_CONTRADICTED = 2 };

/* Texts and classes of a new entry, before there is one. */
struct directory_draft {
	const char *host;
	const char *labels, *endpoints;
	size_t n_labels_bytes, n_endpoints_bytes;
	unsigned n_classes;
	struct directory_summary_class classes[LIMIT_PROJECTIONS];
};

void directory_entry_free(struct directory *directory, struct directory_entry *entry)
{
	if (!entry)
		return;
	for (unsigned i = 0; i < entry->n_classes; i++)
		directory_slot_release(directory, entry->slots[i]);
	free(entry);
}

/* What @entry adds to its bucket, and which that is. */
static int directory_entry_share(struct directory_entry *entry)
{
	unsigned char bytes[LIMIT_HOST_NAME + 1 + 8 + 32];
	char text[DIGEST_LENGTH + 1];
	struct directory_digest name;
	uint64_t sequence = htobe64(entry->sequence);
	size_t n = entry->n_host;
	int r = digest_compute(entry->text, n - 1, text);

	if (r < 0)
		return r;
	(void)directory_digest_parse(text, DIGEST_LENGTH, &name);
	entry->bucket = name.bytes[0];
	memcpy(bytes, entry->text, n);
	memcpy(bytes + n, &sequence, sizeof(sequence));
	memcpy(bytes + n + sizeof(sequence), entry->digest.bytes, sizeof(entry->digest.bytes));
	r = digest_compute(bytes, n + sizeof(sequence) + sizeof(entry->digest.bytes), text);
	if (r < 0)
		return r;
	(void)directory_digest_parse(text, DIGEST_LENGTH, &entry->share);
	return 0;
}

static struct directory_entry *directory_entry_alloc(const struct directory_draft *draft)
{
	size_t n_host = strlen(draft->host) + 1;
	size_t n = n_host + draft->n_labels_bytes + draft->n_endpoints_bytes;
	struct directory_entry *entry = malloc(sizeof(*entry) + n);

	if (!entry)
		return NULL;
	*entry = (struct directory_entry){ 0 };
	entry->n_host = (uint16_t)n_host;
	entry->n_labels_bytes = (uint16_t)draft->n_labels_bytes;
	entry->n_endpoints_bytes = (uint16_t)draft->n_endpoints_bytes;
	memcpy(entry->text, draft->host, n_host);
	if (draft->n_labels_bytes)
		memcpy(entry->text + n_host, draft->labels, draft->n_labels_bytes);
	if (draft->n_endpoints_bytes)
		memcpy(entry->text + n_host + draft->n_labels_bytes, draft->endpoints,
			draft->n_endpoints_bytes);
	return entry;
}

/*
 * True when @entry may name the class @wanted, of which there is nothing here yet. Only the class
 * that would be fetched is counted: the others cost no more than their digest.
 */
static bool directory_entry_may_name(struct directory *directory, struct directory_entry *entry,
	const struct directory_summary_class *class_, bool wanted)
{
	if (!wanted || directory_slot_find(directory, class_->projection, &class_->digest))
		return true;
	if (entry->classes_new >= DIRECTORY_CLASSES_DAY) {
		directory->words[DIRECTORY_WORD_CLASS_LIMIT]++;
		return false;
	}
	entry->classes_new++;
	return true;
}

static int directory_entry_name_classes(struct directory *directory, struct directory_entry *entry,
	const struct directory_draft *draft)
{
	uint32_t projections[LIMIT_PROJECTIONS];
	unsigned best;

	for (unsigned i = 0; i < draft->n_classes; i++)
		projections[i] = draft->classes[i].projection;
	best = directory_slot_best(projections, draft->n_classes);
	for (unsigned i = 0; i < draft->n_classes; i++) {
		const struct directory_summary_class *class_ = &draft->classes[i];
		int r;

		if (!directory_entry_may_name(directory, entry, class_, i == best))
			continue;
		r = directory_slot_take(directory, class_->projection, &class_->digest,
			&entry->slots[entry->n_classes]);
		if (r < 0)
			return r;
		entry->n_classes++;
	}
	return 0;
}

/* ---------------------------------------------------------------- of a record */

/* Labels and endpoints one after the other, each with its NUL, to be freed with free(). */
static char *directory_entry_pack(const struct record *record, struct directory_draft *draft)
{
	size_t n = 0;
	char *text, *at;

	for (uint32_t i = 0; i < record->n_labels; i++)
		n += strlen(record->labels[i].name) + strlen(record->labels[i].value) + 2;
	draft->n_labels_bytes = n;
	for (uint32_t i = 0; i < record->n_endpoints; i++)
		n += strlen(record->endpoints[i]) + 1;
	draft->n_endpoints_bytes = n - draft->n_labels_bytes;
	text = at = malloc(n + 1);
	if (!text)
		return NULL;
	for (uint32_t i = 0; i < record->n_labels; i++) {
		at = stpcpy(at, record->labels[i].name) + 1;
		at = stpcpy(at, record->labels[i].value) + 1;
	}
	for (uint32_t i = 0; i < record->n_endpoints; i++)
		at = stpcpy(at, record->endpoints[i]) + 1;
	draft->labels = text;
	draft->endpoints = text + draft->n_labels_bytes;
	return text;
}

static bool directory_entry_read_id(const char *text, unsigned char ret[static 16])
{
	char twice[DIGEST_LENGTH + 1];
	struct directory_digest digest;

	(void)snprintf(twice, sizeof(twice), "%.32s%.32s", text, text);
	if (!directory_digest_parse(twice, strlen(twice), &digest))
		return false;
	memcpy(ret, digest.bytes, 16);
	return true;
}

static void directory_entry_fill(struct directory_entry *entry, const struct signed_record *signed_)
{
	const struct record *record = &signed_->record;

	entry->sequence = record->sequence;
	entry->collected_us = record->collected_us;
	entry->valid_until_us = record->valid_until_us;
	entry->collection = (uint8_t)record->collection;
	entry->n_labels = (uint8_t)record->n_labels;
	entry->n_endpoints = (uint8_t)record->n_endpoints;
	entry->expired = signed_->stale;
	(void)directory_digest_parse(signed_->digest, DIGEST_LENGTH, &entry->digest);
	(void)directory_entry_read_id(record->host_id, entry->host_id);
	entry->collected =
		record->facts && record->map &&
		directory_digest_parse(record->facts, strlen(record->facts), &entry->facts) &&
		directory_digest_parse(record->map, strlen(record->map), &entry->map);
}

/* A class that was named before, and by nobody meanwhile, may still be kept. */
static void directory_entry_look_up(
	struct directory *directory, const struct directory_entry *entry)
{
	for (unsigned i = 0; i < entry->n_classes; i++) {
		struct directory_class *class_ = &directory->slots[entry->slots[i]]->class_;
		char digest[DIGEST_LENGTH + 1];
		char *document;
		size_t n;

		if (class_->n_members > 1 || class_->held)
			continue;
		directory_digest_format(&class_->digest, digest);
		if (directory->keeper.get_class(directory->keeper.data, digest, &document, &n) != 0)
			continue;
		class_->held = true;
		free(document);
	}
}

int directory_entry_new(struct directory *directory, const struct signed_record *signed_,
	const struct directory_entry *before, uint64_t now_us, struct directory_entry **ret)
{
	const struct record *record = &signed_->record;
	struct directory_draft draft = { .host = record->host };
	_cleanup_(cleanup_freep) char *text = directory_entry_pack(record, &draft);
	uint32_t today = (uint32_t)(now_us / DIRECTORY_DAY_US);
	struct directory_entry *entry;
	int r;

	for (uint32_t i = 0; i < record->n_classes; i++) {
		draft.classes[i].projection = record->classes[i].projection;
		(void)directory_digest_parse(record->classes[i].digest,
			strlen(record->classes[i].digest), &draft.classes[i].digest);
	}
	draft.n_classes = record->n_classes;
	entry = text ? directory_entry_alloc(&draft) : NULL;
	if (!entry)
		return -ENOMEM;
	directory_entry_fill(entry, signed_);
	entry->class_day = today;
	entry->classes_new = before && before->class_day == today ? before->classes_new : 0;
	entry->contradicted = before && !before->forgotten && before->contradicted;
	r = directory_entry_share(entry);
	if (r == 0)
		r = directory_entry_name_classes(directory, entry, &draft);
	if (r < 0) {
		directory_entry_free(directory, entry);
		return r;
	}
	directory_entry_look_up(directory, entry);
	*ret = entry;
	return 0;
}

/* ---------------------------------------------------------------- kept, and back */

#define DIRECTORY_SUMMARY_BYTES                                                                    \
	(sizeof(struct directory_summary) +                                                        \
		LIMIT_PROJECTIONS * sizeof(struct directory_summary_class) + LIMIT_RECORD_BYTES)

static struct directory_summary directory_entry_head(const struct directory_entry *entry)
{
	struct directory_summary head = {
		.version = DIRECTORY_SUMMARY,
		.flags = (uint8_t)((entry->collected ? DIRECTORY_SUMMARY_COLLECTED : 0) |
				   (entry->contradicted ? DIRECTORY_SUMMARY_CONTRADICTED : 0)),
		.collection = entry->collection,
		.n_classes = entry->n_classes,
		.n_labels = entry->n_labels,
		.n_endpoints = entry->n_endpoints,
		.n_new = entry->classes_new,
		.class_day = htole32(entry->class_day),
		.n_labels_bytes = htole16(entry->n_labels_bytes),
		.n_endpoints_bytes = htole16(entry->n_endpoints_bytes),
		.sequence = htole64(entry->sequence),
		.collected_us = htole64(entry->collected_us),
		.valid_until_us = htole64(entry->valid_until_us),
		.digest = entry->digest,
		.facts = entry->facts,
		.map = entry->map,
	};

	memcpy(head.host_id, entry->host_id, sizeof(head.host_id));
	return head;
}

/* Writes the summary of @entry to @ret, and its length; gives the class that is read here. */
static const struct directory_class *directory_entry_summarise(const struct directory *directory,
	const struct directory_entry *entry, char ret[static DIRECTORY_SUMMARY_BYTES],
	size_t *ret_n)
{
	struct directory_summary head = directory_entry_head(entry);
	size_t n_text = (size_t)entry->n_labels_bytes + entry->n_endpoints_bytes;
	uint32_t projections[LIMIT_PROJECTIONS];
	char *at = ret;
	unsigned best;

	assert(n_text <= LIMIT_RECORD_BYTES);
	memcpy(at, &head, sizeof(head));
	at += sizeof(head);
	for (unsigned i = 0; i < entry->n_classes; i++) {
		const struct directory_class *class_ = &directory->slots[entry->slots[i]]->class_;
		struct directory_summary_class one = { htole32(class_->projection),
			class_->digest };

		projections[i] = class_->projection;
		memcpy(at, &one, sizeof(one));
		at += sizeof(one);
	}
	memcpy(at, entry->text + entry->n_host, n_text);
	*ret_n = (size_t)(at - ret) + n_text;
	best = directory_slot_best(projections, entry->n_classes);
	return best < entry->n_classes ? &directory->slots[entry->slots[best]]->class_ : NULL;
}

int directory_entry_keep(const struct directory *directory, const struct directory_entry *entry,
	const char *bytes, size_t n)
{
	char summary[DIRECTORY_SUMMARY_BYTES], digest[DIGEST_LENGTH + 1];
	struct kept_host kept = { .host = entry->text,
		.verified_under = "",
		.valid_until_us = entry->valid_until_us,
		.summary = summary,
		.bytes = bytes,
		.n = n,
		.collected_us = entry->collected_us };
	const struct directory_class *class_ =
		directory_entry_summarise(directory, entry, summary, &kept.n_summary);

	if (entry->forgotten)
		kept.verified_under = NULL;
	else if (directory->trust && !entry->unproven)
		kept.verified_under = trust_get_digest(directory->trust);
	if (class_) {
		directory_digest_format(&class_->digest, digest);
		kept.class_digest = digest;
	}
	return directory->keeper.put_host(directory->keeper.data, &kept);
}

/* True when @n bytes at @text are @count texts, each with its NUL. */
static bool directory_entry_is_texts(const char *text, size_t n, unsigned count)
{
	for (size_t i = 0; i < n; i++)
		count -= text[i] == '\0';
	return count == 0 && (n == 0 || text[n - 1] == '\0');
}

/* Reads @kept into @head and @draft, whose texts stay where they are. */
static bool directory_entry_read(
	const struct kept_host *kept, struct directory_summary *head, struct directory_draft *draft)
{
	const char *at = kept->summary;
	size_t n = kept->n_summary, n_fixed;

	if (!record_is_host(kept->host, strlen(kept->host)) || n < sizeof(*head))
		return false;
	memcpy(head, at, sizeof(*head));
	draft->host = kept->host;
	draft->n_classes = head->n_classes;
	draft->n_labels_bytes = le16toh(head->n_labels_bytes);
	draft->n_endpoints_bytes = le16toh(head->n_endpoints_bytes);
	n_fixed = sizeof(*head) + head->n_classes * sizeof(draft->classes[0]);
	if (head->version != DIRECTORY_SUMMARY || head->n_classes > LIMIT_PROJECTIONS ||
		head->n_labels > LIMIT_LABELS || head->n_endpoints > LIMIT_ENDPOINTS ||
		head->collection >= _RECORD_COLLECTION_MAX ||
		n != n_fixed + draft->n_labels_bytes + draft->n_endpoints_bytes)
		return false;
	memcpy(draft->classes, at + sizeof(*head), n_fixed - sizeof(*head));
	for (unsigned i = 0; i < head->n_classes; i++)
		draft->classes[i].projection = le32toh(draft->classes[i].projection);
	draft->labels = at + n_fixed;
	draft->endpoints = draft->labels + draft->n_labels_bytes;
	return directory_entry_is_texts(
		       draft->labels, draft->n_labels_bytes, 2U * head->n_labels) &&
	       directory_entry_is_texts(
		       draft->endpoints, draft->n_endpoints_bytes, head->n_endpoints);
}

static void directory_entry_unpack(
	struct directory_entry *entry, const struct directory_summary *head)
{
	entry->sequence = le64toh(head->sequence);
	entry->collected_us = le64toh(head->collected_us);
	entry->valid_until_us = le64toh(head->valid_until_us);
	entry->digest = head->digest;
	entry->facts = head->facts;
	entry->map = head->map;
	memcpy(entry->host_id, head->host_id, sizeof(entry->host_id));
	entry->class_day = le32toh(head->class_day);
	entry->collection = head->collection;
	entry->n_labels = head->n_labels;
	entry->n_endpoints = head->n_endpoints;
	entry->collected = (head->flags & DIRECTORY_SUMMARY_COLLECTED) != 0;
	entry->contradicted = (head->flags & DIRECTORY_SUMMARY_CONTRADICTED) != 0;
}

int directory_entry_load(
	struct directory *directory, const struct kept_host *kept, struct directory_entry **ret)
{
	struct directory_draft draft = { 0 };
	struct directory_summary head;
	struct directory_entry *entry;
	int r;

	if (!directory_entry_read(kept, &head, &draft))
		return -EINVAL;
	entry = directory_entry_alloc(&draft);
	if (!entry)
		return -ENOMEM;
	directory_entry_unpack(entry, &head);
	entry->forgotten = kept->verified_under == NULL;
	entry->unproven = !entry->forgotten && !*kept->verified_under;
	r = directory_entry_share(entry);
	/* What was named within the limit once stays named. */
	if (r == 0)
		r = directory_entry_name_classes(directory, entry, &draft);
	entry->classes_new = head.n_new;
	if (r < 0) {
		directory_entry_free(directory, entry);
		return r;
	}
	*ret = entry;
	return 0;
}

/* ---------------------------------------------------------------- shown */

enum directory_standing directory_entry_standing(
	const struct directory *directory, const struct directory_entry *entry)
{
	if (!directory->trust || entry->unproven)
		return DIRECTORY_UNPROVEN;
	return entry->expired ? DIRECTORY_EXPIRED : DIRECTORY_CURRENT;
}

void directory_entry_show(const struct directory *directory, const struct directory_entry *entry,
	struct directory_member *ret)
{
	*ret = (struct directory_member){
		.host = entry->text,
		.version = { entry->sequence, entry->digest },
		.standing = directory_entry_standing(directory, entry),
		.contradicted = entry->contradicted,
		.collected_us = entry->collected_us,
		.valid_until_us = entry->valid_until_us,
		.collection = (enum record_collection)entry->collection,
		.facts = entry->collected ? &entry->facts : NULL,
		.map = entry->collected ? &entry->map : NULL,
		.n_classes = entry->n_classes,
		.n_labels = entry->n_labels,
		.labels = entry->text + entry->n_host,
		.n_endpoints = entry->n_endpoints,
		.endpoints = entry->text + entry->n_host + entry->n_labels_bytes,
	};
	memcpy(ret->host_id, entry->host_id, sizeof(ret->host_id));
	for (unsigned i = 0; i < entry->n_classes; i++) {
		ret->classes[i].slot = entry->slots[i];
		ret->classes[i].projection = directory->slots[entry->slots[i]]->class_.projection;
	}
}
