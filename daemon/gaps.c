/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/gaps.h"

#include "core/codec/facts_shape.h"

static bool gaps_in_object(const struct shape *shape, const void *object);

static bool gaps_in_field(const struct shape_field *field, const void *member)
{
	const struct fact *fact = member;
	const struct fact_list *list = member;

	if (fact->state == FACT_UNKNOWN)
		return fact->why == FACT_NOT_READABLE || fact->why == FACT_TIMED_OUT;
	if (!fact_is_value(*fact))
		return false;
	if (field->kind == SHAPE_OBJECT)
		return gaps_in_object(field->child, member);
	if (field->kind != SHAPE_LIST)
		return false;
	for (size_t i = 0; i < list->n; i++) {
		if (gaps_in_object(
			    field->child, (const char *)list->items + i * field->child->size))
			return true;
	}
	return false;
}

static bool gaps_in_object(const struct shape *shape, const void *object)
{
	for (size_t i = 0; i < shape->n_fields; i++) {
		if (gaps_in_field(
			    &shape->fields[i], (const char *)object + shape->fields[i].offset))
			return true;
	}
	return false;
}

bool gaps_any(const struct facts *facts)
{
	return gaps_in_object(&facts_shape, facts);
}
