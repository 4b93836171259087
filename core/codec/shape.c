/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/shape.h"

#include <string.h>

const struct shape_field *shape_key(const struct shape *shape)
{
	for (size_t i = 0; i < shape->n_fields; i++) {
		if (shape->fields[i].flags & SHAPE_KEY)
			return &shape->fields[i];
	}
	return NULL;
}

uint64_t shape_limit(const struct shape_field *field)
{
	if (field->limit > 0)
		return field->limit;

	switch (field->kind) {
	case SHAPE_BOOLEAN:
		return 1;
	case SHAPE_INTEGER:
		return INT64_MAX;
	case SHAPE_HEX:
		return UINT64_MAX;
	case SHAPE_TEXT:
	case SHAPE_WORD:
		return LIMIT_TEXT;
	case SHAPE_TEXTS:
	case SHAPE_LIST:
	case SHAPE_OBJECT:
		break;
	}
	return SIZE_MAX;
}

const char *shape_word(const struct shape_field *field, const char *text, size_t n)
{
	for (const char *const *word = field->words; *word; word++) {
		if (strlen(*word) == n && memcmp(*word, text, n) == 0)
			return *word;
	}
	return NULL;
}
