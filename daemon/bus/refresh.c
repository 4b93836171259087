/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Refresh: the reply comes when the collection is done; who leaves before is forgotten. */
#include "daemon/bus/request.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void bus_refresh_drop(struct bus_wait *wait)
{
	sd_bus_slot_unref(wait->match);
	sd_bus_slot_unref(wait->owner);
	sd_bus_message_unref(wait->message);
	*wait = (struct bus_wait){ 0 };
}

void bus_refresh_done(struct bus *bus)
{
	for (size_t i = 0; i < BUS_REFRESH_MAX; i++) {
		if (bus->waits[i].message)
			bus_refresh_drop(&bus->waits[i]);
	}
}

/* NameOwnerChanged of a unique name: it only ever goes. */
static int bus_refresh_on_gone(sd_bus_message *signal, void *data, sd_bus_error *error)
{
	(void)signal;
	(void)error;
	bus_refresh_drop(data);
	return 0;
}

static int bus_refresh_on_owner(sd_bus_message *reply, void *data, sd_bus_error *error)
{
	int here = 0;

	(void)error;
	if (sd_bus_message_is_method_error(reply, NULL) ||
		sd_bus_message_read(reply, "b", &here) < 0 || !here)
		bus_refresh_drop(data);
	return 1;
}

/*
 * Has @wait dropped when its caller goes. sd_bus_track would do, but it waits for the bus to say
 * whether the name is there.
 */
static int bus_refresh_watch(struct bus *bus, struct bus_wait *wait)
{
	const char *sender = sd_bus_message_get_sender(wait->message);
	char match[256];
	int r;

	(void)snprintf(match, sizeof(match),
		"type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='%s'",
		sender);
	r = sd_bus_add_match_async(
		bus->connection, &wait->match, match, bus_refresh_on_gone, NULL, wait);
	if (r < 0)
		return r;
	return sd_bus_call_method_async(bus->connection, &wait->owner, "org.freedesktop.DBus",
		"/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner",
		bus_refresh_on_owner, wait, "s", sender);
}

/* Keeps @message until the collection ends. */
static int bus_refresh_wait(struct bus *bus, sd_bus_message *message, sd_bus_error *error)
{
	struct bus_wait *wait = NULL;
	int r;

	for (size_t i = 0; i < BUS_REFRESH_MAX && !wait; i++) {
		if (!bus->waits[i].message)
			wait = &bus->waits[i];
	}
	if (!wait)
		return bus_error_set(error, BUS_ERROR_TOO_MUCH,
			"%u callers wait for the collection already", BUS_REFRESH_MAX);
	wait->message = sd_bus_message_ref(message);
	r = bus_refresh_watch(bus, wait);
	if (r < 0)
		bus_refresh_drop(wait);
	return r < 0 ? r : 1;
}

static int bus_refresh_start(struct bus *bus, sd_bus_message *message, sd_bus_error *error)
{
	int r = bus_refresh_wait(bus, message, error);

	if (r < 0)
		return r;
	r = bus->backend.refresh(bus->backend.data);
	if (r < 0) {
		for (size_t i = 0; i < BUS_REFRESH_MAX; i++) {
			if (bus->waits[i].message == message)
				bus_refresh_drop(&bus->waits[i]);
		}
		return bus_error_set(error, BUS_ERROR_COLLECTION_FAILED,
			"the collector cannot be started: %s", strerror(-r));
	}
	return 1;
}

int bus_refresh(sd_bus_message *message, void *data, sd_bus_error *error)
{
	struct bus_request request = { .call = BUS_REQUEST_PLAIN };
	int r = bus_request_read_options(&request, message, error);

	return r < 0 ? r : bus_authorise(data, message, bus_refresh_start, error);
}

void bus_refreshed(struct bus *bus, const char *trouble)
{
	for (size_t i = 0; i < BUS_REFRESH_MAX; i++) {
		struct bus_wait *wait = &bus->waits[i];

		if (!wait->message)
			continue;
		if (trouble)
			(void)sd_bus_reply_method_errorf(wait->message,
				bus_error_rows[BUS_ERROR_COLLECTION_FAILED].name, "%s", trouble);
		else
			(void)sd_bus_reply_method_return(wait->message, NULL);
		bus_refresh_drop(wait);
	}
}
