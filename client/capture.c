/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE
#include "client/capture.h"

#include "client/capture_places.h"
#include "client/capture_scrub.h"
#include "client/capture_text.h"
#include "core/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CAPTURE_FILE_MAX  (16U << 20)
#define CAPTURE_TOTAL_MAX (64U << 20)
#define CAPTURE_LINE_MAX  8192 /* the longest record of /dev/kmsg */

struct capture_buffer {
	unsigned char *bytes; /* a NUL follows what is held */
	size_t n;
	size_t n_allocated;
};

static void capture_buffer_done(struct capture_buffer *buffer)
{
	free(buffer->bytes);
}

static void capture_close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* Makes room for @more bytes and a NUL. */
static int capture_buffer_grow(struct capture_buffer *buffer, size_t more)
{
	size_t wanted = buffer->n + more + 1;
	size_t size = buffer->n_allocated ? buffer->n_allocated : 8192;

	if (wanted <= buffer->n_allocated)
		return 0;
	while (size < wanted)
		size *= 2;
	unsigned char *grown = realloc(buffer->bytes, size);
	if (!grown)
		return -ENOMEM;
	buffer->bytes = grown;
	buffer->n_allocated = size;
	return 0;
}

/* Reads all of @fd into @buffer. -EFBIG past CAPTURE_FILE_MAX, or what read() said. */
static int capture_read_all(int fd, struct capture_buffer *buffer)
{
	buffer->n = 0;
	for (;;) {
		int r = capture_buffer_grow(buffer, 8192);
		if (r < 0)
			return r;
		ssize_t n = read(fd, buffer->bytes + buffer->n, 8192);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		buffer->n += (size_t)n;
		buffer->bytes[buffer->n] = '\0';
		if (n == 0)
			return 0;
		if (buffer->n > CAPTURE_FILE_MAX)
			return -EFBIG;
	}
}

static const char *capture_reason(int error)
{
	const char *name = strerrorname_np(error);

	return name ? name : "EIO";
}

static void capture_put_unreadable(struct capture_text *text, const char *path, int error)
{
	capture_text_unreadable(text, path, capture_reason(error));
}

/* Writes the file @path, or why it cannot be read. Gives -ENOMEM alone. */
static int capture_put_file(
	struct capture_text *text, int root_fd, const char *path, struct capture_buffer *buffer)
{
	struct stat status;
	_cleanup_(capture_close_fd) int fd = capture_places_open(root_fd, path, O_RDONLY);
	int r = fd;

	if (fd >= 0 && fstat(fd, &status) < 0)
		r = -errno;
	else if (fd >= 0 && !S_ISREG(status.st_mode))
		r = -EINVAL;
	if (r >= 0)
		r = capture_read_all(fd, buffer);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		capture_put_unreadable(text, path, -r);
		return 0;
	}
	size_t n = capture_scrub_file(path, buffer->bytes, buffer->n);
	capture_text_file(text, path, status.st_mode, buffer->bytes, n);
	buffer->n = n;
	return 0;
}

static void capture_put_link(struct capture_text *text, int root_fd, const char *path)
{
	char target[PATH_MAX];
	_cleanup_(capture_close_fd) int fd =
		capture_places_open(root_fd, path, O_PATH | O_NOFOLLOW);
	ssize_t length = fd < 0 ? fd : readlinkat(fd, "", target, sizeof(target) - 1);

	if (length < 0) {
		capture_put_unreadable(text, path, fd < 0 ? -fd : errno);
		return;
	}
	target[length] = '\0';
	_cleanup_(cleanup_freep) char *resolved = capture_places_resolve(path, target);
	/* No host has a link that leads out; a capture with one would be refused by its readers. */
	if (resolved)
		capture_text_link(text, path, target);
	else
		capture_put_unreadable(text, path, EXDEV);
}

static bool capture_is_below(const char *path, const char *dir)
{
	size_t length = strlen(dir);

	return strncmp(path, dir, length) == 0 && path[length] == '/';
}

static int capture_put_places(
	struct capture_text *text, int root_fd, const struct capture_places *places)
{
	_cleanup_(capture_buffer_done) struct capture_buffer buffer = { 0 };
	size_t total = 0;

