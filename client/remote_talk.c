/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/remote_talk.h"

#include "client/progress.h"
#include "client/remote_hint.h"
#include "client/remote_wire.h"
#include "core/cleanup.h"
#include "core/codec/document.h"
#include "core/model/limits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* What a daemon may say at most: what is known of 100,000 hosts. */
#define REMOTE_TALK_REPLY_BYTES (128U << 20)
#define REMOTE_TALK_REPLY_NODES 8000000U

CLEANUP_DEFINE(sd_bus_message *, sd_bus_message_unref, remote_talk_message_unrefp);

static const char *remote_talk_name(const struct arguments *options)
{
	return options->bus ? options->bus : "system";
}

/* "the system bus", "the bus unix:path=..." */
static void remote_talk_place(const struct arguments *options, char *buffer, size_t n)
{
	const char *name = remote_talk_name(options);

	snprintf(buffer, n, strchr(name, ':') ? "the bus %s" : "the %s bus", name);
}

static int remote_talk_unreachable(
	const struct arguments *options, const char *why, struct trouble *trouble)
{
	char place[256];

	remote_talk_place(options, place, sizeof(place));
	return trouble_set(trouble,
		"cannot reach iommufleetd on %s: %s; start it (systemctl start iommufleetd), or "
		"give --facts FILE",
		place, why);
}

int remote_talk_open(
	const struct arguments *options, struct trouble *trouble, struct remote_talk *ret)
{
	sd_bus *connection = NULL;
	int r = remote_wire_connect(remote_talk_name(options), &connection);

	if (r < 0)
		return r == -ENOMEM ? r : remote_talk_unreachable(options, strerror(-r), trouble);
	*ret = (struct remote_talk){ .options = options, .connection = connection };
	return 0;
}

void remote_talk_done(struct remote_talk *talk)
{
	talk->connection = sd_bus_flush_close_unref(talk->connection);
}

