/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What peers do of themselves: talks, telling of changes, fetching of classes. */
#include "core/cleanup.h"
#include "daemon/exchange/peers/view.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------- talks */

static void peers_talk_on_refused(const struct directory_result *result, void *data)
{
	const struct peers_errand *errand = data;

	peers_tell_refused(errand->peers, errand->name.host, result);
}

static uint64_t peers_talk_now_us(void *data)
{
	const struct peers_errand *errand = data;

	return errand->peers->settings.now_us(errand->peers->settings.data);
}

static void peers_talk_count(struct peers *peers, const struct peers_talk *talk)
{
	struct peers_talk_sums sums = peers_talk_get_sums(talk);

	peers->counts[PEERS_WORD_TALKS]++;
	peers->counts[PEERS_WORD_IDLE] += sums.buckets == 0;
	peers->counts[PEERS_WORD_FETCHED] += sums.fetched;
	peers->counts[PEERS_WORD_TAKEN] += sums.taken;
	peers->counts[PEERS_WORD_OFFERED] += sums.pushed;
}

static enum peers_next peers_talk_on_answer(
	struct peers_errand *errand, const struct curl_loop_result *result)
{
	struct peers *peers = errand->peers;
	char why[PEERS_LINE_BYTES];
	struct peers_ask ask;
	int r;

	peers->fetching = true;
	r = peers_talk_take(errand->talk, (unsigned)result->status, result->body, result->n_body);
	peers->fetching = false;
	if (r < 0) {
		(void)snprintf(why, sizeof(why),
			r == -EBADMSG ? "what it answered (%ld) to %.300s is of no use"
				      : "its answer (%ld) to %.300s cannot be taken",
			result->status, errand->url + errand->n_url);
		peers_errand_fail(errand, why);
		return PEERS_BAD;
	}
	if (peers_talk_next(errand->talk, &ask)) {
		peers_errand_ask(errand, &ask);
		return PEERS_ASKED;
	}
	peers_talk_count(peers, errand->talk);
	peers_fetch_classes(peers);
	return PEERS_GOOD;
}

void peers_talk_start(struct peers *peers, struct peers_place *place)
{
	struct peers_talk_settings settings = {
		.directory = peers->settings.directory,
		.refusals = &peers->refusals,
		.now_us = peers_talk_now_us,
		.refused = peers_talk_on_refused,
		.first_bucket = (unsigned)(peers_random(NULL) % DIRECTORY_BUCKETS),
	};
	struct peers_errand *errand;
	struct peers_ask ask;

	if (peers_errand_new(peers, place, place->url, &errand) < 0) {
		place->busy = false;
		return;
	}
	errand->answered = peers_talk_on_answer;
	settings.data = errand;
	if (peers_talk_new(&settings, &errand->talk) == 0 && peers_talk_next(errand->talk, &ask))
		peers_errand_ask(errand, &ask);
	else
		peers_errand_free(errand);
}

/* ------------------------------------------------------------- pushes */

static enum peers_next peers_push_on_answer(
	struct peers_errand *errand, const struct curl_loop_result *result)
{
	char why[64];

	if (result->status == 200 || result->status == 422)
		return PEERS_GOOD;
	(void)snprintf(why, sizeof(why), "it does not take records: %ld", result->status);
	peers_errand_fail(errand, why);
	return PEERS_BAD;
}

static void peers_push_to(
	struct peers *peers, struct peers_place *place, const struct peers_batch *batch)
{
	struct peers_ask ask = { .method = "POST",
		.path = "/v1/records",
		.body = batch->bytes,
		.n_body = batch->n,
		.max_bytes = (size_t)PEERS_BATCH_RECORDS * 32 };
	struct peers_errand *errand;

	if (peers_errand_new(peers, place, place->url, &errand) < 0) {
		place->busy = false;
		return;
	}
	errand->answered = peers_push_on_answer;
	peers->counts[PEERS_WORD_PUSHED]++;
	peers_errand_ask(errand, &ask);
}

static int peers_push_collect(struct peers *peers, struct peers_batch *batch)
{
	int r = 0;

	for (unsigned i = 0; r >= 0 && i < peers->n_pushes; i++) {
		_cleanup_(cleanup_freep) char *bytes = NULL;
		size_t n;

		r = directory_read_record(peers->settings.directory, peers->pushes[i], &bytes, &n);
		if (r == 0)
			r = peers_batch_add(batch, bytes, n);
		else if (r == -ENOENT)
			r = 0;
	}
	peers->n_pushes = 0;
	return r;
}

void peers_push(struct peers *peers)
{
	_cleanup_(peers_batch_done) struct peers_batch batch = { 0 };

	if (peers_push_collect(peers, &batch) < 0 || batch.n_records == 0)
		return;
	for (unsigned i = 0; i < PEERS_FANOUT; i++) {
		struct peers_place *place =
			peers_places_choose(peers->places, peers_now_us(), peers_random, NULL);

		if (place)
			peers_push_to(peers, place, &batch);
	}
}

/* ------------------------------------------------------------- classes */

