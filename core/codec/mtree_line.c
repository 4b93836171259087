/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/mtree_line.h"

#include "core/codec/text.h"

#include <string.h>

/* Digits of an address: QEMU writes all of them. */
#define MTREE_LINE_DIGITS 16U

#define MTREE_LINE_COUNT(table) (sizeof(table) / sizeof((table)[0]))

bool mtree_line_is(struct mtree_line_name name, const char *text)
{
	return name.n == strlen(text) && memcmp(name.bytes, text, name.n) == 0;
}

/* Moves @rest past @text when it begins with it. */
static bool mtree_line_take(struct mtree_line_name *rest, const char *text)
{
	size_t n = strlen(text);

	if (rest->n < n || memcmp(rest->bytes, text, n) != 0)
		return false;
	rest->bytes += n;
	rest->n -= n;
	return true;
}

/* Cuts @text off the end of @name. */
static bool mtree_line_drop(struct mtree_line_name *name, const char *text)
{
	size_t n = strlen(text);

	if (name->n < n || memcmp(name->bytes + name->n - n, text, n) != 0)
		return false;
	name->n -= n;
	return true;
}

/* Where @text begins in @name, or name.n. */
static size_t mtree_line_find(struct mtree_line_name name, const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i + n <= name.n; i++)
		if (memcmp(name.bytes + i, text, n) == 0)
			return i;
	return name.n;
}

static bool mtree_line_digits(struct mtree_line_name text, uint64_t *ret)
{
	uint64_t value = 0;

	if (text.n < MTREE_LINE_DIGITS)
		return false;
	for (size_t i = 0; i < MTREE_LINE_DIGITS; i++) {
		char c = text.bytes[i];

		if (c >= '0' && c <= '9')
			value = value << 4 | (unsigned)(c - '0');
		else if (c >= 'a' && c <= 'f')
			value = value << 4 | ((unsigned)(c - 'a') + 10);
		else
			return false;
	}
	*ret = value;
	return true;
}

static bool mtree_line_take_address(struct mtree_line_name *rest, uint64_t *ret)
{
	if (!mtree_line_digits(*rest, ret))
		return false;
	rest->bytes += MTREE_LINE_DIGITS;
	rest->n -= MTREE_LINE_DIGITS;
	return true;
}

/* Takes what comes before @end, and @end itself. */
static bool mtree_line_take_up_to(
	struct mtree_line_name *rest, const char *end, struct mtree_line_name *ret)
{
	size_t n = mtree_line_find(*rest, end);

	if (n == rest->n)
		return false;
	*ret = (struct mtree_line_name){ rest->bytes, n };
	rest->bytes += n;
	rest->n -= n;
	return mtree_line_take(rest, end);
}

/* Memory that keeps its contents, "nv-ram", is mapped like any other. */
static enum mtree_line_type mtree_line_type_of(struct mtree_line_name word)
{
	static const struct {
		const char *word;
		enum mtree_line_type type;
	} types[] = {
		{ "i/o", MTREE_LINE_TYPE_IO },
		{ "container", MTREE_LINE_TYPE_CONTAINER },
		{ "ram", MTREE_LINE_TYPE_RAM },
		{ "rom", MTREE_LINE_TYPE_ROM },
		{ "romd", MTREE_LINE_TYPE_ROMD },
		{ "ramd", MTREE_LINE_TYPE_RAMD },
	};

	(void)mtree_line_take(&word, "nv-");
	for (size_t i = 0; i < MTREE_LINE_COUNT(types); i++)
		if (mtree_line_is(word, types[i].word))
			return types[i].type;
	return MTREE_LINE_TYPE_STRANGE;
}

/* What follows the name of a region: its accelerators, its owners, how far into it the range is. */
static void mtree_line_read_name(struct mtree_line_name rest, struct mtree_line *line)
{
	uint64_t offset;
	size_t at;

	line->alias = mtree_line_take(&rest, "alias ");
	while (mtree_line_drop(&rest, " KVM"))
		;
	(void)mtree_line_drop(&rest, " orphan");
	line->device = mtree_line_find(rest, " owner:{dev ") < rest.n;
	at = mtree_line_find(rest, " owner:{");
	rest.n = at < rest.n ? at : mtree_line_find(rest, " parent:{");
	line->disabled = mtree_line_drop(&rest, " [disabled]");
	at = line->alias ? mtree_line_find(rest, " @") : rest.n;
	if (at == rest.n && rest.n > MTREE_LINE_DIGITS + 2) {
		size_t tail = rest.n - MTREE_LINE_DIGITS - 2;
		struct mtree_line_name end = { rest.bytes + tail, MTREE_LINE_DIGITS + 2 };

		if (mtree_line_take(&end, " @") && mtree_line_digits(end, &offset))
			at = tail;
	}
	line->name = (struct mtree_line_name){ rest.bytes, at };
}

