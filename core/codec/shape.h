/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Documents as tables. A shape says which members an object of a document has, of which kind, and
 * where in a C struct each belongs; one decoder, one encoder and one schema writer serve every
 * shape. Each member is a fact (core/model/fact.h), so all have the same four states: a value, JSON
 * null (does not exist), {"unknown":"why"}, and no such member (not collected).
 */
#pragma once

#include "core/codec/refusal.h"
#include "core/model/fact.h"
#include "core/model/limits.h"

#include <jansson.h>

enum shape_outcome { SHAPE_DONE, SHAPE_E_REFUSED };

enum shape_kind {      /* in C; in JSON */
	SHAPE_BOOLEAN, /* struct fact_number, 0 or 1; true or false */
	SHAPE_INTEGER, /* struct fact_number; an integer from 0 */
	SHAPE_HEX,     /* struct fact_number; "0x1f" */
	SHAPE_TEXT,    /* struct fact_text; printable ASCII */
	SHAPE_WORD,    /* struct fact_text; one of words */
	SHAPE_TEXTS,  /* struct fact_texts; an array of texts, each one of words if there are any */
	SHAPE_OBJECT, /* a struct that begins with struct fact; an object of shape child */
	SHAPE_LIST,   /* struct fact_list of the structs of shape child; an array of objects */
};

enum shape_flags {
	SHAPE_KEY = 1,	 /* must have a value, which names the object and is unique in its list */
	SHAPE_FIRST = 2, /* this number and the next member are the inclusive ends of a range */
};

struct shape;

struct shape_field {
	const char *name; /* of the member */
	enum shape_kind kind;
	unsigned flags;
	size_t offset;	/* bytes from the start of the struct */
	uint64_t limit; /* the greatest number, or items; 0: what the kind itself allows */
	const char *const *words; /* up to a NULL */
	const struct shape *child;
};

struct shape {
	const char *name; /* what such an object is, "region": for people and for the schema */
	size_t size;	  /* bytes of the struct */
	size_t n_fields;
	const struct shape_field *fields;
};

/* The place in a document that a refusal names, one step per member or item from the top. */
struct shape_step {
	const char *name;	   /* of a member, or NULL for an item of an array */
	size_t index;		   /* of the item */
	const json_t *item;	   /* and what it is, for the value of its key */
	const struct shape *shape; /* NULL for texts */
};

struct shape_reader {
	struct arena *arena; /* the value that is read lives here */
	struct refusal *refusal;
	bool newer; /* the document is of a newer minor version: strangers are noted, not refused */
	bool unread;	/* set when there was a member, a word or a reason that we do not know */
	unsigned minor; /* of the document */
	unsigned n_steps;
	struct shape_step steps[LIMIT_DEPTH];
};

/*
 * Reads the members of @json into the struct of @shape at @ret, which is zero. SHAPE_DONE, or
 * SHAPE_E_REFUSED with reader->refusal set, or -ENOMEM; @ret is of no use then.
 */
int shape_decode_object(
	struct shape_reader *reader, json_t *json, const struct shape *shape, void *ret);

/* Sets reader->refusal to this place and this sentence. Returns SHAPE_E_REFUSED. */
int shape_decode_refuse(struct shape_reader *reader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * The members of the struct of @shape at @value as an object that the caller owns. -ENOMEM. A value
 * that the decoder would refuse is written as unknown: over-limit (a list or a text that is too
 * long) or malformed.
 */
int shape_encode_object(const struct shape *shape, const void *value, json_t **ret);

/* The field of @shape with SHAPE_KEY, or NULL. */
const struct shape_field *shape_key(const struct shape *shape);

/* The greatest number, bytes, or items that @field takes. */
uint64_t shape_limit(const struct shape_field *field);

/* The word of field->words that the @n bytes at @text spell, or NULL. */
const char *shape_word(const struct shape_field *field, const char *text, size_t n);

/* Rows of a table. The type of the struct's member is checked; more members of the row may follow.
 */
#define SHAPE_NAMED_NUMBER(owner, member, name_, kind_, ...)                                       \
	{                                                                                          \
		.name = (name_),                                                                   \
		.kind = _Generic(((struct owner *)NULL)->member, struct fact_number                \
				 : (kind_)),                                                       \
		.offset = offsetof(struct owner, member), __VA_ARGS__                              \
	}
#define SHAPE_NUMBER(owner, member, kind_, ...)                                                    \
	SHAPE_NAMED_NUMBER(owner, member, #member, kind_, __VA_ARGS__)
#define SHAPE_STRING(owner, member, ...)                                                           \
	{                                                                                          \
		.name = #member,                                                                   \
		.kind = _Generic(((struct owner *)NULL)->member, struct fact_text                  \
				 : SHAPE_TEXT),                                                    \
		.offset = offsetof(struct owner, member), __VA_ARGS__                              \
	}
#define SHAPE_ONE_OF(owner, member, words_, ...)                                                   \
	{                                                                                          \
		.name = #member,                                                                   \
		.kind = _Generic(((struct owner *)NULL)->member, struct fact_text                  \
				 : SHAPE_WORD),                                                    \
		.offset = offsetof(struct owner, member), .words = (words_), __VA_ARGS__           \
	}
#define SHAPE_STRINGS(owner, member, limit_, ...)                                                  \
	{                                                                                          \
		.name = #member,                                                                   \
		.kind = _Generic(((struct owner *)NULL)->member, struct fact_texts                 \
				 : SHAPE_TEXTS),                                                   \
		.offset = offsetof(struct owner, member), .limit = (limit_), __VA_ARGS__           \
	}
#define SHAPE_INNER(owner, member, child_)                                                         \
	{                                                                                          \
		.name = #member,                                                                   \
		.kind = _Generic(((struct owner *)NULL)->member.fact, struct fact                  \
				 : SHAPE_OBJECT),                                                  \
		.offset = offsetof(struct owner, member), .child = &(child_)                       \
	}
#define SHAPE_ITEMS(owner, member, child_, limit_)                                                 \
	{                                                                                          \
		.name = #member,                                                                   \
		.kind = _Generic(((struct owner *)NULL)->member, struct fact_list                  \
				 : SHAPE_LIST),                                                    \
		.offset = offsetof(struct owner, member), .child = &(child_), .limit = (limit_)    \
	}
#define SHAPE_OF(owner, name_, fields_)                                                            \
	{                                                                                          \
		.name = (name_), .size = sizeof(struct owner),                                     \
		.n_fields = sizeof(fields_) / sizeof((fields_)[0]), .fields = (fields_)            \
	}
