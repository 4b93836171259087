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
