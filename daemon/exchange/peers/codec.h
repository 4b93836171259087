/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bodies that peers send each other beside the documents themselves. The hashes of the buckets: 16
 * bytes each, one after another; by chance two do not agree in them, and who made two of its own
 * records agree would hide nothing but itself. A bucket: a line for each host, "HOST SEQUENCE
 * DIGEST", where digest is the payload's. A batch: records as they were received, each as
 * "LENGTH:BYTES,". Pure, but for the directory that is read.
 */
#pragma once

#include "daemon/exchange/directory.h"

#define PEERS_HASH_BYTES    16U
#define PEERS_BUCKETS_BYTES (DIRECTORY_BUCKETS * PEERS_HASH_BYTES)
#define PEERS_BUCKET_BYTES  (128U << 10)
#define PEERS_BUCKET_HOSTS  1024U
#define PEERS_BATCH_RECORDS 32U
#define PEERS_BATCH_BYTES   (PEERS_BATCH_RECORDS * (LIMIT_RECORD_BYTES + 8U))

enum peers_codec_outcome {
	PEERS_CODEC_DONE,
	PEERS_CODEC_END, /* there is no more */
	PEERS_CODEC_E_REFUSED,
};

struct peers_buckets {
	unsigned char bytes[PEERS_BUCKETS_BYTES];
	char tag[DIGEST_LENGTH + 1]; /* names them: equal tags, equal buckets */
};
/* The buckets of @directory. -ENOMEM. */
int peers_buckets_read(const struct directory *directory, struct peers_buckets *ret);
bool peers_buckets_differ(const unsigned char *a, const unsigned char *b, unsigned bucket);

/* Text in @ret, to be freed with free(). -ENOMEM. */
int peers_bucket_format(
	const struct directory *directory, unsigned bucket, char **ret, size_t *ret_n);

struct peers_item {
	char host[LIMIT_HOST_NAME + 1];
	struct directory_version version;
};
/* What is still to be read. */
struct peers_text {
	const char *at;
	size_t n;
};
/* The next line of a bucket. */
enum peers_codec_outcome peers_bucket_next(struct peers_text *text, struct peers_item *ret);

struct peers_batch {
	char *bytes;
	size_t n;
	unsigned n_records;
};
/* Adds a record. PEERS_CODEC_E_REFUSED: it does not fit any more. -ENOMEM. */
int peers_batch_add(struct peers_batch *batch, const char *bytes, size_t n);
void peers_batch_done(struct peers_batch *batch);
/* The next record of a batch, a part of @text. */
enum peers_codec_outcome peers_batch_next(struct peers_text *text, struct peers_text *ret);
/* Whether @text is a batch from beginning to end, of not more than PEERS_BATCH_RECORDS. */
bool peers_batch_check(struct peers_text text);
