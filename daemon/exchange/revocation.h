/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Revocation lists (RFC 5280 section 5) of the CAs of a fleet, complete ones only. The signature of
 * a list is verified once for the key that made it, not once for each certificate.
 */
#pragma once

#include "daemon/exchange/identity.h"

struct revocation;

enum revocation_outcome {
	REVOCATION_DONE,
	REVOCATION_E_REFUSED, /* a list that cannot be relied on; the refusal says why */
	REVOCATION_E_NO_LIST, /* none is of this issuer */
	REVOCATION_E_REVOKED,
};

/*
 * Takes over the lists of the file at @path. A list of one of @authorities that this one has not
 * signed is refused at once; one of an issuer that is not among them waits for its certificate.
 * -ENOMEM. The caller owns @ret.
 */
int revocation_load(const char *path, const STACK_OF(X509) * authorities, struct revocation **ret,
	struct refusal *refusal);

/* Accepts NULL. Returns NULL. */
struct revocation *revocation_free(struct revocation *revocation);

/* How many lists there are, and the one at @i; it lives as @revocation. */
int revocation_count(const struct revocation *revocation);
const X509_CRL *revocation_get_list(const struct revocation *revocation, int i);

/*
 * Asks the newest list of @issuer for @certificate, which it has issued. On REVOCATION_DONE @span
 * is cut to the time in which the list is in force. -ENOMEM.
 */
int revocation_check(
	struct revocation *revocation, X509 *certificate, X509 *issuer, struct record_span *span);
