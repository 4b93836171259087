/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/exchange/identity.h"

#include "core/cleanup.h"

#include <assert.h>
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#define IDENTITY_SCHEME "iommufleet://"

struct identity {
	unsigned n_references;
	STACK_OF(X509) * certificates;
	EVP_PKEY *key;
	struct identity_name name;
	struct record_span span;
};

CLEANUP_DEFINE(EVP_MD_CTX *, EVP_MD_CTX_free, identity_context_freep);
CLEANUP_DEFINE(GENERAL_NAMES *, GENERAL_NAMES_free, identity_names_freep);
CLEANUP_DEFINE(struct identity *, identity_unref, identity_unrefp);

/* ---------------------------------------------------------------- names */

int identity_parse(const char *uri, size_t n, struct identity_name *ret, struct refusal *refusal)
{
	static const size_t n_scheme = sizeof(IDENTITY_SCHEME) - 1;
	const char *slash;
	size_t n_fleet, n_host;

	if (n < n_scheme || memcmp(uri, IDENTITY_SCHEME, n_scheme) != 0)
		return refusal_set(refusal, "certificate",
			"its URI name does not start with " IDENTITY_SCHEME);
	uri += n_scheme;
	n -= n_scheme;

	slash = memchr(uri, '/', n);
	n_fleet = slash ? (size_t)(slash - uri) : 0;
	n_host = slash ? n - n_fleet - 1 : 0;
	if (!slash || !record_is_fleet(uri, n_fleet) || !record_is_host(slash + 1, n_host))
		return refusal_set(refusal, "certificate",
			"its URI name is not " IDENTITY_SCHEME
			"FLEET/HOST, both in lower-case letters, digits and inner minus signs, a "
			"host also with dots");
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->fleet, uri, n_fleet);
	memcpy(ret->host, slash + 1, n_host);
	return IDENTITY_DONE;
}

int identity_read_name(const X509 *certificate, struct identity_name *ret, struct refusal *refusal)
{
	_cleanup_(identity_names_freep) GENERAL_NAMES *names = NULL;
	const ASN1_IA5STRING *uri = NULL;
	int critical;

	names = X509_get_ext_d2i(certificate, NID_subject_alt_name, &critical, NULL);
	if (!names) {
		(void)refusal_set(refusal, "certificate", "%s",
			critical == -1 ? "it has no alternative name, so it is no host's"
				       : "its alternative names cannot be read");
		return pem_fault_or(IDENTITY_E_REFUSED);
	}
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type != GEN_URI)
			continue;
		if (uri)
			return refusal_set(refusal, "certificate",
				"it has more than one URI name, so whose it is cannot be told");
		uri = name->d.uniformResourceIdentifier;
	}
	if (!uri)
		return refusal_set(refusal, "certificate",
			"it has no URI name " IDENTITY_SCHEME "FLEET/HOST, so it is no host's");
	return identity_parse((const char *)ASN1_STRING_get0_data(uri),
		(size_t)ASN1_STRING_length(uri), ret, refusal);
}

bool identity_is_key_allowed(const EVP_PKEY *key)
{
	char group[32];

	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519)
		return true;
	return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
	       EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1 &&
	       strcmp(group, SN_X9_62_prime256v1) == 0;
}

bool identity_read_time(const ASN1_TIME *time, uint64_t *ret)
{
	struct tm tm;
	time_t seconds;

	if (ASN1_TIME_to_tm(time, &tm) != 1)
		return false;
	seconds = timegm(&tm);
	*ret = seconds > 0 ? (uint64_t)seconds * 1000000 : 0;
	return true;
}

bool identity_read_span(const STACK_OF(X509) * certificates, struct record_span *ret)
{
	struct record_span span = { 0, UINT64_MAX };

	for (int i = 0; i < sk_X509_num(certificates); i++) {
		const X509 *certificate = sk_X509_value(certificates, i);
		struct record_span own;

		if (!identity_read_time(X509_get0_notBefore(certificate), &own.first_us) ||
			!identity_read_time(X509_get0_notAfter(certificate), &own.last_us))
			return false;
		/* To the end of its last second, RFC 5280 section 4.1.2.5. */
		own.last_us += 999999;
		span.first_us = own.first_us > span.first_us ? own.first_us : span.first_us;
		span.last_us = own.last_us < span.last_us ? own.last_us : span.last_us;
	}
	*ret = span;
	return true;
}

