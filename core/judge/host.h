/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A host made ready to be asked: its facts, the assumptions made about them, and their class,
 * worked out once. Immutable and shared by reference; a question costs microseconds.
 */
#pragma once

#include "core/judge/assume.h"
#include "core/model/facts.h"

struct host;

/*
 * Works out @facts (a reference is taken) under @assume (NULL: none) in @ret. -ENOMEM.
 */
int host_new(struct facts *facts, const struct assume *assume, struct host **ret);

enum host_class_outcome {
	HOST_CLASS_DONE,
	HOST_CLASS_E_REFUSED, /* no such document, or of a projection that is not read here */
};

/*
 * The host of which only the class document of @n bytes at @bytes is known, under @assume (NULL:
 * none; what would need facts leaves answers unknown). On HOST_CLASS_DONE the caller owns @ret.
 * -ENOMEM.
 */
int host_new_of_class(const char *bytes, size_t n, const struct assume *assume, struct host **ret,
	struct refusal *refusal);

/* True when only the class of @host is known: nothing live about it can be told. */
bool host_is_of_class(const struct host *host);

struct host *host_ref(struct host *host);
struct host *host_unref(struct host *host); /* accepts NULL, returns NULL */

/* The facts that were judged: with the assumptions applied. Borrowed. */
const struct facts *host_facts(const struct host *host);
const struct assume *host_assume(const struct host *host);

/* 64 lower-case hexadecimal digits, NUL-terminated. Borrowed from @host. */
struct host_digests {
	const char *facts;  /* SHA-256 of the facts document as observed */
	const char *class_; /* of the class projection, assumptions applied */
	const char *map;
};
struct host_digests host_digests(const struct host *host);

/* The class document, canonical JSON, NUL-terminated. Borrowed. */
const char *host_class_document(const struct host *host);

/* The same in @projection, the current one or the one before, to be freed with free(). -ENOMEM. */
int host_encode_class(const struct host *host, uint32_t projection, char **ret, size_t *ret_n);
