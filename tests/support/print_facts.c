/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Prints what the tables of the facts document are good for beside decoding:
 *
 *   print_facts schema           the JSON Schema of the document
 *   print_facts documents SEED   documents, one a line: every fact with a value, null, unknown,
 *                                missing, and random ones
 */
#include "core/codec/facts_json.h"
#include "core/codec/facts_shape.h"
#include "core/model/limits.h"
#include "tests/support/fill.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ schema */

static json_t *print_facts_ref(const char *name)
{
	return json_pack("{s:o}", "$ref", json_sprintf("#/$defs/%s", name));
}

static json_t *print_facts_words(const char *const *words)
{
	json_t *json = json_array();

	for (; *words; words++)
		json_array_append_new(json, json_string(*words));
	return json_pack("{s:o}", "enum", json);
}

/* The limits of registers are all ones, so the number of digits says all. */
static json_t *print_facts_hex(uint64_t limit)
{
	int n_digits = 0;

	for (; limit > 0; limit >>= 4)
		n_digits++;
	return json_pack("{s:s,s:o}", "type", "string", "pattern",
		json_sprintf("^0x(0|[1-9a-f][0-9a-f]{0,%d})$", n_digits - 1));
}

static json_t *print_facts_text(const struct shape_field *field)
{
	if (field->words)
		return print_facts_words(field->words);
	return print_facts_ref("text");
}

static json_t *print_facts_array(const struct shape_field *field, json_t *items)
{
	return json_pack("{s:s,s:I,s:o}", "type", "array", "maxItems",
		(json_int_t)shape_limit(field), "items", items);
}

static json_t *print_facts_value(const struct shape_field *field)
{
	switch (field->kind) {
	case SHAPE_BOOLEAN:
		return json_pack("{s:s}", "type", "boolean");
	case SHAPE_INTEGER:
		return json_pack("{s:s,s:i,s:I}", "type", "integer", "minimum", 0, "maximum",
			(json_int_t)shape_limit(field));
	case SHAPE_HEX:
		return print_facts_hex(shape_limit(field));
	case SHAPE_TEXT:
	case SHAPE_WORD:
		return print_facts_text(field);
	case SHAPE_TEXTS:
		return print_facts_array(field, print_facts_text(field));
	case SHAPE_OBJECT:
		return print_facts_ref(field->child->name);
	case SHAPE_LIST:
		return print_facts_array(field, print_facts_ref(field->child->name));
	}
	abort();
}

static json_t *print_facts_field(const struct shape_field *field)
{
	json_t *value = print_facts_value(field);

	if (field->flags & SHAPE_KEY)
		return value;
	return json_pack(
		"{s:[o,{s:s},o]}", "anyOf", value, "type", "null", print_facts_ref("unknown"));
}

/* The members of @shape as a schema; shapes below it go to @definitions. */
static json_t *print_facts_object(const struct shape *shape, json_t *definitions)
{
	const struct shape_field *key = shape_key(shape);
	json_t *properties = json_object();
	json_t *json = json_pack("{s:s,s:o}", "type", "object", "properties", properties);

	for (size_t i = 0; i < shape->n_fields; i++) {
		const struct shape_field *field = &shape->fields[i];

		json_object_set_new(properties, field->name, print_facts_field(field));
		if (field->child && !json_object_get(definitions, field->child->name))
			json_object_set_new(definitions, field->child->name,
				print_facts_object(field->child, definitions));
	}
	if (key)
		json_object_set_new(json, "required", json_pack("[s]", key->name));
	json_object_set_new(json, "additionalProperties", json_false());
	return json;
}

static json_t *print_facts_definitions(void)
{
	json_t *whys = json_array();

	for (unsigned i = 0; i < FACT_NOT_COLLECTED; i++)
		json_array_append_new(whys, json_string(fact_why_word((enum fact_why)i)));
	return json_pack("{s:{s:s,s:s,s:{s:{s:o}},s:[s],s:b},s:{s:s,s:i,s:s}}", "unknown",
		"description", "The platform did not say, and why.", "type", "object", "properties",
		"unknown", "enum", whys, "required", "unknown", "additionalProperties", 0, "text",
		"type", "string", "maxLength", (int)LIMIT_TEXT, "pattern", "^[ -~]*$");
}

static json_t *print_facts_schema(void)
{
	json_t *definitions = print_facts_definitions();
	json_t *top = print_facts_object(&facts_shape, definitions);
	json_t *properties = json_object_get(top, "properties");
	json_t *json = json_pack("{s:s,s:s,s:s,s:s}", "$schema",
		"https://json-schema.org/draft/2020-12/schema", "$id", FACTS_SCHEMA, "title",
		"What one host's platform says of its IOMMUs, groups and devices", "description",
		"Every fact is one of four things: a value; null, it does not exist; "
		"{\"unknown\": why}, the platform did not say; a missing member, nobody asked. "
		"Addresses and registers are hexadecimal texts, ranges include both ends. "
		"A document of a newer minor version may have more members.");

	json_object_set_new(properties, "schema", json_pack("{s:s}", "const", FACTS_SCHEMA));
	json_object_set_new(
		properties, "minor", json_pack("{s:s,s:i}", "type", "integer", "minimum", 0));
	json_object_set_new(top, "required", json_pack("[s,s]", "schema", "minor"));
	json_object_update(json, top);
	json_object_set_new(json, "$defs", definitions);
	json_decref(top);
	return json;
}

/* ------------------------------------------------------------------ documents */

static int print_facts_document(enum fill_mode mode, uint64_t state, bool empty)
{
	struct fill fill = { .mode = mode, .state = state };
	struct facts *facts;
	char *bytes;
	size_t n;
	int r;

	if (facts_new(&facts) < 0)
		return -1;
	fill.arena = facts->arena;
	if (!empty)
		fill_object(&fill, &facts_shape, facts);
	facts_sort(facts);
	r = facts_json_encode(facts, &bytes, &n);
	if (r == 0)
		puts(bytes);
	if (r == 0)
		free(bytes);
	facts_unref(facts);
	return r;
}

static int print_facts_documents(uint64_t seed)
{
	int r = print_facts_document(FILL_VALUES, 1, true);

	for (int mode = FILL_VALUES; mode < FILL_RANDOM && r == 0; mode++)
		r = print_facts_document((enum fill_mode)mode, 1, false);
	for (uint64_t i = 0; i < 30 && r == 0; i++)
		r = print_facts_document(FILL_RANDOM, seed + i, false);
	return r;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "schema") == 0) {
		json_t *json = print_facts_schema();

		if (json_dumpf(json, stdout, JSON_INDENT(2)) < 0)
			return 1;
		putchar('\n');
		json_decref(json);
		return 0;
	}
	if (argc == 3 && strcmp(argv[1], "documents") == 0)
		return print_facts_documents(strtoull(argv[2], NULL, 0)) != 0;
	(void)fprintf(stderr, "usage: print_facts schema | documents SEED\n");
	return 2;
}
