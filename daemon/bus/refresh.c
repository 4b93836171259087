/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Refresh: the reply comes when the collection is done; who leaves before is forgotten. */
#include "daemon/bus/request.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void bus_refresh_done(struct bus *bus)
{
	for (size_t i = 0; i < BUS_REFRESH_MAX; i++) {
		if (bus->waits[i].message)
			bus_wait_end(&bus->waits[i]);
	}
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
	r = bus_wait_begin(wait, message, bus_wait_end);
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
				bus_wait_end(&bus->waits[i]);
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
		bus_wait_end(wait);
	}
}
