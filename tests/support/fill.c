/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/support/fill.h"
#include "tests/support/unit.h"

#include <stdlib.h>
#include <string.h>

static void *fill_must(void *p)
{
	if (!p)
		abort(); /* a test program's arena is large enough */
	return p;
}

static uint64_t fill_number(struct fill *fill, const struct shape_field *field)
{
	uint64_t limit = shape_limit(field);
	uint64_t n = fill->mode == FILL_RANDOM ? unit_random(&fill->state) : ++fill->state;

	if (fill->mode == FILL_RANDOM && n % 4 == 0)
		return limit;
	if (fill->mode == FILL_RANDOM)
		n = unit_random(&fill->state) >> n % 64;
	return limit == UINT64_MAX ? n : n % (limit + 1);
}

static const char *fill_text(struct fill *fill, const struct shape_field *field)
{
	size_t n_words = 0;

	while (field->words && field->words[n_words])
		n_words++;
	if (n_words > 0)
		return field->words[unit_random(&fill->state) % n_words];
	if (fill->mode == FILL_RANDOM && unit_random(&fill->state) % 4 == 0)
		return " !\"#$%&'()*+,-./0:<=>?@A[\\]^_`a{|}~";
	return fill_must(arena_printf(
		fill->arena, "text-%llu", (unsigned long long)(unit_random(&fill->state) % 1000)));
}

static bool fill_state(struct fill *fill, const struct shape_field *field, struct fact *fact)
{
	bool inner = field->kind == SHAPE_OBJECT || field->kind == SHAPE_LIST;

	switch (inner && fill->mode != FILL_RANDOM ? FILL_VALUES : fill->mode) {
	case FILL_VALUES:
		*fact = FACT_KNOWN;
		break;
	case FILL_NULLS:
		*fact = FACT_ABSENT;
		break;
	case FILL_UNKNOWN:
		*fact = FACT_IGNORANT(fill->state++ % FACT_NOT_COLLECTED);
		break;
	case FILL_RANDOM:
		fact->state = unit_random(&fill->state) % 8 < 4
				      ? FACT_VALUE
				      : (uint8_t)(unit_random(&fill->state) % (FACT_VALUE + 1));
		if (fact->state == FACT_UNKNOWN)
			fact->why = (uint8_t)(unit_random(&fill->state) % FACT_NOT_COLLECTED);
		break;
	}
	return fact->state == FACT_VALUE;
}

static size_t fill_count(struct fill *fill)
{
	return fill->mode == FILL_RANDOM ? unit_random(&fill->state) % 4 : 2;
}

static void fill_key(struct fill *fill, const struct shape_field *key, size_t n, char *item)
{
	if (key->kind == SHAPE_TEXT)
		*(struct fact_text *)(void *)(item + key->offset) =
			fact_text(fill_must(arena_printf(fill->arena, "key-%zu", n)));
	else
		*(struct fact_number *)(void *)(item + key->offset) = fact_number(n);
}

static void fill_list(struct fill *fill, const struct shape_field *field, struct fact_list *list)
{
	const struct shape_field *key = shape_key(field->child);

	list->n = fill_count(fill);
	list->items = fill_must(arena_array(fill->arena, list->n, field->child->size));
	for (size_t i = 0; i < list->n; i++) {
		char *item = (char *)list->items + i * field->child->size;

		fill_object(fill, field->child, item);
		if (key)
			fill_key(fill, key, list->n - i, item);
	}
}

static void fill_texts(struct fill *fill, const struct shape_field *field, struct fact_texts *texts)
{
	texts->n = fill_count(fill);
	texts->items = fill_must(arena_array(fill->arena, texts->n, sizeof(*texts->items)));
	for (size_t i = 0; i < texts->n; i++)
		texts->items[i] = fill_text(fill, field);
}

static void fill_field(struct fill *fill, const struct shape_field *field, void *member)
{
	if (!fill_state(fill, field, member))
		return;

	switch (field->kind) {
	case SHAPE_BOOLEAN:
	case SHAPE_INTEGER:
	case SHAPE_HEX:
		((struct fact_number *)member)->value = fill_number(fill, field);
		break;
	case SHAPE_TEXT:
	case SHAPE_WORD:
		((struct fact_text *)member)->value = fill_text(fill, field);
		break;
	case SHAPE_TEXTS:
		fill_texts(fill, field, member);
		break;
	case SHAPE_OBJECT:
		fill_object(fill, field->child, member);
		*(struct fact *)member = FACT_KNOWN;
		break;
	case SHAPE_LIST:
		fill_list(fill, field, member);
		break;
	}
}

void fill_object(struct fill *fill, const struct shape *shape, void *ret)
{
	for (size_t i = 0; i < shape->n_fields; i++) {
		const struct shape_field *field = &shape->fields[i];
		char *member = (char *)ret + field->offset;

		fill_field(fill, field, member);
		if (i > 0 && (field[-1].flags & SHAPE_FIRST)) {
			struct fact_number *last = (void *)member;
			struct fact_number *first = (void *)((char *)ret + field[-1].offset);

			if (first->value > last->value && fact_is_value(first->fact) &&
				fact_is_value(last->fact)) {
				uint64_t swap = first->value;

				first->value = last->value;
				last->value = swap;
			}
		}
	}
}

static const char *fill_difference_of_lists(
	const struct shape_field *field, const struct fact_list *a, const struct fact_list *b)
{
	if (a->n != b->n)
		return field->name;
	for (size_t i = 0; i < a->n; i++) {
		const char *name = fill_difference(field->child,
			(const char *)a->items + i * field->child->size,
			(const char *)b->items + i * field->child->size);

		if (name)
			return name;
	}
	return NULL;
}

static const char *fill_difference_of_texts(
	const struct shape_field *field, const struct fact_texts *a, const struct fact_texts *b)
{
	if (a->n != b->n)
		return field->name;
	for (size_t i = 0; i < a->n; i++) {
		if (strcmp(a->items[i], b->items[i]) != 0)
			return field->name;
	}
	return NULL;
}

static const char *fill_difference_of_fields(
	const struct shape_field *field, const void *a, const void *b)
{
	const struct fact *x = a;
	const struct fact *y = b;
	bool equal = true;

	if (x->state != y->state || (x->state == FACT_UNKNOWN && x->why != y->why))
		return field->name;
	if (!fact_is_value(*x))
		return NULL;

	switch (field->kind) {
	case SHAPE_BOOLEAN:
	case SHAPE_INTEGER:
	case SHAPE_HEX:
		equal = ((const struct fact_number *)a)->value ==
			((const struct fact_number *)b)->value;
		break;
	case SHAPE_TEXT:
	case SHAPE_WORD:
		equal = strcmp(((const struct fact_text *)a)->value,
				((const struct fact_text *)b)->value) == 0;
		break;
	case SHAPE_TEXTS:
		return fill_difference_of_texts(field, a, b);
	case SHAPE_OBJECT:
		return fill_difference(field->child, a, b);
	case SHAPE_LIST:
		return fill_difference_of_lists(field, a, b);
	}
	return equal ? NULL : field->name;
}

const char *fill_difference(const struct shape *shape, const void *a, const void *b)
{
	const char *name = NULL;

	for (size_t i = 0; i < shape->n_fields && !name; i++)
		name = fill_difference_of_fields(&shape->fields[i],
			(const char *)a + shape->fields[i].offset,
			(const char *)b + shape->fields[i].offset);
	return name;
}
