/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/record_json.h"

#include "core/codec/digest.h"
#include "core/codec/document.h"
#include "core/codec/member.h"
#include "core/codec/text.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#define RECORD_JSON_COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define RECORD_JSON_ID_LENGTH	 32U
#define RECORD_JSON_UUID_LENGTH	 36U

static struct record *record_json_record(const struct member_reader *reader)
{
	return reader->context;
}

/* ---------------------------------------------------------------- values */

static bool record_json_is_hex(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!(text[i] >= '0' && text[i] <= '9') && !(text[i] >= 'a' && text[i] <= 'f'))
			return false;
	}
	return true;
}

static int record_json_read_hex(
	struct member_reader *reader, const json_t *value, size_t n, const char **ret)
{
	if (json_string_length(value) != n || !record_json_is_hex(json_string_value(value), n))
		return member_refuse(reader, "must be %zu hexadecimal digits in lower case", n);
	*ret = arena_text(reader->arena, json_string_value(value), n);
	return *ret ? MEMBER_DONE : -ENOMEM;
}

static int record_json_read_digest(struct member_reader *reader, const json_t *value, void *ret)
{
	return record_json_read_hex(reader, value, DIGEST_LENGTH, ret);
}

static int record_json_read_digest_or_null(
	struct member_reader *reader, const json_t *value, void *ret)
{
	return json_is_null(value) ? MEMBER_DONE : record_json_read_digest(reader, value, ret);
}

static int record_json_read_host_id(struct member_reader *reader, const json_t *value, void *ret)
{
	return record_json_read_hex(reader, value, RECORD_JSON_ID_LENGTH, ret);
}

static bool record_json_is_uuid(const char *text, size_t n)
{
	static const size_t lengths[] = { 8, 4, 4, 4, 12 };
	size_t at = 0;

	if (n != RECORD_JSON_UUID_LENGTH)
		return false;
	for (size_t i = 0; i < RECORD_JSON_COUNT(lengths); i++) {
		if (!record_json_is_hex(text + at, lengths[i]))
			return false;
		at += lengths[i];
		if (at < n && text[at++] != '-')
			return false;
	}
	return true;
}

static int record_json_read_boot_id(struct member_reader *reader, const json_t *value, void *ret)
{
	if (json_is_null(value))
		return MEMBER_DONE;
	if (!json_is_string(value) ||
		!record_json_is_uuid(json_string_value(value), json_string_length(value)))
		return member_refuse(reader, "must be null or a UUID in lower case");
	return member_read_text(reader, value, ret);
}

static int record_json_read_fleet(struct member_reader *reader, const json_t *value, void *ret)
{
	if (!json_is_string(value) ||
		!record_is_fleet(json_string_value(value), json_string_length(value)))
		return member_refuse(reader, "must be the name of a fleet");
	return member_read_text(reader, value, ret);
}

static int record_json_read_host(struct member_reader *reader, const json_t *value, void *ret)
{
	if (!json_is_string(value) ||
		!record_is_host(json_string_value(value), json_string_length(value)))
		return member_refuse(reader, "must be the name of a host");
	return member_read_text(reader, value, ret);
}

static int record_json_read_time(struct member_reader *reader, const json_t *value, void *ret)
{
	if (!json_is_integer(value) || json_integer_value(value) <= 0)
		return member_refuse(reader, "must be an integer from 1: microseconds since 1970");
	*(uint64_t *)ret = (uint64_t)json_integer_value(value);
	return MEMBER_DONE;
}

static int record_json_read_time_or_null(
	struct member_reader *reader, const json_t *value, void *ret)
{
	return json_is_null(value) ? MEMBER_DONE : record_json_read_time(reader, value, ret);
}

static int record_json_read_version(struct member_reader *reader, const json_t *value, void *ret)
{
	if (!json_is_integer(value) || json_integer_value(value) <= 0 ||
		json_integer_value(value) > INT_MAX)
		return member_refuse(reader, "must be an integer from 1 to %d", INT_MAX);
	*(uint32_t *)ret = (uint32_t)json_integer_value(value);
	return MEMBER_DONE;
}

