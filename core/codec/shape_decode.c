/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/shape.h"
#include "core/codec/text.h"
#include "core/arena.h"
#include "core/cleanup.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void shape_decode_enter(struct shape_reader *reader, struct shape_step step)
{
	assert(reader->n_steps < LIMIT_DEPTH);
	reader->steps[reader->n_steps++] = step;
}

static void shape_decode_leave(struct shape_reader *reader)
{
	assert(reader->n_steps > 0);
	reader->n_steps--;
}

/* An item is named by its key where it has one, as people know it, else by its place. */
static int shape_decode_step_name(const struct shape_step *step, char *ret, size_t size)
{
	const struct shape_field *key = step->shape ? shape_key(step->shape) : NULL;
	const json_t *value = key ? json_object_get(step->item, key->name) : NULL;

	if (step->name)
		return snprintf(ret, size, "%s", step->name);
	if (json_is_string(value))
		return snprintf(ret, size, "%s", json_string_value(value));
	if (json_is_integer(value))
		return snprintf(ret, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	return snprintf(ret, size, "%zu", step->index);
}

int shape_decode_refuse(struct shape_reader *reader, const char *format, ...)
{
	char where[sizeof(reader->refusal->where)] = "document";
	char text[sizeof(reader->refusal->text)];
	size_t used = 0;
	va_list args;

	for (unsigned i = 0; i < reader->n_steps && used + 1 < sizeof(where); i++) {
		int n;

		if (used > 0)
			where[used++] = '/';
		n = shape_decode_step_name(&reader->steps[i], where + used, sizeof(where) - used);
		used += (size_t)n < sizeof(where) - used ? (size_t)n : sizeof(where) - used - 1;
	}
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return refusal_set(reader->refusal, where, "%s", text);
}

/* The reason in {"unknown":"why"}, or NULL where @json is no such object. */
static const json_t *shape_decode_why(const json_t *json)
{
	const json_t *why = json_object_size(json) == 1 ? json_object_get(json, "unknown") : NULL;

	return json_is_string(why) ? why : NULL;
}

static int shape_decode_unknown(struct shape_reader *reader, const json_t *json, struct fact *ret)
{
	enum fact_why why;

	if (fact_why_parse(json_string_value(json), json_string_length(json), &why) < 0) {
		if (!reader->newer)
			return shape_decode_refuse(reader, "no such reason for an unknown fact");
		reader->unread = true;
		why = FACT_MALFORMED;
	}
	*ret = FACT_IGNORANT(why);
	return SHAPE_DONE;
}

static int shape_decode_boolean(
	struct shape_reader *reader, const json_t *json, struct fact_number *ret)
{
	if (!json_is_boolean(json))
		return shape_decode_refuse(reader, "must be true or false");
	*ret = fact_number(json_is_true(json));
	return SHAPE_DONE;
}

static int shape_decode_number(struct shape_reader *reader, const json_t *json,
	const struct shape_field *field, struct fact_number *ret)
{
	uint64_t value;

	if (field->kind == SHAPE_INTEGER) {
		if (!json_is_integer(json) || json_integer_value(json) < 0)
			return shape_decode_refuse(
				reader, "must be an integer that is not negative");
		value = (uint64_t)json_integer_value(json);
		if (value > shape_limit(field))
			return shape_decode_refuse(
				reader, "is %ju, more than %ju", value, shape_limit(field));
	} else {
		if (!json_is_string(json) || text_parse_hex(json_string_value(json),
						     json_string_length(json), &value) < 0)
			return shape_decode_refuse(reader,
				"must be a text such as \"0x1f\": 0x and 1 to 16 digits in lower "
				"case, without leading zeros");
		if (value > shape_limit(field))
			return shape_decode_refuse(
				reader, "is 0x%jx, more than 0x%jx", value, shape_limit(field));
	}
	*ret = fact_number(value);
	return SHAPE_DONE;
}

/* The text of @json in @ret: one of the words themselves where there are words. */
static int shape_decode_string(struct shape_reader *reader, const json_t *json,
	const struct shape_field *field, const char **ret)
{
	const char *bytes = json_string_value(json);
	size_t n = json_string_length(json);
	uint64_t limit = field->kind == SHAPE_TEXTS ? LIMIT_TEXT : shape_limit(field);
	const char *text;

	if (!bytes)
		return shape_decode_refuse(reader, "must be a text");
	if (n > limit)
		return shape_decode_refuse(reader, "is longer than %ju bytes", limit);
	if (!text_is_printable(bytes, n))
		return shape_decode_refuse(reader, "holds more than printable ASCII");

	text = field->words ? shape_word(field, bytes, n) : NULL;
	if (!text) {
		if (field->words && !reader->newer)
			return shape_decode_refuse(
				reader, "is \"%.40s\", none of the words of the schema", bytes);
		reader->unread |= field->words != NULL;
		text = arena_text(reader->arena, bytes, n);
	}
	if (!text)
		return -ENOMEM;
	*ret = text;
	return SHAPE_DONE;
}

static int shape_decode_text(struct shape_reader *reader, const json_t *json,
	const struct shape_field *field, struct fact_text *ret)
{
	const char *text;
	int r = shape_decode_string(reader, json, field, &text);

	if (r == SHAPE_DONE)
		*ret = fact_text(text);
	return r;
}

static int shape_decode_array(
	struct shape_reader *reader, const json_t *json, const struct shape_field *field)
{
	if (!json_is_array(json))
		return shape_decode_refuse(reader, "must be an array");
	if (json_array_size(json) > shape_limit(field))
		return shape_decode_refuse(reader, "has %zu items, more than %ju",
			json_array_size(json), shape_limit(field));
	return SHAPE_DONE;
}

static int shape_decode_texts(struct shape_reader *reader, const json_t *json,
	const struct shape_field *field, struct fact_texts *ret)
{
	size_t n = json_array_size(json);
	const char **items;
	int r;

	r = shape_decode_array(reader, json, field);
	if (r != SHAPE_DONE)
		return r;
	items = arena_array(reader->arena, n, sizeof(*items));
	if (!items)
		return -ENOMEM;

	for (size_t i = 0; i < n; i++) {
		shape_decode_enter(reader, (struct shape_step){ .index = i });
		r = shape_decode_string(reader, json_array_get(json, i), field, &items[i]);
		if (r != SHAPE_DONE)
			return r;
		shape_decode_leave(reader);
	}
	*ret = (struct fact_texts){ .fact = FACT_KNOWN, .n = n, .items = items };
	return SHAPE_DONE;
}

struct shape_decode_keyed { /* an item of a list while duplicates are looked for */
	const struct shape_field *key;
	const void *item;
	size_t index;
};

/* Orders by the values of the keys: all of them have one, and numbers and texts are never mixed. */
static int shape_decode_compare_keys(const void *a, const void *b)
{
	const struct shape_decode_keyed *x = a;
	const struct shape_decode_keyed *y = b;
	const void *p = (const char *)x->item + x->key->offset;
	const void *q = (const char *)y->item + y->key->offset;

	if (x->key->kind == SHAPE_TEXT) {
		const struct fact_text *s = p;
		const struct fact_text *t = q;

		return strcmp(s->value, t->value);
	} else {
		const struct fact_number *s = p;
		const struct fact_number *t = q;

		return s->value < t->value ? -1 : s->value > t->value;
	}
}

static int shape_decode_check_keys(struct shape_reader *reader, const json_t *json,
	const struct shape *shape, const void *items)
{
	const struct shape_field *key = shape_key(shape);
	size_t n = json_array_size(json);
	_cleanup_(cleanup_freep) struct shape_decode_keyed *keyed = NULL;

	if (!key || n < 2)
		return SHAPE_DONE;
	keyed = calloc(n, sizeof(*keyed));
	if (!keyed)
		return -ENOMEM;

	for (size_t i = 0; i < n; i++)
		keyed[i] = (struct shape_decode_keyed){
			.key = key,
			.item = (const char *)items + i * shape->size,
			.index = i,
		};
	qsort(keyed, n, sizeof(*keyed), shape_decode_compare_keys);
	for (size_t i = 1; i < n; i++) {
		if (shape_decode_compare_keys(&keyed[i - 1], &keyed[i]) != 0)
			continue;
		shape_decode_enter(reader, (struct shape_step){ .shape = shape,
						   .item = json_array_get(json, keyed[i].index) });
		return shape_decode_refuse(reader, "is in the list twice");
	}
	return SHAPE_DONE;
}

static int shape_decode_list(struct shape_reader *reader, json_t *json,
	const struct shape_field *field, struct fact_list *ret)
{
	const struct shape *shape = field->child;
	size_t n = json_array_size(json);
	char *items;
	int r;

	r = shape_decode_array(reader, json, field);
	if (r != SHAPE_DONE)
		return r;
	items = arena_array(reader->arena, n, shape->size);
	if (!items)
		return -ENOMEM;

	for (size_t i = 0; i < n; i++) {
		json_t *item = json_array_get(json, i);

		shape_decode_enter(
			reader, (struct shape_step){ .index = i, .item = item, .shape = shape });
		r = shape_decode_object(reader, item, shape, items + i * shape->size);
		if (r != SHAPE_DONE)
			return r;
		shape_decode_leave(reader);
	}
	r = shape_decode_check_keys(reader, json, shape, items);
	if (r == SHAPE_DONE)
		*ret = (struct fact_list){ .fact = FACT_KNOWN, .n = n, .items = items };
	return r;
}

static int shape_decode_inner(struct shape_reader *reader, json_t *json,
	const struct shape_field *field, struct fact *ret)
{
	int r = shape_decode_object(reader, json, field->child, ret);

	if (r == SHAPE_DONE)
		*ret = FACT_KNOWN;
	return r;
}

/* Every kind of fact begins with struct fact, so the states other than a value need no kind. */
static int shape_decode_field(
	struct shape_reader *reader, json_t *json, const struct shape_field *field, void *ret)
{
	const json_t *why = shape_decode_why(json);

	if ((field->flags & SHAPE_KEY) && (json_is_null(json) || why))
		return shape_decode_refuse(reader, "must have a value");
	if (why)
		return shape_decode_unknown(reader, why, ret);
	if (json_is_null(json)) {
		*(struct fact *)ret = FACT_ABSENT;
		return SHAPE_DONE;
	}

	switch (field->kind) {
	case SHAPE_BOOLEAN:
		return shape_decode_boolean(reader, json, ret);
	case SHAPE_INTEGER:
	case SHAPE_HEX:
		return shape_decode_number(reader, json, field, ret);
	case SHAPE_TEXT:
	case SHAPE_WORD:
		return shape_decode_text(reader, json, field, ret);
	case SHAPE_TEXTS:
		return shape_decode_texts(reader, json, field, ret);
	case SHAPE_OBJECT:
		return shape_decode_inner(reader, json, field, ret);
	case SHAPE_LIST:
		return shape_decode_list(reader, json, field, ret);
	}
	assert(false); /* every kind returns above */
	return -EINVAL;
}

/* Called when @json has members that no field asked for. */
static int shape_decode_strangers(
	struct shape_reader *reader, json_t *json, const struct shape *shape)
{
	const char *name;
	json_t *value;

	if (reader->newer) {
		reader->unread = true;
		return SHAPE_DONE;
	}
	json_object_foreach(json, name, value)
	{
		size_t i = 0;

		while (i < shape->n_fields && strcmp(shape->fields[i].name, name) != 0)
			i++;
		if (i < shape->n_fields)
			continue;
		shape_decode_enter(reader, (struct shape_step){ .name = name });
		return shape_decode_refuse(reader, "%s has no such member", shape->name);
	}
	return SHAPE_DONE;
}

static int shape_decode_check_range(
	struct shape_reader *reader, const struct shape_field *field, const char *value)
{
	const struct fact_number *first = (const void *)(value + field[0].offset);
	const struct fact_number *last = (const void *)(value + field[1].offset);

	if (!fact_is_value(first->fact) || !fact_is_value(last->fact) ||
		first->value <= last->value)
		return SHAPE_DONE;
	return shape_decode_refuse(reader, "%s is greater than %s", field[0].name, field[1].name);
}

int shape_decode_object(
	struct shape_reader *reader, json_t *json, const struct shape *shape, void *ret)
{
	size_t n_read = 0;
	int r = SHAPE_DONE;

	if (!json_is_object(json))
		return shape_decode_refuse(reader, "must be an object");

	for (size_t i = 0; i < shape->n_fields && r == SHAPE_DONE; i++) {
		const struct shape_field *field = &shape->fields[i];
		json_t *member = json_object_get(json, field->name);

		if (!member && (field->flags & SHAPE_KEY))
			return shape_decode_refuse(reader, "%s is missing", field->name);
		if (!member)
			continue;
		n_read++;
		shape_decode_enter(reader, (struct shape_step){ .name = field->name });
		r = shape_decode_field(reader, member, field, (char *)ret + field->offset);
		shape_decode_leave(reader);
	}
	for (size_t i = 0; i < shape->n_fields && r == SHAPE_DONE; i++) {
		if (shape->fields[i].flags & SHAPE_FIRST)
			r = shape_decode_check_range(reader, &shape->fields[i], ret);
	}
	if (r == SHAPE_DONE && n_read < json_object_size(json))
		r = shape_decode_strangers(reader, json, shape);
	return r;
}
