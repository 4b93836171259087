/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/record_json.h"
#include "core/codec/tree.h"
#include "core/model/record_time.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>

/* A value that could not be made shows when it is set: the whole is void then. */
static json_t *record_json_write_text(const char *text)
{
	return text ? json_string_nocheck(text) : json_null();
}

static json_t *record_json_write_time(uint64_t time_us)
{
	return time_us > 0 ? json_integer((json_int_t)time_us) : json_null();
}

static int record_json_write_lists(const struct record *record, json_t *json)
{
	json_t *labels = json_object();
	json_t *classes = json_object();
	json_t *endpoints = json_array();
	int r = 0;

	for (size_t i = 0; i < record->n_labels; i++)
		r |= json_object_set_new_nocheck(labels, record->labels[i].name,
			json_string_nocheck(record->labels[i].value));
	for (size_t i = 0; i < record->n_classes; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "%u", record->classes[i].projection);
		r |= json_object_set_new_nocheck(
			classes, name, json_string_nocheck(record->classes[i].digest));
	}
	for (size_t i = 0; i < record->n_endpoints; i++)
		r |= json_array_append_new(endpoints, json_string_nocheck(record->endpoints[i]));
	r |= json_object_set_new_nocheck(json, "labels", labels);
	r |= json_object_set_new_nocheck(json, "classes", classes);
	r |= json_object_set_new_nocheck(json, "endpoints", endpoints);
	return r;
}

static int record_json_write_versions(const struct record *record, json_t *json)
{
	json_t *versions = json_object();
	int r = 0;

	r |= json_object_set_new_nocheck(
		versions, "software", json_string_nocheck(record->software));
	r |= json_object_set_new_nocheck(
		versions, "rules", json_integer((json_int_t)record->rules));
	r |= json_object_set_new_nocheck(
		versions, "projection", json_integer((json_int_t)record->projection));
	r |= json_object_set_new_nocheck(json, "versions", versions);
	return r;
}

static int record_json_write_whole(const struct record *record, char **ret, size_t *ret_n)
{
	const struct {
		const char *name;
		json_t *value;
	} members[] = {
		{ "schema", json_string_nocheck(RECORD_SCHEMA) },
		{ "minor", json_integer((json_int_t)RECORD_MINOR) },
		{ "fleet", json_string_nocheck(record->fleet) },
		{ "host", json_string_nocheck(record->host) },
		{ "host_id", json_string_nocheck(record->host_id) },
		{ "boot_id", record_json_write_text(record->boot_id) },
		{ "sequence", json_integer((json_int_t)record->sequence) },
		{ "issued_at", json_integer((json_int_t)record->issued_us) },
		{ "valid_until", json_integer((json_int_t)record->valid_until_us) },
		{ "collected_at", record_json_write_time(record->collected_us) },
		{ "collection", json_string_nocheck(record_collection_word(record->collection)) },
		{ "facts", record_json_write_text(record->facts) },
		{ "map", record_json_write_text(record->map) },
	};
	json_t *json = json_object();
	int r = 0;

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		r |= json_object_set_new_nocheck(json, members[i].name, members[i].value);
	r |= record_json_write_lists(record, json);
	r |= record_json_write_versions(record, json);
	return r == 0 ? tree_format(json, ret, ret_n) : -ENOMEM;
}

int record_json_write(const struct record *record, char **ret, size_t *ret_n)
{
	struct tree_allocator before;
	int r;

	assert(record->collection < RECORD_COLLECTION_OTHER);
	assert(record->sequence <= RECORD_TIME_LIMIT_US &&
		record->valid_until_us <= RECORD_TIME_LIMIT_US);
	before = tree_gather();
	r = record_json_write_whole(record, ret, ret_n);
	tree_drop(before);
	return r;
}