static int record_json_read_software(struct member_reader *reader, const json_t *value, void *ret)
{
	if (json_string_length(value) > LIMIT_LABEL)
		return member_refuse(reader, "has more than %u letters", LIMIT_LABEL);
	return member_read_text(reader, value, ret);
}

static int record_json_read_collection(struct member_reader *reader, const json_t *value, void *ret)
{
	const char *word = json_string_value(value);
	enum record_collection *collection = ret;

	if (!word)
		return member_refuse(reader, "must be a word");
	for (unsigned i = 0; i < RECORD_COLLECTION_OTHER; i++) {
		if (strcmp(record_collection_word((enum record_collection)i), word) != 0)
			continue;
		*collection = (enum record_collection)i;
		return MEMBER_DONE;
	}
	if (!record_json_record(reader)->newer)
		return member_refuse(reader, "must be never, ok, partial or failed");
	*collection = RECORD_COLLECTION_OTHER;
	return MEMBER_DONE;
}

/* ---------------------------------------------------------------- lists */

/* The names of @object, sorted as canonical JSON has them, in the arena; NULL: no memory. */
static const char **record_json_keys(struct member_reader *reader, const json_t *object)
{
	const char **keys = arena_array(reader->arena, json_object_size(object), sizeof(*keys));
	const char *key;
	json_t *value;
	size_t n = 0;

	if (!keys)
		return NULL;
	json_object_foreach((json_t *)object, key, value)
	{
		size_t at = n++;

		for (; at > 0 && strcmp(keys[at - 1], key) > 0; at--)
			keys[at] = keys[at - 1];
		keys[at] = key;
	}
	return keys;
}

static int record_json_read_label(
	struct member_reader *reader, const char *name, const json_t *value, void *ret)
{
	const char *text = json_string_value(value);
	struct record_label *label = ret;

	if (!record_is_label(name, strlen(name)))
		return member_refuse(reader,
			"\"%.63s\" is no name of a label: letters, digits and inner ._-/ only, at "
			"most %u",
			name, LIMIT_LABEL);
	if (!text || json_string_length(value) > LIMIT_LABEL ||
		!text_is_printable(text, json_string_length(value)))
		return member_refuse(reader,
			"\"%.63s\" must be a text of at most %u printable ASCII letters", name,
			LIMIT_LABEL);
	label->name = arena_text(reader->arena, name, strlen(name));
	label->value = arena_text(reader->arena, text, json_string_length(value));
	return label->name && label->value ? MEMBER_DONE : -ENOMEM;
}

static int record_json_read_labels(struct member_reader *reader, const json_t *value, void *ret)
{
	struct record *record = ret;
	size_t n = json_object_size(value);
	struct record_label *labels;
	const char **keys;

	if (!json_is_object(value) || n > LIMIT_LABELS)
		return member_refuse(reader, "must be an object of at most %u", LIMIT_LABELS);
	keys = record_json_keys(reader, value);
	labels = arena_array(reader->arena, n, sizeof(*labels));
	if (!keys || !labels)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		int r = record_json_read_label(
			reader, keys[i], json_object_get(value, keys[i]), &labels[i]);

		if (r != MEMBER_DONE)
			return r;
	}
	record->labels = labels;
	record->n_labels = (uint32_t)n;
	return MEMBER_DONE;
}

static int record_json_read_class(
	struct member_reader *reader, const char *name, const json_t *value, void *ret)
{
	struct record_class *class_ = ret;
	uint64_t projection;

	if (text_parse_decimal(name, strlen(name), &projection) < 0 || projection == 0 ||
		projection > INT_MAX)
		return member_refuse(reader, "\"%.20s\" is not the version of a projection", name);
	class_->projection = (uint32_t)projection;
	return record_json_read_digest(reader, value, &class_->digest);
}

