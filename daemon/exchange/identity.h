/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who a host is: the one URI name "iommufleet://FLEET/HOST" of its certificate. It alone keys what
 * others hold of the host; what a document says of its origin has to agree with it. An identity is
 * this host's own: its certificate, those between it and a CA, and the private key. It is immutable
 * and counted; a rotated certificate is a new one.
 */
#pragma once

#include "core/model/record.h"
#include "daemon/exchange/pem.h"

#include <stdbool.h>

enum identity_outcome {
	IDENTITY_DONE,
	IDENTITY_E_REFUSED,
};

struct identity_name {
	char fleet[LIMIT_FLEET_NAME + 1];
	char host[LIMIT_HOST_NAME + 1];
};

/*
 * Reads the @n bytes at @uri, which is nothing but the scheme, one fleet and one host as
 * record_is_fleet() and record_is_host() have them: no wildcard, upper case, port or path.
 */
int identity_parse(const char *uri, size_t n, struct identity_name *ret, struct refusal *refusal);

/*
 * The name in @certificate, which has exactly one URI among its alternative names; names of other
 * kinds (DNS, IP) may stand beside it for TLS. -ENOMEM.
 */
int identity_read_name(const X509 *certificate, struct identity_name *ret, struct refusal *refusal);

/* True for the kinds that records are signed with: Ed25519, and ECDSA on P-256. */
bool identity_is_key_allowed(const EVP_PKEY *key);

/* Microseconds since 1970, 0 for what is before. False where @time is none. */
bool identity_read_time(const ASN1_TIME *time, uint64_t *ret);

/* When all of @certificates are valid. False where one says no time. */
bool identity_read_span(const STACK_OF(X509) * certificates, struct record_span *ret);

struct identity;

/*
 * Loads the host's certificate, followed by those between it and a CA, and its key. Whether others
 * trust it is for trust_check() to say. -ENOMEM.
 */
int identity_load(const char *certificate_path, const char *key_path, struct identity **ret,
	struct refusal *refusal);

struct identity *identity_ref(struct identity *identity);
/* Accepts NULL. Returns NULL. */
struct identity *identity_unref(struct identity *identity);

const struct identity_name *identity_get_name(const struct identity *identity);
struct record_span identity_get_span(const struct identity *identity);
/* How many certificates are sent, and the one at @i, the host's own first; it lives as @identity.
 */
int identity_count_certificates(const struct identity *identity);
const X509 *identity_get_certificate(const struct identity *identity, int i);

/* The private key, for TLS alone; it lives as @identity. */
EVP_PKEY *identity_get_key(const struct identity *identity);

#define IDENTITY_SIGNATURE_BYTES 80U /* at most, of either kind */

/* The signature of the @n bytes at @bytes: 64 bytes for Ed25519, DER for ECDSA. -ENOMEM, -EIO. */
int identity_sign(const struct identity *identity, const void *bytes, size_t n,
	unsigned char ret[IDENTITY_SIGNATURE_BYTES], size_t *ret_n);

struct identity_signature {
	const unsigned char *bytes;
	size_t n;
};

/* Whether @signature is one of @key for the @n bytes at @bytes: 1 it is, 0 it is not, -ENOMEM. */
int identity_verify(
	EVP_PKEY *key, const struct identity_signature *signature, const void *bytes, size_t n);
