/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/qemu_reader.h"

#include "core/model/limits.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Properties that -global gives one driver; each device of it has a copy. */
#define QEMU_READER_GLOBALS_MAX 64
#define QEMU_READER_MORE	"and more that is not modelled"

static struct qemu_opts qemu_reader_here(const struct qemu_reader *reader)
{
	return (struct qemu_opts){ .option = reader->option, .argument = reader->argument };
}

int qemu_reader_refuse(struct qemu_reader *reader, const char *format, ...)
{
	struct qemu_opts here = qemu_reader_here(reader);
	char text[sizeof(reader->place.refusal->text)];
	va_list list;

	va_start(list, format);
	(void)vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	return qemu_opts_refuse(&reader->place, &here, "%s", text);
}

static void qemu_reader_clean(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

int qemu_reader_opaque(struct qemu_reader *reader, const char *format, ...)
{
	struct machine *machine = reader->machine;
	char text[LIMIT_TEXT + 1];
	va_list list;

	va_start(list, format);
	(void)vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	qemu_reader_clean(text);
	if (machine->n_opaque >= LIMIT_WORDS)
		return QEMU_READER_DONE;
	for (size_t i = 0; i < machine->n_opaque; i++)
		if (strcmp(machine->opaque[i], text) == 0)
			return QEMU_READER_DONE;
	return machine_add_opaque(
		machine, "%s", machine->n_opaque == LIMIT_WORDS - 1 ? QEMU_READER_MORE : text);
}

int qemu_reader_added(struct qemu_reader *reader, const struct qemu_opts *opts, int r)
{
	if (r == -E2BIG)
		return qemu_opts_refuse(
			&reader->place, opts, "is one more of its kind than can be checked");
	return r;
}

int qemu_reader_parse(
	struct qemu_reader *reader, const char *text, const char *implied, struct qemu_opts *ret)
{
	*ret = qemu_reader_here(reader);
	return qemu_opts_parse(&reader->place, text, implied, ret);
}

int qemu_reader_append(struct qemu_reader *reader, struct qemu_reader_list *list, const char *text,
	const char *implied)
{
	if (!list->items)
		list->items =
			arena_array(reader->place.arena, reader->n_arguments, sizeof(*list->items));
	if (!list->items)
		return -ENOMEM;
	return qemu_reader_parse(reader, text, implied, &list->items[list->n++]);
}

const char *qemu_reader_text(struct qemu_reader *reader, const char *text)
{
	size_t n = strlen(text);
	char *copy = arena_text(reader->place.arena, text, n < LIMIT_TEXT ? n : LIMIT_TEXT);

	if (copy)
		qemu_reader_clean(copy);
	return copy;
}

const struct qemu_opts *qemu_reader_find_object(const struct qemu_reader *reader, const char *id)
{
	for (size_t i = 0; i < reader->objects.n; i++) {
		const char *own = qemu_opts_find(&reader->objects.items[i], "id");

		if (own && strcmp(own, id) == 0)
			return &reader->objects.items[i];
	}
	return NULL;
}

static bool qemu_reader_global_is_of(const struct qemu_opts *global, const char *driver)
{
	const char *of = qemu_opts_find(global, "driver");

	return of && driver && strcmp(of, driver) == 0;
}

int qemu_reader_resolve(
	struct qemu_reader *reader, const struct qemu_opts *device, struct qemu_opts *ret)
{
	const char *driver = qemu_opts_find(device, "driver");
	struct qemu_opts resolved = *device;
	size_t n = 0;

	for (size_t i = 0; i < reader->globals.n; i++)
		n += qemu_reader_global_is_of(&reader->globals.items[i], driver);
	if (n > QEMU_READER_GLOBALS_MAX)
		return qemu_opts_refuse(&reader->place, device,
			"has more than %d properties from -global", QEMU_READER_GLOBALS_MAX);
	resolved.items =
		arena_array(reader->place.arena, n + device->n + 1, sizeof(*resolved.items));
	if (!resolved.items)
		return -ENOMEM;

	resolved.n = 0;
	for (size_t i = 0; i < reader->globals.n; i++) {
		const struct qemu_opts *global = &reader->globals.items[i];
		const char *key = qemu_opts_find(global, "property");
		const char *value = qemu_opts_find(global, "value");

		if (qemu_reader_global_is_of(global, driver) && key && value)
			resolved.items[resolved.n++] = (struct qemu_opt){ key, value };
	}
	for (size_t i = 0; i < device->n; i++)
		resolved.items[resolved.n++] = device->items[i];
	*ret = resolved;
	return QEMU_READER_DONE;
}
