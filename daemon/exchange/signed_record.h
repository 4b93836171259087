/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Records in and out of the fleet: bytes to a value that is proven, and back. What is verified is
 * what was received; the bytes are also what is kept and passed on. Signed are
 * "iommufleet-record-1", a NUL, the fleet, a NUL and the payload, so that a signature means nothing
 * elsewhere. Neither network nor disk nor clock is touched here.
 */
#pragma once

#include "core/model/record_time.h"
#include "daemon/exchange/identity.h"
#include "daemon/exchange/trust.h"

/* In the order in which they are looked for; the first that applies is the answer. */
enum signed_record_outcome {
	SIGNED_RECORD_DONE,
	SIGNED_RECORD_E_SIZE,	     /* more bytes or values than a record may have */
	SIGNED_RECORD_E_ENVELOPE,    /* not of the form of an envelope */
	SIGNED_RECORD_E_CERTIFICATE, /* a certificate that is none */
	SIGNED_RECORD_E_UNTRUSTED,   /* no chain to a CA of the bundle */
	SIGNED_RECORD_E_USE,	     /* a certificate is not for this use */
	SIGNED_RECORD_E_NO_LIST,     /* lists are kept, but none of an issuer */
	SIGNED_RECORD_E_REVOKED,     /* what is held of it goes, and its floor */
	SIGNED_RECORD_E_NAME,	     /* the certificate has not one name of a host */
	SIGNED_RECORD_E_FLEET,	     /* it is of another fleet */
	SIGNED_RECORD_E_KEY,	     /* another kind of key */
	SIGNED_RECORD_E_SIGNATURE,
	SIGNED_RECORD_E_SCHEMA,	 /* signed, but of another schema number */
	SIGNED_RECORD_E_PAYLOAD, /* signed, but not of the form of a payload */
	SIGNED_RECORD_E_ORIGIN,	 /* signed, but it speaks of another host or fleet */
	SIGNED_RECORD_E_EARLY,	 /* a certificate or list is not valid yet */
	SIGNED_RECORD_E_LIST, /* a list has expired: nothing new is accepted. What is held stays */
	SIGNED_RECORD_E_AHEAD,
	SIGNED_RECORD_E_VALIDITY,
	SIGNED_RECORD_E_SEQUENCE,
	_SIGNED_RECORD_OUTCOME_MAX,
};

/* One word for counters and logs, "revoked". */
const char *signed_record_word(enum signed_record_outcome outcome);

struct signed_record_input {
	const char *bytes;
	size_t n;
	uint64_t now_us;
};

struct signed_record {
	struct arena *arena; /* what record points to */
	struct record record;
	char digest[DIGEST_LENGTH + 1]; /* of the payload; see record_time_compare() */
	bool stale;			/* valid-until has passed */
	struct record_span certificates;
};

/*
 * Verifies the bytes of @input against @trust. On SIGNED_RECORD_DONE the caller owns @ret; else
 * @refusal is set. -ENOMEM. The record's own time decides whether its certificate was valid, so
 * that a stale record of a host whose certificate has since expired is still a record; it proves
 * nothing.
 */
int signed_record_verify(struct trust *trust, const struct signed_record_input *input,
	struct signed_record *ret, struct refusal *refusal);

void signed_record_done(struct signed_record *signed_record);

/*
 * Signs @record, which has its times and its sequence; fleet and host are those of @identity. The
 * bytes are in @ret, NUL-terminated, to be freed with free(). SIGNED_RECORD_E_PAYLOAD or
 * SIGNED_RECORD_E_SIZE with @refusal set where others would refuse what it says. -ENOMEM, -EIO.
 */
struct signed_record_bytes {
	char *bytes;
	size_t n;
};
int signed_record_make(const struct identity *identity, const struct record *record,
	struct signed_record_bytes *ret, struct refusal *refusal);
