/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/exchange/peers/talk.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum peers_talk_state {
	PEERS_TALK_BUCKETS,
	PEERS_TALK_BUCKET,
	PEERS_TALK_RECORD,
	PEERS_TALK_PUSH,
	PEERS_TALK_OVER,
};

struct peers_talk {
	struct peers_talk_settings settings;
	enum peers_talk_state state;
	struct peers_buckets own;
	bool differs[DIRECTORY_BUCKETS];
	unsigned steps;	 /* buckets that were looked at, from first_bucket on */
	unsigned bucket; /* that is asked for */
	size_t n_items, next_item;
	struct peers_batch batch;
	struct peers_talk_sums sums;
	struct peers_item items[PEERS_BUCKET_HOSTS]; /* in that bucket, there */
};

int peers_talk_new(const struct peers_talk_settings *settings, struct peers_talk **ret)
{
	struct peers_talk *talk = malloc(sizeof(*talk));

	if (!talk)
		return -ENOMEM;
	/* The items are set one by one, as they come: most of that memory is never touched. */
	memset(talk, 0, offsetof(struct peers_talk, items));
	talk->settings = *settings;
	*ret = talk;
	return 0;
}

struct peers_talk *peers_talk_free(struct peers_talk *talk)
{
	if (talk)
		peers_batch_done(&talk->batch);
	free(talk);
	return NULL;
}

struct peers_talk_sums peers_talk_get_sums(const struct peers_talk *talk)
{
	return talk->sums;
}

/* ------------------------------------------------------------- refusals */

static bool peers_refusals_has(const struct peers_refusals *refusals,
	const struct directory_version *version, uint64_t now_us)
{
	for (unsigned i = 0; i < PEERS_REFUSALS; i++) {
		if (refusals->items[i].at_us > 0 && now_us >= refusals->items[i].at_us &&
			now_us - refusals->items[i].at_us < PEERS_REFUSALS_US &&
			refusals->items[i].sequence == version->sequence &&
			memcmp(&refusals->items[i].digest, &version->digest,
				sizeof(version->digest)) == 0)
			return true;
	}
	return false;
}

static void peers_refusals_add(
	struct peers_refusals *refusals, const struct directory_version *version, uint64_t now_us)
{
	unsigned at = refusals->next++ % PEERS_REFUSALS;

	refusals->items[at].at_us = now_us;
	refusals->items[at].sequence = version->sequence;
	refusals->items[at].digest = version->digest;
}

static bool peers_talk_wants(const struct peers_talk *talk, const struct peers_item *item)
{
	const struct peers_talk_settings *settings = &talk->settings;

	return directory_wants(settings->directory, item->host, &item->version) &&
	       !peers_refusals_has(
		       settings->refusals, &item->version, settings->now_us(settings->data));
}

/* ------------------------------------------------------------- asking */

/* Goes on to the next bucket that differs. False: there is none. */
static bool peers_talk_find_bucket(struct peers_talk *talk)
{
	while (talk->steps < DIRECTORY_BUCKETS) {
		talk->bucket = (talk->settings.first_bucket + talk->steps++) % DIRECTORY_BUCKETS;
		if (talk->differs[talk->bucket])
			return true;
	}
	return false;
}

static bool peers_talk_find_item(struct peers_talk *talk)
{
	while (talk->next_item < talk->n_items) {
		if (peers_talk_wants(talk, &talk->items[talk->next_item]))
			return true;
		talk->next_item++;
	}
	return false;
}

static void peers_talk_advance(struct peers_talk *talk)
{
	if (talk->sums.asks >= PEERS_TALK_ASKS || talk->sums.wrong >= PEERS_TALK_WRONG)
		talk->state = PEERS_TALK_OVER;
	else if (peers_talk_find_item(talk))
		talk->state = PEERS_TALK_RECORD;
	else if (talk->batch.n_records == PEERS_BATCH_RECORDS)
		talk->state = PEERS_TALK_PUSH;
	else if (peers_talk_find_bucket(talk))
		talk->state = PEERS_TALK_BUCKET;
	else if (talk->batch.n_records > 0)
		talk->state = PEERS_TALK_PUSH;
	else
		talk->state = PEERS_TALK_OVER;
}

bool peers_talk_next(struct peers_talk *talk, struct peers_ask *ret)
{
	struct peers_ask ask = { .method = "GET" };

	switch (talk->state) {
	case PEERS_TALK_BUCKETS:
		if (peers_buckets_read(talk->settings.directory, &talk->own) < 0)
			return false;
		ask.tag = talk->own.tag;
		ask.max_bytes = PEERS_BUCKETS_BYTES;
		(void)snprintf(ask.path, sizeof(ask.path), "/v1/buckets");
		break;
	case PEERS_TALK_BUCKET:
		ask.max_bytes = PEERS_BUCKET_BYTES;
		(void)snprintf(ask.path, sizeof(ask.path), "/v1/bucket/%u", talk->bucket);
		break;
	case PEERS_TALK_RECORD:
		ask.max_bytes = LIMIT_RECORD_BYTES;
		(void)snprintf(ask.path, sizeof(ask.path), "/v1/record/%s",
			talk->items[talk->next_item].host);
		break;
	case PEERS_TALK_PUSH:
		ask.method = "POST";
		ask.body = talk->batch.bytes;
		ask.n_body = talk->batch.n;
		ask.max_bytes = (size_t)PEERS_BATCH_RECORDS * 32;
		(void)snprintf(ask.path, sizeof(ask.path), "/v1/records");
		break;
	case PEERS_TALK_OVER:
		return false;
	}
	talk->sums.asks++;
	*ret = ask;
	return true;
}

