/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The Manager of iommufleetd on the wire: what its callers share, whether they wait for an answer
 * or not.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <systemd/sd-bus.h>

/*
 * Starts to connect to the bus @name: "system", "session", or an address. The caller owns @ret.
 * Negative errno.
 */
int remote_wire_connect(const char *name, sd_bus **ret);

/* A call of the Manager's @method in @ret, which the caller owns. Negative errno. */
int remote_wire_new_call(sd_bus *connection, const char *method, sd_bus_message **ret);

/* A memory file of the @n bytes at @bytes, sealed against any change, in @ret. Negative errno. */
int remote_wire_seal(const char *bytes, size_t n, int *ret);

/* Opens the entry @key of a dictionary {sv}, whose value is an array @type of @item; closes it. */
int remote_wire_open_option(
	sd_bus_message *call, const char *key, const char *type, const char *item);
int remote_wire_close_option(sd_bus_message *call);

/* The entry @key, an array of the @n texts; none when there are none. */
int remote_wire_append_texts(
	sd_bus_message *call, const char *key, size_t n, const char *const *texts);

/* The entry "questions": bits of enum finding_question. None when there are none. */
int remote_wire_append_questions(unsigned questions, sd_bus_message *call);

/*
 * The answer to a check in @reply as the one document that it was made of: a new reference in @ret.
 * -EBADMSG: it is no such answer. -ENOMEM.
 */
int remote_wire_read_answer(sd_bus_message *reply, json_t **ret);
