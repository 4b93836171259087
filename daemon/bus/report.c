/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whole documents: what the command line shows as JSON, and the facts themselves. */
#include "core/judge/answer_json.h"
#include "core/judge/node_labels.h"
#include "daemon/bus/document.h"
#include "daemon/bus/view.h"

#include <errno.h>
#include <string.h>
#include <time.h>

struct bus_report_call {
	const struct bus *bus;
	struct host *host;
	const char *target;
	json_t *json; /* the document, once there is one */
	struct refusal refusal;
	enum bus_error refused; /* what a refusal is as an error */
};

/* Each sets call->json. 0; 1 with the refusal set: no such target; negative errno. */
typedef int (*bus_report_make)(struct bus_report_call *call);

/* Takes @value, also when it fails. */
static int bus_report_set(json_t *json, const char *key, json_t *value)
{
	return json_object_set_new(json, key, value) < 0 ? -ENOMEM : 0;
}

static int bus_report_status(struct bus_report_call *call)
{
	const struct bus *bus = call->bus;
	json_t *daemon;
	int r = answer_json_status(call->host, bus->host_name, &call->json);

	if (r != 0)
		return r;
	daemon = json_pack("{s:s, s:s, s:s}", "version", IOMMUFLEET_VERSION, "collection",
		bus->state.collection, "store", bus->state.store);
	if (!daemon || bus_report_set(call->json, "daemon", json_incref(daemon)) < 0)
		r = -ENOMEM;
	if (r == 0)
		r = bus_report_set(daemon, "fleet", json_string(bus->state.fleet));
	if (r == 0 && *bus->state.fleet_trouble)
		r = bus_report_set(daemon, "fleet_trouble", json_string(bus->state.fleet_trouble));
	if (r == 0 && *bus->state.trouble)
		r = bus_report_set(daemon, "trouble", json_string(bus->state.trouble));
	if (r == 0)
		r = bus_report_set(daemon, "stale_after_us",
			json_integer((json_int_t)bus->state.stale_after_us));
	if (r == 0)
		r = bus_report_set(call->json, "collected_at",
			json_integer((json_int_t)bus->state.collected_us));
	json_decref(daemon);
	return r;
}

static int bus_report_groups(struct bus_report_call *call)
{
	return answer_json_groups(call->host, &call->json);
}

static int bus_report_devices(struct bus_report_call *call)
{
	return answer_json_devices(call->host, &call->json);
}

static int bus_report_usable(struct bus_report_call *call)
{
	return answer_json_usable(call->host, call->target, &call->json, &call->refusal);
}

static int bus_report_explain(struct bus_report_call *call)
{
	return answer_json_explain(call->host, call->target, &call->json, &call->refusal);
}

static int bus_report_digests(struct bus_report_call *call)
{
	return answer_json_digests(call->host, &call->json);
}

static bool bus_report_is_member(const struct bus_report_call *call)
{
	struct bus_view view;

	return bus_view_open(call->bus, &view) == 0 &&
	       fleet_find_member(&view.fleet, call->target) != NULL;
}

/* Of a host that is or was in the fleet. */
static int bus_report_history(struct bus_report_call *call)
{
	const struct bus *bus = call->bus;
	bool own = !*call->target || strcmp(call->target, bus->host_name) == 0;
	json_t *periods = NULL;
	int r = bus->backend.history(bus->backend.data, own ? NULL : call->target, &periods);

	if (r < 0)
		return r;
	if (!own && json_array_size(periods) == 0 && !bus_report_is_member(call)) {
		json_decref(periods);
		call->refused = BUS_ERROR_NO_SUCH_HOST;
		return refusal_set(&call->refusal, call->target, "no such host is or was known");
	}
	call->json = json_pack("{s:s, s:s, s:o}", "schema", "iommufleet-history-1", "host",
		own ? bus->host_name : call->target, "history", periods);
	return call->json ? 0 : -ENOMEM;
}

static int bus_report_guests(struct bus_report_call *call)
{
	return bus_guests_document(call->bus, &call->json);
}

static int bus_report_labels(struct bus_report_call *call)
{
	const struct bus_state *state = &call->bus->state;
	struct node_labels_age age = { .collected_us = state->collected_us,
		.stale_after_us = state->stale_after_us };
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	age.now_us = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	return node_labels_json(call->host, &age, &call->json);
}

static int bus_report_metrics(struct bus_report_call *call)
{
	return call->bus->backend.metrics(call->bus->backend.data, &call->json);
}

static int bus_report_doctor(struct bus_report_call *call)
{
	return call->bus->backend.doctor(call->bus->backend.data, &call->json);
}

