/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/support/capture_read.h"

#include "client/capture_text.h"
#include "core/cleanup.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define CAPTURE_READ_WORDS 4 /* the most an entry's line has */

struct capture_read_state {
	const char *text;
	size_t n;
	size_t at; /* where the next line starts */
	size_t line;
	const char *problem;

	const struct capture_read_sink *sink;
	void *data;

	char dir[PATH_MAX];
	char path[PATH_MAX]; /* of the entry that is being read */
	char last[PATH_MAX]; /* of the one before */
	bool last_is_leaf;   /* it was no directory */
	uint64_t n_entries;
	bool has_kernel_log;

	unsigned char *body;
	size_t n_body;
	size_t n_allocated;
	size_t total;
};

static int capture_read_refuse(struct capture_read_state *state, const char *problem)
{
	state->problem = problem;
	return CAPTURE_READ_E_REFUSED;
}

/* ---------------------------------------------------------------- lines and words */

/* Gives the next line without its newline and moves past it; false at the end. */
static bool capture_read_line(struct capture_read_state *state, const char **ret, size_t *ret_n)
{
	if (state->at >= state->n)
		return false;
	const char *start = state->text + state->at;
	const char *end = memchr(start, '\n', state->n - state->at);
	if (!end)
		return false;
	*ret = start;
	*ret_n = (size_t)(end - start);
	state->at += *ret_n + 1;
	state->line++;
	return true;
}

/* Gives the next line without its two spaces if it belongs to the body of an entry. */
static bool capture_read_body_line(
	struct capture_read_state *state, const char **ret, size_t *ret_n)
{
	if (state->n - state->at < 2 || memcmp(state->text + state->at, "  ", 2) != 0)
		return false;
	if (!capture_read_line(state, ret, ret_n))
		return false;
	*ret += 2;
	*ret_n -= 2;
	return true;
}

static int capture_read_nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Undoes the escapes of @n bytes of @word into @to, of PATH_MAX bytes. */
static bool capture_read_unescape(const char *word, size_t n, char *to)
{
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		char c = word[i];
		if (c == '\\') {
			if (n - i < 4 || word[i + 1] != 'x')
				return false;
			int high = capture_read_nibble(word[i + 2]);
			int low = capture_read_nibble(word[i + 3]);
			if (high < 0 || low < 0)
				return false;
			c = (char)(high << 4 | low);
			i += 3;
		}
		if (c == '\0' || used + 1 >= PATH_MAX)
			return false;
		to[used++] = c;
	}
	to[used] = '\0';
	return used > 0;
}

struct capture_read_words {
	const char *word[CAPTURE_READ_WORDS];
	size_t length[CAPTURE_READ_WORDS];
	size_t n;
};

/* Splits a line at single spaces. More words than there can be count as one too many. */
static void capture_read_split(const char *line, size_t n, struct capture_read_words *ret)
{
	*ret = (struct capture_read_words){ 0 };
	for (size_t i = 0; i <= n; i++) {
		const char *space = memchr(line + i, ' ', n - i);
		size_t end = space ? (size_t)(space - line) : n;
		if (ret->n == CAPTURE_READ_WORDS) {
			ret->n++;
			return;
		}
		ret->word[ret->n] = line + i;
		ret->length[ret->n++] = end - i;
		i = end;
	}
}

static bool capture_read_is(const struct capture_read_words *words, size_t i, const char *word)
{
	return i < words->n && words->length[i] == strlen(word) &&
	       memcmp(words->word[i], word, strlen(word)) == 0;
}

/* Reads a number of base @base that is the whole of @word; false if it is none or above @max. */
static bool capture_read_number(
	const char *word, size_t n, unsigned int base, uint64_t max, uint64_t *ret)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++) {
		int digit = capture_read_nibble(word[i]);
		if (digit < 0 || (unsigned int)digit >= base || value > max)
			return false;
		value = value * base + (unsigned int)digit;
	}
	*ret = value;
	return n > 0 && value <= max;
}

