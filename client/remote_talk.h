/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A talk with iommufleetd over D-Bus: calls of its Manager, and what a call that fails, or an
 * answer that makes no sense, means for the person who asked. What comes back is not trusted more
 * than a file is: it is bounded and parsed with the same guard.
 */
#pragma once

#include "client/arguments.h"
#include "client/file.h"
#include "client/trouble.h"

#include <jansson.h>
#include <systemd/sd-bus.h>

struct remote_talk {
	const struct arguments *options; /* outlive it */
	sd_bus *connection;
};

/* Connects to options->bus, the system's when NULL. TROUBLE_E_SAID, -ENOMEM. */
int remote_talk_open(
	const struct arguments *options, struct trouble *trouble, struct remote_talk *ret);

void remote_talk_done(struct remote_talk *talk);

/* How long to wait for an answer about one host, and about many. */
#define REMOTE_TALK_HOST_US  30000000U /* a collection that is under way takes ten seconds */
#define REMOTE_TALK_FLEET_US 600000000U

/*
 * Sends @call, which must have been built without an error, and waits for the answer, as long as
 * @timeout_us; on a terminal the standard error shows that it does. The caller owns @ret.
 * TROUBLE_E_SAID, -ENOMEM.
 */
int remote_talk_call(struct remote_talk *talk, sd_bus_message *call, uint64_t timeout_us,
	struct trouble *trouble, sd_bus_message **ret);

/*
 * As remote_talk_call() of what not everybody may do: at a terminal, a person may be asked for a
 * password first, and gets the time to give it.
 */
int remote_talk_call_allowed(struct remote_talk *talk, sd_bus_message *call,
	struct trouble *trouble, sd_bus_message **ret);

/* What a call that could not be built means: a name that is not UTF-8, or a fault. */
int remote_talk_unbuilt(int r, struct trouble *trouble);

/* Says that the answer is none, and why. Returns TROUBLE_E_SAID. */
int remote_talk_garbled(const struct remote_talk *talk, const char *why, struct trouble *trouble);

/* The file that @reply passes, from its start. TROUBLE_E_SAID, -ENOMEM. */
int remote_talk_read_file(const struct remote_talk *talk, sd_bus_message *reply, size_t limit,
	struct trouble *trouble, struct file_text *ret);

/* A JSON document, from a text, or from the file that @reply passes. A new reference in @ret. */
int remote_talk_parse(const struct remote_talk *talk, const struct file_text *text,
	struct trouble *trouble, json_t **ret);
int remote_talk_read_document(const struct remote_talk *talk, sd_bus_message *reply,
	struct trouble *trouble, json_t **ret);

/*
 * The host that the guest is defined on, as the options say or, of a guest that was asked for its
 * map itself, the daemon's, for it runs here. NULL: nobody says. Borrowed from the options or
 * from @ret_made, which the caller hands to free(). TROUBLE_E_SAID, -ENOMEM.
 */
int remote_talk_origin(
	struct remote_talk *talk, struct trouble *trouble, const char **ret, char **ret_made);
