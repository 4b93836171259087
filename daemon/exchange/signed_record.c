/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/exchange/signed_record.h"

#include "core/cleanup.h"
#include "core/codec/record_json.h"
#include "daemon/exchange/envelope.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/* Texts of envelope and payload, decoded: certificates and signature shrink, the rest grows little.
 */
#define SIGNED_RECORD_ARENA_BYTES ((size_t)64 << 10)

CLEANUP_DEFINE(struct arena *, arena_free, signed_record_arena_freep);

const char *signed_record_word(enum signed_record_outcome outcome)
{
	static const char *const words[] = {
		[SIGNED_RECORD_DONE] = "accepted",
		[SIGNED_RECORD_E_SIZE] = "over-limit",
		[SIGNED_RECORD_E_ENVELOPE] = "malformed-envelope",
		[SIGNED_RECORD_E_CERTIFICATE] = "malformed-certificate",
		[SIGNED_RECORD_E_UNTRUSTED] = "untrusted",
		[SIGNED_RECORD_E_USE] = "wrong-use",
		[SIGNED_RECORD_E_NO_LIST] = "no-revocation-list",
		[SIGNED_RECORD_E_REVOKED] = "revoked",
		[SIGNED_RECORD_E_NAME] = "not-a-host",
		[SIGNED_RECORD_E_FLEET] = "other-fleet",
		[SIGNED_RECORD_E_KEY] = "wrong-key",
		[SIGNED_RECORD_E_SIGNATURE] = "wrong-signature",
		[SIGNED_RECORD_E_SCHEMA] = "other-version",
		[SIGNED_RECORD_E_PAYLOAD] = "malformed-payload",
		[SIGNED_RECORD_E_ORIGIN] = "other-host",
		[SIGNED_RECORD_E_EARLY] = "not-yet-valid",
		[SIGNED_RECORD_E_LIST] = "revocation-list-expired",
		[SIGNED_RECORD_E_AHEAD] = "ahead-of-time",
		[SIGNED_RECORD_E_VALIDITY] = "wrong-validity",
		[SIGNED_RECORD_E_SEQUENCE] = "sequence-ahead",
	};

	assert(outcome < _SIGNED_RECORD_OUTCOME_MAX);
	return words[outcome];
}

/* The bytes that are signed, in @arena. */
static char *signed_record_message(
	const char *fleet, const struct envelope *envelope, struct arena *arena, size_t *ret_n)
{
	size_t n_schema = sizeof(RECORD_SCHEMA);
	size_t n_fleet = strlen(fleet) + 1;
	char *message = arena_alloc(arena, n_schema + n_fleet + envelope->n_payload);

	if (!message)
		return NULL;
	memcpy(message, RECORD_SCHEMA, n_schema);
	memcpy(message + n_schema, fleet, n_fleet);
	memcpy(message + n_schema + n_fleet, envelope->payload, envelope->n_payload);
	*ret_n = n_schema + n_fleet + envelope->n_payload;
	return message;
}

/* ---------------------------------------------------------------- verifying */

static int signed_record_of_trust(enum trust_outcome outcome)
{
	switch (outcome) {
	case TRUST_DONE:
		return SIGNED_RECORD_DONE;
	case TRUST_E_REFUSED:
	case TRUST_E_CERTIFICATE:
		return SIGNED_RECORD_E_CERTIFICATE;
	case TRUST_E_UNTRUSTED:
		return SIGNED_RECORD_E_UNTRUSTED;
	case TRUST_E_USE:
		return SIGNED_RECORD_E_USE;
	case TRUST_E_NO_LIST:
		return SIGNED_RECORD_E_NO_LIST;
	case TRUST_E_REVOKED:
		return SIGNED_RECORD_E_REVOKED;
	case TRUST_E_NAME:
		return SIGNED_RECORD_E_NAME;
	case TRUST_E_FLEET:
		return SIGNED_RECORD_E_FLEET;
	case TRUST_E_KEY:
		return SIGNED_RECORD_E_KEY;
	}
	return SIGNED_RECORD_E_UNTRUSTED;
}