/* ---------------------------------------------------------------- paths */

static bool capture_read_is_path(const char *path)
{
	size_t depth = 1;

	for (const char *name = path;;) {
		size_t length = strcspn(name, "/");
		if (length == 0 || length > NAME_MAX)
			return false;
		if (name[0] == '.' && (length == 1 || (length == 2 && name[1] == '.')))
			return false;
		if (name[length] == '\0')
			return depth <= CAPTURE_READ_DEPTH_MAX;
		name += length + 1;
		depth++;
	}
}

/* Whether the text @target of a link at @path stays below the root, by its text. */
static bool capture_read_stays_inside(const char *path, const char *target)
{
	long depth = 0;

	for (const char *p = path; *p; p++)
		depth += *p == '/';
	if (*target == '/')
		return false;
	for (const char *name = target; *name;) {
		size_t length = strcspn(name, "/");
		if (length == 2 && memcmp(name, "..", 2) == 0)
			depth--;
		else if (length > 0 && !(length == 1 && *name == '.'))
			depth++;
		if (depth < 0)
			return false;
		name += length + (name[length] == '/');
	}
	return true;
}

/* Makes state->path of the second word of an entry, and holds it to the rules of a capture. */
static int capture_read_entry_path(
	struct capture_read_state *state, const struct capture_read_words *words)
{
	char name[PATH_MAX];
	size_t length = strlen(state->dir);

	if (words->n < 2 || !capture_read_unescape(words->word[1], words->length[1], name) ||
		strchr(name, '/'))
		return capture_read_refuse(state, "an entry needs a name without a slash");
	if (length + strlen(name) + 2 > sizeof(state->path))
		return capture_read_refuse(state, "the path is too long");
	memcpy(state->path, state->dir, length);
	if (length)
		state->path[length++] = '/';
	memcpy(state->path + length, name, strlen(name) + 1);
	if (!capture_read_is_path(state->path))
		return capture_read_refuse(state, "the path is not a plain one below the root");
	if (state->n_entries && capture_text_compare(state->last, state->path) >= 0)
		return capture_read_refuse(state, "the entries are not sorted, or one comes twice");
	length = strlen(state->last);
	if (state->last_is_leaf && strncmp(state->path, state->last, length) == 0 &&
		state->path[length] == '/')
		return capture_read_refuse(state, "the path lies below a file or a link");
	return 0;
}

static int capture_read_in(struct capture_read_state *state, const struct capture_read_words *words)
{
	char dir[PATH_MAX];

	if (words->n != 2 || !capture_read_unescape(words->word[1], words->length[1], dir))
		return capture_read_refuse(state, "\"in\" needs one directory");
	if (strcmp(dir, ".") == 0)
		dir[0] = '\0';
	else if (!capture_read_is_path(dir))
		return capture_read_refuse(state, "the path is not a plain one below the root");
	memcpy(state->dir, dir, sizeof(dir));
	return 0;
}

/* ---------------------------------------------------------------- bodies */

static int capture_read_grow(struct capture_read_state *state, size_t more)
{
	size_t size = state->n_allocated ? state->n_allocated : 4096;

	if (more > CAPTURE_READ_FILE_MAX || state->n_body + more > CAPTURE_READ_FILE_MAX ||
		state->total + state->n_body + more > CAPTURE_READ_TOTAL_MAX)
		return capture_read_refuse(state, "the content is too large");
	while (size < state->n_body + more)
		size *= 2;
	if (size == state->n_allocated)
		return 0;
	unsigned char *grown = realloc(state->body, size);
	if (!grown)
		return -ENOMEM;
	state->body = grown;
	state->n_allocated = size;
	return 0;
}

