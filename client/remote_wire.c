/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE
#include "client/remote_wire.h"

#include "client/remote_value.h"
#include "core/cleanup.h"
#include "core/model/finding.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

CLEANUP_DEFINE(json_t *, json_decref, remote_wire_json_decrefp);
CLEANUP_DEFINE(sd_bus *, sd_bus_close_unref, remote_wire_closep);

static void remote_wire_fd_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

int remote_wire_connect(const char *name, sd_bus **ret)
{
	_cleanup_(remote_wire_closep) sd_bus *connection = NULL;
	int r;

	if (strcmp(name, "system") == 0)
		return sd_bus_open_system(ret);
	if (strcmp(name, "session") == 0)
		return sd_bus_open_user(ret);
	r = sd_bus_new(&connection);
	if (r < 0)
		return r;
	r = sd_bus_set_address(connection, name);
	if (r < 0)
		return r;
	r = sd_bus_set_bus_client(connection, 1);
	if (r < 0)
		return r;
	r = sd_bus_start(connection);
	if (r < 0)
		return r;
	*ret = cleanup_take(connection);
	return 0;
}

int remote_wire_new_call(sd_bus *connection, const char *method, sd_bus_message **ret)
{
	return sd_bus_message_new_method_call(connection, ret, "org.iommufleet1",
		"/org/iommufleet1", "org.iommufleet1.Manager", method);
}

int remote_wire_seal(const char *bytes, size_t n, int *ret)
{
	_cleanup_(remote_wire_fd_closep) int fd =
		memfd_create("iommufleet-guest", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	size_t done = 0;

	if (fd < 0)
		return -errno;
	while (done < n) {
		ssize_t wrote = write(fd, bytes + done, n - done);

		if (wrote < 0 && errno != EINTR)
			return -errno;
		done += wrote > 0 ? (size_t)wrote : 0;
	}
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0)
		return -errno;
	*ret = fd;
	fd = -1;
	return 0;
}

int remote_wire_open_option(
	sd_bus_message *call, const char *key, const char *type, const char *item)
{
	int r;

	r = sd_bus_message_open_container(call, SD_BUS_TYPE_DICT_ENTRY, "sv");
	if (r >= 0)
		r = sd_bus_message_append(call, "s", key);
	if (r >= 0)
		r = sd_bus_message_open_container(call, SD_BUS_TYPE_VARIANT, type);
	return r < 0 ? r : sd_bus_message_open_container(call, SD_BUS_TYPE_ARRAY, item);
}

int remote_wire_close_option(sd_bus_message *call)
{
	int r = 0;

	for (unsigned i = 0; r >= 0 && i < 3; i++)
		r = sd_bus_message_close_container(call);
	return r;
}

int remote_wire_append_texts(
	sd_bus_message *call, const char *key, size_t n, const char *const *texts)
{
	int r;

	if (n == 0)
		return 0;
	r = remote_wire_open_option(call, key, "as", "s");
	for (size_t i = 0; r >= 0 && i < n; i++)
		r = sd_bus_message_append(call, "s", texts[i]);
	return r < 0 ? r : remote_wire_close_option(call);
}

int remote_wire_append_questions(unsigned questions, sd_bus_message *call)
{
	const char *words[3];
	size_t n = 0;

	for (unsigned bit = FINDING_MIGRATE; bit & FINDING_QUESTIONS; bit <<= 1)
		if (questions & bit)
			words[n++] = finding_question_word((enum finding_question)bit);
	return remote_wire_append_texts(call, "questions", n, words);
}

int remote_wire_read_answer(sd_bus_message *reply, json_t **ret)
{
	static const char *const parts[] = { "answers", "targets", "findings" };
	_cleanup_(remote_wire_json_decrefp) json_t *document = json_object();
	_cleanup_(remote_wire_json_decrefp) json_t *info = NULL;
	int r;

	if (!document)
		return -ENOMEM;
	if (!sd_bus_message_has_signature(reply, "a{ss}aa{sv}aa{sv}a{sv}"))
		return -EBADMSG;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		json_t *part;

		r = remote_value_read(reply, &part);
		if (r < 0)
			return r;
		if (json_object_set_new(document, parts[i], part) < 0)
			return -ENOMEM;
	}
	r = remote_value_read(reply, &info);
	if (r < 0)
		return r;
	if (json_object_update_missing(document, info) < 0)
		return -ENOMEM;
	*ret = cleanup_take(document);
	return 0;
}
