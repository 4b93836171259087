/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inside of a directory, for its own files. */
#pragma once

#include "daemon/exchange/directory/class.h"

/* A host, in one block with its texts; 100,000 of them have to fit. */
struct directory_entry {
	uint64_t sequence;
	uint64_t collected_us;
	uint64_t valid_until_us;
	struct directory_digest digest, facts, map;
	struct directory_digest share; /* what it adds to the hash of its bucket */
	unsigned char host_id[16];
	int32_t slots[LIMIT_PROJECTIONS];
	uint32_t class_day; /* days since 1970: when classes_new was counted */
	uint8_t classes_new;
	uint8_t n_classes, n_labels, n_endpoints;
	uint8_t collection; /* enum record_collection */
	uint8_t bucket;
	bool collected;	   /* facts and map are there */
	bool forgotten;	   /* a tombstone: only version and valid-until count */
	bool expired;	   /* valid-until has passed */
	bool unproven;	   /* what is trusted does not prove it */
	bool pending;	   /* to be verified again */
	bool contradicted; /* see struct directory_member */
	bool in_bucket;	   /* its share is in the hash of its bucket */
	uint16_t n_host;   /* bytes of the name with its NUL */
	uint16_t n_labels_bytes;
	uint16_t n_endpoints_bytes;
	char text[]; /* name, labels, endpoints */
};

struct directory_slot {
	struct directory_class class_;
	int32_t number;
};

enum directory_word {
	DIRECTORY_WORD_SAME,
	DIRECTORY_WORD_OLDER,
	DIRECTORY_WORD_FORGOTTEN,
	DIRECTORY_WORD_EXPIRED,
	DIRECTORY_WORD_TOO_MANY,
	DIRECTORY_WORD_NO_TRUST,
	DIRECTORY_WORD_CLASS_ACCEPTED,
	DIRECTORY_WORD_CLASS_SAME,
	DIRECTORY_WORD_CLASS_UNWANTED,
	DIRECTORY_WORD_CLASS_SIZE,
	DIRECTORY_WORD_CLASS_MALFORMED,
	DIRECTORY_WORD_CLASS_LIMIT,
	_DIRECTORY_WORD_MAX,
};

struct directory {
	char host[LIMIT_HOST_NAME + 1];
	size_t max_hosts;
	struct directory_keeper keeper;
	struct trust *trust;
	size_t n, allocated, n_forgotten, n_pending;
	struct directory_entry **entries;  /* sorted by name */
	size_t cursor;			   /* where verifying again goes on */
	uint64_t expiry_us, expired_at_us; /* nothing expires before; when it was last looked */
	struct directory_digest buckets[DIRECTORY_BUCKETS];
	size_t n_slots, slots_allocated;
	struct directory_slot **slots; /* NULL: free */
	size_t free_slot;	       /* no free one is before it */
	void *tree;		       /* of slots, tsearch(3) */
	size_t n_watches;
	struct {
		directory_changed changed;
		void *data;
	} watches[DIRECTORY_WATCHES];
	uint64_t counts[_SIGNED_RECORD_OUTCOME_MAX]; /* of offers */
	uint64_t words[_DIRECTORY_WORD_MAX];
};

/* ------------------------------------------------------------------- entries */

/*
 * A new entry of @record, its classes in slots that it holds; @before is the one it follows, or
 * NULL. The caller owns @ret. -ENOMEM.
 */
int directory_entry_new(struct directory *directory, const struct signed_record *record,
	const struct directory_entry *before, uint64_t now_us, struct directory_entry **ret);
/* The same of what was kept. -EINVAL: that is not what directory_entry_summarise() made. */
int directory_entry_load(
	struct directory *directory, const struct kept_host *kept, struct directory_entry **ret);
/* Gives back its slots. Accepts NULL. */
void directory_entry_free(struct directory *directory, struct directory_entry *entry);

/* Keeps @entry, with its record of @n bytes or (NULL) as that was. As the keeper. */
int directory_entry_keep(const struct directory *directory, const struct directory_entry *entry,
	const char *bytes, size_t n);

void directory_entry_show(const struct directory *directory, const struct directory_entry *entry,
	struct directory_member *ret);
enum directory_standing directory_entry_standing(
	const struct directory *directory, const struct directory_entry *entry);

/* The word of a counter. */
const char *directory_word_text(enum directory_word word);

/* Calls all that watch; @entry is NULL for DIRECTORY_DOCUMENT. */
void directory_tell(
	struct directory *directory, const struct directory_entry *entry, unsigned changes);

/* ------------------------------------------------------------------- the index */

/* The entry of @host, forgotten ones too, or NULL; @ret_at is where it is or belongs. */
struct directory_entry *directory_index_find(
	const struct directory *directory, const char *host, size_t *ret_at);
/* Makes room for one more. -ENOMEM. */
int directory_index_reserve(struct directory *directory);
/* Puts @entry at @at, in the place of the one of that name, which is freed. There is room. */
void directory_index_put(struct directory *directory, size_t at, struct directory_entry *entry);
void directory_index_remove(struct directory *directory, size_t at);
/* Has the hash of its bucket, and the counts, agree with what @entry is now. */
void directory_index_refresh(struct directory *directory, struct directory_entry *entry);

/* ------------------------------------------------------------------- slots */

/* The slot of @digest in @projection, or NULL. */
struct directory_slot *directory_slot_find(const struct directory *directory, uint32_t projection,
	const struct directory_digest *digest);
/* The same, made if there is none, and held once more. -ENOMEM. */
int directory_slot_take(struct directory *directory, uint32_t projection,
	const struct directory_digest *digest, int32_t *ret);
void directory_slot_release(struct directory *directory, int32_t slot);

/* Which of @n classes is read here, the newest; @n: none. */
unsigned directory_slot_best(const uint32_t *projections, unsigned n);
