/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/exchange/tls.h"

#include "core/cleanup.h"
#include "core/model/record_time.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/* Of certificates in one handshake; LIMIT_CERTIFICATES fit. */
#define TLS_CHAIN_BYTES (16L << 10)

struct tls {
	unsigned n_references;
	struct identity *identity;
	struct trust *trust;
	uint64_t (*now_us)(void *data);
	void *data;
};

const char *tls_word(enum tls_outcome outcome)
{
	static const char *const words[] = {
		[TLS_DONE] = "tls-accepted",
		[TLS_E_NONE] = "tls-no-certificate",
		[TLS_E_CERTIFICATE] = "tls-malformed-certificate",
		[TLS_E_UNTRUSTED] = "tls-untrusted",
		[TLS_E_USE] = "tls-wrong-use",
		[TLS_E_NO_LIST] = "tls-no-revocation-list",
		[TLS_E_REVOKED] = "tls-revoked",
		[TLS_E_NAME] = "tls-not-a-host",
		[TLS_E_FLEET] = "tls-other-fleet",
		[TLS_E_KEY] = "tls-wrong-key",
		[TLS_E_EARLY] = "tls-not-yet-valid",
		[TLS_E_EXPIRED] = "tls-expired",
		[TLS_E_LIST] = "tls-revocation-list-expired",
		[TLS_E_FAULT] = "tls-fault",
	};

	assert(outcome < _TLS_OUTCOME_MAX);
	return words[outcome];
}

int tls_new(const struct tls_settings *settings, struct tls **ret)
{
	struct tls *tls = calloc(1, sizeof(*tls));

	if (!tls)
		return -ENOMEM;
	tls->n_references = 1;
	tls->identity = identity_ref(settings->identity);
	tls->trust = trust_ref(settings->trust);
	tls->now_us = settings->now_us;
	tls->data = settings->data;
	*ret = tls;
	return 0;
}

struct tls *tls_ref(struct tls *tls)
{
	tls->n_references++;
	return tls;
}

struct tls *tls_unref(struct tls *tls)
{
	if (!tls || --tls->n_references > 0)
		return NULL;
	identity_unref(tls->identity);
	trust_unref(tls->trust);
	free(tls);
	return NULL;
}

/* ------------------------------------------------------------- verifying */

static enum tls_outcome tls_of_trust(enum trust_outcome outcome)
{
	switch (outcome) {
	case TRUST_DONE:
		return TLS_DONE;
	case TRUST_E_REFUSED:
	case TRUST_E_CERTIFICATE:
		return TLS_E_CERTIFICATE;
	case TRUST_E_UNTRUSTED:
		return TLS_E_UNTRUSTED;
	case TRUST_E_USE:
		return TLS_E_USE;
	case TRUST_E_NO_LIST:
		return TLS_E_NO_LIST;
	case TRUST_E_REVOKED:
		return TLS_E_REVOKED;
	case TRUST_E_NAME:
		return TLS_E_NAME;
	case TRUST_E_FLEET:
		return TLS_E_FLEET;
	case TRUST_E_KEY:
		return TLS_E_KEY;
	}
	return TLS_E_UNTRUSTED;
}

/* What the other end sees as the reason. */
static int tls_alert(enum tls_outcome outcome)
{
	if (outcome == TLS_E_REVOKED)
		return X509_V_ERR_CERT_REVOKED;
	if (outcome == TLS_E_EXPIRED)
		return X509_V_ERR_CERT_HAS_EXPIRED;
	if (outcome == TLS_E_EARLY)
		return X509_V_ERR_CERT_NOT_YET_VALID;
	if (outcome == TLS_E_UNTRUSTED)
		return X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
	return X509_V_ERR_CERT_REJECTED;
}

/* Unlike a record, which proves what was, a connection is made now. */
static enum tls_outcome tls_check_times(
	const struct trust_subject *subject, uint64_t now_us, struct refusal *refusal)
{
	uint64_t soon_us = now_us > UINT64_MAX - RECORD_TIME_SKEW_US ? UINT64_MAX
								     : now_us + RECORD_TIME_SKEW_US;

	if (subject->span.first_us > soon_us || subject->lists.first_us > soon_us) {
		(void)refusal_set(refusal, "certificate",
			"it, or a revocation list, is not valid yet; is the clock here behind?");
		return TLS_E_EARLY;
	}
	if (subject->span.last_us < now_us) {
		(void)refusal_set(refusal, "certificate", "it has expired");
		return TLS_E_EXPIRED;
	}
	if (subject->lists.last_us < now_us) {
		(void)refusal_set(refusal, "certificate",
			"the revocation list of its issuer has expired; install a new one");
		return TLS_E_LIST;
	}
	return TLS_DONE;
}

