/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whom a fleet trusts: a bundle of CA certificates and, if the administrator keeps them, revocation
 * lists. A trust is loaded once and stays as it is; new files make a new one, and whoever holds
 * what was verified under another digest verifies it again. It remembers the chains that it found
 * good, in a bounded table, so that a host's next record costs one signature only.
 *
 * What is remembered holds at any time: certificates and lists have a span, which the caller
 * compares with its clock.
 */
#pragma once

#include "core/codec/digest.h"
#include "daemon/exchange/identity.h"

struct trust;

enum trust_outcome {
	TRUST_DONE,
	TRUST_E_REFUSED,     /* the files: the refusal says which and why */
	TRUST_E_CERTIFICATE, /* one is not DER, too large, or there are none or too many */
	TRUST_E_UNTRUSTED,   /* no chain to a CA of the bundle */
	TRUST_E_USE,	     /* a certificate is not for what it is used for here */
	TRUST_E_NO_LIST,     /* there are revocation lists, but none of an issuer in the chain */
	TRUST_E_REVOKED,
	TRUST_E_NAME,  /* not one name iommufleet://FLEET/HOST */
	TRUST_E_FLEET, /* another fleet */
	TRUST_E_KEY,   /* another kind of key than Ed25519 or ECDSA on P-256 */
};

struct trust_settings {
	const char *fleet;
	const char *ca_path;
	const char *lists_path; /* NULL: nothing is ever revoked but by a new CA */
};

/* Loads the files that @settings names. -ENOMEM. The caller owns @ret. */
int trust_load(const struct trust_settings *settings, struct trust **ret, struct refusal *refusal);

struct trust *trust_ref(struct trust *trust);
/* Accepts NULL. Returns NULL. */
struct trust *trust_unref(struct trust *trust);

const char *trust_get_fleet(const struct trust *trust);

/* Names fleet, CAs and lists, whatever their order in the files: what was verified under the same
 * digest need not be verified again. */
const char *trust_get_digest(const struct trust *trust);

/* Certificates as they travel: DER, the host's own first, then those between it and a CA. */
struct trust_certificate {
	const unsigned char *bytes;
	size_t n;
};
struct trust_chain {
	unsigned n;
	struct trust_certificate certificates[LIMIT_CERTIFICATES];
};

struct trust_subject {
	struct identity_name name;
	EVP_PKEY *key;
	struct record_span span;  /* in which every certificate of the chain is valid */
	struct record_span lists; /* in which every list that was asked is in force */
};

/*
 * Finds out whose @chain is. On TRUST_DONE @ret lives until the next call; other outcomes but
 * TRUST_E_REFUSED come with @refusal set. Every time is left to the caller. -ENOMEM.
 */
int trust_check(struct trust *trust, const struct trust_chain *chain,
	const struct trust_subject **ret, struct refusal *refusal);