static int signed_record_check_signature(const struct envelope *envelope,
	const struct trust_subject *subject, struct arena *arena, struct refusal *refusal)
{
	size_t n;
	char *message = signed_record_message(subject->name.fleet, envelope, arena, &n);
	int r;

	if (!message)
		return -ENOMEM;
	r = identity_verify(subject->key, &envelope->signature, message, n);
	if (r == 1)
		return SIGNED_RECORD_DONE;
	(void)refusal_set(refusal, "signature", "is not the certificate's for this payload");
	return r < 0 ? r : SIGNED_RECORD_E_SIGNATURE;
}

static int signed_record_read_payload(const struct envelope *envelope,
	const struct trust_subject *subject, struct signed_record *ret, struct refusal *refusal)
{
	int r;

	r = record_json_decode(
		envelope->payload, envelope->n_payload, ret->arena, &ret->record, refusal);
	if (r < 0)
		return r;
	if (r == RECORD_JSON_E_SCHEMA)
		return SIGNED_RECORD_E_SCHEMA;
	if (r != RECORD_JSON_DONE)
		return SIGNED_RECORD_E_PAYLOAD;
	if (strcmp(ret->record.fleet, subject->name.fleet) != 0 ||
		strcmp(ret->record.host, subject->name.host) != 0) {
		(void)refusal_set(refusal, "host",
			"is %.63s/%.63s, and the certificate is that of %.63s", ret->record.fleet,
			ret->record.host, subject->name.host);
		return SIGNED_RECORD_E_ORIGIN;
	}
	return digest_compute(envelope->payload, envelope->n_payload, ret->digest);
}

static int signed_record_of_time(enum record_time time)
{
	switch (time) {
	case RECORD_TIME_CURRENT:
	case RECORD_TIME_STALE:
		return SIGNED_RECORD_DONE;
	case RECORD_TIME_E_AHEAD:
		return SIGNED_RECORD_E_AHEAD;
	case RECORD_TIME_E_SEQUENCE:
		return SIGNED_RECORD_E_SEQUENCE;
	case RECORD_TIME_E_BACKWARDS:
	case RECORD_TIME_E_TOO_LONG:
	case RECORD_TIME_E_COLLECTED:
	case RECORD_TIME_E_CERTIFICATE:
	case _RECORD_TIME_MAX:
		break;
	}
	return SIGNED_RECORD_E_VALIDITY;
}

/* What depends on the clock here. The certificate's end is compared with the record's own times. */
static int signed_record_check_times(const struct trust_subject *subject, uint64_t now_us,
	struct signed_record *ret, struct refusal *refusal)
{
	uint64_t soon_us = now_us > UINT64_MAX - RECORD_TIME_SKEW_US ? UINT64_MAX
								     : now_us + RECORD_TIME_SKEW_US;
	enum record_time time;

	if (subject->span.first_us > soon_us || subject->lists.first_us > soon_us) {
		(void)refusal_set(refusal, "certificate",
			"it, or a revocation list, is not valid yet; is the clock here behind?");
		return SIGNED_RECORD_E_EARLY;
	}
	if (subject->lists.last_us < now_us) {
		(void)refusal_set(refusal, "certificate",
			"the revocation list of its issuer has expired; install a new one");
		return SIGNED_RECORD_E_LIST;
	}
	time = record_time_judge(&ret->record, &subject->span, now_us);
	if (signed_record_of_time(time) != SIGNED_RECORD_DONE)
		(void)refusal_set(refusal, "payload", "%s", record_time_text(time));
	ret->stale = time == RECORD_TIME_STALE;
	ret->certificates = subject->span;
	return signed_record_of_time(time);
}

static int signed_record_verify_envelope(struct trust *trust, const struct envelope *envelope,
	uint64_t now_us, struct signed_record *ret, struct refusal *refusal)
{
	const struct trust_subject *subject;
	int r;

	r = trust_check(trust, &envelope->chain, &subject, refusal);
	if (r != TRUST_DONE)
		return r < 0 ? r : signed_record_of_trust((enum trust_outcome)r);
	r = signed_record_check_signature(envelope, subject, ret->arena, refusal);
	if (r == SIGNED_RECORD_DONE)
		r = signed_record_read_payload(envelope, subject, ret, refusal);
	if (r == SIGNED_RECORD_DONE)
		r = signed_record_check_times(subject, now_us, ret, refusal);
	return r;
}

