/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/document.h"
#include "core/codec/text.h"
#include "core/codec/tree.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

int document_parse(const struct guard_limits *limits, const char *bytes, size_t n,
	struct refusal *refusal, json_t **ret)
{
	json_t *json;
	int r;

	if (guard_scan(bytes, n, limits, refusal) != GUARD_DONE)
		return DOCUMENT_E_REFUSED;
	r = tree_parse(bytes, n, refusal, &json);
	if (r != TREE_DONE)
		return r == TREE_E_REFUSED ? DOCUMENT_E_REFUSED : r;
	if (!json_is_object(json)) {
		json_decref(json);
		return refusal_set(refusal, "document", "must be an object");
	}
	*ret = json;
	return DOCUMENT_DONE;
}

/* The text is not of our schema: says whether it is another version of it, or another thing. */
static int document_refuse_schema(
	const struct document_kind *kind, const char *schema, struct refusal *refusal)
{
	size_t n_name = (size_t)(strrchr(kind->schema, '-') - kind->schema);
	const char *version = schema + n_name + 1;
	uint64_t major;

	if (strncmp(schema, kind->schema, n_name + 1) != 0 ||
		text_parse_decimal(version, strlen(version), &major) < 0)
		return refusal_set(refusal, "schema", "is \"%.60s\", and \"%s\" is needed", schema,
			kind->schema);
	return refusal_set(refusal, "schema",
		"the document is of version %.20s of %.*s, and this program reads version %s; "
		"upgrade the older of the two",
		version, (int)n_name, kind->schema, kind->schema + n_name + 1);
}

static int document_read_header(const struct document_kind *kind, const json_t *json,
	struct refusal *refusal, unsigned *ret_minor)
{
	const char *schema = json_string_value(json_object_get(json, "schema"));
	const json_t *minor = json_object_get(json, "minor");

	if (!schema)
		return refusal_set(refusal, "schema",
			"must be the text \"%s\": this is another kind of document", kind->schema);
	if (strcmp(schema, kind->schema) != 0)
		return document_refuse_schema(kind, schema, refusal);
	if (!json_is_integer(minor) || json_integer_value(minor) < 0 ||
		json_integer_value(minor) > INT_MAX)
		return refusal_set(refusal, "minor", "must be an integer from 0 to %d", INT_MAX);
	*ret_minor = (unsigned)json_integer_value(minor);
	return DOCUMENT_DONE;
}

int document_decode(const struct document_kind *kind, const char *bytes, size_t n,
	struct shape_reader *reader, void *ret)
{
	json_auto_t *json = NULL;
	int r;

	r = document_parse(&kind->limits, bytes, n, reader->refusal, &json);
	if (r != DOCUMENT_DONE)
		return r;
	r = document_read_header(kind, json, reader->refusal, &reader->minor);
	if (r != DOCUMENT_DONE)
		return r;

	reader->newer = reader->minor > kind->minor;
	(void)json_object_del(json, "schema");
	(void)json_object_del(json, "minor");
	r = shape_decode_object(reader, json, kind->shape, ret);
	return r == SHAPE_E_REFUSED ? DOCUMENT_E_REFUSED : r;
}

static int document_build(const struct document_kind *kind, unsigned minor, const void *value,
	char **ret, size_t *ret_n)
{
	json_t *json;
	int r;

	r = shape_encode_object(kind->shape, value, &json);
	if (r < 0)
		return r;
	if (json_object_set_new_nocheck(json, "schema", json_string_nocheck(kind->schema)) < 0 ||
		json_object_set_new_nocheck(json, "minor", json_integer((json_int_t)minor)) < 0)
		return -ENOMEM;

	return tree_format(json, ret, ret_n);
}

int document_encode(const struct document_kind *kind, unsigned minor, const void *value, char **ret,
	size_t *ret_n)
{
	struct tree_allocator before = tree_gather();
	int r = document_build(kind, minor, value, ret, ret_n);

	tree_drop(before);
	return r;
}