	for (size_t i = 0; i < places->n_entries; i++) {
		const struct capture_places_entry *entry = &places->entries[i];
		int r = 0;
		switch (entry->kind) {
		case CAPTURE_PLACES_KIND_DIR:
			if (i + 1 == places->n_entries ||
				!capture_is_below(places->entries[i + 1].path, entry->path))
				capture_text_dir(text, entry->path);
			break;
		case CAPTURE_PLACES_KIND_FILE:
			buffer.n = 0;
			if (total <= CAPTURE_TOTAL_MAX)
				r = capture_put_file(text, root_fd, entry->path, &buffer);
			else
				capture_put_unreadable(text, entry->path, EFBIG);
			total += buffer.n;
			break;
		case CAPTURE_PLACES_KIND_LINK:
			capture_put_link(text, root_fd, entry->path);
			break;
		case CAPTURE_PLACES_KIND_UNREADABLE:
			capture_put_unreadable(text, entry->path, entry->error);
			break;
		}
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---------------------------------------------------------------- the kernel log */

/* Adds @line to @log if a capture holds it. */
static int capture_log_line(struct capture_buffer *log, char *line)
{
	if (log->n > CAPTURE_FILE_MAX || !capture_scrub_log_line(line))
		return 0;
	size_t length = strlen(line);
	int r = capture_buffer_grow(log, length + 1);
	if (r < 0)
		return r;
	memcpy(log->bytes + log->n, line, length);
	log->bytes[log->n + length] = '\n';
	log->n += length + 1;
	return 0;
}

/*
 * Adds one record of /dev/kmsg, "PRIORITY,SEQUENCE,MICROSECONDS,FLAGS;TEXT" and lines of properties
 * (Documentation/ABI/testing/dev-kmsg), as dmesg prints it. What a program wrote there (a facility
 * other than 0 in the priority) is not the kernel's word and left out.
 */
static int capture_log_record(struct capture_buffer *log, char *record)
{
	unsigned long long numbers[3] = { 0 };
	char line[CAPTURE_LINE_MAX + 32];
	const char *p = record;

	for (int i = 0; i < 3; i++, p++) {
		for (; *p >= '0' && *p <= '9'; p++)
			numbers[i] = numbers[i] * 10 + (unsigned int)(*p - '0');
		if (*p != ',')
			return 0;
	}
	const char *text = strchr(p, ';');
	if (!text || numbers[0] > 7)
		return 0;
	text++;
	snprintf(line, sizeof(line), "[%5llu.%06llu] %.*s", numbers[2] / 1000000,
		numbers[2] % 1000000, (int)strcspn(text, "\n"), text);
	return capture_log_line(log, line);
}

static int capture_log_device(int fd, struct capture_buffer *log)
{
	char record[CAPTURE_LINE_MAX + 1];

	for (;;) {
		ssize_t n = read(fd, record, CAPTURE_LINE_MAX);
		/* EPIPE: records were overwritten before they could be read; the next one is there.
		 */
		if (n < 0 && (errno == EINTR || errno == EPIPE))
			continue;
		if (n < 0 && errno != EAGAIN)
			return -errno;
		if (n <= 0)
			return 0;
		record[n] = '\0';
		int r = capture_log_record(log, record);
		if (r < 0)
			return r;
	}
}

static int capture_log_file(int fd, struct capture_buffer *log)
{
	_cleanup_(capture_buffer_done) struct capture_buffer all = { 0 };
	int r = capture_read_all(fd, &all);
	char *rest = (char *)all.bytes;

	while (r == 0 && rest && *rest) {
		char *line = strsep(&rest, "\n");
		r = capture_log_line(log, line);
	}
	return r;
}

static int capture_put_kernel_log(struct capture_text *text, const char *path)
{
	struct stat status;
	_cleanup_(capture_buffer_done) struct capture_buffer log = { 0 };
	_cleanup_(capture_close_fd) int fd =
		open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int r = fd < 0 || fstat(fd, &status) < 0 ? -errno : 0;

	if (r == 0)
		r = S_ISCHR(status.st_mode) ? capture_log_device(fd, &log)
					    : capture_log_file(fd, &log);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		capture_text_no_kernel_log(text, capture_reason(-r));
	else
		capture_text_kernel_log(text, log.bytes, log.n);
	return 0;
}

int capture_write(int root_fd, const char *kernel_log_path, FILE *out)
{
	_cleanup_(capture_places_done) struct capture_places places = { 0 };
	struct capture_text text;

	int r = capture_places_find(root_fd, &places);
	if (r < 0)
		return r;
	capture_text_begin(&text, out);
	r = capture_put_places(&text, root_fd, &places);
	if (r == 0 && kernel_log_path)
		r = capture_put_kernel_log(&text, kernel_log_path);
	if (r < 0)
		return r;
	return capture_text_end(&text);
}
