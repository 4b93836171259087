/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Chains that were found good are remembered in sets of a few: where a chain may stand follows from
 * its digest, and a new one takes the place of the oldest there. Only what the CA has signed gets
 * in, so nobody else can drive out what is in use.
 */
#include "daemon/exchange/trust.h"

#include "core/cleanup.h"
#include "daemon/exchange/revocation.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include <string.h>

#define TRUST_CHAIN_BYTES LIMIT_RECORD_BYTES
#define TRUST_SETS	  1024U
#define TRUST_WAYS	  4U
/* Bits of security that every key and signature between CA and host has: RSA 2048, SHA-256. */
#define TRUST_LEVEL 2

typedef unsigned char trust_hash[SHA256_DIGEST_LENGTH];

struct trust_known {
	trust_hash hash; /* of the chain as it came */
	struct trust_subject subject;
};

struct trust {
	unsigned n_references;
	char fleet[LIMIT_FLEET_NAME + 1];
	char digest[DIGEST_LENGTH + 1];
	STACK_OF(X509) * authorities;
	X509_STORE *store;
	struct revocation *revocation; /* NULL: no lists are kept */
	struct trust_known *known[TRUST_SETS][TRUST_WAYS];
	unsigned char oldest[TRUST_SETS];
};

/* What is parsed for one check. */
struct trust_parsed {
	X509 *own;
	STACK_OF(X509) * between;
	X509_STORE_CTX *context;
};

CLEANUP_DEFINE(struct trust *, trust_unref, trust_unrefp);
CLEANUP_DEFINE(EVP_MD_CTX *, EVP_MD_CTX_free, trust_hashing_freep);

static void trust_known_free(struct trust_known *known)
{
	if (known)
		EVP_PKEY_free(known->subject.key);
	free(known);
}

CLEANUP_DEFINE(struct trust_known *, trust_known_free, trust_known_freep);

struct trust *trust_ref(struct trust *trust)
{
	trust->n_references++;
	return trust;
}

struct trust *trust_unref(struct trust *trust)
{
	if (!trust || --trust->n_references > 0)
		return NULL;
	for (unsigned i = 0; i < TRUST_SETS * TRUST_WAYS; i++)
		trust_known_free(trust->known[i / TRUST_WAYS][i % TRUST_WAYS]);
	revocation_free(trust->revocation);
	X509_STORE_free(trust->store);
	sk_X509_pop_free(trust->authorities, X509_free);
	free(trust);
	return NULL;
}

const char *trust_get_fleet(const struct trust *trust)
{
	return trust->fleet;
}

const char *trust_get_digest(const struct trust *trust)
{
	return trust->digest;
}

/* ---------------------------------------------------------------- loading */

static int trust_compare_hashes(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(trust_hash));
}

/* Hashes of certificates, then those of lists, each part in order. NULL: no memory. */
static trust_hash *trust_collect_hashes(const struct trust *trust, size_t *ret_n)
{
	int n_authorities = sk_X509_num(trust->authorities);
	int n_lists = trust->revocation ? revocation_count(trust->revocation) : 0;
	trust_hash *hashes = calloc((size_t)(n_authorities + n_lists), sizeof(*hashes));
	bool done = hashes != NULL;

	for (int i = 0; done && i < n_authorities; i++)
		done = X509_digest(sk_X509_value(trust->authorities, i), EVP_sha256(), hashes[i],
			       NULL) == 1;
	for (int i = 0; done && i < n_lists; i++)
		done = X509_CRL_digest(revocation_get_list(trust->revocation, i), EVP_sha256(),
			       hashes[n_authorities + i], NULL) == 1;
	if (!done) {
		free(hashes);
		return NULL;
	}
	qsort(hashes, (size_t)n_authorities, sizeof(*hashes), trust_compare_hashes);
	qsort(hashes + n_authorities, (size_t)n_lists, sizeof(*hashes), trust_compare_hashes);
	*ret_n = (size_t)(n_authorities + n_lists);
	return hashes;
}

