/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/remote_value.h"

#include "core/cleanup.h"
#include "core/codec/text.h"
#include "core/model/limits.h"

#include <errno.h>
#include <string.h>

CLEANUP_DEFINE(json_t *, json_decref, remote_value_decrefp);

static int remote_value_read_at(sd_bus_message *message, unsigned depth, json_t **ret);

static int remote_value_done(json_t *value, json_t **ret)
{
	if (!value)
		return -ENOMEM;
	*ret = value;
	return 0;
}

static int remote_value_read_basic(sd_bus_message *message, char type, json_t **ret)
{
	union {
		const char *text;
		uint64_t t;
		int64_t x;
		uint32_t u;
		int32_t i;
		uint16_t q;
		int16_t n;
		uint8_t y;
		int b;
	} value;
	int r;

	r = sd_bus_message_read_basic(message, type, &value);
	if (r < 0)
		return r;
	switch (type) {
	case SD_BUS_TYPE_STRING:
	case SD_BUS_TYPE_OBJECT_PATH:
		return remote_value_done(json_string(value.text), ret);
	case SD_BUS_TYPE_BOOLEAN:
		return remote_value_done(json_boolean(value.b), ret);
	case SD_BUS_TYPE_BYTE:
		return remote_value_done(json_integer(value.y), ret);
	case SD_BUS_TYPE_INT16:
		return remote_value_done(json_integer(value.n), ret);
	case SD_BUS_TYPE_UINT16:
		return remote_value_done(json_integer(value.q), ret);
	case SD_BUS_TYPE_INT32:
		return remote_value_done(json_integer(value.i), ret);
	case SD_BUS_TYPE_UINT32:
		return remote_value_done(json_integer(value.u), ret);
	case SD_BUS_TYPE_INT64:
		return remote_value_done(json_integer(value.x), ret);
	case SD_BUS_TYPE_UINT64:
		return remote_value_done(json_integer((json_int_t)value.t), ret);
	default:
		return -EBADMSG;
	}
}

/* An end of a range is an address in our documents, whatever type it travels as. */
static int remote_value_address(const char *key, json_t **value)
{
	char text[TEXT_HEX_BYTES];
	json_t *made;

	if (!json_is_integer(*value) || (strcmp(key, "first") != 0 && strcmp(key, "last") != 0))
		return 0;
	text_format_hex((uint64_t)json_integer_value(*value), text);
	made = json_string(text);
	if (!made)
		return -ENOMEM;
	json_decref(*value);
	*value = made;
	return 0;
}

/* Reads the entry that @message has entered into @object. */
static int remote_value_read_entry(sd_bus_message *message, unsigned depth, json_t *object)
{
	_cleanup_(remote_value_decrefp) json_t *value = NULL;
	const char *key;
	int r;

	r = sd_bus_message_read_basic(message, SD_BUS_TYPE_STRING, &key);
	if (r < 0)
		return r;
	r = remote_value_read_at(message, depth + 1, &value);
	if (r < 0)
		return r;
	r = remote_value_address(key, &value);
	if (r < 0)
		return r;
	return json_object_set(object, key, value) < 0 ? -ENOMEM : 0;
}

static int remote_value_read_object(
	sd_bus_message *message, const char *contents, unsigned depth, json_t **ret)
{
	_cleanup_(remote_value_decrefp) json_t *object = json_object();
	char entry[32];
	size_t n = strlen(contents);
	int r;

	if (!object)
		return -ENOMEM;
	/* "{sv}" without its braces. Longer types than these are not ours. */
	if (n < 4 || n - 2 >= sizeof(entry) || contents[1] != SD_BUS_TYPE_STRING)
		return -EBADMSG;
	memcpy(entry, contents + 1, n - 2);
	entry[n - 2] = '\0';
	while ((r = sd_bus_message_enter_container(message, SD_BUS_TYPE_DICT_ENTRY, entry)) > 0) {
		r = remote_value_read_entry(message, depth, object);
		if (r < 0)
			return r;
		r = sd_bus_message_exit_container(message);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return r;
	return remote_value_done(cleanup_take(object), ret);
}

static int remote_value_read_items(sd_bus_message *message, unsigned depth, json_t **ret)
{
	_cleanup_(remote_value_decrefp) json_t *array = json_array();
	int r;

	if (!array)
		return -ENOMEM;
	while ((r = sd_bus_message_at_end(message, 0)) == 0) {
		json_t *item;

		r = remote_value_read_at(message, depth + 1, &item);
		if (r < 0)
			return r;
		if (json_array_append_new(array, item) < 0)
			return -ENOMEM;
	}
	if (r < 0)
		return r;
	return remote_value_done(cleanup_take(array), ret);
}

static int remote_value_read_at(sd_bus_message *message, unsigned depth, json_t **ret)
{
	_cleanup_(remote_value_decrefp) json_t *value = NULL;
	const char *contents;
	char type;
	int r;

	if (depth > LIMIT_DEPTH)
		return -EBADMSG;
	r = sd_bus_message_peek_type(message, &type, &contents);
	if (r < 0)
		return r;
	if (r == 0)
		return -EBADMSG;
	if (type != SD_BUS_TYPE_VARIANT && type != SD_BUS_TYPE_ARRAY)
		return remote_value_read_basic(message, type, ret);
	r = sd_bus_message_enter_container(message, type, contents);
	if (r < 0)
		return r;
	if (type == SD_BUS_TYPE_VARIANT)
		r = remote_value_read_at(message, depth + 1, &value);
	else if (contents[0] == SD_BUS_TYPE_DICT_ENTRY_BEGIN)
		r = remote_value_read_object(message, contents, depth, &value);
	else
		r = remote_value_read_items(message, depth, &value);
	if (r < 0)
		return r;
	r = sd_bus_message_exit_container(message);
	if (r < 0)
		return r;
	*ret = cleanup_take(value);
	return 0;
}

int remote_value_read(sd_bus_message *message, json_t **ret)
{
	return remote_value_read_at(message, 0, ret);
}
