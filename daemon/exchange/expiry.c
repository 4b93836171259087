/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/exchange/expiry.h"

#include "core/cleanup.h"

/* One more of a file. A list that does not say when the next one comes never ends. */
static void expiry_take(
	struct expiry *expiry, const ASN1_TIME *first, const ASN1_TIME *last, const X509_NAME *name)
{
	uint64_t first_us = 0, last_us = UINT64_MAX;

	if (!identity_read_time(first, &first_us))
		first_us = 0;
	if (last && !identity_read_time(last, &last_us))
		last_us = 0;
	if (expiry->n++ == 0 || last_us < expiry->span.last_us) {
		expiry->span.last_us = last_us;
		(void)X509_NAME_oneline(name, expiry->name, sizeof(expiry->name));
	}
	if (first_us > expiry->span.first_us)
		expiry->span.first_us = first_us;
}

int expiry_read_certificates(const char *path, struct expiry *ret, struct refusal *refusal)
{
	_cleanup_(pem_certificates_freep) STACK_OF(X509) *certificates = NULL;
	struct expiry expiry = { .n = 0 };
	int r = pem_load_certificates(path, &certificates, refusal);

	if (r != PEM_DONE)
		return r;
	for (int i = 0; i < sk_X509_num(certificates); i++) {
		const X509 *one = sk_X509_value(certificates, i);

		expiry_take(&expiry, X509_get0_notBefore(one), X509_get0_notAfter(one),
			X509_get_subject_name(one));
	}
	*ret = expiry;
	return PEM_DONE;
}

int expiry_read_lists(const char *path, struct expiry *ret, struct refusal *refusal)
{
	_cleanup_(pem_lists_freep) STACK_OF(X509_CRL) *lists = NULL;
	struct expiry expiry = { .n = 0 };
	int r = pem_load_lists(path, &lists, refusal);

	if (r != PEM_DONE)
		return r;
	for (int i = 0; i < sk_X509_CRL_num(lists); i++) {
		const X509_CRL *one = sk_X509_CRL_value(lists, i);

		expiry_take(&expiry, X509_CRL_get0_lastUpdate(one), X509_CRL_get0_nextUpdate(one),
			X509_CRL_get_issuer(one));
	}
	*ret = expiry;
	return PEM_DONE;
}