/* What a call that failed means for the person who asked. */
static int remote_talk_failed(
	const struct remote_talk *talk, int r, const sd_bus_error *error, struct trouble *trouble)
{
	char place[256];
	const char *hint;

	if (r == -ENOMEM)
		return r;
	if (sd_bus_error_has_name(error, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
		sd_bus_error_has_name(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER))
		return remote_talk_unreachable(talk->options, "it is not running", trouble);
	if (sd_bus_error_has_name(error, SD_BUS_ERROR_NO_REPLY) ||
		sd_bus_error_has_name(error, SD_BUS_ERROR_TIMEOUT))
		return remote_talk_unreachable(talk->options, "it does not answer", trouble);
	if (sd_bus_error_has_name(error, SD_BUS_ERROR_DISCONNECTED) || !sd_bus_error_is_set(error))
		return remote_talk_unreachable(talk->options, strerror(-r), trouble);
	remote_talk_place(talk->options, place, sizeof(place));
	if (sd_bus_error_has_name(error, SD_BUS_ERROR_UNKNOWN_METHOD))
		return trouble_set(trouble,
			"iommufleetd on %s is of an older version, which does not answer this; "
			"upgrade it, or give --facts FILE for each host",
			place);
	hint = remote_hint_find(error->name);
	return trouble_set(trouble, "iommufleetd: %s%s%s (%s)",
		error->message ? error->message : strerror(-r), hint ? "; " : "", hint ? hint : "",
		error->name);
}

int remote_talk_garbled(const struct remote_talk *talk, const char *why, struct trouble *trouble)
{
	char place[256];

	remote_talk_place(talk->options, place, sizeof(place));
	return trouble_set(trouble,
		"iommufleetd on %s gave an answer that makes no sense (%s); check that it "
		"is of this version",
		place, why);
}

int remote_talk_unbuilt(int r, struct trouble *trouble)
{
	return r == -EINVAL ? trouble_set(trouble, "a name on the command line is not UTF-8") : r;
}

static int remote_talk_on_reply(sd_bus_message *reply, void *data, sd_bus_error *error)
{
	sd_bus_message **ret = data;

	(void)error;
	*ret = sd_bus_message_ref(reply);
	return 1;
}

static uint64_t remote_talk_seconds(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec;
}

/* Handles what comes until @reply is there. To people it is shown, once it takes long. */
static int remote_talk_wait(struct remote_talk *talk, sd_bus_message **reply)
{
	uint64_t begun = remote_talk_seconds();
	struct progress progress;
	int r = 0;

	progress_start(&progress);
	while (r >= 0 && !*reply) {
		r = sd_bus_process(talk->connection, NULL);
		if (r != 0)
			continue;
		progress_show(&progress, "waiting for iommufleetd: %" PRIu64 " s",
			remote_talk_seconds() - begun);
		r = sd_bus_wait(talk->connection, 1000000);
	}
	progress_stop(&progress);
	return r;
}

int remote_talk_call(struct remote_talk *talk, sd_bus_message *call, uint64_t timeout_us,
	struct trouble *trouble, sd_bus_message **ret)
{
	_cleanup_(remote_talk_message_unrefp) sd_bus_message *reply = NULL;
	const sd_bus_error *error;
	int r = sd_bus_call_async(
		talk->connection, NULL, call, remote_talk_on_reply, &reply, timeout_us);

	if (r >= 0)
		r = remote_talk_wait(talk, &reply);
	error = reply ? sd_bus_message_get_error(reply) : NULL;
	if (r < 0 || error)
		return remote_talk_failed(
			talk, error ? -sd_bus_error_get_errno(error) : r, error, trouble);
	*ret = cleanup_take(reply);
	return 0;
}

int remote_talk_call_allowed(struct remote_talk *talk, sd_bus_message *call,
	struct trouble *trouble, sd_bus_message **ret)
{
	int person = isatty(STDIN_FILENO) == 1;
	int r = sd_bus_message_set_allow_interactive_authorization(call, person);

	if (r < 0)
		return r;
	return remote_talk_call(
		talk, call, person ? REMOTE_TALK_FLEET_US : REMOTE_TALK_HOST_US, trouble, ret);
}

int remote_talk_read_file(const struct remote_talk *talk, sd_bus_message *reply, size_t limit,
	struct trouble *trouble, struct file_text *ret)
{
	int fd;

	/* The descriptor is the message's. */
	if (sd_bus_message_read(reply, "h", &fd) < 0)
		return remote_talk_garbled(talk, "it is no file", trouble);
	if (lseek(fd, 0, SEEK_SET) < 0)
		return remote_talk_garbled(talk, "its file cannot be read from the start", trouble);
	return file_read_fd(fd, "the daemon's answer", limit, trouble, ret);
}

int remote_talk_parse(const struct remote_talk *talk, const struct file_text *text,
	struct trouble *trouble, json_t **ret)
{
	static const struct guard_limits limits = { REMOTE_TALK_REPLY_BYTES,
		REMOTE_TALK_REPLY_NODES, LIMIT_DEPTH };
	struct refusal refusal = { 0 };
	int r = document_parse(&limits, text->bytes, text->n, &refusal, ret);

	return r > 0 ? remote_talk_garbled(talk, refusal.text, trouble) : r;
}

int remote_talk_read_document(const struct remote_talk *talk, sd_bus_message *reply,
	struct trouble *trouble, json_t **ret)
{
	_cleanup_(cleanup_freep) char *bytes = NULL;
	struct file_text text;
	int r = remote_talk_read_file(talk, reply, REMOTE_TALK_REPLY_BYTES, trouble, &text);

	if (r != 0)
		return r;
	bytes = text.bytes;
	return remote_talk_parse(talk, &text, trouble, ret);
}

int remote_talk_origin(
	struct remote_talk *talk, struct trouble *trouble, const char **ret, char **ret_made)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	int r;

	*ret = talk->options->from;
	if (*ret || !(talk->options->given & ARGUMENTS_QMP))
		return 0;
	r = sd_bus_get_property_string(talk->connection, "org.iommufleet1", "/org/iommufleet1",
		"org.iommufleet1.Manager", "Host", &error, ret_made);
	if (r < 0)
		return remote_talk_failed(talk, r, &error, trouble);
	*ret = *ret_made;
	return 0;
}
