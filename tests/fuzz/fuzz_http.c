/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What peers send: the first byte of the input says what of it. A head, a bucket, a batch (which is
 * also handed to the server's table), a list of peers, or answers to a talk.
 */
#include "daemon/exchange/http/head.h"
#include "daemon/exchange/peers/places.h"
#include "daemon/exchange/peers/serve.h"
#include "daemon/exchange/peers/talk.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FUZZ_HTTP_NOW 1803902400000000ULL

static void fuzz_http_must(bool condition)
{
	if (!condition)
		abort();
}

/* ------------------------------------------------------------- a directory that trusts nobody */

static int fuzz_http_put_host(void *data, const struct kept_host *kept)
{
	(void)data;
	(void)kept;
	abort();
}

static int fuzz_http_get(void *data, const char *key, char **ret, size_t *ret_n)
{
	(void)data;
	(void)key;
	(void)ret;
	(void)ret_n;
	return -ENOENT;
}

static int fuzz_http_drop(void *data, const char *host)
{
	(void)data;
	(void)host;
	abort();
}

static int fuzz_http_put_class(void *data, const char *digest, const char *bytes, size_t n)
{
	(void)data;
	(void)digest;
	(void)bytes;
	(void)n;
	abort();
}

static struct directory *fuzz_http_directory(void)
{
	struct directory_settings settings = { .host = "own",
		.max_hosts = DIRECTORY_PEERS_MAX,
		.keeper = { NULL, fuzz_http_put_host, fuzz_http_get, fuzz_http_drop,
			fuzz_http_put_class, fuzz_http_get } };
	struct directory *directory;

	fuzz_http_must(directory_new(&settings, &directory) == 0);
	return directory;
}

static uint64_t fuzz_http_now_us(void *data)
{
	(void)data;
	return FUZZ_HTTP_NOW;
}

static int fuzz_http_read_facts(void *data, char **ret, size_t *ret_n)
{
	return fuzz_http_get(data, "", ret, ret_n);
}

static void fuzz_http_refused(const char *peer, const struct directory_result *result, void *data)
{
	(void)peer;
	(void)data;
	fuzz_http_must(result->word && result->refusal.text[0]);
}

/* ------------------------------------------------------------- what comes in */

static void fuzz_http_head(const char *bytes, size_t n)
{
	struct http_head head, again;
	enum http_head_outcome outcome = http_head_parse(bytes, n, &head);

	fuzz_http_must(*http_head_word(outcome));
	if (outcome == HTTP_HEAD_MORE)
		fuzz_http_must(n < HTTP_HEAD_BYTES);
	if (outcome != HTTP_HEAD_DONE)
		return;
	fuzz_http_must(head.n <= n && head.n <= HTTP_HEAD_BYTES && head.path[0] == '/');
	fuzz_http_must(memcmp(bytes + head.n - 4, "\r\n\r\n", 4) == 0);
	/* Neither less nor more of what follows makes a difference. */
	fuzz_http_must(http_head_parse(bytes, head.n, &again) == HTTP_HEAD_DONE);
	fuzz_http_must(again.n == head.n && again.length == head.length);
	fuzz_http_must(strcmp(again.path, head.path) == 0);
	fuzz_http_must(http_head_parse(bytes, head.n - 1, &again) == HTTP_HEAD_MORE);
}

static void fuzz_http_bucket(const char *bytes, size_t n)
{
	struct peers_text text = { bytes, n };
	struct peers_item item;

	while (peers_bucket_next(&text, &item) == PEERS_CODEC_DONE) {
		fuzz_http_must(record_is_host(item.host, strlen(item.host)));
		fuzz_http_must(item.version.sequence <= (uint64_t)INT64_MAX);
		fuzz_http_must(text.at >= bytes && text.at + text.n == bytes + n);
	}
}

static void fuzz_http_batch(const char *bytes, size_t n)
{
	struct peers_service service = { .directory = fuzz_http_directory(),
		.now_us = fuzz_http_now_us,
		.read_facts = fuzz_http_read_facts,
		.refused = fuzz_http_refused };
	struct peers_text text = { bytes, n }, record;
	bool good = peers_batch_check(text);

	for (unsigned i = 0; i < PEERS_ROUTES; i++) {
		struct http_request request = {
			.peer = "peer", .argument = "", .tag = "", .body = bytes, .n_body = n
		};
		struct http_answer answer = { .status = 500 };

		if (strcmp(peers_routes[i].method, "POST") == 0) {
			peers_routes[i].handle(&request, &answer, &service);
			fuzz_http_must((answer.status == 400) == !good);
			free(answer.body);
		}
	}
	while (peers_batch_next(&text, &record) == PEERS_CODEC_DONE)
		fuzz_http_must(record.n <= LIMIT_RECORD_BYTES && record.at >= bytes &&
			       record.at + record.n < bytes + n);
	directory_free(service.directory);
}

static int fuzz_http_on_url(const char *url, void *data)
{
	struct peers_places *places = data;

	fuzz_http_must(peers_places_add(places, url, PEERS_FILE) == 0);
	return 0;
}

static void fuzz_http_list(const char *bytes, size_t n)
{
	struct refusal refusal = { "", "" };
	struct peers_places *places;

	fuzz_http_must(peers_places_new(&places) == 0);
	if (peers_list_parse(bytes, n, fuzz_http_on_url, places, &refusal) != 0)
		fuzz_http_must(refusal.text[0]);
	peers_places_free(places);
}

/* Answers of a status and two bytes of length each; a peer may say anything at any time. */
static void fuzz_http_talk(const char *bytes, size_t n)
{
	static char other[PEERS_BUCKETS_BYTES];
	static struct peers_refusals refusals;
	struct peers_talk_settings settings = { .directory = fuzz_http_directory(),
		.refusals = &refusals,
		.now_us = fuzz_http_now_us };
	struct peers_talk *talk;
	struct peers_ask ask;
	int r;

	memset(other, 1, sizeof(other));
	fuzz_http_must(peers_talk_new(&settings, &talk) == 0 && peers_talk_next(talk, &ask));
	r = peers_talk_take(talk, 200, other, sizeof(other));
	while (r == 0 && n >= 3 && peers_talk_next(talk, &ask)) {
		unsigned status = bytes[0] == 'g' ? 200 : (unsigned char)bytes[0] * 3U;
		size_t length = (size_t)(unsigned char)bytes[1] << 8 | (unsigned char)bytes[2];

		length = length < n - 3 ? length : n - 3;
		r = peers_talk_take(talk, status, bytes + 3, length);
		fuzz_http_must(r <= 0);
		bytes += 3 + length;
		n -= 3 + length;
	}
	fuzz_http_must(r == 0 || !peers_talk_next(talk, &ask));
	peers_talk_free(talk);
	directory_free(settings.directory);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const char *rest = (const char *)bytes + 1;

	if (n == 0)
		return 0;
	switch (bytes[0]) {
	case 'h':
		fuzz_http_head(rest, n - 1);
		break;
	case 'b':
		fuzz_http_bucket(rest, n - 1);
		break;
	case 'r':
		fuzz_http_batch(rest, n - 1);
		break;
	case 'l':
		fuzz_http_list(rest, n - 1);
		break;
	case 't':
		fuzz_http_talk(rest, n - 1);
		break;
	default:
		break;
	}
	return 0;
}
