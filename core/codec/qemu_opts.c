/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/qemu_opts.h"

#include "core/codec/document.h"
#include "core/codec/qemu_text.h"
#include "core/codec/tree.h"
#include "core/model/limits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What one option has at most; libvirt's longest has about 40. */
#define QEMU_OPTS_MAX 256
/* Bytes of a key; one that is put together from nested ones is copied for every value in it. */
#define QEMU_OPTS_KEY_BYTES 128

static void qemu_opts_json_drop(json_t **json)
{
	json_decref(*json);
}

int qemu_opts_refuse(
	const struct qemu_opts_place *place, const struct qemu_opts *opts, const char *format, ...)
{
	char where[64];
	char text[sizeof(place->refusal->text)];
	va_list list;

	va_start(list, format);
	(void)vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	(void)snprintf(where, sizeof(where), "argument %zu %.32s", opts->argument, opts->option);
	return refusal_set(place->refusal, where, "%s", text);
}

const char *qemu_opts_find(const struct qemu_opts *opts, const char *key)
{
	for (size_t i = opts->n; i-- > 0;)
		if (strcmp(opts->items[i].key, key) == 0)
			return opts->items[i].value;
	return NULL;
}

static int qemu_opts_add(const struct qemu_opts_place *place, struct qemu_opts *opts,
	const char *key, const char *value)
{
	if (opts->n >= QEMU_OPTS_MAX)
		return qemu_opts_refuse(place, opts, "has more than %d parts", QEMU_OPTS_MAX);
	if (!opts->items || !(opts->n & (opts->n - 1))) {
		struct qemu_opt *items =
			arena_array(place->arena, opts->n ? opts->n * 2 : 1, sizeof(*opts->items));

		if (!items)
			return -ENOMEM;
		if (opts->n)
			memcpy(items, opts->items, opts->n * sizeof(*items));
		opts->items = items;
	}
	opts->items[opts->n++] = (struct qemu_opt){ key, value };
	return QEMU_OPTS_DONE;
}

int qemu_opts_merge(
	const struct qemu_opts_place *place, struct qemu_opts *opts, const struct qemu_opts *more)
{
	for (size_t i = 0; i < more->n; i++) {
		size_t j = 0;
		int r;

		while (j < opts->n && strcmp(opts->items[j].key, more->items[i].key) != 0)
			j++;
		opts->option = more->option;
		opts->argument = more->argument;
		if (j < opts->n) {
			opts->items[j].value = more->items[i].value;
			continue;
		}
		r = qemu_opts_add(place, opts, more->items[i].key, more->items[i].value);
		if (r != QEMU_OPTS_DONE)
			return r;
	}
	return QEMU_OPTS_DONE;
}

/* --- "key=value,..." --- */

/* The value up to the next comma that is not doubled; *@text moves to that comma or the end. */
static const char *qemu_opts_take_value(const struct qemu_opts_place *place, const char **text)
{
	const char *from = *text;
	size_t n = 0;
	char *value;

	for (; **text && (**text != ',' || (*text)[1] == ','); (*text)++)
		*text += **text == ',';
	value = arena_text(place->arena, from, (size_t)(*text - from));
	for (; value && from < *text; from++) {
		from += *from == ',';
		value[n++] = *from;
	}
	if (value)
		value[n] = '\0';
	return value;
}

/* A name without a value: the implied key's value, or a switch: "on", and "off" for "noNAME". */
static int qemu_opts_add_bare(const struct qemu_opts_place *place, struct qemu_opts *opts,
	const char *implied, const char *word)
{
	if (implied && opts->n == 0)
		return qemu_opts_add(place, opts, implied, word);
	if (strncmp(word, "no", 2) == 0 && word[2]) {
		int r = qemu_opts_add(place, opts, word + 2, "off");

		if (r != QEMU_OPTS_DONE)
			return r;
	}
	return qemu_opts_add(place, opts, word, "on");
}

static int qemu_opts_parse_part(const struct qemu_opts_place *place, const char **text,
	const char *implied, struct qemu_opts *opts)
{
	size_t n = strcspn(*text, "=,");
	const char *key, *value;

	if ((*text)[n] != '=') {
		value = qemu_opts_take_value(place, text);
		return value ? qemu_opts_add_bare(place, opts, implied, value) : -ENOMEM;
	}
	if (n == 0 || n > QEMU_OPTS_KEY_BYTES)
		return qemu_opts_refuse(place, opts, "\"%.40s\" is no name", *text);
	key = arena_text(place->arena, *text, n);
	*text += n + 1;
	value = qemu_opts_take_value(place, text);
	return key && value ? qemu_opts_add(place, opts, key, value) : -ENOMEM;
}

/* --- JSON --- */

static int qemu_opts_add_json(const struct qemu_opts_place *place, struct qemu_opts *opts,
	const char *key, const json_t *value);

