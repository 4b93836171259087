/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/shape.h"
#include "core/codec/text.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static json_t *shape_encode_unknown(enum fact_why why)
{
	json_auto_t *json = json_object();

	if (!json || json_object_set_new_nocheck(
			     json, "unknown", json_string_nocheck(fact_why_word(why))) < 0)
		return NULL;
	return json_incref(json);
}

static json_t *shape_encode_number(const struct shape_field *field, uint64_t value)
{
	char hex[TEXT_HEX_BYTES];

	if (value > shape_limit(field))
		return shape_encode_unknown(FACT_MALFORMED);
	if (field->kind == SHAPE_BOOLEAN)
		return json_boolean(value);
	if (field->kind == SHAPE_INTEGER)
		return json_integer((json_int_t)value);
	return json_stringn_nocheck(hex, text_format_hex(value, hex));
}

/* Why @text cannot be written, or _FACT_WHY_MAX. */
static enum fact_why shape_encode_check(const struct shape_field *field, const char *text)
{
	size_t n = strlen(text);

	if (n > (field->kind == SHAPE_TEXTS ? LIMIT_TEXT : shape_limit(field)))
		return FACT_OVER_LIMIT;
	return text_is_printable(text, n) ? _FACT_WHY_MAX : FACT_MALFORMED;
}

static json_t *shape_encode_text(const struct shape_field *field, const char *text)
{
	enum fact_why why = shape_encode_check(field, text);

	return why < _FACT_WHY_MAX ? shape_encode_unknown(why) : json_string_nocheck(text);
}

static json_t *shape_encode_texts(const struct shape_field *field, const struct fact_texts *texts)
{
	json_auto_t *json = json_array();

	if (texts->n > shape_limit(field))
		return shape_encode_unknown(FACT_OVER_LIMIT);
	for (size_t i = 0; json && i < texts->n; i++) {
		enum fact_why why = shape_encode_check(field, texts->items[i]);

		if (why < _FACT_WHY_MAX)
			return shape_encode_unknown(why);
		if (json_array_append_new(json, json_string_nocheck(texts->items[i])) < 0)
			return NULL;
	}
	return json_incref(json);
}

static json_t *shape_encode_inner(const struct shape *shape, const void *value)
{
	json_t *json;

	return shape_encode_object(shape, value, &json) < 0 ? NULL : json;
}

static json_t *shape_encode_list(const struct shape_field *field, const struct fact_list *list)
{
	json_auto_t *json = json_array();
	const char *items = list->items;

	if (list->n > shape_limit(field))
		return shape_encode_unknown(FACT_OVER_LIMIT);
	for (size_t i = 0; json && i < list->n; i++) {
		if (json_array_append_new(json,
			    shape_encode_inner(field->child, items + i * field->child->size)) < 0)
			return NULL;
	}
	return json_incref(json);
}

static json_t *shape_encode_field(const struct shape_field *field, const void *value)
{
	const struct fact *fact = value;

	if (fact->state == FACT_NULL)
		return json_null();
	if (fact->state == FACT_UNKNOWN)
		return shape_encode_unknown(fact_why(*fact));

	switch (field->kind) {
	case SHAPE_BOOLEAN:
	case SHAPE_INTEGER:
	case SHAPE_HEX:
		return shape_encode_number(field, ((const struct fact_number *)value)->value);
	case SHAPE_TEXT:
	case SHAPE_WORD:
		return shape_encode_text(field, ((const struct fact_text *)value)->value);
	case SHAPE_TEXTS:
		return shape_encode_texts(field, value);
	case SHAPE_OBJECT:
		return shape_encode_inner(field->child, value);
	case SHAPE_LIST:
		return shape_encode_list(field, value);
	}
	assert(false); /* every kind returns above */
	return NULL;
}

int shape_encode_object(const struct shape *shape, const void *value, json_t **ret)
{
	json_auto_t *json = json_object();

	if (!json)
		return -ENOMEM;
	for (size_t i = 0; i < shape->n_fields; i++) {
		const struct shape_field *field = &shape->fields[i];
		const void *member = (const char *)value + field->offset;

		if (((const struct fact *)member)->state == FACT_MISSING)
			continue;
		if (json_object_set_new_nocheck(
			    json, field->name, shape_encode_field(field, member)) < 0)
			return -ENOMEM;
	}
	*ret = json_incref(json);
	return 0;
}