/* The digest of the fleet's name, how many CAs there are, and all hashes. */
static int trust_compute_digest(struct trust *trust)
{
	_cleanup_(cleanup_freep) char *text = NULL;
	_cleanup_(cleanup_freep) trust_hash *hashes = NULL;
	size_t n_hashes, n_head;

	hashes = trust_collect_hashes(trust, &n_hashes);
	text = hashes ? malloc(128 + n_hashes * sizeof(*hashes)) : NULL;
	if (!text)
		return -ENOMEM;
	n_head = (size_t)snprintf(text, 128, "iommufleet-trust-1 %s %d ", trust->fleet,
		sk_X509_num(trust->authorities));
	memcpy(text + n_head, hashes, n_hashes * sizeof(*hashes));
	return digest_compute(text, n_head + n_hashes * sizeof(*hashes), trust->digest);
}

static int trust_add_authorities(struct trust *trust, const char *path, struct refusal *refusal)
{
	trust->store = X509_STORE_new();
	if (!trust->store)
		return -ENOMEM;
	for (int i = 0; i < sk_X509_num(trust->authorities); i++) {
		X509 *authority = sk_X509_value(trust->authorities, i);

		if (X509_check_ca(authority) != 1)
			return refusal_set(refusal, path,
				"certificate %d is not one of a CA (basicConstraints CA:TRUE)",
				i + 1);
		if (X509_STORE_add_cert(trust->store, authority) != 1)
			return pem_fault_or(-EIO);
	}
	return TRUST_DONE;
}

static int trust_read_files(
	struct trust *trust, const struct trust_settings *settings, struct refusal *refusal)
{
	int r;

	r = pem_load_certificates(settings->ca_path, &trust->authorities, refusal);
	if (r != PEM_DONE)
		return r < 0 ? r : TRUST_E_REFUSED;
	r = trust_add_authorities(trust, settings->ca_path, refusal);
	if (r != TRUST_DONE || !settings->lists_path)
		return r;
	r = revocation_load(settings->lists_path, trust->authorities, &trust->revocation, refusal);
	if (r != REVOCATION_DONE)
		return r < 0 ? r : TRUST_E_REFUSED;
	return TRUST_DONE;
}

int trust_load(const struct trust_settings *settings, struct trust **ret, struct refusal *refusal)
{
	_cleanup_(trust_unrefp) struct trust *trust = calloc(1, sizeof(*trust));
	int r;

	if (!trust)
		return -ENOMEM;
	trust->n_references = 1;
	if (!record_is_fleet(settings->fleet, strlen(settings->fleet)))
		return refusal_set(refusal, "fleet",
			"must be 1 to %u lower-case letters, digits and inner minus signs",
			LIMIT_FLEET_NAME);
	(void)snprintf(trust->fleet, sizeof(trust->fleet), "%s", settings->fleet);
	r = trust_read_files(trust, settings, refusal);
	if (r != TRUST_DONE)
		return r;
	r = trust_compute_digest(trust);
	if (r < 0)
		return r;
	*ret = cleanup_take(trust);
	return TRUST_DONE;
}

/* ---------------------------------------------------------------- checking */

static int trust_refuse(
	struct refusal *refusal, enum trust_outcome outcome, const char *text, const char *more)
{
	(void)refusal_set(
		refusal, "certificate", "%s%s%s", text, more ? ": " : "", more ? more : "");
	return pem_fault_or((int)outcome);
}

static void trust_parsed_done(struct trust_parsed *parsed)
{
	X509_STORE_CTX_free(parsed->context);
	sk_X509_pop_free(parsed->between, X509_free);
	X509_free(parsed->own);
}

static int trust_parse(const struct trust_certificate *encoded, X509 **ret, struct refusal *refusal)
{
	const unsigned char *at = encoded->bytes;
	X509 *certificate = NULL;

	if (encoded->n > 0 && encoded->n <= TRUST_CHAIN_BYTES)
		certificate = d2i_X509(NULL, &at, (long)encoded->n);
	if (!certificate || at != encoded->bytes + encoded->n) {
		X509_free(certificate);
		return trust_refuse(
			refusal, TRUST_E_CERTIFICATE, "it is not a certificate in DER", NULL);
	}
	*ret = certificate;
	return TRUST_DONE;
}

static int trust_parse_chain(
	const struct trust_chain *chain, struct trust_parsed *parsed, struct refusal *refusal)
{
	int r;

	r = trust_parse(&chain->certificates[0], &parsed->own, refusal);
	if (r != TRUST_DONE)
		return r;
	parsed->between = sk_X509_new_null();
	parsed->context = X509_STORE_CTX_new();
	if (!parsed->between || !parsed->context)
		return -ENOMEM;
	for (unsigned i = 1; i < chain->n; i++) {
		X509 *certificate;

		r = trust_parse(&chain->certificates[i], &certificate, refusal);
		if (r != TRUST_DONE)
			return r;
		if (sk_X509_push(parsed->between, certificate) <= 0) {
			X509_free(certificate);
			return -ENOMEM;
		}
	}
	return TRUST_DONE;
}

