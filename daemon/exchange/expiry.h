/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Until when a file of certificates or revocation lists can be relied on, as it is now: what it is
 * loaded for, and whether it can be, is for trust.h and identity.h to say.
 */
#pragma once

#include "daemon/exchange/identity.h"

struct expiry {
	unsigned n;		 /* certificates, or lists */
	struct record_span span; /* in which all of them are valid */
	char name[128];		 /* the subject, or the issuer, of the one that ends first */
};

/* As pem_load_certificates() and pem_load_lists(): PEM_DONE, PEM_E_REFUSED, -ENOMEM. */
int expiry_read_certificates(const char *path, struct expiry *ret, struct refusal *refusal);
int expiry_read_lists(const char *path, struct expiry *ret, struct refusal *refusal);
