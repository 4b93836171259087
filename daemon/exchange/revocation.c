/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/exchange/revocation.h"

#include "core/cleanup.h"

#include <errno.h>
#include <openssl/x509v3.h>

struct revocation_list {
	X509_CRL *list;	  /* borrowed */
	EVP_PKEY *signer; /* whose signature was found good; NULL: not known yet */
	struct record_span span;
};

struct revocation {
	STACK_OF(X509_CRL) * lists;
	struct revocation_list *rows; /* one for each */
	int n;
};

CLEANUP_DEFINE(struct revocation *, revocation_free, revocation_freep);

struct revocation *revocation_free(struct revocation *revocation)
{
	if (!revocation)
		return NULL;
	for (int i = 0; revocation->rows && i < revocation->n; i++)
		EVP_PKEY_free(revocation->rows[i].signer);
	free(revocation->rows);
	sk_X509_CRL_pop_free(revocation->lists, X509_CRL_free);
	free(revocation);
	return NULL;
}

int revocation_count(const struct revocation *revocation)
{
	return revocation->n;
}

const X509_CRL *revocation_get_list(const struct revocation *revocation, int i)
{
	return revocation->rows[i].list;
}

/* A critical extension says that a list is not the whole truth: a part, or a difference. */
static bool revocation_is_complete(const X509_CRL *list)
{
	for (int i = 0; i < X509_CRL_get_ext_count(list); i++) {
		if (X509_EXTENSION_get_critical(X509_CRL_get_ext(list, i)))
			return false;
	}
	return true;
}

/* True, and remembered, where @issuer may sign lists and has signed this one. */
static bool revocation_is_of(struct revocation_list *row, X509 *issuer)
{
	EVP_PKEY *key = X509_get0_pubkey(issuer);

	if (!key ||
		X509_NAME_cmp(X509_CRL_get_issuer(row->list), X509_get_subject_name(issuer)) != 0 ||
		(X509_get_key_usage(issuer) & KU_CRL_SIGN) == 0)
		return false;
	if (row->signer)
		return EVP_PKEY_eq(row->signer, key) == 1;
	if (X509_CRL_verify(row->list, key) != 1)
		return false;
	if (EVP_PKEY_up_ref(key) == 1)
		row->signer = key;
	return true;
}

static int revocation_check_authority(struct revocation_list *row,
	const STACK_OF(X509) * authorities, const char *path, struct refusal *refusal)
{
	bool named = false;

	for (int i = 0; i < sk_X509_num(authorities); i++) {
		X509 *authority = sk_X509_value(authorities, i);

		if (X509_NAME_cmp(
			    X509_CRL_get_issuer(row->list), X509_get_subject_name(authority)) != 0)
			continue;
		if (revocation_is_of(row, authority))
			return REVOCATION_DONE;
		named = true;
	}
	if (!named)
		return pem_fault_or(REVOCATION_DONE);
	(void)refusal_set(refusal, path,
		"a revocation list names a CA as its issuer that has not signed it, or may not "
		"sign "
		"lists");
	return pem_fault_or(REVOCATION_E_REFUSED);
}

static int revocation_add(struct revocation *revocation, const STACK_OF(X509) * authorities,
	const char *path, struct refusal *refusal)
{
	for (int i = 0; i < sk_X509_CRL_num(revocation->lists); i++) {
		struct revocation_list *row = &revocation->rows[i];
		int r;

		row->list = sk_X509_CRL_value(revocation->lists, i);
		revocation->n = i + 1;
		if (!revocation_is_complete(row->list))
			return refusal_set(refusal, path,
				"revocation list %d is partial (it has a critical extension); only "
				"complete ones are understood",
				i + 1);
		if (!X509_CRL_get0_nextUpdate(row->list) ||
			!identity_read_time(
				X509_CRL_get0_lastUpdate(row->list), &row->span.first_us) ||
			!identity_read_time(
				X509_CRL_get0_nextUpdate(row->list), &row->span.last_us))
			return refusal_set(refusal, path,
				"revocation list %d does not say until when it is valid", i + 1);
		r = revocation_check_authority(row, authorities, path, refusal);
		if (r != REVOCATION_DONE)
			return r;
	}
	return REVOCATION_DONE;
}

int revocation_load(const char *path, const STACK_OF(X509) * authorities, struct revocation **ret,
	struct refusal *refusal)
{
	_cleanup_(revocation_freep) struct revocation *revocation = calloc(1, sizeof(*revocation));
	int r;

	if (!revocation)
		return -ENOMEM;
	r = pem_load_lists(path, &revocation->lists, refusal);
	if (r != PEM_DONE)
		return r < 0 ? r : REVOCATION_E_REFUSED;
	revocation->rows =
		calloc((size_t)sk_X509_CRL_num(revocation->lists), sizeof(*revocation->rows));
	if (!revocation->rows)
		return -ENOMEM;
	r = revocation_add(revocation, authorities, path, refusal);
	if (r == REVOCATION_DONE)
		*ret = cleanup_take(revocation);
	return r;
}

int revocation_check(
	struct revocation *revocation, X509 *certificate, X509 *issuer, struct record_span *span)
{
	const struct revocation_list *newest = NULL;
	X509_REVOKED *entry;

	for (int i = 0; i < revocation->n; i++) {
		struct revocation_list *row = &revocation->rows[i];

		if (newest && newest->span.first_us >= row->span.first_us)
			continue;
		if (revocation_is_of(row, issuer))
			newest = row;
	}
	if (!newest)
		return pem_fault_or(REVOCATION_E_NO_LIST);
	/* 2 is an entry that takes an earlier one back, which a complete list does not have. */
	if (X509_CRL_get0_by_cert(newest->list, &entry, certificate) != 0)
		return pem_fault_or(REVOCATION_E_REVOKED);
	span->first_us =
		newest->span.first_us > span->first_us ? newest->span.first_us : span->first_us;
	span->last_us = newest->span.last_us < span->last_us ? newest->span.last_us : span->last_us;
	return pem_fault_or(REVOCATION_DONE);
}