/* Lines that each end with @end; the last one of a file only if @ended. */
static int capture_read_lines(struct capture_read_state *state, char end, bool ended)
{
	const char *line;
	size_t n;

	while (capture_read_body_line(state, &line, &n)) {
		int r = capture_read_grow(state, n + 1);
		if (r != 0)
			return r;
		memcpy(state->body + state->n_body, line, n);
		state->n_body += n;
		state->body[state->n_body++] = (unsigned char)end;
	}
	if (state->n_body == 0)
		return capture_read_refuse(state, "the content is missing");
	state->n_body -= !ended;
	return 0;
}

static int capture_read_hex_row(struct capture_read_state *state, const char *row, size_t n)
{
	const char *star = memchr(row, '*', n);
	uint64_t count = 1;

	if (star && !capture_read_number(star + 1, n - (size_t)(star - row) - 1, 10,
			    CAPTURE_READ_FILE_MAX, &count))
		return capture_read_refuse(state, "a folded row needs a count of bytes");
	n = star ? (size_t)(star - row) : n;
	if (n == 0 || n % 2 || (star && (n != 2 || count == 0)))
		return capture_read_refuse(state, "a row needs whole bytes");
	int r = capture_read_grow(state, star ? count : n / 2);
	if (r != 0)
		return r;
	for (size_t i = 0; i < n; i += 2) {
		int high = capture_read_nibble(row[i]);
		int low = capture_read_nibble(row[i + 1]);
		if (high < 0 || low < 0)
			return capture_read_refuse(state, "a row needs hexadecimal digits");
		memset(state->body + state->n_body, high << 4 | low, count);
		state->n_body += count;
	}
	return 0;
}

static int capture_read_hex(struct capture_read_state *state)
{
	const char *line;
	size_t n;

	while (capture_read_body_line(state, &line, &n)) {
		struct capture_read_words words;
		uint64_t offset;
		capture_read_split(line, n, &words);
		if (words.n != 2 || !capture_read_number(words.word[0], words.length[0], 16,
					    CAPTURE_READ_FILE_MAX, &offset))
			return capture_read_refuse(state, "a row needs an offset and bytes");
		if (offset != state->n_body)
			return capture_read_refuse(state, "the offset is not where the row starts");
		int r = capture_read_hex_row(state, words.word[1], words.length[1]);
		if (r != 0)
			return r;
	}
	return state->n_body ? 0 : capture_read_refuse(state, "the content is missing");
}

/* Reads the content of an entry whose form is word @i into state->body. */
static int capture_read_body(
	struct capture_read_state *state, const struct capture_read_words *words, size_t i)
{
	int r;

	state->n_body = 0;
	if (capture_read_is(words, i, "empty"))
		r = capture_read_grow(state, 1);
	else if (capture_read_is(words, i, "text"))
		r = capture_read_lines(state, '\n', true);
	else if (capture_read_is(words, i, "text-no-newline"))
		r = capture_read_lines(state, '\n', false);
	else if (capture_read_is(words, i, "strings"))
		r = capture_read_lines(state, '\0', true);
	else if (capture_read_is(words, i, "hex"))
		r = capture_read_hex(state);
	else
		r = capture_read_refuse(state, "the form of the content is unknown");
	state->total += state->n_body;
	return r;
}

/* ---------------------------------------------------------------- entries */

static int capture_read_entry_file(
	struct capture_read_state *state, const struct capture_read_words *words)
{
	uint64_t mode;

	if (words->n != 4 || !capture_read_number(words->word[2], words->length[2], 8, 0777, &mode))
		return capture_read_refuse(state, "a file needs a name, a mode and a form");
	int r = capture_read_body(state, words, 3);
	if (r != 0)
		return r;
	return state->sink->file(
		state->data, state->path, (unsigned int)mode, state->body, state->n_body);
}

static int capture_read_entry_link(
	struct capture_read_state *state, const struct capture_read_words *words)
{
	char target[PATH_MAX];

