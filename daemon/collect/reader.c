/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE
#include "daemon/collect/reader.h"

#include "core/model/limits.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

void *reader_alloc(struct reader *reader, size_t n, size_t size)
{
	void *memory = arena_array(reader->arena, n, size);

	if (!memory)
		reader->fault = -ENOMEM;
	return memory;
}

int reader_file(struct reader *reader, struct sysroot_at at, struct scan *ret)
{
	struct sysroot_file file = { .bytes = reader->scratch, .capacity = READER_SCRATCH_BYTES };

	int r = sysroot_read(reader->root, at, &file);
	if (r == SYSROOT_DONE)
		*ret = scan_of(file.bytes, file.n);
	return r;
}

int reader_head(struct reader *reader, struct sysroot_at at, struct scan *ret)
{
	struct sysroot_file file = { .bytes = reader->scratch, .capacity = READER_SCRATCH_BYTES };

	int r = sysroot_read(reader->root, at, &file);
	if (r != SYSROOT_DONE && r != SYSROOT_E_OVER_LIMIT)
		return r;
	*ret = scan_of(file.bytes, file.n);
	return SYSROOT_DONE;
}

int reader_large(
	struct reader *reader, struct sysroot_at at, size_t cap, char **ret_bytes, size_t *ret_n)
{
	struct sysroot_file file = { .bytes = malloc(cap), .capacity = cap };

	*ret_bytes = file.bytes;
	*ret_n = 0;
	if (!file.bytes) {
		reader->fault = -ENOMEM;
		return SYSROOT_E_OVER_LIMIT;
	}
	int r = sysroot_read(reader->root, at, &file);
	if (r == SYSROOT_DONE)
		*ret_n = file.n;
	return r;
}

struct fact_text reader_name(struct reader *reader, struct scan text)
{
	if (scan_left(&text) > LIMIT_TEXT)
		return fact_text_unknown(FACT_OVER_LIMIT);
	if (!scan_left(&text) || !scan_is_printable(&text))
		return fact_text_unknown(FACT_MALFORMED);
	const char *copy = arena_text(reader->arena, text.p, scan_left(&text));
	if (!copy) {
		reader->fault = -ENOMEM;
		return fact_text_unknown(FACT_NOT_READABLE);
	}
	return fact_text(copy);
}

/* The file without the blanks around it. False: @ret_fact tells why it cannot be had. */
static bool reader_value(struct reader *reader, struct sysroot_at at, struct fact absent,
	struct scan *ret, struct fact *ret_fact)
{
	int r = reader_file(reader, at, ret);

	if (r != SYSROOT_DONE) {
		*ret_fact = sysroot_fact(r, absent);
		return false;
	}
	*ret = scan_trim(*ret);
	return true;
}

/* How a number is written in a file, and the greatest that makes sense there. */
struct reader_form {
	bool (*parse)(struct scan *scan, uint64_t *ret);
	uint64_t most;
};

static struct fact_number reader_number(
	struct reader *reader, struct sysroot_at at, struct reader_form form, struct fact absent)
{
	struct fact_number number = { 0 };
	struct scan text;
	uint64_t value;

	if (!reader_value(reader, at, absent, &text, &number.fact))
		return number;
	if (!form.parse(&text, &value) || scan_left(&text) || value > form.most)
		return fact_number_unknown(FACT_MALFORMED);
	return fact_number(value);
}

struct fact_number reader_hex(
	struct reader *reader, struct sysroot_at at, uint64_t most, struct fact absent)
{
	return reader_number(reader, at, (struct reader_form){ scan_hex, most }, absent);
}

struct fact_number reader_decimal(
	struct reader *reader, struct sysroot_at at, uint64_t most, struct fact absent)
{
	return reader_number(reader, at, (struct reader_form){ scan_decimal, most }, absent);
}

struct fact_number reader_flag(struct reader *reader, struct sysroot_at at, struct fact absent)
{
	struct fact_number number = { 0 };
	struct scan text;

	if (!reader_value(reader, at, absent, &text, &number.fact))
		return number;
	if (scan_is(&text, "Y") || scan_is(&text, "1"))
		return fact_number(1);
	if (scan_is(&text, "N") || scan_is(&text, "0"))
		return fact_number(0);
	return fact_number_unknown(FACT_MALFORMED);
}

struct fact_text reader_line(struct reader *reader, struct sysroot_at at, struct fact absent)
{
	struct fact_text line = { 0 };
	struct scan text;

	if (!reader_value(reader, at, absent, &text, &line.fact))
		return line;
	return reader_name(reader, text);
}

static size_t reader_count_words(struct scan text)
{
	struct scan word;
	size_t n = 0;

	while (scan_word(&text, &word))
		n++;
	return n;
}

struct fact_texts reader_words(struct reader *reader, struct sysroot_at at, struct fact absent)
{
	struct fact_texts words = { 0 };
	struct scan text;
	struct scan word;

	if (!reader_value(reader, at, absent, &text, &words.fact))
		return words;
	if (reader_count_words(text) > LIMIT_WORDS)
		return (struct fact_texts){ .fact = FACT_IGNORANT(FACT_OVER_LIMIT) };
	words.fact = FACT_KNOWN;
	words.items = reader_alloc(reader, reader_count_words(text), sizeof(*words.items));
	while (words.items && scan_word(&text, &word)) {
		struct fact_text name = reader_name(reader, word);
		if (!fact_is_value(name.fact))
			return (struct fact_texts){ .fact = name.fact };
		words.items[words.n++] = name.value;
	}
	return words;
}

/* The last component of the link @at in the scratch buffer. False: @ret_fact tells why not. */
static bool reader_tail(struct reader *reader, struct sysroot_at at, struct fact absent,
	struct scan *ret, struct fact *ret_fact)
{
	int r = sysroot_link(reader->root, at, reader->scratch, READER_SCRATCH_BYTES);

	if (r != SYSROOT_DONE) {
		*ret_fact = sysroot_fact(r, absent);
		return false;
	}
	const char *slash = strrchr(reader->scratch, '/');
	const char *tail = slash ? slash + 1 : reader->scratch;
	*ret = scan_of(tail, strlen(tail));
	return true;
}

struct fact_text reader_link(struct reader *reader, struct sysroot_at at, struct fact absent)
{
	struct fact_text link = { 0 };
	struct scan tail;

	if (!reader_tail(reader, at, absent, &tail, &link.fact))
		return link;
	return reader_name(reader, tail);
}

struct fact_number reader_link_number(
	struct reader *reader, struct sysroot_at at, uint64_t most, struct fact absent)
{
	struct fact_number number = { 0 };
	struct scan tail;
	uint64_t value;

	if (!reader_tail(reader, at, absent, &tail, &number.fact))
		return number;
	if (!scan_decimal(&tail, &value) || scan_left(&tail) || value > most)
		return fact_number_unknown(FACT_MALFORMED);
	return fact_number(value);
}
