/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ListHosts, GetHost and Forget, and the signal HostChanged: the members of the fleet. */
#include "daemon/bus/entry.h"
#include "daemon/bus/fetch.h"
#include "daemon/bus/view.h"

#include <errno.h>
#include <string.h>

#define BUS_HOSTS_PAGE 1000U /* at most in one answer */
/* What all that is no text of a host's own takes at most in a message. */
#define BUS_HOSTS_ROW_BYTES  1024U
#define BUS_HOSTS_TEXT_BYTES 16U /* what stands around one text */

/* One host, as a dictionary. */
struct bus_hosts_row {
	const struct bus *bus;
	const struct fleet *fleet;
	const struct fleet_member *member;
	bool own;
	bool held; /* its record is, and says: */
	struct bus_fleet_member record;
};

static struct bus_hosts_row bus_hosts_row(
	const struct bus *bus, const struct bus_view *view, const struct fleet_member *member)
{
	struct bus_hosts_row row = {
		.bus = bus,
		.fleet = &view->fleet,
		.member = member,
		.own = strcmp(member->name, view->own) == 0,
	};

	row.held = bus->backend.fleet.find(bus->backend.data, member->name, &row.record);
	return row;
}

static int bus_hosts_text(sd_bus_message *reply, const char *key, const char *value)
{
	return *value ? sd_bus_message_append(reply, "{sv}", key, "s", value) : 0;
}

static int bus_hosts_number(sd_bus_message *reply, const char *key, uint64_t value)
{
	return value ? sd_bus_message_append(reply, "{sv}", key, "t", value) : 0;
}

static int bus_hosts_bool(sd_bus_message *reply, const char *key, bool value)
{
	return sd_bus_message_append(reply, "{sv}", key, "b", (int)value);
}

static int bus_hosts_labels(const struct fleet_member *member, sd_bus_message *reply)
{
	int r = bus_entry_open(reply, "labels", "a{ss}");

	for (size_t i = 0; r >= 0 && i < member->n_labels; i++)
		r = sd_bus_message_append(
			reply, "{ss}", member->labels[i].name, member->labels[i].value);
	return r < 0 ? r : bus_entry_close(reply);
}

static int bus_hosts_endpoints(const struct bus_fleet_member *record, sd_bus_message *reply)
{
	const char *at = record->endpoints;
	int r = bus_entry_open(reply, "endpoints", "as");

	for (unsigned i = 0; r >= 0 && i < record->n_endpoints; i++) {
		r = sd_bus_message_append_basic(reply, 's', at);
		at += strlen(at) + 1;
	}
	return r < 0 ? r : bus_entry_close(reply);
}

/* What its record says of it. */
static int bus_hosts_record(const struct bus_fleet_member *record, sd_bus_message *reply)
{
	int r = bus_hosts_text(reply, "standing", record->standing);

	if (r >= 0)
		r = bus_hosts_text(reply, "collection", record->collection);
	if (r >= 0)
		r = bus_hosts_text(reply, "host_id", record->host_id);
	if (r >= 0)
		r = bus_hosts_number(reply, "sequence", record->sequence);
	if (r >= 0)
		r = bus_hosts_number(reply, "valid_until", record->valid_until_us);
	if (r >= 0)
		r = bus_hosts_bool(reply, "contradicted", record->contradicted);
	return r < 0 ? r : bus_hosts_endpoints(record, reply);
}

/* What it is: of this host as it is known here, else as its record names it. */
static int bus_hosts_digests(const struct bus_hosts_row *row, sd_bus_message *reply)
{
	int32_t index = row->member->class_index;
	struct host_digests digests = { row->record.facts, row->record.class_, row->record.map };
	int r;

	if (index >= 0) {
		struct host_digests known = host_digests(row->fleet->classes[index]);

		digests.class_ = known.class_;
		digests.map = known.map;
		if (*known.facts)
			digests.facts = known.facts;
	}
	r = bus_hosts_text(reply, "facts", digests.facts);
	if (r >= 0)
		r = bus_hosts_text(reply, "class", digests.class_);
	if (r >= 0)
		r = bus_hosts_text(reply, "map", digests.map);
	return r < 0 ? r : bus_hosts_bool(reply, "class_known", index >= 0);
}

