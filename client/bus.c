/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/bus.h"

#include "client/bus_value.h"
#include "core/cleanup.h"
#include "core/codec/document.h"
#include "core/model/finding.h"
#include "core/model/limits.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#define BUS_DESTINATION "org.iommufleet1"
#define BUS_PATH	"/org/iommufleet1"
#define BUS_INTERFACE	"org.iommufleet1.Manager"
/* A collection that is under way takes ten seconds at most. */
#define BUS_TIMEOUT_US 30000000U
/* What a daemon may say at most: the groups or devices of a full facts document. */
#define BUS_REPLY_BYTES (32U << 20)
#define BUS_REPLY_NODES 2000000U

CLEANUP_DEFINE(json_t *, json_decref, bus_json_decrefp);
CLEANUP_DEFINE(sd_bus_message *, sd_bus_message_unref, bus_message_unrefp);
CLEANUP_DEFINE(sd_bus *, sd_bus_flush_close_unref, bus_connection_closep);

struct bus {
	const struct options *options;
	sd_bus *connection;
};

static const char *bus_name(const struct options *options)
{
	return options->bus ? options->bus : "system";
}

/* "the system bus", "the bus unix:path=..." */
static void bus_place(const struct options *options, char *buffer, size_t n)
{
	const char *name = bus_name(options);

	snprintf(buffer, n, strchr(name, ':') ? "the bus %s" : "the %s bus", name);
}

static int bus_unreachable(const struct options *options, const char *why, struct trouble *trouble)
{
	char place[256];

	bus_place(options, place, sizeof(place));
	return trouble_set(trouble,
		"cannot reach iommufleetd on %s: %s; start it, or give --facts FILE", place, why);
}

static int bus_connect(const char *name, sd_bus **ret)
{
	_cleanup_(bus_connection_closep) sd_bus *connection = NULL;
	int r;

	if (strcmp(name, "system") == 0)
		return sd_bus_open_system(ret);
	if (strcmp(name, "session") == 0)
		return sd_bus_open_user(ret);
	r = sd_bus_new(&connection);
	if (r < 0)
		return r;
	r = sd_bus_set_address(connection, name);
	if (r < 0)
		return r;
	r = sd_bus_set_bus_client(connection, 1);
	if (r < 0)
		return r;
	r = sd_bus_start(connection);
	if (r < 0)
		return r;
	*ret = cleanup_take(connection);
	return 0;
}

int bus_open(const struct options *options, struct trouble *trouble, struct bus **ret)
{
	struct bus *bus = calloc(1, sizeof(*bus));
	int r;

	if (!bus)
		return -ENOMEM;
	bus->options = options;
	r = bus_connect(bus_name(options), &bus->connection);
	if (r < 0) {
		bus_close(bus);
		return r == -ENOMEM ? r : bus_unreachable(options, strerror(-r), trouble);
	}
	*ret = bus;
	return 0;
}

struct bus *bus_close(struct bus *bus)
{
	if (!bus)
		return NULL;
	sd_bus_flush_close_unref(bus->connection);
	free(bus);
	return NULL;
}

/* What a call that failed means for the person who asked. */
static int bus_failed(
	const struct bus *bus, int r, const sd_bus_error *error, struct trouble *trouble)
{
	if (r == -ENOMEM)
		return r;
	if (sd_bus_error_has_name(error, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
		sd_bus_error_has_name(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER))
		return bus_unreachable(bus->options, "it is not running", trouble);
	if (sd_bus_error_has_name(error, SD_BUS_ERROR_NO_REPLY) ||
		sd_bus_error_has_name(error, SD_BUS_ERROR_TIMEOUT))
		return bus_unreachable(bus->options, "it does not answer", trouble);
	if (sd_bus_error_has_name(error, SD_BUS_ERROR_DISCONNECTED) || !sd_bus_error_is_set(error))
		return bus_unreachable(bus->options, strerror(-r), trouble);
	return trouble_set(trouble, "iommufleetd: %s (%s)",
		error->message ? error->message : strerror(-r), error->name);
}

static int bus_garbled(const struct bus *bus, const char *why, struct trouble *trouble)
{
	char place[256];

	bus_place(bus->options, place, sizeof(place));
	return trouble_set(trouble,
		"iommufleetd on %s gave an answer that makes no sense (%s); check that it "
		"is of this version",
		place, why);
}

/* Sends @call, which must have been built without an error. */
static int bus_call(
	struct bus *bus, sd_bus_message *call, struct trouble *trouble, sd_bus_message **ret)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	int r;

	r = sd_bus_call(bus->connection, call, BUS_TIMEOUT_US, &error, ret);
	if (r < 0)
		return bus_failed(bus, r, &error, trouble);
	return 0;
}

