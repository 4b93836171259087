/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MapGuest and MapGuestFile: the memory map that a guest has, or would get on a host. */
#include "core/judge/answer_json.h"
#include "daemon/bus/fetch.h"
#include "daemon/bus/request.h"

#include <errno.h>
#include <string.h>

static int bus_map_reply(const json_t *json, sd_bus_message *message, sd_bus_error *error)
{
	_cleanup_(cleanup_freep) char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);

	if (!text)
		return -ENOMEM;
	if (strlen(text) > BUS_REPLY_BYTES)
		return bus_error_set(error, BUS_ERROR_TOO_MUCH, "the map is longer than %u bytes",
			BUS_REPLY_BYTES);
	return sd_bus_reply_method_return(message, "s", text);
}

static int bus_map_known(struct bus *bus, sd_bus_message *message, sd_bus_error *error)
{
	_cleanup_(bus_request_done) struct bus_request request;
	_cleanup_(bus_json_decrefp) json_t *json = NULL;
	const struct host *host;
	int r;

	bus_request_init(&request, bus, BUS_REQUEST_LAYOUT);
	r = bus_request_read_guest(&request, bus, message, error);
	if (r < 0)
		return r;
	host = request.host;
	r = answer_json_map(request.guest, &host, 1, &json);
	if (r == 0)
		r = answer_json_map_laid_out_for(json, request.subject.name, host);
	return r < 0 ? r : bus_map_reply(json, message, error);
}

int bus_map_guest(sd_bus_message *message, void *data, sd_bus_error *error)
{
	return bus_fetch_then(data, message, BUS_FETCH_ONE, bus_map_known, error);
}
