/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

#include "daemon/bus/document.h"

#include "daemon/bus/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUS_DOCUMENT_SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)

void bus_document_closep(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

int bus_document_new_file(int *ret)
{
	int fd = memfd_create("iommufleet", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -errno;
	*ret = fd;
	return 0;
}

int bus_document_write(int fd, const char *bytes, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t wrote = write(fd, bytes + done, n - done);

		if (wrote < 0 && errno != EINTR)
			return -errno;
		done += wrote > 0 ? (size_t)wrote : 0;
	}
	return 0;
}

static int bus_document_send_file(sd_bus_message *message, int fd)
{
	if (fcntl(fd, F_ADD_SEALS, BUS_DOCUMENT_SEALS) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	return sd_bus_reply_method_return(message, "h", fd);
}

static int bus_document_too_long(sd_bus_message *message, sd_bus_error *error)
{
	return bus_error_set(error, BUS_ERROR_TOO_MUCH,
		"the answer is longer than %u bytes; ask for it with %sFile", BUS_REPLY_BYTES,
		sd_bus_message_get_member(message));
}

int bus_document_reply_file(sd_bus_message *message, const char *bytes, size_t n)
{
	_cleanup_(bus_document_closep) int fd = -1;
	int r = bus_document_new_file(&fd);

	if (r == 0)
		r = bus_document_write(fd, bytes, n);
	return r < 0 ? r : bus_document_send_file(message, fd);
}

int bus_document_reply_written(int fd, sd_bus_message *message, sd_bus_error *error)
{
	_cleanup_(cleanup_freep) char *text = NULL;
	struct stat status;

	if (fstat(fd, &status) < 0)
		return -errno;
	if (bus_text_is_file(message))
		return bus_document_send_file(message, fd);
	if (status.st_size > BUS_REPLY_BYTES)
		return bus_document_too_long(message, error);
	text = calloc(1, (size_t)status.st_size + 1);
	if (!text)
		return -ENOMEM;
	if (pread(fd, text, (size_t)status.st_size, 0) != status.st_size)
		return -EIO;
	return sd_bus_reply_method_return(message, "s", text);
}

int bus_document_reply(const json_t *json, sd_bus_message *message, sd_bus_error *error)
{
	_cleanup_(cleanup_freep) char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);

	if (!text)
		return -ENOMEM;
	if (bus_text_is_file(message))
		return bus_document_reply_file(message, text, strlen(text));
	if (strlen(text) > BUS_REPLY_BYTES)
		return bus_document_too_long(message, error);
	return sd_bus_reply_method_return(message, "s", text);
}