static const struct bus_report_kind {
	const char *name;
	bool has_target;
	bool needs_facts;
	bus_report_make make;
} bus_report_kinds[] = {
	{ "status", false, true, bus_report_status },
	{ "groups", false, true, bus_report_groups },
	{ "devices", false, true, bus_report_devices },
	{ "usable", true, true, bus_report_usable },
	{ "explain", true, true, bus_report_explain },
	{ "digests", false, true, bus_report_digests },
	{ "history", true, true, bus_report_history },
	{ "guests", false, false, bus_report_guests },
	{ "labels", false, true, bus_report_labels },
	{ "metrics", false, false, bus_report_metrics },
	{ "doctor", false, false, bus_report_doctor },
};

static const struct bus_report_kind *bus_report_find(const char *name)
{
	for (size_t i = 0; i < sizeof(bus_report_kinds) / sizeof(bus_report_kinds[0]); i++) {
		if (strcmp(bus_report_kinds[i].name, name) == 0)
			return &bus_report_kinds[i];
	}
	return NULL;
}

static int bus_report_error(const struct bus_report_call *call, int r, sd_bus_error *error)
{
	if (r == -ENODATA)
		return bus_error_set(error, BUS_ERROR_NO_HISTORY, NULL);
	if (r > 0)
		return bus_error_set(
			error, call->refused, "%s: %s", call->refusal.where, call->refusal.text);
	return r;
}

/* Reads (s kind, s target, a{sv} options) and makes the document. */
static int bus_report_make_one(
	struct bus_report_call *call, sd_bus_message *message, sd_bus_error *error)
{
	_cleanup_(bus_host_unrefp) struct host *host = NULL;
	struct bus_request request;
	const struct bus_report_kind *kind;
	const char *name;
	bool own;
	int r = sd_bus_message_read(message, "ss", &name, &call->target);

	if (r < 0)
		return r;
	kind = bus_report_find(name);
	if (!kind)
		return bus_error_set(error, BUS_ERROR_UNKNOWN_REPORT,
			"\"%.40s\" is none of status, groups, devices, usable, explain, digests, "
			"history, guests, labels, metrics, doctor",
			name);
	if (!kind->has_target && *call->target)
		return bus_error_set(error, BUS_ERROR_NO_SUCH_TARGET,
			"the report %s is about the whole host; its target is empty", name);
	/* The history of another host needs nothing of this one. */
	own = kind->needs_facts && !(kind->make == bus_report_history && *call->target);
	r = own ? bus_check_facts(call->bus, error) : 0;
	if (r < 0)
		return r;
	bus_request_init(
		&request, call->bus, kind->needs_facts ? BUS_REQUEST_REPORT : BUS_REQUEST_PLAIN);
	r = bus_request_read_options(&request, message, error);
	if (r >= 0 && own)
		r = bus_assume_host(call->bus, request.assumed ? &request.assume : NULL, &host);
	if (r < 0)
		return r;
	call->host = host;
	return bus_report_error(call, kind->make(call), error);
}

int bus_report(sd_bus_message *message, void *data, sd_bus_error *error)
{
	struct bus_report_call call = { .bus = data, .refused = BUS_ERROR_NO_SUCH_TARGET };
	int r = bus_report_make_one(&call, message, error);

	if (r >= 0)
		r = bus_document_reply(call.json, message, error);
	json_decref(call.json);
	return r;
}

int bus_describe(sd_bus_message *message, void *data, sd_bus_error *error)
{
	struct bus *bus = data;
	struct bus_report_call call = { .bus = bus, .host = bus->world.host, .target = "" };
	int r = bus_check_facts(bus, error);

	if (r >= 0)
		r = bus_report_status(&call);
	if (r >= 0)
		r = bus_document_reply(call.json, message, error);
	json_decref(call.json);
	return r;
}

static int bus_dump_facts_now(struct bus *bus, sd_bus_message *message, sd_bus_error *error)
{
	_cleanup_(cleanup_freep) char *bytes = NULL;
	size_t n;
	int r = bus_check_facts(bus, error);

	if (r >= 0)
		r = bus->backend.dump(bus->backend.data, &bytes, &n);
	return r < 0 ? r : bus_document_reply_file(message, bytes, n);
}

int bus_dump_facts(sd_bus_message *message, void *data, sd_bus_error *error)
{
	struct bus_request request = { .call = BUS_REQUEST_PLAIN };
	int r = bus_request_read_options(&request, message, error);

	return r < 0 ? r : bus_authorise(data, message, bus_dump_facts_now, error);
}