	if (words->n != 3 || !capture_read_unescape(words->word[2], words->length[2], target))
		return capture_read_refuse(state, "a link needs a name and a target");
	if (!capture_read_stays_inside(state->path, target))
		return capture_read_refuse(state, "the link leads out of the root");
	return state->sink->link(state->data, state->path, target);
}

static int capture_read_entry(
	struct capture_read_state *state, const struct capture_read_words *words)
{
	int r = capture_read_entry_path(state, words);

	if (r != 0)
		return r;
	if (state->has_kernel_log)
		return capture_read_refuse(state, "the kernel log is not the last entry");
	state->last_is_leaf = true;
	if (capture_read_is(words, 0, "file")) {
		r = capture_read_entry_file(state, words);
	} else if (capture_read_is(words, 0, "link")) {
		r = capture_read_entry_link(state, words);
	} else if (capture_read_is(words, 0, "dir") && words->n == 2) {
		state->last_is_leaf = false;
		r = state->sink->dir(state->data, state->path);
	} else if (!capture_read_is(words, 0, "unreadable") || words->n != 3) {
		r = capture_read_refuse(state, "the kind of the entry is unknown");
	}
	memcpy(state->last, state->path, sizeof(state->last));
	state->n_entries++;
	return r;
}

static int capture_read_kernel_log(
	struct capture_read_state *state, const struct capture_read_words *words)
{
	if (state->has_kernel_log)
		return capture_read_refuse(state, "a second kernel log");
	state->has_kernel_log = true;
	state->n_entries++;
	if (words->n == 3 && capture_read_is(words, 1, "unreadable"))
		return 0;
	if (words->n != 2)
		return capture_read_refuse(state, "the kernel log needs a form");
	int r = capture_read_body(state, words, 1);
	if (r != 0)
		return r;
	return state->sink->kernel_log(state->data, state->body, state->n_body);
}

/* Reads all entries up to the end of the capture. */
static int capture_read_entries(struct capture_read_state *state)
{
	const char *line;
	size_t n;
	int r = 0;

	while (r == 0 && capture_read_line(state, &line, &n)) {
		struct capture_read_words words;
		uint64_t count;
		capture_read_split(line, n, &words);
		if (capture_read_is(&words, 0, "end")) {
			if (words.n != 2 || !capture_read_number(words.word[1], words.length[1], 10,
						    UINT32_MAX, &count))
				return capture_read_refuse(state, "the end needs a count");
			if (count != state->n_entries)
				return capture_read_refuse(state, "entries are missing");
			if (state->at != state->n)
				return capture_read_refuse(state, "there is more after the end");
			return 0;
		}
		if (capture_read_is(&words, 0, "in"))
			r = capture_read_in(state, &words);
		else if (capture_read_is(&words, 0, "kernel-log"))
			r = capture_read_kernel_log(state, &words);
		else
			r = capture_read_entry(state, &words);
	}
	return r != 0 ? r
		      : capture_read_refuse(state, "the end is missing: the capture was cut short");
}

static void capture_read_freep(struct capture_read_state **state)
{
	if (!*state)
		return;
	free((*state)->body);
	free(*state);
}

int capture_read(const char *text, size_t n, const struct capture_read_sink *sink, void *data,
	struct capture_read_problem *ret_problem)
{
	_cleanup_(capture_read_freep) struct capture_read_state *state = calloc(1, sizeof(*state));
	const char *line;
	size_t length;

	if (!state)
		return -ENOMEM;
	state->text = text;
	state->n = n;
	state->sink = sink;
	state->data = data;
	int r;
	if (!capture_read_line(state, &line, &length) || length != strlen(CAPTURE_TEXT_HEADER) ||
		memcmp(line, CAPTURE_TEXT_HEADER, length) != 0)
		r = capture_read_refuse(state, "this is no capture of version 1");
	else
		r = capture_read_entries(state);
	if (r == CAPTURE_READ_E_REFUSED)
		*ret_problem = (struct capture_read_problem){
			.line = state->line ? state->line : 1,
			.text = state->problem,
		};
	return r;
}
