/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/hook_daemon.h"

#include "client/remote_wire.h"
#include "core/cleanup.h"
#include "core/model/finding.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

CLEANUP_DEFINE(sd_bus_message *, sd_bus_message_unref, hook_daemon_message_unrefp);

static void hook_daemon_closep(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

uint64_t hook_daemon_now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static uint64_t hook_daemon_left_us(const struct hook_daemon *daemon)
{
	uint64_t now_us = hook_daemon_now_us();

	return now_us < daemon->due_us ? daemon->due_us - now_us : 0;
}

static int hook_daemon_missing(struct hook_daemon *daemon, const char *why)
{
	(void)snprintf(daemon->why, sizeof(daemon->why), "%s", why);
	return HOOK_DAEMON_E_MISSING;
}

int hook_daemon_open(const char *bus, uint64_t due_us, struct hook_daemon *ret)
{
	int r;

	*ret = (struct hook_daemon){ .due_us = due_us };
	r = remote_wire_connect(bus, &ret->connection);
	if (r == -ENOMEM)
		return r;
	return r < 0 ? hook_daemon_missing(ret, strerror(-r)) : HOOK_DAEMON_DONE;
}

void hook_daemon_done(struct hook_daemon *daemon)
{
	/* What was not sent by now is not waited for. */
	sd_bus_close_unref(daemon->connection);
	daemon->connection = NULL;
}

static int hook_daemon_on_reply(sd_bus_message *reply, void *data, sd_bus_error *error)
{
	sd_bus_message **ret = data;

	(void)error;
	*ret = sd_bus_message_ref(reply);
	return 1;
}

/* What an error in the place of an answer means: from the daemon, or from the bus about it. */
static int hook_daemon_failed(struct hook_daemon *daemon, sd_bus_message *reply)
{
	static const char *const missing[] = {
		SD_BUS_ERROR_SERVICE_UNKNOWN,
		SD_BUS_ERROR_NAME_HAS_NO_OWNER,
		SD_BUS_ERROR_NO_REPLY,
		SD_BUS_ERROR_TIMEOUT,
		SD_BUS_ERROR_DISCONNECTED,
	};
	const sd_bus_error *error = sd_bus_message_get_error(reply);

	for (size_t i = 0; i < sizeof(missing) / sizeof(missing[0]); i++)
		if (sd_bus_error_has_name(error, missing[i]))
			return hook_daemon_missing(
				daemon, i < 2 ? "it is not running" : "it does not answer");
	/* Activation that failed: the daemon is not there either. */
	if (strncmp(error->name, "org.freedesktop.DBus.Error.Spawn.", 33) == 0)
		return hook_daemon_missing(daemon, "it cannot be started");
	(void)snprintf(daemon->why, sizeof(daemon->why), "%s",
		error->message ? error->message : error->name);
	return HOOK_DAEMON_E_REFUSED;
}

/* Handles some of what comes, or waits for it, until the time is over. -ETIMEDOUT. */
static int hook_daemon_step(struct hook_daemon *daemon)
{
	uint64_t left_us = hook_daemon_left_us(daemon);
	int r;

	if (left_us == 0)
		return -ETIMEDOUT;
	r = sd_bus_process(daemon->connection, NULL);
	return r == 0 ? sd_bus_wait(daemon->connection, left_us) : r;
}

/*
 * Sends @call and waits for the reply. The bus has to have let us in before: a message with a file
 * descriptor makes sd-bus wait for that, as long as it takes.
 */
static int hook_daemon_call(struct hook_daemon *daemon, sd_bus_message *call, sd_bus_message **ret)
{
	_cleanup_(hook_daemon_message_unrefp) sd_bus_message *reply = NULL;
	int r = 0;

	while (r >= 0 && sd_bus_is_ready(daemon->connection) == 0)
		r = hook_daemon_step(daemon);
	if (r >= 0)
		r = sd_bus_call_async(
			daemon->connection, NULL, call, hook_daemon_on_reply, &reply, UINT64_MAX);
	while (r >= 0 && !reply)
		r = hook_daemon_step(daemon);
	if (r == -ENOMEM)
		return r;
	if (!reply)
		return hook_daemon_missing(
			daemon, r == -ETIMEDOUT ? "it does not answer in time" : strerror(-r));
	if (sd_bus_message_is_method_error(reply, NULL))
		return hook_daemon_failed(daemon, reply);
	*ret = cleanup_take(reply);
	return HOOK_DAEMON_DONE;
}

static int hook_daemon_append_question(
	const struct hook_daemon_question *question, int fd, sd_bus_message *call)
{
	int r = sd_bus_message_append(call, "ssh", "", "libvirt-xml", fd);

	if (r >= 0)
		r = sd_bus_message_open_container(call, 'a', "{sv}");
	if (r >= 0)
		r = sd_bus_message_append(
			call, "{sv}", "started-here", "b", (int)question->started_here);
	if (r >= 0)
		r = remote_wire_append_questions(question->questions, call);
	return r < 0 ? r : sd_bus_message_close_container(call);
}

int hook_daemon_check(
	struct hook_daemon *daemon, const struct hook_daemon_question *question, json_t **ret)
{
	_cleanup_(hook_daemon_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
	_cleanup_(hook_daemon_closep) int fd = -1;
	int r = remote_wire_seal(question->xml, question->n, &fd);

	if (r >= 0)
		r = remote_wire_new_call(daemon->connection, "CheckGuestFile", &call);
	if (r >= 0)
		r = hook_daemon_append_question(question, fd, call);
	if (r < 0)
		return r == -ENOMEM ? r : hook_daemon_missing(daemon, strerror(-r));
	r = hook_daemon_call(daemon, call, &reply);
	if (r != HOOK_DAEMON_DONE)
		return r;
	r = remote_wire_read_answer(reply, ret);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		(void)snprintf(daemon->why, sizeof(daemon->why), "its answer makes no sense");
		return HOOK_DAEMON_E_REFUSED;
	}
	return HOOK_DAEMON_DONE;
}

/* A call of @method with the texts that are not NULL, and no options. */
static int hook_daemon_tell(struct hook_daemon *daemon, const char *method, const char *name,
	const char *const text[static 2])
{
	_cleanup_(hook_daemon_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
	int r = remote_wire_new_call(daemon->connection, method, &call);

	if (r >= 0)
		r = sd_bus_message_append(call, "s", name);
	for (size_t i = 0; r >= 0 && i < 2 && text[i]; i++)
		r = sd_bus_message_append(call, "s", text[i]);
	if (r >= 0)
		r = sd_bus_message_append(call, "a{sv}", 0);
	if (r == -EINVAL) {
		(void)snprintf(
			daemon->why, sizeof(daemon->why), "its name or its XML is not UTF-8");
		return HOOK_DAEMON_E_REFUSED;
	}
	if (r < 0)
		return r == -ENOMEM ? r : hook_daemon_missing(daemon, strerror(-r));
	return hook_daemon_call(daemon, call, &reply);
}

int hook_daemon_register(struct hook_daemon *daemon, const char *name, const char *xml)
{
	const char *const text[2] = { "libvirt-xml", xml };

	return hook_daemon_tell(daemon, "RegisterGuest", name, text);
}

int hook_daemon_unregister(struct hook_daemon *daemon, const char *name)
{
	const char *const text[2] = { NULL, NULL };

	return hook_daemon_tell(daemon, "UnregisterGuest", name, text);
}
