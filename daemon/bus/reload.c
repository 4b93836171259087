/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reload: what SIGHUP does, with an answer. */
#include "daemon/bus/request.h"

static int bus_reload_now(struct bus *bus, sd_bus_message *message, sd_bus_error *error)
{
	struct refusal refusal;
	int r = bus->backend.reload(bus->backend.data, &refusal);

	if (r > 0)
		return bus_error_set(error, BUS_ERROR_CONFIG_REFUSED,
			"%s: %s; the configuration stays as it was", refusal.where, refusal.text);
	return r < 0 ? r : sd_bus_reply_method_return(message, NULL);
}

int bus_reload(sd_bus_message *message, void *data, sd_bus_error *error)
{
	struct bus_request request = { .call = BUS_REQUEST_PLAIN };
	int r = bus_request_read_options(&request, message, error);

	return r < 0 ? r : bus_authorise(data, message, bus_reload_now, error);
}
