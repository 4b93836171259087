/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE
#include "daemon/nfd_file.h"

#include "core/cleanup.h"
#include "core/codec/export_text.h"
#include "core/judge/node_labels.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NFD_FILE_MODE  0644
#define NFD_FILE_BYTES 4096U /* more than all labels together */

CLEANUP_DEFINE(json_t *, json_decref, nfd_file_decrefp);

static void nfd_file_closep(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

/* ------------------------------------------------------------- what it is to hold */

/* The text in @ret, to be freed with free(). Negative errno. */
static int nfd_file_text(const struct nfd_file_source *source, char **ret)
{
	_cleanup_(nfd_file_decrefp) json_t *labels = NULL;
	struct node_labels_age age = { .collected_us = source->state->collected_us,
		.stale_after_us = source->stale_after_us };
	struct refusal refusal;
	struct timespec now;
	int r;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	age.now_us = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	r = node_labels_json(source->state->host, &age, &labels);
	if (r == 0)
		r = export_text_nfd(labels, ret, &refusal);
	return r > 0 ? -EINVAL : r;
}

/* ------------------------------------------------------------- how it is written */

/* All there is to read of @fd, up to @most bytes. Negative errno. */
static ssize_t nfd_file_read(int fd, char *ret, size_t most)
{
	size_t n = 0;

	while (n < most) {
		ssize_t got = read(fd, ret + n, most - n);

		if (got < 0 && errno != EINTR)
			return -errno;
		if (got == 0)
			break;
		n += got > 0 ? (size_t)got : 0;
	}
	return (ssize_t)n;
}

/* True when the file @name in @folder holds exactly @text. */
static bool nfd_file_holds(int folder, const char *name, const char *text)
{
	_cleanup_(nfd_file_closep) int fd =
		openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
	char held[NFD_FILE_BYTES];
	struct stat status;
	ssize_t n;

	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		return false;
	n = nfd_file_read(fd, held, sizeof(held));
	return n >= 0 && (size_t)n == strlen(text) && memcmp(held, text, (size_t)n) == 0;
}

static int nfd_file_fill(int fd, const char *text)
{
	size_t n = strlen(text);

	/* Whatever the daemon's umask is: nfd-worker is another user. */
	if (fchmod(fd, NFD_FILE_MODE) < 0)
		return -errno;
	while (n > 0) {
		ssize_t wrote = write(fd, text, n);

		if (wrote < 0 && errno != EINTR)
			return -errno;
		text += wrote > 0 ? wrote : 0;
		n -= wrote > 0 ? (size_t)wrote : 0;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

/* One hidden name for all tries, so that a try that was cut short leaves no more than one. */
static int nfd_file_replace(int folder, const char *name, const char *text)
{
	_cleanup_(nfd_file_closep) int fd = -1;
	char hidden[NAME_MAX + 1];
	int r;

	r = snprintf(hidden, sizeof(hidden), ".%s.new", name);
	if (r < 0 || (size_t)r >= sizeof(hidden))
		return -ENAMETOOLONG;
	(void)unlinkat(folder, hidden, 0);
	fd = openat(folder, hidden, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, NFD_FILE_MODE);
	if (fd < 0)
		return -errno;
	r = nfd_file_fill(fd, text);
	if (r == 0 && renameat(folder, hidden, folder, name) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlinkat(folder, hidden, 0);
		return r;
	}
	/* The name is on the disk when its folder is. */
	return fsync(folder) < 0 ? -errno : 0;
}

static int nfd_file_write(const char *path, const char *text)
{
	const char *name = strrchr(path, '/') + 1;
	_cleanup_(cleanup_freep) char *parent = strndup(path, (size_t)(name - path));
	_cleanup_(nfd_file_closep) int folder = -1;

	if (!parent)
		return -ENOMEM;
	folder = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return -errno;
	return nfd_file_holds(folder, name, text) ? 0 : nfd_file_replace(folder, name, text);
}

void nfd_file_follow(struct nfd_file *file, const struct nfd_file_source *source)
{
	_cleanup_(cleanup_freep) char *text = NULL;
	int r;

	if (!*source->path || !source->state->host) {
		file->said = 0;
		return;
	}
	r = nfd_file_text(source, &text);
	if (r == 0)
		r = nfd_file_write(source->path, text);
	if (r < 0 && r != file->said)
		log_say(file->log, LOG_ERR, LOG_EXPORT_TROUBLE,
			"[export] nfd-file: %s cannot be written: %s", source->path, strerror(-r));
	file->said = r;
}
