/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/qemu_words.h"

#include "core/codec/qemu_program.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* More than a kernel takes of sensible ones; each costs memory beyond its bytes. */
#define QEMU_WORDS_MAX 8192

struct qemu_words_reader {
	const char *bytes;
	size_t n, at;
	char *text; /* where words are put together */
	size_t n_text;
	struct qemu_words words;
	bool found; /* a command was read, */
	bool ended; /* and a line with a date has followed it */
	bool log;   /* there was a line with a date */
	struct refusal *refusal;
};

static char qemu_words_peek(const struct qemu_words_reader *reader, size_t ahead)
{
	return reader->at + ahead < reader->n ? reader->bytes[reader->at + ahead] : '\0';
}

static void qemu_words_put(struct qemu_words_reader *reader, char c)
{
	reader->text[reader->n_text++] = c;
}

static int qemu_words_end(struct qemu_words_reader *reader, size_t start)
{
	if (reader->words.n >= QEMU_WORDS_MAX)
		return refusal_set(reader->refusal, "the command line", "has more than %u words",
			QEMU_WORDS_MAX);
	qemu_words_put(reader, '\0');
	reader->words.items[reader->words.n++] = reader->text + start;
	return QEMU_WORDS_DONE;
}

/* An assignment before the program's name is for its environment, whatever its value ends in. */
static bool qemu_words_is_assignment(const char *word)
{
	size_t n = strcspn(word, "=/");

	return n > 0 && word[n] == '=' && word[0] != '-';
}

/* Where the program stands among the words; their number when it does not. */
static size_t qemu_words_find_program(const struct qemu_words *words)
{
	size_t plain = words->n;

	for (size_t i = 0; i < words->n; i++) {
		const char *word = words->items[i];

		if (qemu_words_is_assignment(word) || !qemu_program_parse(word, NULL))
			continue;
		/* "sudo -u kvm /usr/bin/qemu-system-x86_64": a user's name comes last. */
		if (i == 0 || strcmp(word, "kvm") != 0)
			return i;
		plain = plain == words->n ? i : plain;
	}
	return plain;
}

/* --- NUL-separated, and one a line: words stand as they are --- */

static int qemu_words_cut(struct qemu_words_reader *reader, char end)
{
	int r = QEMU_WORDS_DONE;

	while (reader->at < reader->n && r == QEMU_WORDS_DONE) {
		size_t start = reader->n_text;

		while (reader->at < reader->n && reader->bytes[reader->at] != end)
			qemu_words_put(reader, reader->bytes[reader->at++]);
		reader->at++;
		if (end == '\n' && reader->n_text > start &&
			reader->text[reader->n_text - 1] == '\r')
			reader->n_text--;
		r = qemu_words_end(reader, start);
	}
	return r;
}

/* What a terminal adds to the end of /proc/PID/cmdline is no word. */
static void qemu_words_drop_newline(struct qemu_words_reader *reader)
{
	const char *last = reader->words.n ? reader->words.items[reader->words.n - 1] : "x";

	if (strcmp(last, "\n") == 0 || strcmp(last, "\r\n") == 0)
		reader->words.n--;
}

static bool qemu_words_is_list(const struct qemu_words_reader *reader)
{
	const char *newline = memchr(reader->bytes, '\n', reader->n);
	char first[256];
	size_t n = newline ? (size_t)(newline - reader->bytes) : 0;

	if (n == 0 || n >= sizeof(first) || n + 1 >= reader->n || newline[1] != '-')
		return false;
	n -= reader->bytes[n - 1] == '\r';
	memcpy(first, reader->bytes, n);
	first[n] = '\0';
	return qemu_program_parse(first, NULL) && !strpbrk(first, " \t\\'\"");
}

/* An option and its argument on one line are either a shell's words or a mistake. */
static int qemu_words_check_list(struct qemu_words_reader *reader)
{
	for (size_t i = 1; i < reader->words.n; i++) {
		const char *word = reader->words.items[i];

		if (word[0] == '-' && strpbrk(word, " \t"))
			return refusal_set(reader->refusal, "the command line",
				"has one argument a line, but \"%.60s\" is several: put each on a "
				"line of its own, or a backslash at the end of every line",
				word);
	}
	return QEMU_WORDS_DONE;
}

/* --- a shell's words --- */

