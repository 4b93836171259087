/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Members of an object by a table, for documents that people write and whose members are plain
 * values, not facts. Strict: a member that is not in the table is refused. A reader knows at any
 * time which value it is at, so that every refusal names its place.
 */
#pragma once

#include "core/arena.h"
#include "core/codec/refusal.h"

#include <jansson.h>

enum member_outcome {
	MEMBER_DONE,
	MEMBER_E_REFUSED,
};

struct member_reader {
	struct arena *arena; /* texts are copied here */
	struct refusal *refusal;
	void *context; /* the caller's own */
	size_t n_where;
	char where[128]; /* the value that is being read; starts empty */
};

/*
 * Reads @value into what @ret points to; of which type that is, the table's owner knows.
 * MEMBER_DONE, or MEMBER_E_REFUSED with reader->refusal set, or -ENOMEM.
 */
typedef int (*member_read)(struct member_reader *reader, const json_t *value, void *ret);

struct member {
	const char *name;
	member_read read;
	size_t offset; /* of what is read, in the struct of the object */
};

/* Reads the members of @object, which are among the @n at @members, into the struct at @ret. */
int member_read_object(struct member_reader *reader, const json_t *object,
	const struct member *members, size_t n, void *ret);

/*
 * Reads each of at most @n_max items of @array with @read, item i into the i-th struct of @size
 * bytes at @ret.
 */
struct member_items {
	member_read read;
	size_t n_max;
	size_t size;
};
int member_read_array(struct member_reader *reader, const json_t *array,
	const struct member_items *items, void *ret);

int member_read_text(
	struct member_reader *reader, const json_t *value, void *ret); /* const char * */
int member_read_hex(struct member_reader *reader, const json_t *value, void *ret); /* uint64_t */
int member_read_power(
	struct member_reader *reader, const json_t *value, void *ret); /* of two; same */
int member_read_boolean(struct member_reader *reader, const json_t *value, void *ret); /* bool */

/* Sets reader->refusal to the value that is being read and this sentence. MEMBER_E_REFUSED. */
int member_refuse(struct member_reader *reader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
