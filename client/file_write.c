/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE
#include "client/file_write.h"

#include "core/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_WRITE_MODE	   0644
#define FILE_WRITE_SUFFIX  ".XXXXXX"
#define FILE_WRITE_AT_ONCE 4096U

/* A new file beside the one it is to replace. */
struct file_write_new {
	char *path; /* NULL: it has taken the other's name, or is not there yet */
	int fd;
};

static void file_write_done(struct file_write_new *new_file)
{
	if (new_file->fd >= 0)
		(void)close(new_file->fd);
	if (new_file->path)
		(void)unlink(new_file->path);
	free(new_file->path);
}

static void file_write_closep(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

/* True when the file at @path is a regular one of exactly these bytes. */
static bool file_write_is_same(const char *path, const char *bytes, size_t n)
{
	_cleanup_(file_write_closep) int fd =
		open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char piece[FILE_WRITE_AT_ONCE];
	struct stat status;
	size_t at = 0;

	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) ||
		(uintmax_t)status.st_size != n)
		return false;
	while (at < n) {
		ssize_t got = read(fd, piece, sizeof(piece));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0 || (size_t)got > n - at || memcmp(piece, bytes + at, (size_t)got) != 0)
			return false;
		at += (size_t)got;
	}
	return true;
}

/* How many bytes of @path are its folder, with the slash; 0: the one that we are in. */
static size_t file_write_folder(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) + 1 : 0;
}

/* The name is hidden, so that who reads all files of a folder leaves it alone. */
static int file_write_create(const char *path, struct file_write_new *ret)
{
	size_t n = file_write_folder(path);

	if (asprintf(&ret->path, "%.*s.%s" FILE_WRITE_SUFFIX, (int)n, path, path + n) < 0) {
		ret->path = NULL;
		return -ENOMEM;
	}
	ret->fd = mkostemp(ret->path, O_CLOEXEC);
	if (ret->fd < 0) {
		int error = -errno;

		free(ret->path);
		ret->path = NULL;
		return error;
	}
	return fchmod(ret->fd, FILE_WRITE_MODE) < 0 ? -errno : 0;
}

static int file_write_fill(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t wrote = write(fd, bytes, n);

		if (wrote < 0 && errno != EINTR)
			return -errno;
		bytes += wrote > 0 ? wrote : 0;
		n -= wrote > 0 ? (size_t)wrote : 0;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

/* The new name is on the disk when its folder is. */
static int file_write_sync_folder(const char *path)
{
	_cleanup_(cleanup_freep) char *folder = strndup(path, file_write_folder(path));
	_cleanup_(file_write_closep) int fd = -1;

	if (!folder)
		return -ENOMEM;
	fd = open(*folder ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

static int file_write_replace(const char *path, const char *bytes, size_t n)
{
	_cleanup_(file_write_done) struct file_write_new new_file = { .fd = -1 };
	int r = file_write_create(path, &new_file);

	if (r == 0)
		r = file_write_fill(new_file.fd, bytes, n);
	if (r < 0)
		return r;
	if (rename(new_file.path, path) < 0)
		return -errno;
	free(new_file.path);
	new_file.path = NULL;
	return file_write_sync_folder(path);
}

int file_write(const char *path, const char *bytes, size_t n, struct trouble *trouble)
{
	int r = file_write_is_same(path, bytes, n) ? 0 : file_write_replace(path, bytes, n);

	return r < 0 ? trouble_set(trouble, "cannot write %s: %s", path, strerror(-r)) : 0;
}
