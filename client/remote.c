/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/remote.h"

#include "client/remote_wire.h"
#include "core/cleanup.h"
#include "core/codec/document.h"
#include "core/codec/text.h"
#include "core/model/limits.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

/* A collection that is under way takes ten seconds at most. */
#define REMOTE_TIMEOUT_US 30000000U
/* What a daemon may say at most: the groups or devices of a full facts document. */
#define REMOTE_REPLY_BYTES (32U << 20)
#define REMOTE_REPLY_NODES 2000000U

CLEANUP_DEFINE(sd_bus_message *, sd_bus_message_unref, remote_message_unrefp);

static void remote_fd_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

struct remote {
	const struct arguments *options;
	sd_bus *connection;
};

static const char *remote_name(const struct arguments *options)
{
	return options->bus ? options->bus : "system";
}

/* "the system bus", "the bus unix:path=..." */
static void remote_place(const struct arguments *options, char *buffer, size_t n)
{
	const char *name = remote_name(options);

	snprintf(buffer, n, strchr(name, ':') ? "the bus %s" : "the %s bus", name);
}

static int remote_unreachable(
	const struct arguments *options, const char *why, struct trouble *trouble)
{
	char place[256];

	remote_place(options, place, sizeof(place));
	return trouble_set(trouble,
		"cannot reach iommufleetd on %s: %s; start it, or give --facts FILE", place, why);
}

int remote_open(const struct arguments *options, struct trouble *trouble, struct remote **ret)
{
	struct remote *remote = calloc(1, sizeof(*remote));
	int r;

	if (!remote)
		return -ENOMEM;
	remote->options = options;
	r = remote_wire_connect(remote_name(options), &remote->connection);
	if (r < 0) {
		remote_close(remote);
		return r == -ENOMEM ? r : remote_unreachable(options, strerror(-r), trouble);
	}
	*ret = remote;
	return 0;
}

struct remote *remote_close(struct remote *remote)
{
	if (!remote)
		return NULL;
	sd_bus_flush_close_unref(remote->connection);
	free(remote);
	return NULL;
}

/* What a call that failed means for the person who asked. */
static int remote_failed(
	const struct remote *remote, int r, const sd_bus_error *error, struct trouble *trouble)
{
	if (r == -ENOMEM)
		return r;
	if (sd_bus_error_has_name(error, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
		sd_bus_error_has_name(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER))
		return remote_unreachable(remote->options, "it is not running", trouble);
	if (sd_bus_error_has_name(error, SD_BUS_ERROR_NO_REPLY) ||
		sd_bus_error_has_name(error, SD_BUS_ERROR_TIMEOUT))
		return remote_unreachable(remote->options, "it does not answer", trouble);
	if (sd_bus_error_has_name(error, SD_BUS_ERROR_DISCONNECTED) || !sd_bus_error_is_set(error))
		return remote_unreachable(remote->options, strerror(-r), trouble);
	return trouble_set(trouble, "iommufleetd: %s (%s)",
		error->message ? error->message : strerror(-r), error->name);
}

static int remote_garbled(const struct remote *remote, const char *why, struct trouble *trouble)
{
	char place[256];

	remote_place(remote->options, place, sizeof(place));
	return trouble_set(trouble,
		"iommufleetd on %s gave an answer that makes no sense (%s); check that it "
		"is of this version",
		place, why);
}

/* Sends @call, which must have been built without an error. */
static int remote_call(
	struct remote *remote, sd_bus_message *call, struct trouble *trouble, sd_bus_message **ret)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	int r;

	r = sd_bus_call(remote->connection, call, REMOTE_TIMEOUT_US, &error, ret);
	if (r < 0)
		return remote_failed(remote, r, &error, trouble);
	return 0;
}

struct remote_assumed {
	sd_bus_message *call;
	int r;
};

static void remote_on_assumption(const char *key, const char *value, void *data)
{
	struct remote_assumed *assumed = data;

	if (assumed->r >= 0)
		assumed->r = sd_bus_message_append(assumed->call, "{ss}", key, value);
}

static int remote_append_assumptions(const struct arguments *options, sd_bus_message *call)
{
	struct remote_assumed assumed = { .call = call };

	if (assume_is_nothing(&options->assumed))
		return 0;
	assumed.r = remote_wire_open_option(call, "assume", "a{ss}", "{ss}");
	assume_each(&options->assumed, remote_on_assumption, &assumed);
	return assumed.r < 0 ? assumed.r : remote_wire_close_option(call);
}

/* Whose guest it is. */
static int remote_append_guest(const struct arguments *options, sd_bus_message *call)
{
	int r = 0;

	if (options->from)
		r = sd_bus_message_append(call, "{sv}", "from", "s", options->from);
	if (r >= 0 && options->arch)
		r = sd_bus_message_append(call, "{sv}", "arch", "s", options->arch);
	return r;
}

/* What is asked about it. */
static int remote_append_question(const struct arguments *options, sd_bus_message *call)
{
	int r = remote_wire_append_questions(options->questions, call);

	if (r >= 0)
		r = remote_wire_append_texts(call, "attach", options->n_attach, options->attach);
	if (r >= 0 && options->attach_memory)
		r = sd_bus_message_append(
			call, "{sv}", "attach-memory", "t", options->attach_memory);
	return r;
}

/* What a method takes besides assumptions. */
enum remote_options {
	REMOTE_REPORT,
	REMOTE_MAP,
	REMOTE_CHECK,
};

