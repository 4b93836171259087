/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/capture_text.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* Bytes on one line of hexadecimal; also the shortest run that is folded. */
#define CAPTURE_TEXT_ROW 32

enum capture_text_form {
	CAPTURE_TEXT_FORM_EMPTY,
	CAPTURE_TEXT_FORM_TEXT,
	CAPTURE_TEXT_FORM_TEXT_NO_NEWLINE,
	CAPTURE_TEXT_FORM_STRINGS,
	CAPTURE_TEXT_FORM_HEX,
	_CAPTURE_TEXT_FORM_MAX,
};

static const char *const capture_text_forms[_CAPTURE_TEXT_FORM_MAX] = {
	[CAPTURE_TEXT_FORM_EMPTY] = "empty",
	[CAPTURE_TEXT_FORM_TEXT] = "text",
	[CAPTURE_TEXT_FORM_TEXT_NO_NEWLINE] = "text-no-newline",
	[CAPTURE_TEXT_FORM_STRINGS] = "strings",
	[CAPTURE_TEXT_FORM_HEX] = "hex",
};

int capture_text_compare(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	/* A slash sorts before every byte that a name can hold, the end before the slash. */
	int rank_a = *a == '/' ? 1 : *a ? 1 + (unsigned char)*a : 0;
	int rank_b = *b == '/' ? 1 : *b ? 1 + (unsigned char)*b : 0;
	return rank_a - rank_b;
}

static bool capture_text_is_printable(unsigned char c)
{
	return c >= 0x20 && c <= 0x7e;
}

static void capture_text_put_name(struct capture_text *text, const char *name)
{
	for (const char *p = name; *p; p++) {
		unsigned char c = (unsigned char)*p;
		if (!capture_text_is_printable(c) || c == ' ' || c == '\\')
			fprintf(text->out, "\\x%02x", c);
		else
			fputc(c, text->out);
	}
}

/* Starts an entry: names the directory of @path if the last entry was in another, then the entry.
 */
static void capture_text_put_entry(struct capture_text *text, const char *kind, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t length = slash ? (size_t)(slash - path) : 0;

	if (length >= sizeof(text->dir))
		length = sizeof(text->dir) - 1;
	if (strlen(text->dir) != length || memcmp(text->dir, path, length) != 0) {
		memcpy(text->dir, path, length);
		text->dir[length] = '\0';
		fputs("in ", text->out);
		capture_text_put_name(text, length ? text->dir : ".");
		fputc('\n', text->out);
	}
	fprintf(text->out, "%s ", kind);
	capture_text_put_name(text, slash ? slash + 1 : path);
	text->n_entries++;
}

static bool capture_text_is_text(const unsigned char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!capture_text_is_printable(bytes[i]) && bytes[i] != '\n' && bytes[i] != '\t')
			return false;
	return true;
}

static bool capture_text_is_strings(const unsigned char *bytes, size_t n)
{
	if (bytes[n - 1] != 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] == 0 ? i == 0 || bytes[i - 1] == 0
				  : !capture_text_is_printable(bytes[i]))
			return false;
	}
	return true;
}

static enum capture_text_form capture_text_choose(const unsigned char *bytes, size_t n)
{
	if (n == 0)
		return CAPTURE_TEXT_FORM_EMPTY;
	if (capture_text_is_text(bytes, n))
		return bytes[n - 1] == '\n' ? CAPTURE_TEXT_FORM_TEXT
					    : CAPTURE_TEXT_FORM_TEXT_NO_NEWLINE;
	if (capture_text_is_strings(bytes, n))
		return CAPTURE_TEXT_FORM_STRINGS;
	return CAPTURE_TEXT_FORM_HEX;
}

static void capture_text_put_lines(
	struct capture_text *text, const unsigned char *bytes, size_t n, int separator)
{
	size_t i = 0;