static int bus_hosts_append(const struct bus_hosts_row *row, sd_bus_message *reply)
{
	int r = sd_bus_message_open_container(reply, 'a', "{sv}");

	if (r >= 0)
		r = bus_hosts_text(reply, "host", row->member->name);
	if (r >= 0)
		r = bus_hosts_bool(reply, "own", row->own);
	if (r >= 0)
		r = bus_hosts_bool(reply, "stale", fleet_is_stale(row->fleet, row->member));
	if (r >= 0)
		r = bus_hosts_number(reply, "collected_at", row->member->collected_us);
	if (r >= 0)
		r = bus_hosts_digests(row, reply);
	if (r >= 0)
		r = bus_hosts_labels(row->member, reply);
	if (r >= 0 && row->held)
		r = bus_hosts_record(&row->record, reply);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

/* More than the row takes in a message. */
static size_t bus_hosts_bytes(const struct bus_hosts_row *row)
{
	size_t n = BUS_HOSTS_ROW_BYTES + strlen(row->member->name);
	const char *at = row->record.endpoints;

	for (size_t i = 0; i < row->member->n_labels; i++)
		n += strlen(row->member->labels[i].name) + strlen(row->member->labels[i].value) +
		     (size_t)2 * BUS_HOSTS_TEXT_BYTES;
	for (unsigned i = 0; i < row->record.n_endpoints; i++) {
		n += strlen(at) + BUS_HOSTS_TEXT_BYTES;
		at += strlen(at) + 1;
	}
	return n;
}

/* ---------------------------------------------------------------- pages */

/* The first member after @cursor. */
static size_t bus_hosts_after(const struct fleet *fleet, const char *cursor)
{
	size_t first = 0, end = fleet->n_members;

	while (first < end) {
		size_t middle = first + (end - first) / 2;

		if (strcmp(fleet->members[middle].name, cursor) > 0)
			end = middle;
		else
			first = middle + 1;
	}
	return first;
}

/* Appends the page and where the next one begins: after the last name on this one. */
static int bus_hosts_page(const struct bus *bus, const struct bus_view *view, size_t first,
	uint32_t limit, sd_bus_message *reply)
{
	size_t at = first, n = view->fleet.n_members, bytes = 0;
	int r = sd_bus_message_open_container(reply, 'a', "a{sv}");

	for (; r >= 0 && at < n && at - first < limit; at++) {
		struct bus_hosts_row row = bus_hosts_row(bus, view, &view->fleet.members[at]);

		bytes += bus_hosts_bytes(&row);
		if (bytes > BUS_REPLY_BYTES && at > first)
			break;
		r = bus_hosts_append(&row, reply);
	}
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	return r < 0 ? r
		     : sd_bus_message_append(
			       reply, "s", at < n ? view->fleet.members[at - 1].name : "");
}

int bus_list_hosts(sd_bus_message *message, void *data, sd_bus_error *error)
{
	_cleanup_(bus_message_unrefp) sd_bus_message *reply = NULL;
	struct bus_request request = { .call = BUS_REQUEST_PLAIN };
	const struct bus *bus = data;
	struct bus_view view;
	const char *cursor;
	uint32_t limit;
	int r = sd_bus_message_read(message, "su", &cursor, &limit);

	if (r >= 0)
		r = bus_request_read_options(&request, message, error);
	if (r >= 0 && (limit == 0 || limit > BUS_HOSTS_PAGE))
		return bus_error_set(error, BUS_ERROR_TOO_MUCH, "a page has 1 to %u hosts, not %u",
			BUS_HOSTS_PAGE, limit);
	if (r >= 0)
		r = bus_view_open(bus, &view);
	if (r >= 0)
		r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = bus_hosts_page(bus, &view, bus_hosts_after(&view.fleet, cursor), limit, reply);
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

/* ---------------------------------------------------------------- one host */

static int bus_get_host_known(struct bus *bus, sd_bus_message *message, sd_bus_error *error)
{
	_cleanup_(bus_message_unrefp) sd_bus_message *reply = NULL;
	struct bus_request request = { .call = BUS_REQUEST_PLAIN };
	const struct fleet_member *member;
	struct bus_hosts_row row;
	struct bus_view view;
	const char *name;
	int r = sd_bus_message_read(message, "s", &name);

	if (r >= 0)
		r = bus_request_read_options(&request, message, error);
	if (r >= 0)
		r = bus_view_open(bus, &view);
	if (r < 0)
		return r;
	member = bus_view_find(bus, &view, name, error);
	if (!member)
		return -ENXIO;
	row = bus_hosts_row(bus, &view, member);
	r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = bus_hosts_append(&row, reply);
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

int bus_get_host(sd_bus_message *message, void *data, sd_bus_error *error)
{
	return bus_fetch_then(data, message, BUS_FETCH_ONE, bus_get_host_known, error);
}

static int bus_forget_now(struct bus *bus, sd_bus_message *message, sd_bus_error *error)
{
	struct bus_view view;
	const struct fleet_member *member;
	const char *name;
	int r = sd_bus_message_rewind(message, 1);

	if (r >= 0)
		r = sd_bus_message_read(message, "s", &name);
	if (r >= 0)
		r = bus_view_open(bus, &view);
	if (r < 0)
		return r;
	member = bus_view_find(bus, &view, name, error);
	if (!member)
		return -ENXIO;
	if (strcmp(member->name, view.own) == 0)
		return bus_error_set(
			error, BUS_ERROR_NO_SUCH_HOST, "this host does not forget itself");
	r = bus->backend.fleet.forget(bus->backend.data, member->name);
	if (r == -ENOENT)
		return bus_error_set(error, BUS_ERROR_NO_SUCH_HOST, NULL);
	return r < 0 ? r : sd_bus_reply_method_return(message, NULL);
}

int bus_forget(sd_bus_message *message, void *data, sd_bus_error *error)
{
	struct bus_request request = { .call = BUS_REQUEST_PLAIN };
	const char *name;
	int r = sd_bus_message_read(message, "s", &name);

	if (r >= 0)
		r = bus_request_read_options(&request, message, error);
	return r < 0 ? r : bus_authorise(data, message, bus_forget_now, error);
}

/* ---------------------------------------------------------------- the signal */

int bus_tell_host(struct bus *bus, const struct bus_fleet_change *change)
{
	_cleanup_(bus_message_unrefp) sd_bus_message *signal = NULL;
	int r = sd_bus_message_new_signal(
		bus->connection, &signal, BUS_PATH, BUS_MANAGER, "HostChanged");

	if (r >= 0)
		r = sd_bus_message_append(signal, "ss", change->host, change->change);
	if (r >= 0)
		r = sd_bus_message_open_container(signal, 'a', "{sv}");
	if (r >= 0)
		r = bus_hosts_text(signal, "class", change->class_);
	if (r >= 0)
		r = bus_hosts_text(signal, "map", change->map);
	if (r >= 0)
		r = sd_bus_message_close_container(signal);
	return r < 0 ? r : sd_bus_send(bus->connection, signal, NULL);
}