/* ---------------------------------------------------------------- this host's own */

static int identity_check(struct identity *identity, const char *path, struct refusal *refusal)
{
	X509 *own = sk_X509_value(identity->certificates, 0);
	int r;

	if (sk_X509_num(identity->certificates) > (int)LIMIT_CERTIFICATES)
		return refusal_set(refusal, path, "it has %d certificates, and at most %u are sent",
			sk_X509_num(identity->certificates), LIMIT_CERTIFICATES);
	r = identity_read_name(own, &identity->name, refusal);
	if (r != IDENTITY_DONE)
		return r;
	if (!identity_is_key_allowed(identity->key))
		return refusal_set(refusal, path, "the key must be Ed25519 or ECDSA on P-256");
	if (X509_check_private_key(own, identity->key) != 1) {
		(void)refusal_set(
			refusal, path, "the first certificate and the private key do not match");
		return pem_fault_or(IDENTITY_E_REFUSED);
	}
	if (!identity_read_span(identity->certificates, &identity->span))
		return refusal_set(refusal, path, "a certificate has a time that is none");
	return IDENTITY_DONE;
}

int identity_load(const char *certificate_path, const char *key_path, struct identity **ret,
	struct refusal *refusal)
{
	_cleanup_(identity_unrefp) struct identity *identity = calloc(1, sizeof(*identity));
	int r;

	if (!identity)
		return -ENOMEM;
	identity->n_references = 1;
	r = pem_load_certificates(certificate_path, &identity->certificates, refusal);
	if (r == PEM_DONE)
		r = pem_load_key(key_path, &identity->key, refusal);
	if (r != PEM_DONE)
		return r < 0 ? r : IDENTITY_E_REFUSED;
	r = identity_check(identity, certificate_path, refusal);
	if (r == IDENTITY_DONE)
		*ret = cleanup_take(identity);
	return r;
}

struct identity *identity_ref(struct identity *identity)
{
	identity->n_references++;
	return identity;
}

struct identity *identity_unref(struct identity *identity)
{
	if (!identity || --identity->n_references > 0)
		return NULL;
	sk_X509_pop_free(identity->certificates, X509_free);
	EVP_PKEY_free(identity->key);
	free(identity);
	return NULL;
}

const struct identity_name *identity_get_name(const struct identity *identity)
{
	return &identity->name;
}

struct record_span identity_get_span(const struct identity *identity)
{
	return identity->span;
}

int identity_count_certificates(const struct identity *identity)
{
	return sk_X509_num(identity->certificates);
}

const X509 *identity_get_certificate(const struct identity *identity, int i)
{
	return sk_X509_value(identity->certificates, i);
}

EVP_PKEY *identity_get_key(const struct identity *identity)
{
	return identity->key;
}

/* ---------------------------------------------------------------- signatures */

/* Ed25519 hashes by itself, RFC 8032 section 5.1. */
static const EVP_MD *identity_hash(const EVP_PKEY *key)
{
	return EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? NULL : EVP_sha256();
}

int identity_sign(const struct identity *identity, const void *bytes, size_t n,
	unsigned char ret[IDENTITY_SIGNATURE_BYTES], size_t *ret_n)
{
	_cleanup_(identity_context_freep) EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t n_signature = IDENTITY_SIGNATURE_BYTES;

	if (!context)
		return -ENOMEM;
	if (EVP_DigestSignInit(context, NULL, identity_hash(identity->key), NULL, identity->key) !=
			1 ||
		EVP_DigestSign(context, ret, &n_signature, bytes, n) != 1)
		return pem_fault_or(-EIO);
	*ret_n = n_signature;
	return IDENTITY_DONE;
}

int identity_verify(
	EVP_PKEY *key, const struct identity_signature *signature, const void *bytes, size_t n)
{
	_cleanup_(identity_context_freep) EVP_MD_CTX *context = EVP_MD_CTX_new();

	if (!context)
		return -ENOMEM;
	if (EVP_DigestVerifyInit(context, NULL, identity_hash(key), NULL, key) == 1 &&
		EVP_DigestVerify(context, signature->bytes, signature->n, bytes, n) == 1)
		return 1;
	return pem_fault_or(0);
}
