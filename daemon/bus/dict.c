/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/dict.h"

#include "core/codec/facts_shape.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define BUS_DICT_PATH_BYTES 128

static const void *bus_dict_member(const struct shape_field *field, const void *object)
{
	return (const char *)object + field->offset;
}

static int bus_dict_append_texts(sd_bus_message *reply, const struct fact_texts *texts)
{
	int r = sd_bus_message_open_container(reply, 'a', "s");

	for (size_t i = 0; r >= 0 && i < texts->n; i++)
		r = sd_bus_message_append_basic(reply, 's', texts->items[i]);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int bus_dict_append_list(
	sd_bus_message *reply, const struct shape *child, const struct fact_list *list)
{
	int r = sd_bus_message_open_container(reply, 'a', "a{sv}");

	for (size_t i = 0; r >= 0 && i < list->n; i++)
		r = bus_dict_append(reply, child, (const char *)list->items + i * child->size);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static const char *bus_dict_signature(enum shape_kind kind)
{
	static const char *const signatures[] = {
		[SHAPE_BOOLEAN] = "b",
		[SHAPE_INTEGER] = "t",
		[SHAPE_HEX] = "t",
		[SHAPE_TEXT] = "s",
		[SHAPE_WORD] = "s",
		[SHAPE_TEXTS] = "as",
		[SHAPE_OBJECT] = "a{sv}",
		[SHAPE_LIST] = "aa{sv}",
	};

	return signatures[kind];
}

static int bus_dict_append_value(
	sd_bus_message *reply, const struct shape_field *field, const void *member)
{
	int yes;

	switch (field->kind) {
	case SHAPE_BOOLEAN:
		yes = ((const struct fact_number *)member)->value != 0;
		return sd_bus_message_append_basic(reply, 'b', &yes);
	case SHAPE_INTEGER:
	case SHAPE_HEX:
		return sd_bus_message_append_basic(
			reply, 't', &((const struct fact_number *)member)->value);
	case SHAPE_TEXT:
	case SHAPE_WORD:
		return sd_bus_message_append_basic(
			reply, 's', ((const struct fact_text *)member)->value);
	case SHAPE_TEXTS:
		return bus_dict_append_texts(reply, member);
	case SHAPE_OBJECT:
		return bus_dict_append(reply, field->child, member);
	case SHAPE_LIST:
		return bus_dict_append_list(reply, field->child, member);
	}
	return 0;
}

static int bus_dict_append_entry(
	sd_bus_message *reply, const struct shape_field *field, const void *member)
{
	int r = sd_bus_message_open_container(reply, 'e', "sv");

	if (r >= 0)
		r = sd_bus_message_append_basic(reply, 's', field->name);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'v', bus_dict_signature(field->kind));
	if (r >= 0)
		r = bus_dict_append_value(reply, field, member);
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

int bus_dict_append(sd_bus_message *reply, const struct shape *shape, const void *object)
{
	int r = sd_bus_message_open_container(reply, 'a', "{sv}");

	for (size_t i = 0; r >= 0 && i < shape->n_fields; i++) {
		const void *member = bus_dict_member(&shape->fields[i], object);

		if (fact_is_value(*(const struct fact *)member))
			r = bus_dict_append_entry(reply, &shape->fields[i], member);
	}
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

/* Names the members below @prefix. Lists hold only items that were read in full. */
static int bus_dict_append_reasons(
	sd_bus_message *reply, const struct shape *shape, const void *object, const char *prefix)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < shape->n_fields; i++) {
		const struct shape_field *field = &shape->fields[i];
		const void *member = bus_dict_member(field, object);
		const struct fact *fact = member;
		char path[BUS_DICT_PATH_BYTES];

		(void)snprintf(path, sizeof(path), "%s%s", prefix, field->name);
		if (fact_is_ignorance(*fact)) {
			r = sd_bus_message_append(
				reply, "{ss}", path, fact_why_word(fact_why(*fact)));
		} else if (field->kind == SHAPE_OBJECT && fact_is_value(*fact)) {
			(void)snprintf(path, sizeof(path), "%s%s/", prefix, field->name);
			r = bus_dict_append_reasons(reply, field->child, member, path);
		}
	}
	return r;
}

int bus_dict_append_unknown(sd_bus_message *reply, const struct shape *shape, const void *object)
{
	int r = sd_bus_message_open_container(reply, 'a', "{ss}");

	if (r >= 0)
		r = bus_dict_append_reasons(reply, shape, object, "");
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static bool bus_dict_equal_texts(const struct fact_texts *a, const struct fact_texts *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	}
	return true;
}

static bool bus_dict_equal_lists(
	const struct shape *child, const struct fact_list *a, const struct fact_list *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		if (!bus_dict_equal(child, (const char *)a->items + i * child->size,
			    (const char *)b->items + i * child->size))
			return false;
	}
	return true;
}

static bool bus_dict_equal_values(const struct shape_field *field, const void *a, const void *b)
{
	switch (field->kind) {
	case SHAPE_BOOLEAN:
	case SHAPE_INTEGER:
	case SHAPE_HEX:
		return ((const struct fact_number *)a)->value ==
		       ((const struct fact_number *)b)->value;
	case SHAPE_TEXT:
	case SHAPE_WORD:
		return strcmp(((const struct fact_text *)a)->value,
			       ((const struct fact_text *)b)->value) == 0;
	case SHAPE_TEXTS:
		return bus_dict_equal_texts(a, b);
	case SHAPE_OBJECT:
		return bus_dict_equal(field->child, a, b);
	case SHAPE_LIST:
		return bus_dict_equal_lists(field->child, a, b);
	}
	return false;
}

bool bus_dict_equal(const struct shape *shape, const void *a, const void *b)
{
	for (size_t i = 0; i < shape->n_fields; i++) {
		const struct shape_field *field = &shape->fields[i];
		const void *x = bus_dict_member(field, a), *y = bus_dict_member(field, b);
		bool known = fact_is_value(*(const struct fact *)x);

		if (known != fact_is_value(*(const struct fact *)y))
			return false;
		if (known && !bus_dict_equal_values(field, x, y))
			return false;
	}
	return true;
}

bool bus_dict_equal_unknown(const struct shape *shape, const void *a, const void *b)
{
	for (size_t i = 0; i < shape->n_fields; i++) {
		const struct shape_field *field = &shape->fields[i];
		const struct fact *x = bus_dict_member(field, a), *y = bus_dict_member(field, b);
		bool ignorant = fact_is_ignorance(*x);

		if (ignorant != fact_is_ignorance(*y))
			return false;
		if (ignorant && fact_why(*x) != fact_why(*y))
			return false;
		if (field->kind == SHAPE_OBJECT && fact_is_value(*x) && fact_is_value(*y) &&
			!bus_dict_equal_unknown(field->child, x, y))
			return false;
	}
	return true;
}

const struct shape *bus_dict_shape(const char *name)
{
	for (size_t i = 0; i < facts_shape.n_fields; i++) {
		if (strcmp(facts_shape.fields[i].name, name) == 0)
			return facts_shape.fields[i].child;
	}
	assert(false);
	return NULL;
}
