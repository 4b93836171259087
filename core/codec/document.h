/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A whole document: the one way in and out for every kind that a shape describes. Its top has the
 * members "schema", which names the kind and its major version ("iommufleet-facts-1"), and "minor".
 * Canonical bytes have sorted keys, no white space and no reals.
 */
#pragma once

#include "core/codec/guard.h"
#include "core/codec/shape.h"

enum document_outcome {
	DOCUMENT_DONE,
	DOCUMENT_E_REFUSED,
};

struct document_kind {
	const char *schema; /* name, minus sign, major version */
	unsigned minor;	    /* that this program reads in full */
	struct guard_limits limits;
	const struct shape *shape;
};

/*
 * Counts the @n bytes at @bytes against @limits and parses them: an object without duplicate
 * members, a new reference in @ret. DOCUMENT_DONE, or DOCUMENT_E_REFUSED with @refusal set, or
 * -ENOMEM.
 */
int document_parse(const struct guard_limits *limits, const char *bytes, size_t n,
	struct refusal *refusal, json_t **ret);

/*
 * Reads the @n bytes at @bytes into the struct of kind->shape at @ret, which is zero. Of @reader
 * the caller sets arena and refusal and leaves the rest zero; minor, newer and unread are set here.
 * DOCUMENT_DONE, or DOCUMENT_E_REFUSED with reader->refusal set, or -ENOMEM.
 */
int document_decode(const struct document_kind *kind, const char *bytes, size_t n,
	struct shape_reader *reader, void *ret);

/*
 * The canonical bytes of the struct of kind->shape at @value in @ret, NUL-terminated, to be freed
 * with free(), and their number in @ret_n. -ENOMEM.
 */
int document_encode(const struct document_kind *kind, unsigned minor, const void *value, char **ret,
	size_t *ret_n);