	while (i < n) {
		const unsigned char *end = memchr(bytes + i, separator, n - i);
		size_t length = end ? (size_t)(end - bytes) - i : n - i;
		fputs("  ", text->out);
		fwrite(bytes + i, 1, length, text->out);
		fputc('\n', text->out);
		i += length + 1;
	}
}

/* How many bytes of a run that starts at @i are folded into one line; 0 for none. */
static size_t capture_text_fold(const unsigned char *bytes, size_t n, size_t i)
{
	size_t run = 0;

	if (bytes[i] != 0x00 && bytes[i] != 0xff)
		return 0;
	while (i + run < n && bytes[i + run] == bytes[i])
		run++;
	if (run < CAPTURE_TEXT_ROW)
		return 0;
	return i + run == n ? run : run - run % CAPTURE_TEXT_ROW;
}

static void capture_text_put_hex(struct capture_text *text, const unsigned char *bytes, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t fold = capture_text_fold(bytes, n, i);
		fprintf(text->out, "  %04zx ", i);
		if (fold) {
			fprintf(text->out, "%02x*%zu\n", bytes[i], fold);
			i += fold;
			continue;
		}
		size_t end = n - i < CAPTURE_TEXT_ROW ? n : i + CAPTURE_TEXT_ROW;
		for (; i < end; i++)
			fprintf(text->out, "%02x", bytes[i]);
		fputc('\n', text->out);
	}
}

static void capture_text_put_body(struct capture_text *text, const unsigned char *bytes, size_t n)
{
	enum capture_text_form form = capture_text_choose(bytes, n);

	fprintf(text->out, " %s\n", capture_text_forms[form]);
	switch (form) {
	case CAPTURE_TEXT_FORM_TEXT:
	case CAPTURE_TEXT_FORM_TEXT_NO_NEWLINE:
		capture_text_put_lines(text, bytes, n, '\n');
		break;
	case CAPTURE_TEXT_FORM_STRINGS:
		capture_text_put_lines(text, bytes, n, '\0');
		break;
	case CAPTURE_TEXT_FORM_HEX:
		capture_text_put_hex(text, bytes, n);
		break;
	case CAPTURE_TEXT_FORM_EMPTY:
	case _CAPTURE_TEXT_FORM_MAX:
		break;
	}
}

void capture_text_begin(struct capture_text *text, FILE *out)
{
	text->out = out;
	text->n_entries = 0;
	text->dir[0] = '\0';
	fputs(CAPTURE_TEXT_HEADER "\n", out);
}

void capture_text_dir(struct capture_text *text, const char *path)
{
	capture_text_put_entry(text, "dir", path);
	fputc('\n', text->out);
}

void capture_text_link(struct capture_text *text, const char *path, const char *target)
{
	capture_text_put_entry(text, "link", path);
	fputc(' ', text->out);
	capture_text_put_name(text, target);
	fputc('\n', text->out);
}

void capture_text_file(struct capture_text *text, const char *path, unsigned int mode,
	const unsigned char *bytes, size_t n)
{
	capture_text_put_entry(text, "file", path);
	fprintf(text->out, " %04o", mode & 0777);
	capture_text_put_body(text, bytes, n);
}

void capture_text_unreadable(struct capture_text *text, const char *path, const char *reason)
{
	capture_text_put_entry(text, "unreadable", path);
	fprintf(text->out, " %s\n", reason);
}

void capture_text_kernel_log(struct capture_text *text, const unsigned char *bytes, size_t n)
{
	fputs("kernel-log", text->out);
	capture_text_put_body(text, bytes, n);
	text->n_entries++;
}

void capture_text_no_kernel_log(struct capture_text *text, const char *reason)
{
	fprintf(text->out, "kernel-log unreadable %s\n", reason);
	text->n_entries++;
}

int capture_text_end(struct capture_text *text)
{
	fprintf(text->out, "end %llu\n", (unsigned long long)text->n_entries);
	errno = 0;
	if (fflush(text->out) != 0)
		return errno ? -errno : -EIO;
	return ferror(text->out) ? -EIO : 0;
}
