/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/exchange/peers/serve.h"

#include "core/cleanup.h"
#include "core/codec/text.h"
#include "daemon/exchange/peers/codec.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PEERS_JSON  "application/json"
#define PEERS_BYTES "application/octet-stream"

/* What came of reading @bytes, which were allocated: 200 with them, or why not. */
static void peers_serve(struct http_answer *answer, int r, char *bytes, size_t n)
{
	answer->status = r == 0 ? 200 : r == -ENOENT ? 404 : 500;
	answer->body = r == 0 ? bytes : NULL;
	answer->n_body = r == 0 ? n : 0;
}

static void peers_serve_buckets(
	const struct http_request *request, struct http_answer *answer, void *data)
{
	const struct peers_service *service = data;
	struct peers_buckets buckets;
	char *body;

	if (peers_buckets_read(service->directory, &buckets) < 0)
		return;
	(void)snprintf(answer->tag, sizeof(answer->tag), "%s", buckets.tag);
	if (strcmp(request->tag, buckets.tag) == 0) {
		answer->status = 304;
		return;
	}
	body = malloc(sizeof(buckets.bytes));
	if (body)
		memcpy(body, buckets.bytes, sizeof(buckets.bytes));
	answer->type = PEERS_BYTES;
	peers_serve(answer, body ? 0 : -ENOMEM, body, sizeof(buckets.bytes));
}

static void peers_serve_bucket(
	const struct http_request *request, struct http_answer *answer, void *data)
{
	const struct peers_service *service = data;
	uint64_t bucket;
	char *body = NULL;
	size_t n = 0;
	int r = -ENOENT;

	if (text_parse_decimal(request->argument, strlen(request->argument), &bucket) == 0 &&
		bucket < DIRECTORY_BUCKETS)
		r = peers_bucket_format(service->directory, (unsigned)bucket, &body, &n);
	peers_serve(answer, r, body, n);
}

static void peers_serve_record(
	const struct http_request *request, struct http_answer *answer, void *data)
{
	const struct peers_service *service = data;
	struct directory_member member;
	char *body = NULL;
	size_t n = 0;
	int r = -ENOENT;

	/* What is not proven, or has expired, goes no further. */
	if (directory_find(service->directory, request->argument, &member) &&
		member.standing == DIRECTORY_CURRENT)
		r = directory_read_record(service->directory, request->argument, &body, &n);
	answer->type = PEERS_JSON;
	peers_serve(answer, r, body, n);
}

/* Offers one record of a batch; what became of it is a line of the answer. */
static int peers_serve_offer(const struct peers_service *service, const char *peer,
	const struct peers_text *record, FILE *file)
{
	struct signed_record_input input = { record->at, record->n,
		service->now_us(service->data) };
	struct directory_result result;
	int r = directory_offer(service->directory, &input, &result);

	if (r == DIRECTORY_E_REFUSED)
		service->refused(peer, &result, service->data);
	if (r >= 0)
		fprintf(file, "%s\n", result.word);
	return r;
}

/* 200 where none was refused, 422 where one was; which, say the lines. */
static void peers_serve_records(
	const struct http_request *request, struct http_answer *answer, void *data)
{
	const struct peers_service *service = data;
	struct peers_text text = { request->body, request->n_body }, record;
	_cleanup_(cleanup_freep) char *lines = NULL;
	size_t n_lines;
	FILE *file;
	int r = 0;

	answer->status = 400;
	if (!peers_batch_check(text))
		return;
	answer->status = 500;
	file = open_memstream(&lines, &n_lines);
	if (!file)
		return;
	answer->status = 200;
	while (r >= 0 && peers_batch_next(&text, &record) == PEERS_CODEC_DONE) {
		r = peers_serve_offer(service, request->peer, &record, file);
		if (r == DIRECTORY_E_REFUSED)
			answer->status = 422;
	}
	if (fclose(file) != 0 || r < 0) {
		answer->status = 500;
		return;
	}
	answer->body = cleanup_take(lines);
	answer->n_body = n_lines;
}

static void peers_serve_class(
	const struct http_request *request, struct http_answer *answer, void *data)
{
	const struct peers_service *service = data;
	struct directory_digest digest;
	char *body = NULL;
	size_t n = 0;
	int r = -ENOENT;

	if (directory_digest_parse(request->argument, strlen(request->argument), &digest))
		r = directory_read_class(service->directory, &digest, &body, &n);
	answer->type = PEERS_JSON;
	peers_serve(answer, r, body, n);
}

static void peers_serve_facts(
	const struct http_request *request, struct http_answer *answer, void *data)
{
	const struct peers_service *service = data;
	char *body = NULL;
	size_t n = 0;
	int r;

	(void)request;
	answer->type = PEERS_JSON;
	r = service->read_facts(service->data, &body, &n);
	peers_serve(answer, r, body, n);
}

const struct http_route peers_routes[PEERS_ROUTES] = {
	{ .method = "GET", .path = "/v1/buckets", .cost = 1, .handle = peers_serve_buckets },
	{ .method = "GET",
		.path = "/v1/bucket/",
		.max_argument = 3,
		.cost = 1,
		.handle = peers_serve_bucket },
	{ .method = "GET",
		.path = "/v1/record/",
		.max_argument = LIMIT_HOST_NAME,
		.cost = 1,
		.handle = peers_serve_record },
	{ .method = "POST",
		.path = "/v1/records",
		.max_body = PEERS_BATCH_BYTES,
		.cost = PEERS_BATCH_RECORDS, /* each is a signature to verify */
		.handle = peers_serve_records },
	{ .method = "GET",
		.path = "/v1/class/",
		.max_argument = DIGEST_LENGTH,
		.cost = 4,
		.handle = peers_serve_class },
	{ .method = "GET", .path = "/v1/facts", .cost = 60, .handle = peers_serve_facts },
};