/* Digests by projection. Their names as text are sorted otherwise than as numbers. */
static int record_json_read_classes(struct member_reader *reader, const json_t *value, void *ret)
{
	struct record *record = ret;
	size_t n = json_object_size(value);
	struct record_class *classes;
	const char **keys;

	if (!json_is_object(value) || n > LIMIT_PROJECTIONS)
		return member_refuse(reader, "must be an object of at most %u", LIMIT_PROJECTIONS);
	keys = record_json_keys(reader, value);
	classes = arena_array(reader->arena, n, sizeof(*classes));
	if (!keys || !classes)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct record_class class_ = { 0 };
		size_t at = i;
		int r = record_json_read_class(
			reader, keys[i], json_object_get(value, keys[i]), &class_);

		if (r != MEMBER_DONE)
			return r;
		for (; at > 0 && classes[at - 1].projection > class_.projection; at--)
			classes[at] = classes[at - 1];
		classes[at] = class_;
	}
	record->classes = classes;
	record->n_classes = (uint32_t)n;
	return MEMBER_DONE;
}

static int record_json_read_endpoint(struct member_reader *reader, const json_t *value, void *ret)
{
	if (!json_is_string(value) ||
		!record_is_endpoint(json_string_value(value), json_string_length(value)))
		return member_refuse(reader, "must be like \"https://node-1.example.com:7443\"");
	return member_read_text(reader, value, ret);
}

static int record_json_read_endpoints(struct member_reader *reader, const json_t *value, void *ret)
{
	static const struct member_items items = {
		.read = record_json_read_endpoint,
		.n_max = LIMIT_ENDPOINTS,
		.size = sizeof(const char *),
	};
	struct record *record = ret;
	const char **endpoints;

	endpoints = arena_array(reader->arena, LIMIT_ENDPOINTS, sizeof(*endpoints));
	if (!endpoints)
		return -ENOMEM;
	record->endpoints = endpoints;
	record->n_endpoints = (uint32_t)json_array_size(value);
	return member_read_array(reader, value, &items, endpoints);
}

/* ---------------------------------------------------------------- the whole */

/*
 * Reads the @n members of @members, all of which must be there. In a newer document others may
 * stand beside them.
 */
static int record_json_read_members(struct member_reader *reader, json_t *object,
	const struct member *members, size_t n, void *ret)
{
	const char *key;
	json_t *value;
	void *next;

	for (size_t i = 0; i < n; i++) {
		if (!json_object_get(object, members[i].name))
			return member_refuse(reader, "needs the member %s", members[i].name);
	}
	if (record_json_record(reader)->newer) {
		json_object_foreach_safe(object, next, key, value)
		{
			size_t i = 0;

			while (i < n && strcmp(members[i].name, key) != 0)
				i++;
			if (i == n)
				(void)json_object_del(object, key);
		}
	}
	return member_read_object(reader, object, members, n, ret);
}

static int record_json_read_versions(struct member_reader *reader, const json_t *value, void *ret)
{
	static const struct member members[] = {
		{ "software", record_json_read_software, offsetof(struct record, software) },
		{ "rules", record_json_read_version, offsetof(struct record, rules) },
		{ "projection", record_json_read_version, offsetof(struct record, projection) },
	};

	if (!json_is_object(value))
		return member_refuse(reader, "must be an object");
	return record_json_read_members(
		reader, (json_t *)value, members, RECORD_JSON_COUNT(members), ret);
}

/* What the members mean together. */
static int record_json_check(struct member_reader *reader)
{
	const struct record *record = record_json_record(reader);
	bool has_facts = record->facts != NULL;
	bool has_class = false;

	if (has_facts != (record->map != NULL) || has_facts != (record->n_classes > 0))
		return member_refuse(
			reader, "facts, map and classes must be there together, or none of them");
	if (!has_facts && record->collected_us != 0)
		return member_refuse(reader, "collected_at must be null where facts is");
	if (record->collection != RECORD_COLLECTION_OTHER &&
		record->collection != RECORD_COLLECTION_FAILED &&
		has_facts != (record->collection != RECORD_COLLECTION_NEVER))
		return member_refuse(reader, "collection and facts contradict each other");
	for (size_t i = 0; i < record->n_classes; i++)
		has_class |= record->classes[i].projection == record->projection;
	if (has_facts && !has_class)
		return member_refuse(reader, "classes must have one of versions/projection");
	return MEMBER_DONE;
}