static void tls_free_chain(struct trust_chain *chain)
{
	for (unsigned i = 0; i < chain->n; i++)
		OPENSSL_free((void *)chain->certificates[i].bytes);
}

/* The certificates that came, as they travel. */
static enum tls_outcome tls_read_chain(
	const STACK_OF(X509) * certificates, struct trust_chain *ret, struct refusal *refusal)
{
	int n_certificates = certificates ? sk_X509_num(certificates) : 0;

	if (n_certificates < 1 || n_certificates > (int)LIMIT_CERTIFICATES) {
		(void)refusal_set(
			refusal, "certificate", "there are none, or more than may be sent");
		return TLS_E_CERTIFICATE;
	}
	for (int i = 0; i < n_certificates; i++) {
		unsigned char *bytes = NULL;
		int n = i2d_X509(sk_X509_value(certificates, i), &bytes);

		if (n <= 0)
			return TLS_E_FAULT;
		ret->certificates[ret->n].bytes = bytes;
		ret->certificates[ret->n].n = (size_t)n;
		ret->n++;
	}
	return TLS_DONE;
}

static enum tls_outcome tls_check(
	struct tls *tls, const STACK_OF(X509) * certificates, struct tls_peer *peer)
{
	_cleanup_(tls_free_chain) struct trust_chain chain = { 0 };
	const struct trust_subject *subject;
	enum tls_outcome outcome = tls_read_chain(certificates, &chain, &peer->refusal);
	int r;

	if (outcome != TLS_DONE)
		return outcome;
	r = trust_check(tls->trust, &chain, &subject, &peer->refusal);
	if (r < 0)
		return TLS_E_FAULT;
	outcome = tls_of_trust((enum trust_outcome)r);
	if (outcome != TLS_DONE)
		return outcome;
	peer->name = subject->name;
	return tls_check_times(subject, tls->now_us(tls->data), &peer->refusal);
}

/* In place of OpenSSL's own verifying. */
static int tls_on_verify(X509_STORE_CTX *context, void *data)
{
	SSL *connection = X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls_peer *peer = data ? data : SSL_get_app_data(connection);

	peer->outcome = tls_check(peer->tls, X509_STORE_CTX_get0_untrusted(context), peer);
	if (peer->outcome == TLS_DONE)
		return 1;
	X509_STORE_CTX_set_error(context, tls_alert(peer->outcome));
	return 0;
}

/* ------------------------------------------------------------- contexts */

static int tls_use_identity(const struct identity *identity, SSL_CTX *context)
{
	const X509 *own = identity_get_certificate(identity, 0);
	int good = SSL_CTX_use_certificate(context, (X509 *)own) == 1 &&
		   SSL_CTX_use_PrivateKey(context, identity_get_key(identity)) == 1;

	for (int i = 1; good && i < identity_count_certificates(identity); i++)
		good = SSL_CTX_add1_chain_cert(
			       context, (X509 *)identity_get_certificate(identity, i)) == 1;
	return good ? 0 : pem_fault_or(-EINVAL);
}

static int tls_set_up(struct tls *tls, SSL_CTX *context, struct tls_peer *peer)
{
	if (SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 ||
		SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) != 1)
		return pem_fault_or(-EINVAL);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_cert_verify_callback(context, tls_on_verify, peer);
	SSL_CTX_set_max_cert_list(context, TLS_CHAIN_BYTES);
	(void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
	(void)SSL_CTX_set_num_tickets(context, 0);
	(void)SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	return tls_use_identity(tls->identity, context);
}

int tls_prepare_client(struct tls *tls, SSL_CTX *context, struct tls_peer *peer)
{
	*peer = (struct tls_peer){ .tls = tls, .outcome = TLS_E_NONE };
	return tls_set_up(tls, context, peer);
}

int tls_new_server(struct tls *tls, SSL_CTX **ret)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	int r = context ? tls_set_up(tls, context, NULL) : -ENOMEM;

	if (r < 0) {
		SSL_CTX_free(context);
		return r;
	}
	*ret = context;
	return 0;
}

int tls_accept(struct tls *tls, SSL_CTX *context, struct tls_peer *peer, SSL **ret)
{
	SSL *connection = SSL_new(context);

	*peer = (struct tls_peer){ .tls = tls, .outcome = TLS_E_NONE };
	if (!connection || SSL_set_app_data(connection, peer) != 1) {
		SSL_free(connection);
		return pem_fault_or(-ENOMEM);
	}
	*ret = connection;
	return 0;
}

int tls_read_name(const SSL *connection, struct identity_name *ret, struct refusal *refusal)
{
	const X509 *certificate = SSL_get0_peer_certificate(connection);

	if (!certificate)
		return refusal_set(refusal, "certificate", "there is none");
	return identity_read_name(certificate, ret, refusal);
}
