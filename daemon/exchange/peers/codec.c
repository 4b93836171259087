/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/exchange/peers/codec.h"

#include "core/cleanup.h"
#include "core/codec/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Digits of a record's length, and of a sequence. */
#define PEERS_LENGTH_DIGITS 5U

/* ------------------------------------------------------------- buckets */

int peers_buckets_read(const struct directory *directory, struct peers_buckets *ret)
{
	struct directory_digest hash;

	for (unsigned i = 0; i < DIRECTORY_BUCKETS; i++) {
		directory_hash_bucket(directory, i, &hash);
		memcpy(ret->bytes + i * PEERS_HASH_BYTES, hash.bytes, PEERS_HASH_BYTES);
	}
	return digest_compute((const char *)ret->bytes, sizeof(ret->bytes), ret->tag);
}

bool peers_buckets_differ(const unsigned char *a, const unsigned char *b, unsigned bucket)
{
	size_t at = (size_t)bucket * PEERS_HASH_BYTES;

	return memcmp(a + at, b + at, PEERS_HASH_BYTES) != 0;
}

static bool peers_bucket_write(const struct directory_member *member, void *data)
{
	char digest[DIGEST_LENGTH + 1];

	directory_digest_format(&member->version.digest, digest);
	return fprintf(data, "%s %" PRIu64 " %s\n", member->host, member->version.sequence,
		       digest) > 0;
}

int peers_bucket_format(
	const struct directory *directory, unsigned bucket, char **ret, size_t *ret_n)
{
	_cleanup_(cleanup_freep) char *text = NULL;
	size_t n;
	FILE *file = open_memstream(&text, &n);
	bool good;

	if (!file)
		return -ENOMEM;
	directory_list_bucket(directory, bucket, peers_bucket_write, file);
	good = !ferror(file);
	if (fclose(file) != 0 || !good)
		return -ENOMEM;
	*ret = cleanup_take(text);
	*ret_n = n;
	return 0;
}

/* Cuts what is before @end off @text. False: there is no @end. */
static bool peers_cut(struct peers_text *text, char end, struct peers_text *ret)
{
	const char *found = text->n > 0 ? memchr(text->at, end, text->n) : NULL;

	if (!found)
		return false;
	*ret = (struct peers_text){ text->at, (size_t)(found - text->at) };
	text->n -= ret->n + 1;
	text->at = found + 1;
	return true;
}

enum peers_codec_outcome peers_bucket_next(struct peers_text *text, struct peers_item *ret)
{
	struct peers_text line, host, sequence;

	if (text->n == 0)
		return PEERS_CODEC_END;
	if (!peers_cut(text, '\n', &line) || !peers_cut(&line, ' ', &host) ||
		!peers_cut(&line, ' ', &sequence))
		return PEERS_CODEC_E_REFUSED;
	if (host.n > LIMIT_HOST_NAME || !record_is_host(host.at, host.n) ||
		text_parse_decimal(sequence.at, sequence.n, &ret->version.sequence) < 0 ||
		ret->version.sequence > (uint64_t)INT64_MAX ||
		!directory_digest_parse(line.at, line.n, &ret->version.digest))
		return PEERS_CODEC_E_REFUSED;
	memcpy(ret->host, host.at, host.n);
	ret->host[host.n] = '\0';
	return PEERS_CODEC_DONE;
}

/* ------------------------------------------------------------- batches */

int peers_batch_add(struct peers_batch *batch, const char *bytes, size_t n)
{
	char head[PEERS_LENGTH_DIGITS + 2];
	size_t n_head;

	if (batch->n_records == PEERS_BATCH_RECORDS || n > LIMIT_RECORD_BYTES)
		return PEERS_CODEC_E_REFUSED;
	if (!batch->bytes)
		batch->bytes = malloc(PEERS_BATCH_BYTES);
	if (!batch->bytes)
		return -ENOMEM;
	n_head = (size_t)snprintf(head, sizeof(head), "%zu:", n);
	memcpy(batch->bytes + batch->n, head, n_head);
	memcpy(batch->bytes + batch->n + n_head, bytes, n);
	batch->n += n_head + n;
	batch->bytes[batch->n++] = ',';
	batch->n_records++;
	return PEERS_CODEC_DONE;
}

void peers_batch_done(struct peers_batch *batch)
{
	free(batch->bytes);
	*batch = (struct peers_batch){ 0 };
}

enum peers_codec_outcome peers_batch_next(struct peers_text *text, struct peers_text *ret)
{
	struct peers_text length, record;
	uint64_t n;

	if (text->n == 0)
		return PEERS_CODEC_END;
	if (!peers_cut(text, ':', &length) || length.n > PEERS_LENGTH_DIGITS ||
		text_parse_decimal(length.at, length.n, &n) < 0 || n > LIMIT_RECORD_BYTES ||
		n >= text->n || text->at[n] != ',')
		return PEERS_CODEC_E_REFUSED;
	record = (struct peers_text){ text->at, (size_t)n };
	text->at += n + 1;
	text->n -= n + 1;
	*ret = record;
	return PEERS_CODEC_DONE;
}

bool peers_batch_check(struct peers_text text)
{
	enum peers_codec_outcome outcome = PEERS_CODEC_DONE;
	struct peers_text record;
	unsigned n = 0;

	while (outcome == PEERS_CODEC_DONE && n <= PEERS_BATCH_RECORDS) {
		outcome = peers_batch_next(&text, &record);
		n += outcome == PEERS_CODEC_DONE;
	}
	return outcome == PEERS_CODEC_END && n <= PEERS_BATCH_RECORDS;
}
