/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/exchange/envelope.h"

#include "core/cleanup.h"
#include "core/codec/base64.h"
#include "core/codec/guard.h"
#include "core/codec/member.h"
#include "core/codec/tree.h"

#include <errno.h>
#include <string.h>

/* Of any kind that a certificate may have: which are allowed is said by name, later. */
#define ENVELOPE_SIGNATURE_LETTERS BASE64_LETTERS(512U)

struct envelope_bytes {
	const unsigned char *bytes;
	size_t n;
};

/* ---------------------------------------------------------------- reading */

static int envelope_read_base64(struct member_reader *reader, const json_t *value, void *ret)
{
	size_t n = json_string_length(value);
	struct envelope_bytes *binary = ret;
	unsigned char *bytes;

	if (n == 0)
		return member_refuse(reader, "must be base64");
	bytes = arena_alloc(reader->arena, BASE64_BYTES(n) + 1);
	if (!bytes)
		return -ENOMEM;
	if (base64_decode(json_string_value(value), n, bytes, &binary->n) < 0)
		return member_refuse(reader, "must be base64, with padding and nothing else");
	binary->bytes = bytes;
	return MEMBER_DONE;
}

static int envelope_read_payload(struct member_reader *reader, const json_t *value, void *ret)
{
	struct envelope *envelope = ret;

	if (!json_is_string(value))
		return member_refuse(reader, "must be a text that holds JSON");
	envelope->n_payload = json_string_length(value);
	envelope->payload =
		arena_text(reader->arena, json_string_value(value), envelope->n_payload);
	return envelope->payload ? MEMBER_DONE : -ENOMEM;
}

static int envelope_read_signature(struct member_reader *reader, const json_t *value, void *ret)
{
	struct envelope_bytes binary;
	struct envelope *envelope = ret;
	int r;

	if (json_string_length(value) > ENVELOPE_SIGNATURE_LETTERS)
		return member_refuse(reader, "is longer than a signature");
	r = envelope_read_base64(reader, value, &binary);
	if (r == MEMBER_DONE)
		envelope->signature = (struct identity_signature){ binary.bytes, binary.n };
	return r;
}

static int envelope_read_certificates(struct member_reader *reader, const json_t *value, void *ret)
{
	static const struct member_items items = {
		.read = envelope_read_base64,
		.n_max = LIMIT_CERTIFICATES,
		.size = sizeof(struct envelope_bytes),
	};
	struct envelope_bytes list[LIMIT_CERTIFICATES];
	struct envelope *envelope = ret;
	int r;

	r = member_read_array(reader, value, &items, list);
	if (r != MEMBER_DONE)
		return r;
	if (json_array_size(value) == 0)
		return member_refuse(reader, "must have at least the host's own");
	envelope->chain.n = (unsigned)json_array_size(value);
	for (unsigned i = 0; i < envelope->chain.n; i++)
		envelope->chain.certificates[i] =
			(struct trust_certificate){ list[i].bytes, list[i].n };
	return MEMBER_DONE;
}

int envelope_decode(const char *bytes, size_t n, struct arena *arena, struct envelope *ret,
	struct refusal *refusal)
{
	static const struct guard_limits limits = {
		.bytes = LIMIT_RECORD_BYTES,
		.nodes = LIMIT_RECORD_NODES,
		.depth = LIMIT_DEPTH,
	};
	static const struct member members[] = {
		{ "certificates", envelope_read_certificates, 0 },
		{ "payload", envelope_read_payload, 0 },
		{ "signature", envelope_read_signature, 0 },
	};
	struct member_reader reader = { .arena = arena, .refusal = refusal };
	struct envelope envelope = { 0 };
	json_auto_t *json = NULL;
	int r;

	if (guard_scan(bytes, n, &limits, refusal) != GUARD_DONE)
		return ENVELOPE_E_SIZE;
	r = tree_parse(bytes, n, refusal, &json);
	if (r == TREE_DONE)
		r = member_read_object(&reader, json, members, 3, &envelope);
	if (r < 0)
		return r;
	if (r != MEMBER_DONE)
		return ENVELOPE_E_REFUSED;
	if (!envelope.payload || !envelope.signature.bytes || envelope.chain.n == 0) {
		(void)member_refuse(&reader, "needs certificates, payload and signature");
		return ENVELOPE_E_REFUSED;
	}
	*ret = envelope;
	return ENVELOPE_DONE;
}

/* ---------------------------------------------------------------- writing */

static json_t *envelope_write_base64(const void *bytes, size_t n)
{
	_cleanup_(cleanup_freep) char *text = malloc(BASE64_LETTERS(n) + 1);

	if (!text)
		return NULL;
	base64_encode(bytes, n, text);
	return json_string_nocheck(text);
}

static json_t *envelope_write_certificates(const struct identity *identity)
{
	json_t *array = json_array();

	for (int i = 0; i < identity_count_certificates(identity); i++) {
		unsigned char *bytes = NULL;
		int n = i2d_X509(identity_get_certificate(identity, i), &bytes);
		int r = n > 0 ? json_array_append_new(
					array, envelope_write_base64(bytes, (size_t)n))
			      : -1;

		OPENSSL_free(bytes);
		if (r < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

int envelope_encode(
	const struct envelope *envelope, const struct identity *identity, char **ret, size_t *ret_n)
{
	json_auto_t *json = json_object();
	int r = 0;

	r |= json_object_set_new_nocheck(
		json, "certificates", envelope_write_certificates(identity));
	r |= json_object_set_new_nocheck(
		json, "payload", json_stringn_nocheck(envelope->payload, envelope->n_payload));
	r |= json_object_set_new_nocheck(json, "signature",
		envelope_write_base64(envelope->signature.bytes, envelope->signature.n));
	return r == 0 ? tree_format(json, ret, ret_n) : pem_fault_or(-ENOMEM);
}
