/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * TLS between hosts of a fleet, for both ends of a connection: 1.3 alone, each shows its host's
 * certificate, and trust_check() decides about the other's at this very time, which is what it
 * decides about records too. Names of machines and addresses mean nothing here: who somebody is
 * says the certificate's iommufleet:// name. Sessions are never resumed, so that every connection
 * is checked.
 */
#pragma once

#include "daemon/exchange/identity.h"
#include "daemon/exchange/trust.h"

#include <openssl/ssl.h>

struct tls;

enum tls_outcome {
	TLS_DONE,
	TLS_E_NONE, /* no certificate came, or no TLS 1.3 */
	TLS_E_CERTIFICATE,
	TLS_E_UNTRUSTED,
	TLS_E_USE,
	TLS_E_NO_LIST,
	TLS_E_REVOKED,
	TLS_E_NAME, /* of the same CA, but not a host of a fleet: a web server's */
	TLS_E_FLEET,
	TLS_E_KEY,
	TLS_E_EARLY,
	TLS_E_EXPIRED,
	TLS_E_LIST,  /* a revocation list has expired */
	TLS_E_FAULT, /* memory */
	_TLS_OUTCOME_MAX,
};

/* One word for counters and logs, "tls-revoked". */
const char *tls_word(enum tls_outcome outcome);

struct tls_settings {
	struct identity *identity; /* references are taken */
	struct trust *trust;
	uint64_t (*now_us)(void *data); /* microseconds since 1970 */
	void *data;
};

/* The caller owns @ret, which is immutable and counted. -ENOMEM. */
int tls_new(const struct tls_settings *settings, struct tls **ret);
struct tls *tls_ref(struct tls *tls);
struct tls *tls_unref(struct tls *tls); /* accepts NULL, returns NULL */

/* Who the other end of one connection is. */
struct tls_peer {
	struct tls *tls;	   /* borrowed */
	enum tls_outcome outcome;  /* TLS_E_NONE until a certificate has come */
	struct identity_name name; /* after TLS_DONE */
	struct refusal refusal;	   /* else */
};

/*
 * Prepares @context for one connection to somebody, about whom @peer, which outlives it, will tell.
 * -ENOMEM; -EINVAL: OpenSSL does not take this certificate and key.
 */
int tls_prepare_client(struct tls *tls, SSL_CTX *context, struct tls_peer *peer);

/* A context for everybody who connects; each connection gets its peer by tls_accept(). As above. */
int tls_new_server(struct tls *tls, SSL_CTX **ret);
/*
 * The TLS of one connection to be accepted in @context, which is one of @tls; @peer outlives it.
 * -ENOMEM. The caller owns @ret.
 */
int tls_accept(struct tls *tls, SSL_CTX *context, struct tls_peer *peer, SSL **ret);

/* Reads who is at the other end of @connection, which was verified when it was made. */
int tls_read_name(const SSL *connection, struct identity_name *ret, struct refusal *refusal);