static int qemu_opts_add_nested(const struct qemu_opts_place *place, struct qemu_opts *opts,
	const char *outer, const char *inner, const json_t *value)
{
	const char *key = arena_printf(place->arena, "%s%s%s", outer, outer[0] ? "." : "", inner);

	if (!key)
		return -ENOMEM;
	if (strlen(key) > QEMU_OPTS_KEY_BYTES)
		return qemu_opts_refuse(
			place, opts, "has a name of more than %d bytes", QEMU_OPTS_KEY_BYTES);
	return qemu_opts_add_json(place, opts, key, value);
}

static int qemu_opts_add_members(const struct qemu_opts_place *place, struct qemu_opts *opts,
	const char *key, const json_t *value)
{
	int r = QEMU_OPTS_DONE;

	if (json_is_object(value)) {
		const char *name;
		json_t *member;

		json_object_foreach((json_t *)(uintptr_t)value, name, member)
		{
			r = qemu_opts_add_nested(place, opts, key, name, member);
			if (r != QEMU_OPTS_DONE)
				return r;
		}
	}
	for (size_t i = 0; json_is_array(value) && i < json_array_size(value); i++) {
		char number[24];

		(void)snprintf(number, sizeof(number), "%zu", i);
		r = qemu_opts_add_nested(place, opts, key, number, json_array_get(value, i));
		if (r != QEMU_OPTS_DONE)
			return r;
	}
	return r;
}

/* Nested as deep as the document, of which the guard has seen to the depth. */
static int qemu_opts_add_json(const struct qemu_opts_place *place, struct qemu_opts *opts,
	const char *key, const json_t *value)
{
	const char *text = NULL;

	if (json_is_object(value) || json_is_array(value))
		return qemu_opts_add_members(place, opts, key, value);
	if (json_is_string(value))
		text = arena_text(
			place->arena, json_string_value(value), json_string_length(value));
	else if (json_is_integer(value))
		text = arena_printf(
			place->arena, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_real(value))
		text = arena_printf(place->arena, "%g", json_real_value(value));
	else
		text = json_is_true(value) ? "on" : json_is_false(value) ? "off" : "";
	return text ? qemu_opts_add(place, opts, key, text) : -ENOMEM;
}

static int qemu_opts_parse_json(
	const struct qemu_opts_place *place, const char *text, struct qemu_opts *ret)
{
	static const struct guard_limits limits = {
		.bytes = LIMIT_CMDLINE_BYTES,
		.nodes = 4 * QEMU_OPTS_MAX,
		.depth = LIMIT_DEPTH,
	};
	__attribute__((cleanup(qemu_opts_json_drop))) json_t *json = NULL;
	struct refusal inner = { "", "" };
	int r = document_parse(&limits, text, strlen(text), &inner, &json);

	if (r == DOCUMENT_E_REFUSED)
		return qemu_opts_refuse(place, ret, "%.40s: %.100s", inner.where, inner.text);
	if (r < 0)
		return r;
	ret->json = true;
	return qemu_opts_add_members(place, ret, "", json);
}

int qemu_opts_parse(const struct qemu_opts_place *place, const char *text, const char *implied,
	struct qemu_opts *ret)
{
	if (text[0] == '{')
		return qemu_opts_parse_json(place, text, ret);
	while (*text) {
		int r = qemu_opts_parse_part(place, &text, implied, ret);

		if (r != QEMU_OPTS_DONE)
			return r;
		text += *text == ',';
	}
	return QEMU_OPTS_DONE;
}

/* --- values --- */

int qemu_opts_size(const struct qemu_opts_place *place, const struct qemu_opts *opts,
	const char *key, char unit, uint64_t *ret)
{
	const char *text = qemu_opts_find(opts, key);
	int r = text ? qemu_text_size(text, unit, ret) : 0;

	if (r == -ERANGE)
		return qemu_opts_refuse(
			place, opts, "%s=%.40s is more than any guest can have", key, text);
	if (r < 0)
		return qemu_opts_refuse(
			place, opts, "%s=%.40s is no size: a number, and K, M, G or T", key, text);
	return QEMU_OPTS_DONE;
}

int qemu_opts_number(const struct qemu_opts_place *place, const struct qemu_opts *opts,
	const char *key, uint64_t *ret)
{
	const char *text = qemu_opts_find(opts, key);

	if (text && qemu_text_number(text, ret) < 0)
		return qemu_opts_refuse(place, opts, "%s=%.40s is no number", key, text);
	return QEMU_OPTS_DONE;
}

int qemu_opts_bool(const struct qemu_opts_place *place, const struct qemu_opts *opts,
	const char *key, bool *ret)
{
	const char *text = qemu_opts_find(opts, key);

	if (text && qemu_text_bool(text, ret) < 0)
		return qemu_opts_refuse(place, opts, "%s=%.40s is neither on nor off", key, text);
	return QEMU_OPTS_DONE;
}
