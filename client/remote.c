/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/remote.h"

#include "client/remote_options.h"
#include "client/remote_wire.h"
#include "core/cleanup.h"
#include "core/codec/text.h"
#include "core/model/limits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

CLEANUP_DEFINE(sd_bus_message *, sd_bus_message_unref, remote_message_unrefp);

#define REMOTE_REPORT REMOTE_OPTIONS_ASSUME
#define REMOTE_MAP    (REMOTE_REPORT | REMOTE_OPTIONS_GUEST)
#define REMOTE_CHECK  (REMOTE_MAP | REMOTE_OPTIONS_QUESTION)

static void remote_fd_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* ReportFile, not Report: a host's groups and devices may be longer than a message. */
int remote_report(struct remote_talk *talk, const char *kind, const char *target,
	struct trouble *trouble, json_t **ret)
{
	_cleanup_(remote_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
	int r = remote_wire_new_call(talk->connection, "ReportFile", &call);

	if (r >= 0)
		r = sd_bus_message_append(call, "ss", kind, target);
	if (r == -EINVAL)
		return trouble_set(trouble, "%s: not UTF-8", target);
	if (r >= 0)
		r = remote_options_append(talk->options, REMOTE_REPORT, NULL, call);
	if (r < 0)
		return r;
	r = remote_talk_call(talk, call, REMOTE_TALK_HOST_US, trouble, &reply);
	return r != 0 ? r : remote_talk_read_document(talk, reply, trouble, ret);
}

/* The question about the guest of @input, which is defined on @from. */
static int remote_new_question(struct remote_talk *talk, unsigned which, const struct input *input,
	const char *from, sd_bus_message **ret)
{
	_cleanup_(remote_message_unrefp) sd_bus_message *call = NULL;
	_cleanup_(remote_fd_closep) int fd = -1;
	const struct arguments *options = talk->options;
	const char *host = options->host ? options->host : "";
	int r;

	r = remote_wire_seal(input->text.bytes, input->text.n, &fd);
	if (r >= 0)
		r = remote_wire_new_call(talk->connection,
			which == REMOTE_CHECK ? "CheckGuestFile" : "MapGuestFile", &call);
	if (r >= 0)
		r = sd_bus_message_append(call, "ssh", host, guest_format_word(input->format), fd);
	if (r >= 0)
		r = remote_options_append(options, which, from, call);
	if (r < 0)
		return r;
	*ret = cleanup_take(call);
	return 0;
}

static int remote_question(struct remote_talk *talk, unsigned which, const struct input *input,
	struct trouble *trouble, sd_bus_message **ret)
{
	_cleanup_(remote_message_unrefp) sd_bus_message *call = NULL;
	_cleanup_(cleanup_freep) char *here = NULL;
	const char *from = talk->options->from;
	int r = 0;

	/* Unless said otherwise the daemon takes it for one of the host that is asked. */
	if (talk->options->host)
		r = remote_talk_origin(talk, trouble, &from, &here);
	if (r != 0)
		return r;
	r = remote_new_question(talk, which, input, from, &call);
	if (r < 0)
		return remote_talk_unbuilt(r, trouble);
	return remote_talk_call(talk, call, REMOTE_TALK_HOST_US, trouble, ret);
}

int remote_check(
	struct remote_talk *talk, const struct input *input, struct trouble *trouble, json_t **ret)
{
	_cleanup_(remote_message_unrefp) sd_bus_message *reply = NULL;
	int r = remote_question(talk, REMOTE_CHECK, input, trouble, &reply);

	if (r != 0)
		return r;
	r = remote_wire_read_answer(reply, ret);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return remote_talk_garbled(talk, "it is no answer to a check", trouble);
	return 0;
}

int remote_map(
	struct remote_talk *talk, const struct input *input, struct trouble *trouble, json_t **ret)
{
	_cleanup_(remote_message_unrefp) sd_bus_message *reply = NULL;
	struct file_text text;
	const char *json;
	int r = remote_question(talk, REMOTE_MAP, input, trouble, &reply);

	if (r != 0)
		return r;
	if (sd_bus_message_read(reply, "s", &json) < 0)
		return remote_talk_garbled(talk, "it is no map", trouble);
	text = (struct file_text){ (char *)json, strlen(json) };
	return remote_talk_parse(talk, &text, trouble, ret);
}

int remote_facts(struct remote_talk *talk, struct trouble *trouble, struct file_text *ret)
{
	_cleanup_(remote_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
	struct file_text facts;
	int r;

	r = remote_wire_new_call(talk->connection, "DumpFacts", &call);
	if (r >= 0)
		r = sd_bus_message_append(call, "a{sv}", 0);
	if (r < 0)
		return r;
	r = remote_talk_call_allowed(talk, call, trouble, &reply);
	if (r != 0)
		return r;
	r = remote_talk_read_file(talk, reply, LIMIT_FACTS_BYTES, trouble, &facts);
	if (r != 0)
		return r;
	/* They are shown as they came; a facts document is printable ASCII throughout. */
	if (!text_is_printable(facts.bytes, facts.n)) {
		free(facts.bytes);
		return remote_talk_garbled(talk, "its facts are no such document", trouble);
	}
	*ret = facts;
	return 0;
}

/* Sends @call, which only needs its options, none, to an answer that says nothing. */
static int remote_tell(
	struct remote_talk *talk, sd_bus_message *call, int built, struct trouble *trouble)
{
	_cleanup_(remote_message_unrefp) sd_bus_message *reply = NULL;
	int r = built < 0 ? built : sd_bus_message_append(call, "a{sv}", 0);

	if (r < 0)
		return remote_talk_unbuilt(r, trouble);
	return remote_talk_call_allowed(talk, call, trouble, &reply);
}

int remote_add_guest(struct remote_talk *talk, const char *name, const struct input *input,
	struct trouble *trouble)
{
	_cleanup_(remote_message_unrefp) sd_bus_message *call = NULL;
	int r;

	if (strlen(input->text.bytes) != input->text.n)
		return trouble_set(trouble,
			"%s: it has zero bytes, which no message of D-Bus takes; separate the "
			"arguments with spaces",
			input->name);
	r = remote_wire_new_call(talk->connection, "RegisterGuest", &call);
	if (r >= 0)
		r = sd_bus_message_append(
			call, "sss", name, guest_format_word(input->format), input->text.bytes);
	return remote_tell(talk, call, r, trouble);
}

int remote_drop(
	struct remote_talk *talk, const char *method, const char *name, struct trouble *trouble)
{
	_cleanup_(remote_message_unrefp) sd_bus_message *call = NULL;
	int r = remote_wire_new_call(talk->connection, method, &call);

	if (r >= 0)
		r = sd_bus_message_append(call, "s", name);
	return remote_tell(talk, call, r, trouble);
}
