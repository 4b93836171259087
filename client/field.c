/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/field.h"

#include "core/codec/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

const char *field_format_value(const json_t *value, char buffer[FIELD_BYTES])
{
	const json_t *why;

	switch (json_typeof(value ? value : json_null())) {
	case JSON_STRING:
		return json_string_value(value);
	case JSON_INTEGER:
		snprintf(buffer, FIELD_BYTES, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		return buffer;
	case JSON_TRUE:
		return "yes";
	case JSON_FALSE:
		return "no";
	case JSON_OBJECT:
		why = json_object_get(value, "unknown");
		snprintf(buffer, FIELD_BYTES, "?%.300s",
			json_is_string(why) ? json_string_value(why) : "");
		return buffer;
	case JSON_ARRAY:
	case JSON_REAL:
		return "?";
	case JSON_NULL:
		break;
	}
	return "-";
}

const char *field_format(const json_t *object, const char *name, char buffer[FIELD_BYTES])
{
	return field_format_value(json_object_get(object, name), buffer);
}

const char *field_text(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

const json_t *field_list(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	return json_is_array(value) ? value : NULL;
}

static bool field_parse_bare(const char *text, uint64_t *ret)
{
	uint64_t value = 0;
	size_t n = strlen(text);

	if (n == 0 || n > 16 || strspn(text, "0123456789abcdef") != n)
		return false;
	for (; *text; text++)
		value = value << 4 | (uint64_t)(*text <= '9' ? *text - '0' : *text - 'a' + 10);
	*ret = value;
	return true;
}

bool field_number(const json_t *object, const char *name, uint64_t *ret)
{
	const json_t *value = json_object_get(object, name);
	const char *text = json_string_value(value);

	if (json_is_integer(value) && json_integer_value(value) >= 0) {
		*ret = (uint64_t)json_integer_value(value);
		return true;
	}
	if (!text)
		return false;
	if (text_parse_hex(text, strlen(text), ret) == 0)
		return true;
	return field_parse_bare(text, ret);
}

const char *field_size(uint64_t bytes, char buffer[FIELD_BYTES])
{
	static const char units[] = "KMGTPE";
	uint64_t exact = bytes;
	int unit;

	for (unit = -1; exact > 0 && exact % 1024 == 0 && unit < 5; unit++)
		exact /= 1024;
	if (exact < 100000 && unit < 0) {
		snprintf(buffer, FIELD_BYTES, "%" PRIu64, exact);
	} else if (exact < 100000) {
		snprintf(buffer, FIELD_BYTES, "%" PRIu64 "%c", exact, units[unit]);
	} else {
		for (unit = -1; bytes >= 1024 * 1024; unit++)
			bytes /= 1024;
		snprintf(buffer, FIELD_BYTES, "~%" PRIu64 ".%" PRIu64 "%c", bytes / 1024,
			bytes % 1024 * 10 / 1024, units[unit + 1]);
	}
	return buffer;
}

const char *field_acs(const json_t *object, bool all, char buffer[FIELD_BYTES])
{
	static const char *const names[] = { "SV", "TB", "RR", "CR", "UF", "EC", "DT" };
	const json_t *acs = json_object_get(object, "acs");
	uint64_t capability, control;
	size_t used = 0;

	if (!field_number(acs, "capability", &capability) ||
		!field_number(acs, "control", &control))
		return field_format(object, "acs", buffer);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		bool on = control >> i & 1;

		if (on || (all && capability >> i & 1))
			used += (size_t)snprintf(buffer + used, FIELD_BYTES - used, "%s%s%s",
				used ? " " : "", names[i],
				!all ? ""
				: on ? "+"
				     : "-");
	}
	return used ? buffer : "off";
}

const char *field_time(const json_t *object, const char *name, char buffer[FIELD_BYTES])
{
	const json_t *value = json_object_get(object, name);
	struct tm broken;
	time_t seconds;

	if (!json_is_integer(value) || json_integer_value(value) <= 0)
		return field_format(object, name, buffer);
	seconds = (time_t)(json_integer_value(value) / 1000000);
	if (!gmtime_r(&seconds, &broken) ||
		strftime(buffer, FIELD_BYTES, "%Y-%m-%d %H:%M:%S UTC", &broken) == 0)
		return field_format(object, name, buffer);
	return buffer;
}

const char *field_age(const json_t *object, const char *name, char buffer[FIELD_BYTES])
{
	static const struct {
		uint64_t below, seconds; /* of the age, and of one unit */
		const char *unit;
	} steps[] = { { 7200, 60, "min" }, { 172800, 3600, "h" }, { UINT64_MAX, 86400, "d" } };
	uint64_t then_us, now = (uint64_t)time(NULL), age = 0, i = 0;

	if (!field_number(object, name, &then_us))
		return NULL;
	if (then_us / 1000000 < now)
		age = now - then_us / 1000000;
	while (age >= steps[i].below)
		i++;
	snprintf(buffer, FIELD_BYTES, "%" PRIu64 " %s", age / steps[i].seconds, steps[i].unit);
	return buffer;
}
