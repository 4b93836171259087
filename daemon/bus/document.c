/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

#include "daemon/bus/document.h"

#include "daemon/bus/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void bus_document_closep(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

int bus_document_reply_file(sd_bus_message *message, const char *bytes, size_t n)
{
	_cleanup_(bus_document_closep) int fd =
		memfd_create("iommufleet", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	size_t done = 0;

	if (fd < 0)
		return -errno;
	while (done < n) {
		ssize_t wrote = write(fd, bytes + done, n - done);

		if (wrote < 0 && errno != EINTR)
			return -errno;
		done += wrote > 0 ? (size_t)wrote : 0;
	}
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0 ||
		lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	return sd_bus_reply_method_return(message, "h", fd);
}

int bus_document_reply(const json_t *json, sd_bus_message *message, sd_bus_error *error)
{
	_cleanup_(cleanup_freep) char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);

	if (!text)
		return -ENOMEM;
	if (bus_text_is_file(message))
		return bus_document_reply_file(message, text, strlen(text));
	if (strlen(text) > BUS_REPLY_BYTES)
		return bus_error_set(error, BUS_ERROR_TOO_MUCH,
			"the answer is longer than %u bytes; ask for it with %sFile",
			BUS_REPLY_BYTES, sd_bus_message_get_member(message));
	return sd_bus_reply_method_return(message, "s", text);
}