static int qemu_words_read_single(struct qemu_words_reader *reader)
{
	size_t open = reader->at++;

	for (; reader->at < reader->n; reader->at++) {
		if (reader->bytes[reader->at] == '\'') {
			reader->at++;
			return QEMU_WORDS_DONE;
		}
		qemu_words_put(reader, reader->bytes[reader->at]);
	}
	return refusal_set_at(reader->refusal, reader->bytes, open, "the quote ' is not closed");
}

/* How many bytes of line end follow the backslash here: 0 when it continues no line. */
static size_t qemu_words_continues(const struct qemu_words_reader *reader)
{
	if (qemu_words_peek(reader, 1) == '\n')
		return 1;
	return qemu_words_peek(reader, 1) == '\r' && qemu_words_peek(reader, 2) == '\n' ? 2 : 0;
}

static int qemu_words_read_double(struct qemu_words_reader *reader)
{
	size_t open = reader->at++;

	while (reader->at < reader->n) {
		char c = reader->bytes[reader->at];

		if (c == '"') {
			reader->at++;
			return QEMU_WORDS_DONE;
		}
		if (c == '$' || c == '`')
			return refusal_set_at(reader->refusal, reader->bytes, reader->at,
				"a shell would put something else in place of %c...: nothing is "
				"run or expanded here",
				c);
		if (c == '\\' && qemu_words_continues(reader)) {
			reader->at += 1 + qemu_words_continues(reader);
			continue;
		}
		if (c == '\\' && qemu_words_peek(reader, 1) &&
			strchr("$`\"\\", qemu_words_peek(reader, 1)))
			c = reader->bytes[++reader->at];
		qemu_words_put(reader, c);
		reader->at++;
	}
	return refusal_set_at(reader->refusal, reader->bytes, open, "the quote \" is not closed");
}

static bool qemu_words_is_blank(const struct qemu_words_reader *reader)
{
	char c = qemu_words_peek(reader, 0);

	return c == ' ' || c == '\t' || (c == '\r' && qemu_words_peek(reader, 1) == '\n');
}

/* One word; @reader stands at its first byte. */
static int qemu_words_read_word(struct qemu_words_reader *reader)
{
	size_t start = reader->n_text;
	int r = QEMU_WORDS_DONE;

	while (reader->at < reader->n && r == QEMU_WORDS_DONE) {
		char c = reader->bytes[reader->at];

		if (c == '\n' || qemu_words_is_blank(reader))
			break;
		if (c == '\'') {
			r = qemu_words_read_single(reader);
		} else if (c == '"') {
			r = qemu_words_read_double(reader);
		} else if (c == '\\' && qemu_words_continues(reader)) {
			reader->at += 1 + qemu_words_continues(reader);
		} else if (strchr("$`;|&<>(){}", c)) {
			r = refusal_set_at(reader->refusal, reader->bytes, reader->at,
				"%c means something to a shell: nothing is run or expanded here; "
				"what is meant as it stands has to be quoted",
				c);
		} else {
			reader->at += c == '\\';
			if (reader->at < reader->n)
				qemu_words_put(reader, reader->bytes[reader->at++]);
		}
	}
	return r == QEMU_WORDS_DONE ? qemu_words_end(reader, start) : r;
}

/* The words up to the end of the line, which may be continued on further ones. */
static int qemu_words_read_line(struct qemu_words_reader *reader)
{
	int r = QEMU_WORDS_DONE;

	while (reader->at < reader->n && r == QEMU_WORDS_DONE) {
		char c = reader->bytes[reader->at];

		if (c == '\n')
			break;
		if (qemu_words_is_blank(reader))
			reader->at++;
		else if (c == '\\' && qemu_words_continues(reader))
			reader->at += 1 + qemu_words_continues(reader);
		else if (c == '#')
			reader->at += strcspn(reader->bytes + reader->at, "\n");
		else
			r = qemu_words_read_word(reader);
	}
	return r;
}

/* "2026-11-21 01:27:03" or "2026-11-21T01:25:23": libvirt's and QEMU's own lines in a log. */
static bool qemu_words_is_dated(const char *line, size_t n)
{
	static const char form[] = "dddd-dd-dd?dd:dd:dd";

	if (n < sizeof(form) - 1)
		return false;
	for (size_t i = 0; form[i]; i++) {
		bool digit = line[i] >= '0' && line[i] <= '9';

		if (form[i] == '?' ? line[i] != ' ' && line[i] != 'T'
				   : (form[i] == 'd' ? !digit : line[i] != form[i]))
			return false;
	}
	return true;
}