/* The dictionary of options that every method takes last. */
static int remote_append_options(
	const struct remote *remote, enum remote_options which, sd_bus_message *call)
{
	int r;

	r = sd_bus_message_open_container(call, SD_BUS_TYPE_ARRAY, "{sv}");
	if (r >= 0 && which != REMOTE_REPORT)
		r = remote_append_guest(remote->options, call);
	if (r >= 0 && which == REMOTE_CHECK)
		r = remote_append_question(remote->options, call);
	if (r >= 0)
		r = remote_append_assumptions(remote->options, call);
	return r < 0 ? r : sd_bus_message_close_container(call);
}

/* The file that @reply passes, from its start. */
static int remote_read_file(const struct remote *remote, sd_bus_message *reply, size_t limit,
	struct trouble *trouble, struct file_text *ret)
{
	int fd;

	/* The descriptor is the message's. */
	if (sd_bus_message_read(reply, "h", &fd) < 0)
		return remote_garbled(remote, "it is no file", trouble);
	if (lseek(fd, 0, SEEK_SET) < 0)
		return remote_garbled(remote, "its file cannot be read from the start", trouble);
	return file_read_fd(fd, "the daemon's answer", limit, trouble, ret);
}

static int remote_parse(const struct remote *remote, const struct file_text *text,
	struct trouble *trouble, json_t **ret)
{
	static const struct guard_limits limits = { REMOTE_REPLY_BYTES, REMOTE_REPLY_NODES,
		LIMIT_DEPTH };
	struct refusal refusal = { 0 };
	int r = document_parse(&limits, text->bytes, text->n, &refusal, ret);

	return r > 0 ? remote_garbled(remote, refusal.text, trouble) : r;
}

/* ReportFile, not Report: a host's groups and devices may be longer than a message. */
int remote_report(struct remote *remote, const char *kind, const char *target,
	struct trouble *trouble, json_t **ret)
{
	_cleanup_(remote_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
	_cleanup_(cleanup_freep) char *bytes = NULL;
	struct file_text text;
	int r;

	r = remote_wire_new_call(remote->connection, "ReportFile", &call);
	if (r >= 0)
		r = sd_bus_message_append(call, "ss", kind, target);
	if (r == -EINVAL)
		return trouble_set(trouble, "%s: not UTF-8", target);
	if (r >= 0)
		r = remote_append_options(remote, REMOTE_REPORT, call);
	if (r < 0)
		return r;
	r = remote_call(remote, call, trouble, &reply);
	if (r != 0)
		return r;
	r = remote_read_file(remote, reply, REMOTE_REPLY_BYTES, trouble, &text);
	if (r != 0)
		return r;
	bytes = text.bytes;
	return remote_parse(remote, &text, trouble, ret);
}

/* Asks @method about the guest of @input. */
static int remote_new_question(struct remote *remote, const char *method, enum remote_options which,
	const struct input *input, sd_bus_message **ret)
{
	_cleanup_(remote_message_unrefp) sd_bus_message *call = NULL;
	_cleanup_(remote_fd_closep) int fd = -1;
	const char *host = remote->options->host ? remote->options->host : "";
	int r;

	r = remote_wire_seal(input->text.bytes, input->text.n, &fd);
	if (r >= 0)
		r = remote_wire_new_call(remote->connection, method, &call);
	if (r >= 0)
		r = sd_bus_message_append(call, "ssh", host, guest_format_word(input->format), fd);
	if (r >= 0)
		r = remote_append_options(remote, which, call);
	if (r < 0)
		return r;
	*ret = cleanup_take(call);
	return 0;
}

static int remote_question(struct remote *remote, enum remote_options which,
	const struct input *input, struct trouble *trouble, sd_bus_message **ret)
{
	_cleanup_(remote_message_unrefp) sd_bus_message *call = NULL;
	const char *method = which == REMOTE_CHECK ? "CheckGuestFile" : "MapGuestFile";
	int r = remote_new_question(remote, method, which, input, &call);

	if (r == -EINVAL)
		return trouble_set(trouble, "a name on the command line is not UTF-8");
	return r < 0 ? r : remote_call(remote, call, trouble, ret);
}

int remote_check(
	struct remote *remote, const struct input *input, struct trouble *trouble, json_t **ret)
{
	_cleanup_(remote_message_unrefp) sd_bus_message *reply = NULL;
	int r = remote_question(remote, REMOTE_CHECK, input, trouble, &reply);

	if (r != 0)
		return r;
	r = remote_wire_read_answer(reply, ret);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return remote_garbled(remote, "it is no answer to a check", trouble);
	return 0;
}

int remote_map(
	struct remote *remote, const struct input *input, struct trouble *trouble, json_t **ret)
{
	_cleanup_(remote_message_unrefp) sd_bus_message *reply = NULL;
	struct file_text text;
	const char *json;
	int r = remote_question(remote, REMOTE_MAP, input, trouble, &reply);

	if (r != 0)
		return r;
	if (sd_bus_message_read(reply, "s", &json) < 0)
		return remote_garbled(remote, "it is no map", trouble);
	text = (struct file_text){ (char *)json, strlen(json) };
	return remote_parse(remote, &text, trouble, ret);
}

int remote_facts(struct remote *remote, struct trouble *trouble, struct file_text *ret)
{
	_cleanup_(remote_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
	struct file_text facts;
	int r;

	r = remote_wire_new_call(remote->connection, "DumpFacts", &call);
	if (r >= 0)
		r = sd_bus_message_append(call, "a{sv}", 0);
	if (r < 0)
		return r;
	r = remote_call(remote, call, trouble, &reply);
	if (r != 0)
		return r;
	r = remote_read_file(remote, reply, LIMIT_FACTS_BYTES, trouble, &facts);
	if (r != 0)
		return r;
	/* They are shown as they came; a facts document is printable ASCII throughout. */
	if (!text_is_printable(facts.bytes, facts.n)) {
		free(facts.bytes);
		return remote_garbled(remote, "its facts are no such document", trouble);
	}
	*ret = facts;
	return 0;
}