static struct peers_miss *peers_miss_find(
	struct peers *peers, const struct directory_digest *digest)
{
	for (unsigned i = 0; i < PEERS_MISSES; i++) {
		if (peers->misses[i].not_before_us > 0 &&
			memcmp(&peers->misses[i].digest, digest, sizeof(*digest)) == 0)
			return &peers->misses[i];
	}
	return NULL;
}

/* Not again before the next round: by then another holder may be drawn. */
static void peers_miss_add(struct peers *peers, const struct directory_digest *digest)
{
	struct peers_miss *miss = peers_miss_find(peers, digest);

	if (!miss)
		miss = &peers->misses[peers_random(NULL) % PEERS_MISSES];
	miss->digest = *digest;
	miss->not_before_us = peers_now_us() + peers->settings.interval_us;
	peers->counts[PEERS_WORD_CLASSES_MISSED]++;
}

static enum peers_next peers_class_on_answer(
	struct peers_errand *errand, const struct curl_loop_result *result)
{
	struct peers *peers = errand->peers;
	struct directory_result taken;
	char why[PEERS_LINE_BYTES];
	int r = -ENOENT;

	if (result->status == 200)
		r = directory_put_class(
			peers->settings.directory, result->body, result->n_body, &taken);
	if (r == DIRECTORY_TAKEN || r == DIRECTORY_SAME) {
		peers->counts[PEERS_WORD_CLASSES]++;
		errand->fetches = false;
		peers->n_fetches--;
		peers_fetch_classes(peers);
		return PEERS_GOOD;
	}
	peers_miss_add(peers, &errand->digest);
	if (r == DIRECTORY_E_REFUSED) {
		(void)snprintf(why, sizeof(why), "a class is refused: %s, %s: %s", taken.word,
			taken.refusal.where, taken.refusal.text);
		peers_errand_tell(errand, why);
	}
	return PEERS_GOOD;
}

/* One of the places where the class of @slot was made, by chance. */
struct peers_holder {
	const struct peers *peers;
	unsigned n;
	char url[PEERS_URL_BYTES];
};

static bool peers_holder_on_host(const struct directory_member *member, void *data)
{
	struct peers_holder *holder = data;
	const char *url = member->endpoints;

	if (strcmp(member->host, holder->peers->host) == 0)
		return true;
	for (unsigned i = 0; i < member->n_endpoints; i++, url += strlen(url) + 1) {
		if (peers_random(NULL) % ++holder->n == 0)
			(void)snprintf(holder->url, sizeof(holder->url), "%s", url);
	}
	return true;
}

struct peers_want {
	struct peers *peers;
	unsigned n;
	struct {
		struct directory_digest digest;
		int32_t slot;
	} items[PEERS_FETCHES];
};

static bool peers_want_on_class(const struct directory_class *class_, int32_t slot, void *data)
{
	struct peers_want *want = data;
	struct peers_miss *miss = peers_miss_find(want->peers, &class_->digest);
	const struct peers_errand *errand;

	if (miss && peers_now_us() < miss->not_before_us)
		return true;
	LIST_FOREACH(errand, &want->peers->errands, link)
	{
		if (errand->fetches &&
			memcmp(&errand->digest, &class_->digest, sizeof(errand->digest)) == 0)
			return true;
	}
	want->items[want->n].digest = class_->digest;
	want->items[want->n++].slot = slot;
	return want->peers->n_fetches + want->n < PEERS_FETCHES;
}

static void peers_fetch_class(
	struct peers *peers, const struct directory_digest *digest, int32_t slot)
{
	struct peers_holder holder = { .peers = peers };
	struct peers_ask ask = { .method = "GET", .max_bytes = LIMIT_CLASS_BYTES };
	struct peers_place *place = NULL;
	struct peers_errand *errand;
	char text[DIGEST_LENGTH + 1];

	directory_list_holders(peers->settings.directory, slot, peers_holder_on_host, &holder);
	/* A holder may be down, and any peer that knows its record may have its class too. */
	if (holder.n == 0 || peers_miss_find(peers, digest))
		place = peers_places_choose(peers->places, peers_now_us(), peers_random, NULL);
	if (!place && holder.n == 0)
		return;
	if (peers_errand_new(peers, place, place ? place->url : holder.url, &errand) < 0) {
		if (place)
			place->busy = false;
		return;
	}
	errand->answered = peers_class_on_answer;
	errand->digest = *digest;
	errand->fetches = true;
	peers->n_fetches++;
	directory_digest_format(digest, text);
	(void)snprintf(ask.path, sizeof(ask.path), "/v1/class/%s", text);
	peers_errand_ask(errand, &ask);
}

void peers_fetch_classes(struct peers *peers)
{
	struct peers_want want = { .peers = peers };

	if (peers->tls && peers->n_fetches < PEERS_FETCHES)
		directory_list_wanted(peers->settings.directory, peers_want_on_class, &want);
	for (unsigned i = 0; i < want.n; i++)
		peers_fetch_class(peers, &want.items[i].digest, want.items[i].slot);
}