static bool mtree_line_is_priority(struct mtree_line_name text)
{
	uint64_t value;

	(void)mtree_line_take(&text, "-");
	return text_parse_decimal(text.bytes, text.n, &value) == 0;
}

static bool mtree_line_read_range(struct mtree_line_name rest, struct mtree_line *line)
{
	struct mtree_line_name priority;

	if (!mtree_line_take_address(&rest, &line->region.first) || !mtree_line_take(&rest, "-") ||
		!mtree_line_take_address(&rest, &line->region.last) ||
		!mtree_line_take(&rest, " (prio ") ||
		!mtree_line_take_up_to(&rest, ", ", &priority) ||
		!mtree_line_is_priority(priority) ||
		!mtree_line_take_up_to(&rest, "):", &line->type_name))
		return false;
	(void)mtree_line_take(&rest, " "); /* not there when the name is empty */
	line->type = mtree_line_type_of(line->type_name);
	mtree_line_read_name(rest, line);
	return line->region.first <= line->region.last;
}

/* ' AS "memory", root: system' */
static bool mtree_line_read_space(struct mtree_line_name rest, struct mtree_line *line)
{
	return mtree_line_take(&rest, "AS \"") &&
	       mtree_line_take_up_to(&rest, "\", root: ", &line->name);
}

static bool mtree_line_read_device(struct mtree_line_name rest, struct mtree_line *line)
{
	return mtree_line_take(&rest, "Memory device [") &&
	       mtree_line_take_up_to(&rest, "]: ", &line->name);
}

static bool mtree_line_read_block(struct mtree_line_name rest, struct mtree_line *line)
{
	return mtree_line_take(&rest, "block-size: ") &&
	       text_parse_decimal(rest.bytes, rest.n, &line->value) == 0;
}

static enum mtree_line_kind mtree_line_read(struct mtree_line_name text, struct mtree_line *line)
{
	static const struct {
		const char *begin;
		enum mtree_line_kind kind;
	} kinds[] = {
		{ "FlatView #", MTREE_LINE_VIEW },
		{ "Root memory region: ", MTREE_LINE_ROOT },
		{ "No rendered FlatView", MTREE_LINE_NOTHING },
		{ "Dispatch", MTREE_LINE_DISPATCH },
		{ "address-space: ", MTREE_LINE_TREE },
		{ "memory-region: ", MTREE_LINE_REGION },
	};

	if (text.n == 0)
		return MTREE_LINE_EMPTY;
	for (size_t i = 0; i < MTREE_LINE_COUNT(kinds); i++) {
		line->name = text;
		if (mtree_line_take(&line->name, kinds[i].begin))
			return kinds[i].kind;
	}
	if (mtree_line_read_range(text, line))
		return MTREE_LINE_RANGE;
	if (mtree_line_read_space(text, line))
		return MTREE_LINE_SPACE;
	if (mtree_line_read_device(text, line))
		return MTREE_LINE_DEVICE;
	return mtree_line_read_block(text, line) ? MTREE_LINE_BLOCK : MTREE_LINE_STRANGE;
}

bool mtree_line_next(struct mtree_line_reader *lines, struct mtree_line *ret)
{
	struct mtree_line_name text = { lines->bytes + lines->at, lines->n - lines->at };
	const char *end;

	if (text.n == 0)
		return false;
	end = memchr(text.bytes, '\n', text.n);
	if (end)
		text.n = (size_t)(end - text.bytes);
	lines->at += text.n + (end != NULL);
	while (mtree_line_drop(&text, "\r") || mtree_line_drop(&text, " "))
		;
	while (mtree_line_take(&text, " ") || mtree_line_take(&text, "\t"))
		;
	if (text.n == 0 && !end)
		return false; /* the beginning of a line that is cut, not an empty line */
	*ret = (struct mtree_line){ .number = ++lines->number };
	ret->kind = mtree_line_read(text, ret);
	return true;
}
