/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/wait.h"

#include <stdio.h>

void bus_wait_end(struct bus_wait *wait)
{
	sd_bus_slot_unref(wait->match);
	sd_bus_slot_unref(wait->owner);
	sd_bus_message_unref(wait->message);
	*wait = (struct bus_wait){ 0 };
}

/* NameOwnerChanged of a unique name: it only ever goes. */
static int bus_wait_on_gone(sd_bus_message *signal, void *data, sd_bus_error *error)
{
	struct bus_wait *wait = data;

	(void)signal;
	(void)error;
	wait->gone(wait);
	return 0;
}

static int bus_wait_on_owner(sd_bus_message *reply, void *data, sd_bus_error *error)
{
	struct bus_wait *wait = data;
	int here = 0;

	(void)error;
	if (sd_bus_message_is_method_error(reply, NULL) ||
		sd_bus_message_read(reply, "b", &here) < 0 || !here)
		wait->gone(wait);
	return 1;
}

static int bus_wait_watch(struct bus_wait *wait)
{
	sd_bus *connection = sd_bus_message_get_bus(wait->message);
	const char *sender = sd_bus_message_get_sender(wait->message);
	char match[256];
	int r;

	/* Without a bus between the two there is nobody who tells that it goes. */
	if (!sender)
		return 0;
	(void)snprintf(match, sizeof(match),
		"type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='%s'",
		sender);
	r = sd_bus_add_match_async(connection, &wait->match, match, bus_wait_on_gone, NULL, wait);
	if (r < 0)
		return r;
	return sd_bus_call_method_async(connection, &wait->owner, "org.freedesktop.DBus",
		"/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner", bus_wait_on_owner,
		wait, "s", sender);
}

int bus_wait_begin(
	struct bus_wait *wait, sd_bus_message *message, void (*gone)(struct bus_wait *wait))
{
	int r;

	*wait = (struct bus_wait){ .message = sd_bus_message_ref(message), .gone = gone };
	r = bus_wait_watch(wait);
	if (r < 0)
		bus_wait_end(wait);
	return r < 0 ? r : 0;
}
