/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Certificates, revocation lists and keys from PEM files that the administrator installed. What is
 * read is bounded; a refusal names the file, never what is in it. Nobody is ever asked for a
 * password: an encrypted key is refused.
 */
#pragma once

#include "core/codec/refusal.h"

#include <openssl/x509.h>

enum pem_outcome {
	PEM_DONE,
	PEM_E_REFUSED, /* the refusal says which file and why */
};

/* Every certificate of the file at @path, in its order, at least one. -ENOMEM. */
int pem_load_certificates(const char *path, STACK_OF(X509) * *ret, struct refusal *refusal);

/* Every revocation list of the file at @path, at least one. -ENOMEM. */
int pem_load_lists(const char *path, STACK_OF(X509_CRL) * *ret, struct refusal *refusal);

/*
 * The private key in the file at @path. A file that others than its owner can write, or that
 * everybody can read, is refused. Its group may read it: systemd hands credentials over like that.
 * -ENOMEM.
 */
int pem_load_key(const char *path, EVP_PKEY **ret, struct refusal *refusal);

/* For the end of a scope. */
void pem_certificates_freep(STACK_OF(X509) * *certificates);
void pem_lists_freep(STACK_OF(X509_CRL) * *lists);

/*
 * Takes OpenSSL's errors off its list. -ENOMEM where it was short of memory, else @outcome: a lack
 * of memory must never look like a bad signature.
 */
int pem_fault_or(int outcome);