/* ------------------------------------------------------------- answers */

static int peers_talk_take_buckets(
	struct peers_talk *talk, unsigned status, const char *body, size_t n_body)
{
	if (status == 304)
		return 0;
	if (status != 200 || n_body != PEERS_BUCKETS_BYTES)
		return -EBADMSG;
	for (unsigned i = 0; i < DIRECTORY_BUCKETS; i++)
		talk->differs[i] =
			peers_buckets_differ(talk->own.bytes, (const unsigned char *)body, i);
	return 0;
}

/* What is held here of a bucket, beside what the peer has of it. */
struct peers_talk_mine {
	struct peers_talk *talk;
	size_t n;
	char hosts[PEERS_BATCH_RECORDS][LIMIT_HOST_NAME + 1]; /* to be handed over */
};

static bool peers_talk_is_newer(
	const struct directory_version *a, const struct directory_version *b)
{
	if (a->sequence != b->sequence)
		return a->sequence > b->sequence;
	return memcmp(&a->digest, &b->digest, sizeof(a->digest)) > 0;
}

static bool peers_talk_compare(const struct directory_member *member, void *data)
{
	struct peers_talk_mine *mine = data;
	struct peers_talk *talk = mine->talk;

	for (size_t i = 0; i < talk->n_items; i++) {
		if (strcmp(talk->items[i].host, member->host) == 0 &&
			!peers_talk_is_newer(&member->version, &talk->items[i].version))
			return true;
	}
	(void)snprintf(mine->hosts[mine->n++], sizeof(mine->hosts[0]), "%s", member->host);
	return mine->n < PEERS_BATCH_RECORDS;
}

static int peers_talk_add(struct peers_talk *talk, const char *host)
{
	char *bytes;
	size_t n;
	int r = directory_read_record(talk->settings.directory, host, &bytes, &n);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	r = peers_batch_add(&talk->batch, bytes, n);
	free(bytes);
	if (r == PEERS_CODEC_DONE)
		talk->sums.pushed++;
	return r < 0 ? r : 0;
}

/* What does not fit into this talk's share is for the next one. */
static int peers_talk_collect(struct peers_talk *talk)
{
	struct peers_talk_mine *mine = malloc(sizeof(*mine));
	int r = 0;

	if (!mine)
		return -ENOMEM;
	mine->talk = talk;
	mine->n = 0;
	directory_list_bucket(talk->settings.directory, talk->bucket, peers_talk_compare, mine);
	for (size_t i = 0; r == 0 && i < mine->n && talk->sums.pushed < PEERS_TALK_PUSHED; i++)
		r = peers_talk_add(talk, mine->hosts[i]);
	free(mine);
	return r;
}

static int peers_talk_take_bucket(
	struct peers_talk *talk, unsigned status, const char *body, size_t n_body)
{
	struct peers_text text = { body, n_body };
	enum peers_codec_outcome outcome = PEERS_CODEC_DONE;

	talk->n_items = talk->next_item = 0;
	if (status != 200)
		return -EBADMSG;
	talk->sums.buckets++;
	while (talk->n_items < PEERS_BUCKET_HOSTS && outcome == PEERS_CODEC_DONE) {
		outcome = peers_bucket_next(&text, &talk->items[talk->n_items]);
		talk->n_items += outcome == PEERS_CODEC_DONE;
	}
	if (outcome != PEERS_CODEC_END) {
		talk->n_items = 0;
		return -EBADMSG;
	}
	return peers_talk_collect(talk);
}

static int peers_talk_take_record(
	struct peers_talk *talk, unsigned status, const char *body, size_t n_body)
{
	const struct peers_talk_settings *settings = &talk->settings;
	const struct peers_item *item = &talk->items[talk->next_item++];
	struct signed_record_input input = { body, n_body, settings->now_us(settings->data) };
	struct directory_result result;
	int r = DIRECTORY_E_REFUSED;

	talk->sums.fetched++;
	if (status == 200)
		r = directory_offer(settings->directory, &input, &result);
	if (r < 0)
		return r;
	if (r == DIRECTORY_TAKEN)
		talk->sums.taken++;
	if (r == DIRECTORY_E_REFUSED) {
		/* It may also have expired since; then it is in no later list. */
		peers_refusals_add(settings->refusals, &item->version, input.now_us);
		talk->sums.wrong++;
		if (status == 200 && settings->refused)
			settings->refused(&result, settings->data);
	}
	return 0;
}

static int peers_talk_take_push(struct peers_talk *talk, unsigned status)
{
	talk->batch.n = 0;
	talk->batch.n_records = 0;
	/* 422: it refuses some, which it says itself, and its reasons are its own. */
	return status == 200 || status == 422 ? 0 : -EBADMSG;
}

int peers_talk_take(struct peers_talk *talk, unsigned status, const char *body, size_t n_body)
{
	int r = 0;

	switch (talk->state) {
	case PEERS_TALK_BUCKETS:
		r = peers_talk_take_buckets(talk, status, body, n_body);
		break;
	case PEERS_TALK_BUCKET:
		r = peers_talk_take_bucket(talk, status, body, n_body);
		break;
	case PEERS_TALK_RECORD:
		r = peers_talk_take_record(talk, status, body, n_body);
		break;
	case PEERS_TALK_PUSH:
		r = peers_talk_take_push(talk, status);
		break;
	case PEERS_TALK_OVER:
		assert(false);
	}
	if (r == 0)
		peers_talk_advance(talk);
	else
		talk->state = PEERS_TALK_OVER;
	if (r == 0 && talk->sums.wrong >= PEERS_TALK_WRONG)
		r = -EBADMSG;
	return r;
}
