/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/remote_fleet.h"

#include "client/remote_options.h"
#include "client/remote_wire.h"
#include "core/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

CLEANUP_DEFINE(sd_bus_message *, sd_bus_message_unref, remote_fleet_message_unrefp);

#define REMOTE_FLEET_HOSTS REMOTE_OPTIONS_ASSUME
#define REMOTE_FLEET_GUEST                                                                         \
	(REMOTE_FLEET_HOSTS | REMOTE_OPTIONS_GUEST | REMOTE_OPTIONS_QUESTION |                     \
		REMOTE_OPTIONS_FILTER)

static void remote_fleet_fd_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static int remote_fleet_append_names(const struct remote_fleet_names *hosts, sd_bus_message *call)
{
	int r = sd_bus_message_open_container(call, SD_BUS_TYPE_ARRAY, "s");

	for (size_t i = 0; r >= 0 && i < hosts->n; i++)
		r = sd_bus_message_append(call, "s", hosts->names[i]);
	return r < 0 ? r : sd_bus_message_close_container(call);
}

/* The format and the file of a guest; without one both are empty. */
static int remote_fleet_append_guest(const struct input *input, sd_bus_message *call)
{
	_cleanup_(remote_fleet_fd_closep) int fd = -1;
	int r = remote_wire_seal(input ? input->text.bytes : "", input ? input->text.n : 0, &fd);

	if (r < 0)
		return r;
	return sd_bus_message_append(call, "sh", input ? guest_format_word(input->format) : "", fd);
}

/* Sends @call, to which only options @which are missing, to the document that answers it. */
static int remote_fleet_finish(struct remote_talk *talk, sd_bus_message *call, unsigned which,
	struct trouble *trouble, json_t **ret)
{
	_cleanup_(remote_fleet_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_(cleanup_freep) char *here = NULL;
	const char *from = NULL;
	int r = remote_talk_origin(talk, trouble, &from, &here);

	if (r != 0)
		return r;
	r = remote_options_append(talk->options, which, from, call);
	if (r < 0)
		return remote_talk_unbuilt(r, trouble);
	r = remote_talk_call(talk, call, REMOTE_TALK_FLEET_US, trouble, &reply);
	return r != 0 ? r : remote_talk_read_document(talk, reply, trouble, ret);
}

int remote_fleet_hosts(
	struct remote_talk *talk, const struct input *input, struct trouble *trouble, json_t **ret)
{
	_cleanup_(remote_fleet_message_unrefp) sd_bus_message *call = NULL;
	int r = remote_wire_new_call(talk->connection, "FindHostsFile", &call);

	if (r >= 0)
		r = remote_fleet_append_guest(input, call);
	if (r < 0)
		return remote_talk_unbuilt(r, trouble);
	return remote_fleet_finish(talk, call, REMOTE_FLEET_GUEST, trouble, ret);
}

int remote_fleet_plan(struct remote_talk *talk, const struct remote_fleet_names *hosts,
	const struct input *input, struct trouble *trouble, json_t **ret)
{
	_cleanup_(remote_fleet_message_unrefp) sd_bus_message *call = NULL;
	int r = remote_wire_new_call(talk->connection, "PlanFile", &call);

	if (r >= 0)
		r = remote_fleet_append_names(hosts, call);
	if (r >= 0)
		r = remote_fleet_append_guest(input, call);
	if (r < 0)
		return remote_talk_unbuilt(r, trouble);
	return remote_fleet_finish(talk, call, REMOTE_FLEET_GUEST, trouble, ret);
}

int remote_fleet_compare(
	struct remote_talk *talk, const char *const names[2], struct trouble *trouble, json_t **ret)
{
	_cleanup_(remote_fleet_message_unrefp) sd_bus_message *call = NULL;
	int r = remote_wire_new_call(talk->connection, "CompareFile", &call);

	if (r >= 0)
		r = sd_bus_message_append(call, "ss", names[0], names[1]);
	if (r < 0)
		return remote_talk_unbuilt(r, trouble);
	return remote_fleet_finish(talk, call, REMOTE_FLEET_HOSTS, trouble, ret);
}

int remote_fleet_baseline(struct remote_talk *talk, const struct remote_fleet_names *hosts,
	struct trouble *trouble, json_t **ret)
{
	_cleanup_(remote_fleet_message_unrefp) sd_bus_message *call = NULL;
	int r = remote_wire_new_call(talk->connection, "BaselineFile", &call);

	if (r >= 0)
		r = remote_fleet_append_names(hosts, call);
	if (r < 0)
		return remote_talk_unbuilt(r, trouble);
	return remote_fleet_finish(talk, call, REMOTE_FLEET_HOSTS, trouble, ret);
}

int remote_fleet_classes(struct remote_talk *talk, struct trouble *trouble, json_t **ret)
{
	_cleanup_(remote_fleet_message_unrefp) sd_bus_message *call = NULL;
	int r = remote_wire_new_call(talk->connection, "ClassesFile", &call);

	if (r < 0)
		return r;
	return remote_fleet_finish(talk, call, REMOTE_FLEET_HOSTS, trouble, ret);
}