static int bus_new_call(struct bus *bus, const char *method, sd_bus_message **ret)
{
	return sd_bus_message_new_method_call(
		bus->connection, ret, BUS_DESTINATION, BUS_PATH, BUS_INTERFACE, method);
}

/* Opens the entry @key of the options, whose value is an array of @item. */
static int bus_open_option(
	sd_bus_message *call, const char *key, const char *type, const char *item)
{
	int r;

	r = sd_bus_message_open_container(call, SD_BUS_TYPE_DICT_ENTRY, "sv");
	if (r >= 0)
		r = sd_bus_message_append(call, "s", key);
	if (r >= 0)
		r = sd_bus_message_open_container(call, SD_BUS_TYPE_VARIANT, type);
	return r < 0 ? r : sd_bus_message_open_container(call, SD_BUS_TYPE_ARRAY, item);
}

static int bus_close_option(sd_bus_message *call)
{
	int r = 0;

	for (unsigned i = 0; r >= 0 && i < 3; i++)
		r = sd_bus_message_close_container(call);
	return r;
}

/* None when the list is empty. */
static int bus_append_texts(
	sd_bus_message *call, const char *key, size_t n, const char *const *texts)
{
	int r;

	if (n == 0)
		return 0;
	r = bus_open_option(call, key, "as", "s");
	for (size_t i = 0; r >= 0 && i < n; i++)
		r = sd_bus_message_append(call, "s", texts[i]);
	return r < 0 ? r : bus_close_option(call);
}

struct bus_assumed {
	sd_bus_message *call;
	int r;
};

static void bus_on_assumption(const char *key, const char *value, void *data)
{
	struct bus_assumed *assumed = data;

	if (assumed->r >= 0)
		assumed->r = sd_bus_message_append(assumed->call, "{ss}", key, value);
}

static int bus_append_assumptions(const struct options *options, sd_bus_message *call)
{
	struct bus_assumed assumed = { .call = call };

	if (assume_is_nothing(&options->assumed))
		return 0;
	assumed.r = bus_open_option(call, "assume", "a{ss}", "{ss}");
	assume_each(&options->assumed, bus_on_assumption, &assumed);
	return assumed.r < 0 ? assumed.r : bus_close_option(call);
}

/* What CheckGuest takes besides assumptions. */
static int bus_append_question(const struct options *options, sd_bus_message *call)
{
	const char *questions[3];
	size_t n = 0;
	int r;

	for (unsigned bit = 1; bit <= FINDING_MEMORY_HOTPLUG; bit <<= 1)
		if (options->questions & bit)
			questions[n++] = finding_question_word((enum finding_question)bit);
	r = bus_append_texts(call, "questions", n, questions);
	if (r >= 0)
		r = bus_append_texts(call, "attach", options->n_attach, options->attach);
	if (r >= 0 && options->attach_memory)
		r = sd_bus_message_append(
			call, "{sv}", "attach-memory", "t", options->attach_memory);
	return r;
}

/* The dictionary of options that every method takes last. */
static int bus_append_options(const struct bus *bus, bool question, sd_bus_message *call)
{
	int r;

	r = sd_bus_message_open_container(call, SD_BUS_TYPE_ARRAY, "{sv}");
	if (r >= 0 && question)
		r = bus_append_question(bus->options, call);
	if (r >= 0)
		r = bus_append_assumptions(bus->options, call);
	return r < 0 ? r : sd_bus_message_close_container(call);
}

