/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who is root or the daemon's user. The bus daemon is asked who the sender is, and the method goes
 * on when it has answered: a call that waits here would stop everything else.
 */
#include "daemon/bus/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define BUS_AUTHORISE_MAX 256U /* questions that are under way */

struct bus_authorise {
	struct bus *bus;
	sd_bus_message *message;
	bus_authorised then;
};

static void bus_authorise_destroy(void *data)
{
	struct bus_authorise *pending = data;

	pending->bus->n_authorising--;
	sd_bus_message_unref(pending->message);
	free(pending);
}

static int bus_authorise_on_reply(sd_bus_message *reply, void *data, sd_bus_error *ignored)
{
	struct bus_authorise *pending = data;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	uint32_t uid;
	int r;

	(void)ignored;
	/* A sender that is gone by now has no user, and is told so. */
	if (sd_bus_message_is_method_error(reply, NULL) ||
		sd_bus_message_read(reply, "u", &uid) < 0 || (uid != 0 && uid != geteuid()))
		r = bus_error_set(&error, BUS_ERROR_ACCESS_DENIED, NULL);
	else
		r = pending->then(pending->bus, pending->message, &error);
	if (r < 0)
		(void)sd_bus_reply_method_errno(pending->message, r, &error);
	return 1;
}

int bus_authorise(
	struct bus *bus, sd_bus_message *message, bus_authorised then, sd_bus_error *error)
{
	const char *sender = sd_bus_message_get_sender(message);
	struct bus_authorise *pending;
	sd_bus_slot *slot = NULL;
	int r;

	/* Without a bus between the two there is nobody who vouches for the sender. */
	if (!sender)
		return bus_error_set(error, BUS_ERROR_ACCESS_DENIED, NULL);
	if (bus->n_authorising >= BUS_AUTHORISE_MAX)
		return bus_error_set(
			error, BUS_ERROR_TOO_MUCH, "too many such calls at once; try again");
	pending = malloc(sizeof(*pending));
	if (!pending)
		return -ENOMEM;
	*pending = (struct bus_authorise){ .bus = bus, .message = message, .then = then };
	r = sd_bus_call_method_async(bus->connection, &slot, "org.freedesktop.DBus",
		"/org/freedesktop/DBus", "org.freedesktop.DBus", "GetConnectionUnixUser",
		bus_authorise_on_reply, pending, "s", sender);
	if (r < 0) {
		free(pending);
		return r;
	}
	sd_bus_message_ref(message);
	bus->n_authorising++;
	(void)sd_bus_slot_set_destroy_callback(slot, bus_authorise_destroy);
	(void)sd_bus_slot_set_floating(slot, 1);
	sd_bus_slot_unref(slot);
	return 1;
}
