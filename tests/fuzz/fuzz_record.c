/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The first byte of the input says which decoder: of an envelope, of a payload, of base64, of a
 * name or of a certificate. What they take keeps to its limits, and comes back when it is written.
 */
#include "core/arena.h"
#include "core/codec/base64.h"
#include "core/codec/record_json.h"
#include "daemon/exchange/envelope.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static void fuzz_record_must(bool condition)
{
	if (!condition)
		abort();
}

static void fuzz_record_check_payload(const struct record *record)
{
	fuzz_record_must(record_is_fleet(record->fleet, strlen(record->fleet)));
	fuzz_record_must(record_is_host(record->host, strlen(record->host)));
	fuzz_record_must(record->n_labels <= LIMIT_LABELS);
	fuzz_record_must(record->n_endpoints <= LIMIT_ENDPOINTS);
	fuzz_record_must(record->n_classes <= LIMIT_PROJECTIONS);
	fuzz_record_must(record->sequence > 0 && record->sequence <= INT64_MAX);
	fuzz_record_must(!record->facts == !record->map);
	for (uint32_t i = 1; i < record->n_labels; i++)
		fuzz_record_must(strcmp(record->labels[i - 1].name, record->labels[i].name) < 0);
	for (uint32_t i = 1; i < record->n_classes; i++)
		fuzz_record_must(record->classes[i - 1].projection < record->classes[i].projection);
}

/* What is taken and written is taken again and written the same. */
static void fuzz_record_write_back(const struct record *record, struct arena *arena)
{
	struct refusal refusal;
	struct record again;
	char *one, *two;
	size_t n_one, n_two;

	fuzz_record_must(record_json_write(record, &one, &n_one) == 0);
	fuzz_record_must(
		record_json_decode(one, n_one, arena, &again, &refusal) == RECORD_JSON_DONE);
	fuzz_record_must(record_json_write(&again, &two, &n_two) == 0);
	fuzz_record_must(n_one == n_two && memcmp(one, two, n_one) == 0);
	free(one);
	free(two);
}

static void fuzz_record_payload(const char *bytes, size_t n, struct arena *arena)
{
	struct refusal refusal = { "", "" };
	struct record record;
	int r = record_json_decode(bytes, n, arena, &record, &refusal);

	fuzz_record_must(r >= 0);
	if (r != RECORD_JSON_DONE) {
		fuzz_record_must(refusal.where[0] && refusal.text[0]);
		return;
	}
	fuzz_record_check_payload(&record);
	if (record.collection != RECORD_COLLECTION_OTHER)
		fuzz_record_write_back(&record, arena);
}

static void fuzz_record_certificate(const struct trust_certificate *certificate)
{
	const unsigned char *at = certificate->bytes;
	X509 *parsed = d2i_X509(NULL, &at, (long)certificate->n);
	struct refusal refusal = { "", "" };
	struct identity_name name;
	int r = 0;

	if (parsed)
		r = identity_read_name(parsed, &name, &refusal);
	if (parsed && r == IDENTITY_DONE)
		fuzz_record_must(record_is_host(name.host, strlen(name.host)));
	X509_free(parsed);
	(void)pem_fault_or(0);
}

static void fuzz_record_envelope(const char *bytes, size_t n, struct arena *arena)
{
	struct refusal refusal = { "", "" };
	struct envelope envelope;
	int r = envelope_decode(bytes, n, arena, &envelope, &refusal);

	fuzz_record_must(r >= 0);
	if (r != ENVELOPE_DONE) {
		fuzz_record_must(refusal.where[0] && refusal.text[0]);
		return;
	}
	fuzz_record_must(n <= LIMIT_RECORD_BYTES && envelope.n_payload <= LIMIT_RECORD_BYTES);
	fuzz_record_must(envelope.chain.n >= 1 && envelope.chain.n <= LIMIT_CERTIFICATES);
	for (unsigned i = 0; i < envelope.chain.n; i++)
		fuzz_record_certificate(&envelope.chain.certificates[i]);
	fuzz_record_payload(envelope.payload, envelope.n_payload, arena);
}

static void fuzz_record_base64(const char *text, size_t n)
{
	unsigned char *bytes = malloc(BASE64_BYTES(n) + 1);
	char *back = malloc(n + 4);
	size_t n_bytes;

	fuzz_record_must(bytes && back);
	if (base64_decode(text, n, bytes, &n_bytes) == 0) {
		base64_encode(bytes, n_bytes, back);
		fuzz_record_must(strlen(back) == n && memcmp(back, text, n) == 0);
	}
	free(bytes);
	free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const char *rest = (const char *)bytes + 1;
	struct identity_name name;
	struct refusal refusal;
	struct arena *arena;

	if (n == 0 || arena_new((size_t)128 << 10, &arena) < 0)
		return 0;
	switch (bytes[0]) {
	case 'e':
		fuzz_record_envelope(rest, n - 1, arena);
		break;
	case 'p':
		fuzz_record_payload(rest, n - 1, arena);
		break;
	case 'b':
		fuzz_record_base64(rest, n - 1);
		break;
	case 'n':
		if (identity_parse(rest, n - 1, &name, &refusal) == IDENTITY_DONE)
			fuzz_record_must(record_is_fleet(name.fleet, strlen(name.fleet)));
		break;
	default:
		break;
	}
	arena_free(arena);
	return 0;
}
