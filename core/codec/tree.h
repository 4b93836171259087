/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * JSON bytes to jansson's tree and back, by jansson. Its reader takes a lack of memory for a syntax
 * error or for a shorter text, and its writer may leave out the name of a member, without a word;
 * answers rest on these documents, so while it works its allocations are watched, and one that
 * failed makes the whole result void.
 */
#pragma once

#include "core/codec/refusal.h"

#include <jansson.h>
#include <stddef.h>

enum tree_outcome {
	TREE_DONE,
	TREE_E_REFUSED,
};

struct tree_allocator {
	json_malloc_t allocate;
	json_free_t release;
};

/*
 * From here to tree_drop(), which is given what this gives, whatever jansson allocates is taken
 * from blocks that are freed together: a tree that is built to be written once is not taken apart
 * value by value. No tree lives from one side of either call to the other. Does not nest.
 */
struct tree_allocator tree_gather(void);
void tree_drop(struct tree_allocator before);

/*
 * Parses the @n bytes at @bytes as one JSON value (RFC 8259) in UTF-8, a new reference in @ret.
 * TREE_E_REFUSED with @refusal set to line and column for a syntax error, a member that an object
 * has twice, U+0000 and an integer that does not fit 63 bits. -ENOMEM.
 */
int tree_parse(const char *bytes, size_t n, struct refusal *refusal, json_t **ret);

/*
 * The canonical bytes of @json in @ret: keys sorted bytewise, no white space. NUL-terminated, to be
 * freed with free(); their number in @ret_n. -ENOMEM.
 */
int tree_format(const json_t *json, char **ret, size_t *ret_n);