static int record_json_read_record(struct member_reader *reader, json_t *json)
{
	static const struct member members[] = {
		{ "fleet", record_json_read_fleet, offsetof(struct record, fleet) },
		{ "host", record_json_read_host, offsetof(struct record, host) },
		{ "host_id", record_json_read_host_id, offsetof(struct record, host_id) },
		{ "boot_id", record_json_read_boot_id, offsetof(struct record, boot_id) },
		{ "sequence", record_json_read_time, offsetof(struct record, sequence) },
		{ "issued_at", record_json_read_time, offsetof(struct record, issued_us) },
		{ "valid_until", record_json_read_time, offsetof(struct record, valid_until_us) },
		{ "collected_at", record_json_read_time_or_null,
			offsetof(struct record, collected_us) },
		{ "collection", record_json_read_collection, offsetof(struct record, collection) },
		{ "facts", record_json_read_digest_or_null, offsetof(struct record, facts) },
		{ "map", record_json_read_digest_or_null, offsetof(struct record, map) },
		{ "classes", record_json_read_classes, 0 },
		{ "labels", record_json_read_labels, 0 },
		{ "endpoints", record_json_read_endpoints, 0 },
		{ "versions", record_json_read_versions, 0 },
	};
	int r;

	r = record_json_read_members(
		reader, json, members, RECORD_JSON_COUNT(members), record_json_record(reader));
	return r == MEMBER_DONE ? record_json_check(reader) : r;
}

/* Takes schema and minor out of @json. */
static int record_json_read_header(json_t *json, struct record *ret, struct refusal *refusal)
{
	const char *schema = json_string_value(json_object_get(json, "schema"));
	const json_t *minor = json_object_get(json, "minor");

	if (!schema || strcmp(schema, RECORD_SCHEMA) != 0) {
		(void)refusal_set(refusal, "schema",
			"is \"%.40s\", and \"%s\" is needed; is the "
			"other side of a newer version?",
			schema ? schema : "", RECORD_SCHEMA);
		return RECORD_JSON_E_SCHEMA;
	}
	if (!json_is_integer(minor) || json_integer_value(minor) < 0 ||
		json_integer_value(minor) > INT_MAX)
		return refusal_set(refusal, "minor", "must be an integer from 0 to %d", INT_MAX);
	ret->newer = json_integer_value(minor) > (json_int_t)RECORD_MINOR;
	(void)json_object_del(json, "schema");
	(void)json_object_del(json, "minor");
	return RECORD_JSON_DONE;
}

int record_json_decode(const char *bytes, size_t n, struct arena *arena, struct record *ret,
	struct refusal *refusal)
{
	static const struct guard_limits limits = {
		.bytes = LIMIT_RECORD_BYTES,
		.nodes = LIMIT_RECORD_NODES,
		.depth = LIMIT_DEPTH,
	};
	json_auto_t *json = NULL;
	struct record record = { 0 };
	struct member_reader reader = { .arena = arena, .refusal = refusal, .context = &record };
	int r;

	r = document_parse(&limits, bytes, n, refusal, &json);
	if (r != DOCUMENT_DONE)
		return r < 0 ? r : RECORD_JSON_E_REFUSED;
	r = record_json_read_header(json, &record, refusal);
	if (r != RECORD_JSON_DONE)
		return r;
	r = record_json_read_record(&reader, json);
	if (r != MEMBER_DONE)
		return r < 0 ? r : RECORD_JSON_E_REFUSED;
	*ret = record;
	return RECORD_JSON_DONE;
}
