/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE
/*
 * unpack-capture CAPTURE DIR: makes DIR/root, a sysroot, and DIR/kernel-log of a captured host, for
 * `iommufleet-collect --sysroot DIR/root --kernel-log DIR/kernel-log`. DIR is made; it must not be
 * there yet. Nothing is written through a link or over anything that exists.
 */
#include "tests/support/capture_read.h"

#include "core/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNPACK_CAPTURE_MAX (64U << 20) /* bytes of a capture */

struct unpack_capture {
	int top;	     /* DIR */
	int root;	     /* DIR/root */
	int parent;	     /* the directory that the last entry was in, or -1 */
	char path[PATH_MAX]; /* of that, a slash at its end */
};

static void unpack_capture_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void unpack_capture_done(struct unpack_capture *unpack)
{
	unpack_capture_close(&unpack->parent);
	unpack_capture_close(&unpack->root);
	unpack_capture_close(&unpack->top);
}

static void unpack_capture_fclose(FILE **file)
{
	if (*file)
		fclose(*file);
}

/*
 * Opens the directory of @path below the root, making what is missing; @ret_name is the last name.
 * The descriptor is @unpack's. Entries come sorted: most are where the one before was.
 */
static int unpack_capture_parent(
	struct unpack_capture *unpack, const char *path, const char **ret_name)
{
	const char *last = strrchr(path, '/');
	size_t length = last ? (size_t)(last - path) + 1 : 0;

	*ret_name = path + length;
	if (unpack->parent >= 0 && strlen(unpack->path) == length &&
		memcmp(unpack->path, path, length) == 0)
		return unpack->parent;
	unpack_capture_close(&unpack->parent);
	_cleanup_(unpack_capture_close) int dir = dup(unpack->root);
	for (const char *rest = path; dir >= 0 && rest < *ret_name;) {
		size_t n = strcspn(rest, "/");
		char name[NAME_MAX + 1];
		memcpy(name, rest, n);
		name[n] = '\0';
		if (mkdirat(dir, name, 0755) < 0 && errno != EEXIST)
			return -errno;
		int next = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		int error = errno;
		unpack_capture_close(&dir);
		errno = error;
		dir = next;
		rest += n + 1;
	}
	if (dir < 0)
		return -errno;
	memcpy(unpack->path, path, length);
	unpack->path[length] = '\0';
	unpack->parent = dir;
	dir = -1;
	return unpack->parent;
}

static int unpack_capture_write(int dir, const char *name, const unsigned char *bytes, size_t n)
{
	_cleanup_(unpack_capture_close) int fd =
		openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	for (size_t i = 0; i < n;) {
		ssize_t done = write(fd, bytes + i, n - i);
		if (done < 0 && errno != EINTR)
			return -errno;
		i += done > 0 ? (size_t)done : 0;
	}
	return 0;
}

static int unpack_capture_dir(void *data, const char *path)
{
	struct unpack_capture *unpack = data;
	const char *name;
	int dir = unpack_capture_parent(unpack, path, &name);

	if (dir < 0)
		return dir;
	return mkdirat(dir, name, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

static int unpack_capture_link(void *data, const char *path, const char *target)
{
	struct unpack_capture *unpack = data;
	const char *name;
	int dir = unpack_capture_parent(unpack, path, &name);

	if (dir < 0)
		return dir;
	return symlinkat(target, dir, name) < 0 ? -errno : 0;
}

static int unpack_capture_file(
	void *data, const char *path, unsigned int mode, const unsigned char *bytes, size_t n)
{
	struct unpack_capture *unpack = data;
	const char *name;
	int dir = unpack_capture_parent(unpack, path, &name);

	if (dir < 0)
		return dir;
	int r = unpack_capture_write(dir, name, bytes, n);
	if (r < 0)
		return r;
	return fchmodat(dir, name, mode, 0) < 0 ? -errno : 0;
}

static int unpack_capture_kernel_log(void *data, const unsigned char *bytes, size_t n)
{
	struct unpack_capture *unpack = data;

	return unpack_capture_write(unpack->top, "kernel-log", bytes, n);
}

/* Reads the capture @path; the caller frees. NULL with errno set. */
static char *unpack_capture_load(const char *path, size_t *ret_n)
{
	_cleanup_(unpack_capture_fclose) FILE *file = fopen(path, "re");
	_cleanup_(cleanup_freep) char *text = NULL;
	size_t n = 0;

	for (size_t size = 65536; file && n < UNPACK_CAPTURE_MAX; size *= 2) {
		char *grown = realloc(text, size);
		if (!grown)
			return NULL;
		text = grown;
		n += fread(text + n, 1, size - n, file);
		if (ferror(file))
			return NULL;
		if (n < size) {
			*ret_n = n;
			return cleanup_take(text);
		}
	}
	if (file)
		errno = EFBIG;
	return NULL;
}

static int unpack_capture_fail(const char *what, int error)
{
	fprintf(stderr, "unpack-capture: %s: %s\n", what, strerror(error));
	return 1;
}

int main(int argc, char **argv)
{
	static const struct capture_read_sink sink = {
		.dir = unpack_capture_dir,
		.link = unpack_capture_link,
		.file = unpack_capture_file,
		.kernel_log = unpack_capture_kernel_log,
	};
	struct capture_read_problem problem;
	size_t n;

	if (argc != 3) {
		fprintf(stderr, "usage: unpack-capture CAPTURE DIR\n");
		return 2;
	}
	_cleanup_(cleanup_freep) char *text = unpack_capture_load(argv[1], &n);
	if (!text)
		return unpack_capture_fail(argv[1], errno);
	if (mkdir(argv[2], 0755) < 0)
		return unpack_capture_fail(argv[2], errno);
	_cleanup_(unpack_capture_done) struct unpack_capture unpack = {
		.top = open(argv[2], O_PATH | O_DIRECTORY | O_CLOEXEC),
		.root = -1,
		.parent = -1,
	};
	if (unpack.top < 0 || mkdirat(unpack.top, "root", 0755) < 0)
		return unpack_capture_fail(argv[2], errno);
	unpack.root = openat(unpack.top, "root", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (unpack.root < 0)
		return unpack_capture_fail(argv[2], errno);
	int r = capture_read(text, n, &sink, &unpack, &problem);
	if (r < 0)
		return unpack_capture_fail(argv[2], -r);
	if (r == CAPTURE_READ_E_REFUSED) {
		fprintf(stderr, "unpack-capture: %s:%zu: %s\n", argv[1], problem.line,
			problem.text);
		return 1;
	}
	return 0;
}
