/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The form in which a record travels and is kept: {"certificates":[…],"payload":"…",
 * "signature":"…"}. The payload is a text that holds the payload's JSON as it was signed, so that
 * a person can read it and nobody has to write it anew; certificates (DER) and signature are
 * base64. Nothing in an envelope is covered by the signature but the payload, so it may have no
 * other member.
 */
#pragma once

#include "core/arena.h"
#include "core/codec/refusal.h"
#include "daemon/exchange/trust.h"

enum envelope_outcome {
	ENVELOPE_DONE,
	ENVELOPE_E_SIZE, /* more bytes or values than a record may have */
	ENVELOPE_E_REFUSED,
};

struct envelope {
	const char *payload; /* NUL-terminated */
	size_t n_payload;
	struct trust_chain chain;
	struct identity_signature signature;
};

/*
 * Reads the @n bytes at @bytes; what @ret points to lives in @arena. For ENVELOPE_E_… @refusal is
 * set. -ENOMEM.
 */
int envelope_decode(const char *bytes, size_t n, struct arena *arena, struct envelope *ret,
	struct refusal *refusal);

/*
 * The canonical bytes of an envelope in @ret, NUL-terminated, to be freed with free(). The chain is
 * that of @identity; the one in @envelope is not looked at. -ENOMEM.
 */
int envelope_encode(const struct envelope *envelope, const struct identity *identity, char **ret,
	size_t *ret_n);