static bool qemu_words_starts_command(const char *line, size_t n)
{
	char first[256];
	size_t n_first = 0;

	while (n_first < n && !strchr(" \t\r\\", line[n_first]))
		n_first++;
	if (n_first == 0 || n_first >= sizeof(first))
		return false;
	memcpy(first, line, n_first);
	first[n_first] = '\0';
	return qemu_words_is_assignment(first) || qemu_program_parse(first, NULL);
}

/* What QEMU prints before libvirt's next line: "qemu-system-x86_64: warning: ...". */
static bool qemu_words_is_message(const char *line, size_t n)
{
	static const char redirected[] = "char device redirected to ";
	size_t n_first = 0;

	if (n > sizeof(redirected) && strncmp(line, redirected, sizeof(redirected) - 1) == 0)
		return true;
	while (n_first < n && line[n_first] != ' ')
		n_first++;
	return n_first > 0 && line[0] != '-' && line[n_first - 1] == ':';
}

/* Skips what is no part of a command: true when it was such a line. */
static bool qemu_words_skip(struct qemu_words_reader *reader, size_t n)
{
	const char *line = reader->bytes + reader->at;
	bool dated = qemu_words_is_dated(line, n);
	bool skipped = dated || line[0] == '#' || strspn(line, " \t\r") == n;

	if (reader->found && !skipped) {
		if (reader->ended && qemu_words_starts_command(line, n))
			return false;
		skipped = reader->log || qemu_words_is_message(line, n);
	}
	reader->log = reader->log || dated;
	reader->ended = reader->ended || dated;
	if (skipped)
		reader->at += n;
	return skipped;
}

static int qemu_words_read_shell(struct qemu_words_reader *reader)
{
	for (; reader->at < reader->n; reader->at++) {
		size_t start = reader->at;
		int r;

		if (qemu_words_skip(reader, strcspn(reader->bytes + start, "\n")))
			continue;
		if (reader->found && !reader->ended)
			return refusal_set_at(reader->refusal, reader->bytes, start,
				"this line is not part of the command line before it: a line that "
				"goes on needs a backslash at its end");
		/* A log has a command for each start: the last one counts. */
		reader->words.n = 0;
		r = qemu_words_read_line(reader);
		if (r != QEMU_WORDS_DONE)
			return r;
		reader->found = qemu_words_find_program(&reader->words) < reader->words.n;
		reader->ended = false;
	}
	return QEMU_WORDS_DONE;
}

static int qemu_words_read(struct qemu_words_reader *reader)
{
	int r;

	if (memchr(reader->bytes, '\0', reader->n)) {
		r = qemu_words_cut(reader, '\0');
		qemu_words_drop_newline(reader);
		return r;
	}
	if (!qemu_words_is_list(reader))
		return qemu_words_read_shell(reader);
	r = qemu_words_cut(reader, '\n');
	return r == QEMU_WORDS_DONE ? qemu_words_check_list(reader) : r;
}

int qemu_words_split(struct arena *arena, const char *bytes, size_t n, struct refusal *refusal,
	struct qemu_words *ret)
{
	/* A word takes its bytes and a NUL, and there is a byte between two words. */
	struct qemu_words_reader reader = {
		.bytes = arena_text(arena, bytes, n),
		.n = n,
		.text = arena_alloc(arena, n + 2),
		.refusal = refusal,
	};
	size_t program;
	int r;

	reader.words.items = arena_array(
		arena, n < QEMU_WORDS_MAX ? n + 1 : QEMU_WORDS_MAX, sizeof(const char *));
	if (!reader.bytes || !reader.text || !reader.words.items)
		return -ENOMEM;
	r = qemu_words_read(&reader);
	if (r != QEMU_WORDS_DONE)
		return r;

	program = qemu_words_find_program(&reader.words);
	if (program == reader.words.n)
		return refusal_set(refusal, "the command line",
			"names no program of QEMU: qemu-system-ARCH, qemu-kvm or kvm");
	*ret = (struct qemu_words){
		.n = reader.words.n - program,
		.items = reader.words.items + program,
	};
	return QEMU_WORDS_DONE;
}
