/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whole documents: what the command line shows as JSON, and the facts themselves. */
#define _GNU_SOURCE

#include "core/judge/answer_json.h"
#include "core/judge/node_labels.h"
#include "daemon/bus/request.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct bus_report_call {
	const struct bus *bus;
	struct host *host;
	const char *target;
	json_t *json; /* the document, once there is one */
	struct refusal refusal;
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

static int bus_report_history(struct bus_report_call *call)
{
	const struct bus *bus = call->bus;
	json_t *periods = NULL;
	int r = bus->backend.history(bus->backend.data, &periods);

	if (r < 0)
		return r;
	call->json = json_pack("{s:s, s:s, s:o}", "schema", "iommufleet-history-1", "host",
		bus->host_name, "history", periods);
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
	{ "history", false, true, bus_report_history },
	{ "guests", false, false, bus_report_guests },
	{ "labels", false, true, bus_report_labels },
	{ "metrics", false, false, bus_report_metrics },
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
		return bus_error_set(error, BUS_ERROR_NO_SUCH_TARGET, "%s: %s", call->refusal.where,
			call->refusal.text);
	return r;
}

/* The document of @kind as text in @ret, to be freed with free(). */
static int bus_report_render(const struct bus_report_kind *kind, struct bus_report_call *call,
	sd_bus_error *error, char **ret)
{
	int r = kind->make(call);

	if (r == 0) {
		*ret = json_dumps(call->json, JSON_COMPACT | JSON_SORT_KEYS);
		r = *ret ? 0 : -ENOMEM;
	}
	if (call->json)
		json_decref(call->json);
	call->json = NULL;
	return bus_report_error(call, r, error);
}

/* Reads (s kind, s target, a{sv} options) and makes the document. */
static int bus_report_text(
	const struct bus *bus, sd_bus_message *message, sd_bus_error *error, char **ret)
{
	_cleanup_(bus_host_unrefp) struct host *host = NULL;
	struct bus_request request = { .call = BUS_REQUEST_REPORT };
	struct bus_report_call call = { .bus = bus };
	const struct bus_report_kind *kind;
	const char *name;
	int r = sd_bus_message_read(message, "ss", &name, &call.target);

	if (r < 0)
		return r;
	kind = bus_report_find(name);
	if (!kind)
		return bus_error_set(error, BUS_ERROR_UNKNOWN_REPORT,
			"\"%.40s\" is none of status, groups, devices, usable, explain, digests, "
			"history, guests, labels, metrics",
			name);
	if (!kind->has_target && *call.target)
		return bus_error_set(error, BUS_ERROR_NO_SUCH_TARGET,
			"the report %s is about the whole host; its target is empty", name);
	r = kind->needs_facts ? bus_check_host(bus, "", error) : 0;
	if (r < 0)
		return r;
	if (kind->needs_facts)
		request.assume = *host_assume(bus->world.host);
	else
		request.call = BUS_REQUEST_PLAIN;
	r = bus_request_read_options(&request, message, error);
	if (r >= 0 && kind->needs_facts)
		r = bus_assume_host(bus, request.assumed ? &request.assume : NULL, &host);
	if (r < 0)
		return r;
	call.host = host;
	return bus_report_render(kind, &call, error, ret);
}

static int bus_report_reply(sd_bus_message *message, const char *text, sd_bus_error *error)
{
	if (strlen(text) > BUS_REPLY_BYTES)
		return bus_error_set(error, BUS_ERROR_TOO_MUCH,
			"the report is longer than %u bytes; ask for it with ReportFile",
			BUS_REPLY_BYTES);
	return sd_bus_reply_method_return(message, "s", text);
}

int bus_report(sd_bus_message *message, void *data, sd_bus_error *error)
{
	_cleanup_(cleanup_freep) char *text = NULL;
	int r = bus_report_text(data, message, error, &text);

	return r < 0 ? r : bus_report_reply(message, text, error);
}

int bus_describe(sd_bus_message *message, void *data, sd_bus_error *error)
{
	_cleanup_(cleanup_freep) char *text = NULL;
	struct bus *bus = data;
	struct bus_report_call call = { .bus = bus, .host = bus->world.host, .target = "" };
	int r = bus_check_host(bus, "", error);

	if (r >= 0)
		r = bus_report_render(bus_report_find("status"), &call, error, &text);
	return r < 0 ? r : bus_report_reply(message, text, error);
}

static void bus_report_closep(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

/* Answers with a memory file of the @n bytes at @bytes that nobody can change any more. */
static int bus_report_reply_file(sd_bus_message *message, const char *bytes, size_t n)
{
	_cleanup_(bus_report_closep) int fd =
		memfd_create("iommufleet", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	size_t done = 0;

	if (fd < 0)
		return -errno;
	while (done < n) {
		ssize_t wrote = write(fd, bytes + done, n - done);

		if (wrote < 0 && errno != EINTR)
			return -errno;
		done += wrote > 0 ? (size_t)wrote : 0;
	}
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0 ||
		lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	return sd_bus_reply_method_return(message, "h", fd);
}

int bus_report_file(sd_bus_message *message, void *data, sd_bus_error *error)
{
	_cleanup_(cleanup_freep) char *text = NULL;
	int r = bus_report_text(data, message, error, &text);

	return r < 0 ? r : bus_report_reply_file(message, text, strlen(text));
}

static int bus_dump_facts_now(struct bus *bus, sd_bus_message *message, sd_bus_error *error)
{
	_cleanup_(cleanup_freep) char *bytes = NULL;
	size_t n;
	int r = bus_check_host(bus, "", error);

	if (r >= 0)
		r = bus->backend.dump(bus->backend.data, &bytes, &n);
	return r < 0 ? r : bus_report_reply_file(message, bytes, n);
}

int bus_dump_facts(sd_bus_message *message, void *data, sd_bus_error *error)
{
	struct bus_request request = { .call = BUS_REQUEST_PLAIN };
	int r = bus_request_read_options(&request, message, error);

	return r < 0 ? r : bus_authorise(data, message, bus_dump_facts_now, error);
}