/* The file that @reply passes, from its start. */
static int bus_read_file(const struct bus *bus, sd_bus_message *reply, size_t limit,
	struct trouble *trouble, struct file_text *ret)
{
	int fd;

	/* The descriptor is the message's. */
	if (sd_bus_message_read(reply, "h", &fd) < 0)
		return bus_garbled(bus, "it is no file", trouble);
	if (lseek(fd, 0, SEEK_SET) < 0)
		return bus_garbled(bus, "its file cannot be read from the start", trouble);
	return file_read_fd(fd, "the daemon's answer", limit, trouble, ret);
}

/* ReportFile, not Report: a host's groups and devices may be longer than a message. */
int bus_report(struct bus *bus, const char *kind, const char *target, struct trouble *trouble,
	json_t **ret)
{
	static const struct guard_limits limits = { BUS_REPLY_BYTES, BUS_REPLY_NODES, LIMIT_DEPTH };
	_cleanup_(bus_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
	_cleanup_(cleanup_freep) char *bytes = NULL;
	struct refusal refusal = { 0 };
	struct file_text text;
	int r;

	r = bus_new_call(bus, "ReportFile", &call);
	if (r >= 0)
		r = sd_bus_message_append(call, "ss", kind, target);
	if (r == -EINVAL)
		return trouble_set(trouble, "%s: not UTF-8", target);
	if (r >= 0)
		r = bus_append_options(bus, false, call);
	if (r < 0)
		return r;
	r = bus_call(bus, call, trouble, &reply);
	if (r != 0)
		return r;
	r = bus_read_file(bus, reply, BUS_REPLY_BYTES, trouble, &text);
	if (r != 0)
		return r;
	bytes = text.bytes;
	r = document_parse(&limits, text.bytes, text.n, &refusal, ret);
	if (r > 0)
		return bus_garbled(bus, refusal.text, trouble);
	return r;
}

/* The four parts of an answer as the one document that they were made of. */
static int bus_read_answer(sd_bus_message *reply, json_t **ret)
{
	static const char *const parts[] = { "answers", "targets", "findings" };
	_cleanup_(bus_json_decrefp) json_t *document = json_object();
	_cleanup_(bus_json_decrefp) json_t *info = NULL;
	int r;

	if (!document)
		return -ENOMEM;
	if (!sd_bus_message_has_signature(reply, "a{ss}aa{sv}aa{sv}a{sv}"))
		return -EBADMSG;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		json_t *part;

		r = bus_value_read(reply, &part);
		if (r < 0)
			return r;
		if (json_object_set_new(document, parts[i], part) < 0)
			return -ENOMEM;
	}
	r = bus_value_read(reply, &info);
	if (r < 0)
		return r;
	if (json_object_update_missing(document, info) < 0)
		return -ENOMEM;
	*ret = cleanup_take(document);
	return 0;
}

int bus_check(struct bus *bus, const struct file_text *map, struct trouble *trouble, json_t **ret)
{
	_cleanup_(bus_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
	int r;

	r = bus_new_call(bus, "CheckGuest", &call);
	if (r >= 0)
		r = sd_bus_message_append(call, "sss", "", "iommufleet-guest", map->bytes);
	if (r >= 0)
		r = bus_append_options(bus, true, call);
	if (r == -EINVAL)
		return trouble_set(trouble, "%s or a target: not UTF-8", bus->options->map);
	if (r < 0)
		return r;
	r = bus_call(bus, call, trouble, &reply);
	if (r != 0)
		return r;
	r = bus_read_answer(reply, ret);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return bus_garbled(bus, "it is no answer to a check", trouble);
	return 0;
}

int bus_facts(struct bus *bus, struct trouble *trouble, struct file_text *ret)
{
	_cleanup_(bus_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
	int r;

	r = bus_new_call(bus, "DumpFacts", &call);
	if (r >= 0)
		r = sd_bus_message_append(call, "a{sv}", 0);
	if (r < 0)
		return r;
	r = bus_call(bus, call, trouble, &reply);
	if (r != 0)
		return r;
	return bus_read_file(bus, reply, LIMIT_FACTS_BYTES, trouble, ret);
}