static enum trust_outcome trust_classify(int error)
{
	switch (error) {
	case X509_V_ERR_INVALID_PURPOSE:
	case X509_V_ERR_INVALID_CA:
	case X509_V_ERR_INVALID_NON_CA:
	case X509_V_ERR_PATH_LENGTH_EXCEEDED:
	case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
	case X509_V_ERR_PERMITTED_VIOLATION:
	case X509_V_ERR_EXCLUDED_VIOLATION:
	case X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION:
	case X509_V_ERR_EE_KEY_TOO_SMALL:
	case X509_V_ERR_CA_KEY_TOO_SMALL:
	case X509_V_ERR_CA_MD_TOO_WEAK:
		return TRUST_E_USE;
	default:
		return TRUST_E_UNTRUSTED;
	}
}

/* Builds the chain up to a CA of the bundle, which need not be a root, and checks all but times. */
static int trust_verify(struct trust *trust, struct trust_parsed *parsed, struct refusal *refusal)
{
	X509_VERIFY_PARAM *param;
	int error;

	if (X509_STORE_CTX_init(parsed->context, trust->store, parsed->own, parsed->between) != 1)
		return pem_fault_or(-EIO);
	param = X509_STORE_CTX_get0_param(parsed->context);
	(void)X509_VERIFY_PARAM_set_flags(
		param, X509_V_FLAG_NO_CHECK_TIME | X509_V_FLAG_PARTIAL_CHAIN);
	(void)X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_CLIENT);
	X509_VERIFY_PARAM_set_depth(param, (int)LIMIT_CERTIFICATES);
	X509_VERIFY_PARAM_set_auth_level(param, TRUST_LEVEL);
	if (X509_verify_cert(parsed->context) == 1)
		return TRUST_DONE;

	error = X509_STORE_CTX_get_error(parsed->context);
	if (error == X509_V_ERR_OUT_OF_MEM) {
		ERR_clear_error();
		return -ENOMEM;
	}
	return trust_refuse(refusal, trust_classify(error),
		X509_STORE_CTX_get_error_depth(parsed->context) == 0
			? "it is not accepted"
			: "one between it and a CA is not accepted",
		X509_verify_cert_error_string(error));
}

/* What OpenSSL is lenient about: a CA in the place of a host, and no word on what it is for. */
static int trust_check_use(struct trust_parsed *parsed, struct refusal *refusal)
{
	if (X509_check_ca(parsed->own) != 0)
		return trust_refuse(refusal, TRUST_E_USE, "it is a CA's, not a host's", NULL);
	if ((X509_get_extension_flags(parsed->own) & EXFLAG_KUSAGE) == 0 ||
		(X509_get_key_usage(parsed->own) & KU_DIGITAL_SIGNATURE) == 0)
		return trust_refuse(
			refusal, TRUST_E_USE, "its key usage is not digitalSignature", NULL);
	return TRUST_DONE;
}

/* A CA of the bundle is trusted until it is taken out of the bundle: no list is asked for it. */
static int trust_check_lists(struct trust *trust, struct trust_parsed *parsed,
	struct record_span *lists, struct refusal *refusal)
{
	const STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(parsed->context);

	for (int i = 0; trust->revocation && i + 1 < sk_X509_num(chain); i++) {
		int r = revocation_check(trust->revocation, sk_X509_value(chain, i),
			sk_X509_value(chain, i + 1), lists);

		if (r == REVOCATION_E_REVOKED)
			return trust_refuse(refusal, TRUST_E_REVOKED,
				i == 0 ? "it is revoked" : "one between it and a CA is revoked",
				NULL);
		if (r == REVOCATION_E_NO_LIST)
			return trust_refuse(refusal, TRUST_E_NO_LIST,
				"none of the revocation lists is of its issuer", NULL);
		if (r != REVOCATION_DONE)
			return r;
	}
	return TRUST_DONE;
}

