/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE
#include "client/html_save.h"

#include "core/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define HTML_SAVE_TRIES 8U

static int html_save_failed(const char *path, int error, struct trouble *trouble)
{
	return trouble_set(trouble, "cannot write %s: %s", path, strerror(error));
}

/* 0 or the error number. */
static int html_save_write(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t written = write(fd, bytes, n);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return errno;
		bytes += written;
		n -= (size_t)written;
	}
	return 0;
}

/* Writes, and where @keep is set waits until it is on the disk; closes @fd. The error number. */
static int html_save_close(int fd, const char *bytes, size_t n, bool keep)
{
	int error = html_save_write(fd, bytes, n);

	if (error == 0 && keep && fsync(fd) < 0)
		error = errno;
	if (close(fd) < 0 && error == 0)
		error = errno;
	return error;
}

/* A new file beside @path, open; its name in @ret, to be freed. -1 with errno, ENOMEM too. */
static int html_save_beside(const char *path, char **ret)
{
	for (unsigned i = 0; i < HTML_SAVE_TRIES; i++) {
		_cleanup_(cleanup_freep) char *name = NULL;
		uint64_t chance;
		int fd;

		if (getrandom(&chance, sizeof(chance), 0) != (ssize_t)sizeof(chance))
			return -1;
		if (asprintf(&name, "%s.%016" PRIx64 ".new", path, chance) < 0) {
			name = NULL;
			errno = ENOMEM;
			return -1;
		}
		fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0666);
		if (fd >= 0)
			*ret = cleanup_take(name);
		if (fd >= 0 || errno != EEXIST)
			return fd;
	}
	return -1;
}

static int html_save_replace(const char *path, const char *bytes, size_t n)
{
	_cleanup_(cleanup_freep) char *name = NULL;
	int fd = html_save_beside(path, &name), error;

	if (fd < 0)
		return errno;
	error = html_save_close(fd, bytes, n, true);
	if (error == 0 && rename(name, path) < 0)
		error = errno;
	if (error != 0)
		(void)unlink(name);
	return error;
}

int html_save(const char *path, const char *bytes, size_t n, struct trouble *trouble)
{
	_cleanup_(cleanup_freep) char *whole = NULL;
	struct stat status;
	int fd, error;

	if (stat(path, &status) < 0) {
		error = html_save_replace(path, bytes, n);
		return error ? html_save_failed(path, error, trouble) : 0;
	}
	if (S_ISDIR(status.st_mode))
		return trouble_set(
			trouble, "cannot write %s: it is a directory; name a file", path);
	if (S_ISREG(status.st_mode)) {
		/* A link stays one: the file that it leads to is replaced. */
		whole = realpath(path, NULL);
		error = whole ? html_save_replace(whole, bytes, n) : errno;
		return error ? html_save_failed(path, error, trouble) : 0;
	}
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return html_save_failed(path, errno, trouble);
	error = html_save_close(fd, bytes, n, false);
	return error ? html_save_failed(path, error, trouble) : 0;
}