int signed_record_verify(struct trust *trust, const struct signed_record_input *input,
	struct signed_record *ret, struct refusal *refusal)
{
	_cleanup_(signed_record_done) struct signed_record record = { 0 };
	struct envelope envelope;
	int r;

	r = arena_new(SIGNED_RECORD_ARENA_BYTES, &record.arena);
	if (r < 0)
		return r;
	r = envelope_decode(input->bytes, input->n, record.arena, &envelope, refusal);
	if (r == ENVELOPE_E_SIZE)
		return SIGNED_RECORD_E_SIZE;
	if (r != ENVELOPE_DONE)
		return r < 0 ? r : SIGNED_RECORD_E_ENVELOPE;
	r = signed_record_verify_envelope(trust, &envelope, input->now_us, &record, refusal);
	if (r != SIGNED_RECORD_DONE)
		return r;
	*ret = record;
	record.arena = NULL;
	return SIGNED_RECORD_DONE;
}

void signed_record_done(struct signed_record *signed_record)
{
	signed_record->arena = arena_free(signed_record->arena);
}

/* ---------------------------------------------------------------- making */

/* Reads back what is about to be signed, as everybody else will. */
static int signed_record_check_own(
	const struct envelope *envelope, struct arena *arena, struct refusal *refusal)
{
	struct record record;
	int r;

	if (envelope->n_payload > LIMIT_RECORD_BYTES) {
		(void)refusal_set(
			refusal, "payload", "it has more than %u bytes", LIMIT_RECORD_BYTES);
		return SIGNED_RECORD_E_SIZE;
	}
	r = record_json_decode(envelope->payload, envelope->n_payload, arena, &record, refusal);
	if (r < 0)
		return r;
	return r == RECORD_JSON_DONE ? SIGNED_RECORD_DONE : SIGNED_RECORD_E_PAYLOAD;
}

static int signed_record_sign(const struct identity *identity, const struct envelope *payload,
	struct arena *arena, struct signed_record_bytes *ret)
{
	unsigned char signature[IDENTITY_SIGNATURE_BYTES];
	struct envelope envelope = *payload;
	size_t n_message;
	char *message = signed_record_message(
		identity_get_name(identity)->fleet, payload, arena, &n_message);
	int r;

	if (!message)
		return -ENOMEM;
	r = identity_sign(identity, message, n_message, signature, &envelope.signature.n);
	if (r != IDENTITY_DONE)
		return r;
	envelope.signature.bytes = signature;
	return envelope_encode(&envelope, identity, &ret->bytes, &ret->n);
}

int signed_record_make(const struct identity *identity, const struct record *record,
	struct signed_record_bytes *ret, struct refusal *refusal)
{
	const struct identity_name *name = identity_get_name(identity);
	_cleanup_(signed_record_arena_freep) struct arena *arena = NULL;
	_cleanup_(cleanup_freep) char *payload = NULL;
	struct envelope envelope = { 0 };
	struct signed_record_bytes made;
	int r;

	assert(strcmp(record->fleet, name->fleet) == 0 && strcmp(record->host, name->host) == 0);
	r = arena_new(SIGNED_RECORD_ARENA_BYTES, &arena);
	if (r < 0)
		return r;
	r = record_json_write(record, &payload, &envelope.n_payload);
	if (r < 0)
		return r;
	envelope.payload = payload;
	r = signed_record_check_own(&envelope, arena, refusal);
	if (r == SIGNED_RECORD_DONE)
		r = signed_record_sign(identity, &envelope, arena, &made);
	if (r != SIGNED_RECORD_DONE)
		return r;
	if (made.n > LIMIT_RECORD_BYTES) {
		(void)refusal_set(refusal, "document",
			"the signed record has %zu bytes, and at most %u are read; use fewer "
			"labels",
			made.n, LIMIT_RECORD_BYTES);
		free(made.bytes);
		return SIGNED_RECORD_E_SIZE;
	}
	*ret = made;
	return SIGNED_RECORD_DONE;
}
