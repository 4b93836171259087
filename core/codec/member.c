/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/member.h"

#include "core/codec/text.h"
#include "core/model/limits.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

int member_refuse(struct member_reader *reader, const char *format, ...)
{
	char text[sizeof(reader->refusal->text)];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	(void)refusal_set(
		reader->refusal, reader->n_where > 0 ? reader->where : "document", "%s", text);
	return MEMBER_E_REFUSED;
}

/* Goes down to the member or item @step. Gives what member_leave() takes to come back. */
static size_t member_enter(struct member_reader *reader, const char *step)
{
	size_t before = reader->n_where;
	int n = snprintf(reader->where + before, sizeof(reader->where) - before, "%s%.60s",
		before > 0 ? "/" : "", step);

	reader->n_where = before + (size_t)n < sizeof(reader->where) ? before + (size_t)n
								     : sizeof(reader->where) - 1;
	return before;
}

static size_t member_enter_item(struct member_reader *reader, size_t index)
{
	char step[24];

	(void)snprintf(step, sizeof(step), "%zu", index);
	return member_enter(reader, step);
}

static void member_leave(struct member_reader *reader, size_t before)
{
	reader->n_where = before;
	reader->where[before] = '\0';
}

int member_read_object(struct member_reader *reader, const json_t *object,
	const struct member *members, size_t n, void *ret)
{
	const char *key;
	json_t *value;

	if (!json_is_object(object))
		return member_refuse(reader, "must be an object");
	json_object_foreach((json_t *)object, key, value)
	{
		size_t before = member_enter(reader, key);
		size_t i = 0;
		int r;

		while (i < n && strcmp(members[i].name, key) != 0)
			i++;
		if (i == n)
			return member_refuse(reader,
				"there is no such member; is it misspelt, or of a newer version?");
		r = members[i].read(reader, value, (char *)ret + members[i].offset);
		if (r != MEMBER_DONE)
			return r;
		member_leave(reader, before);
	}
	return MEMBER_DONE;
}

int member_read_text(struct member_reader *reader, const json_t *value, void *ret)
{
	const char *text = json_string_value(value);
	size_t n = json_string_length(value);
	const char *copy;

	if (!text || n == 0 || n > LIMIT_TEXT || !text_is_printable(text, n))
		return member_refuse(
			reader, "must be a text of 1 to %u printable ASCII letters", LIMIT_TEXT);
	copy = arena_text(reader->arena, text, n);
	if (!copy)
		return -ENOMEM;
	*(const char **)ret = copy;
	return MEMBER_DONE;
}

int member_read_hex(struct member_reader *reader, const json_t *value, void *ret)
{
	if (!json_is_string(value) ||
		text_parse_hex(json_string_value(value), json_string_length(value), ret) < 0)
		return member_refuse(reader,
			"must be a number of at most 64 bits as a text like \"0x1f\", in lower "
			"case, without leading zeros");
	return MEMBER_DONE;
}

int member_read_power(struct member_reader *reader, const json_t *value, void *ret)
{
	uint64_t bytes;
	int r;

	r = member_read_hex(reader, value, &bytes);
	if (r != MEMBER_DONE)
		return r;
	if (bytes == 0 || (bytes & (bytes - 1)) != 0)
		return member_refuse(reader, "must be a power of two, in bytes");
	*(uint64_t *)ret = bytes;
	return MEMBER_DONE;
}

int member_read_boolean(struct member_reader *reader, const json_t *value, void *ret)
{
	if (!json_is_boolean(value))
		return member_refuse(reader, "must be true or false");
	*(bool *)ret = json_is_true(value);
	return MEMBER_DONE;
}

int member_read_array(struct member_reader *reader, const json_t *array,
	const struct member_items *items, void *ret)
{
	if (!json_is_array(array))
		return member_refuse(reader, "must be an array");
	if (json_array_size(array) > items->n_max)
		return member_refuse(reader, "has %zu items, and at most %zu are read",
			json_array_size(array), items->n_max);

	for (size_t i = 0; i < json_array_size(array); i++) {
		size_t before = member_enter_item(reader, i);
		int r = items->read(
			reader, json_array_get(array, i), (char *)ret + i * items->size);

		if (r != MEMBER_DONE)
			return r;
		member_leave(reader, before);
	}
	return MEMBER_DONE;
}