static int trust_read_subject(struct trust *trust, struct trust_parsed *parsed,
	struct trust_subject *subject, struct refusal *refusal)
{
	EVP_PKEY *key = X509_get0_pubkey(parsed->own);
	int r;

	r = identity_read_name(parsed->own, &subject->name, refusal);
	if (r != IDENTITY_DONE)
		return r < 0 ? r : TRUST_E_NAME;
	if (strcmp(subject->name.fleet, trust->fleet) != 0)
		return trust_refuse(
			refusal, TRUST_E_FLEET, "it is of another fleet", subject->name.fleet);
	if (!key || !identity_is_key_allowed(key))
		return trust_refuse(refusal, TRUST_E_KEY,
			"its key is neither Ed25519 nor ECDSA on P-256", NULL);
	if (!identity_read_span(X509_STORE_CTX_get0_chain(parsed->context), &subject->span))
		return trust_refuse(
			refusal, TRUST_E_CERTIFICATE, "it has a time that is none", NULL);
	if (EVP_PKEY_up_ref(key) != 1)
		return pem_fault_or(-EIO);
	subject->key = key;
	return TRUST_DONE;
}

static int trust_hash_chain(const struct trust_chain *chain, trust_hash ret)
{
	_cleanup_(trust_hashing_freep) EVP_MD_CTX *context = EVP_MD_CTX_new();

	if (!context || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1)
		return pem_fault_or(-ENOMEM);
	for (unsigned i = 0; i < chain->n; i++) {
		const struct trust_certificate *one = &chain->certificates[i];

		if (EVP_DigestUpdate(context, &one->n, sizeof(one->n)) != 1 ||
			EVP_DigestUpdate(context, one->bytes, one->n) != 1)
			return pem_fault_or(-ENOMEM);
	}
	return EVP_DigestFinal_ex(context, ret, NULL) == 1 ? 0 : pem_fault_or(-ENOMEM);
}

static int trust_learn(struct trust *trust, const struct trust_chain *chain,
	struct trust_known *known, struct refusal *refusal)
{
	_cleanup_(trust_parsed_done) struct trust_parsed parsed = { 0 };
	int r;

	known->subject.lists = (struct record_span){ 0, UINT64_MAX };
	r = trust_parse_chain(chain, &parsed, refusal);
	if (r == TRUST_DONE)
		r = trust_verify(trust, &parsed, refusal);
	if (r == TRUST_DONE)
		r = trust_check_use(&parsed, refusal);
	if (r == TRUST_DONE)
		r = trust_check_lists(trust, &parsed, &known->subject.lists, refusal);
	if (r == TRUST_DONE)
		r = trust_read_subject(trust, &parsed, &known->subject, refusal);
	return r;
}

static unsigned trust_set_of(const trust_hash hash)
{
	return (hash[0] | (unsigned)hash[1] << 8) % TRUST_SETS;
}

static const struct trust_subject *trust_find(const struct trust *trust, const trust_hash hash)
{
	struct trust_known *const *set = trust->known[trust_set_of(hash)];

	for (unsigned i = 0; i < TRUST_WAYS; i++) {
		if (set[i] && memcmp(set[i]->hash, hash, sizeof(trust_hash)) == 0)
			return &set[i]->subject;
	}
	return NULL;
}

int trust_check(struct trust *trust, const struct trust_chain *chain,
	const struct trust_subject **ret, struct refusal *refusal)
{
	_cleanup_(trust_known_freep) struct trust_known *known = NULL;
	struct trust_known **place;
	trust_hash hash;
	unsigned set;
	int r;

	if (chain->n == 0 || chain->n > LIMIT_CERTIFICATES)
		return trust_refuse(
			refusal, TRUST_E_CERTIFICATE, "there are none, or too many", NULL);
	r = trust_hash_chain(chain, hash);
	if (r < 0)
		return r;
	*ret = trust_find(trust, hash);
	if (*ret)
		return TRUST_DONE;

	known = calloc(1, sizeof(*known));
	if (!known)
		return -ENOMEM;
	memcpy(known->hash, hash, sizeof(hash));
	r = trust_learn(trust, chain, known, refusal);
	if (r != TRUST_DONE)
		return r;

	set = trust_set_of(hash);
	place = &trust->known[set][trust->oldest[set]++ % TRUST_WAYS];
	trust_known_free(*place);
	*place = cleanup_take(known);
	*ret = &(*place)->subject;
	return TRUST_DONE;
}
