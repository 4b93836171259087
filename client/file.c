/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/file.h"

#include "core/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_FIRST_BYTES 65536U

static void file_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static int file_grow(char **bytes, size_t *capacity, size_t limit)
{
	size_t more = *capacity ? 2 * *capacity : FILE_FIRST_BYTES;
	char *grown;

	/* One byte past the limit tells a file that is too large from one that just fits. */
	if (more > limit + 1)
		more = limit + 1;
	grown = realloc(*bytes, more);
	if (!grown)
		return -ENOMEM;
	*bytes = grown;
	*capacity = more;
	return 0;
}

int file_read_fd(
	int fd, const char *name, size_t limit, struct trouble *trouble, struct file_text *ret)
{
	_cleanup_(cleanup_freep) char *bytes = NULL;
	size_t n = 0, capacity = 0;

	for (;;) {
		ssize_t got;
		int r;

		if (n == capacity) {
			r = file_grow(&bytes, &capacity, limit);
			if (r < 0)
				return r;
		}
		got = read(fd, bytes + n, capacity - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return trouble_set(trouble, "cannot read %s: %s", name, strerror(errno));
		if (got == 0)
			break;
		n += (size_t)got;
		if (n > limit)
			return trouble_set(trouble,
				"%s is larger than %zu bytes, the most that is read", name, limit);
	}
	bytes[n] = '\0';
	*ret = (struct file_text){ .bytes = cleanup_take(bytes), .n = n };
	return 0;
}

int file_read(const char *path, size_t limit, struct trouble *trouble, struct file_text *ret)
{
	_cleanup_(file_closep) int fd = -1;
	struct stat status;

	if (strcmp(path, "-") == 0)
		return file_read_fd(STDIN_FILENO, "the standard input", limit, trouble, ret);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return trouble_set(trouble, "cannot open %s: %s", path, strerror(errno));
	if (fstat(fd, &status) < 0)
		return trouble_set(trouble, "cannot read %s: %s", path, strerror(errno));
	if (S_ISDIR(status.st_mode))
		return trouble_set(trouble, "cannot read %s: it is a directory; name a file", path);
	return file_read_fd(fd, path, limit, trouble, ret);
}
