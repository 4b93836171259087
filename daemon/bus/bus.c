/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/bus.h"

#include "daemon/bus/internal.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BUS_CHANGES_MAX 12

CLEANUP_DEFINE(struct bus *, bus_close, bus_closep);

static int bus_connect(const char *address, sd_bus **ret)
{
	sd_bus *connection = NULL;
	int r;

	if (strcmp(address, "system") == 0)
		return sd_bus_open_system(ret);
	if (strcmp(address, "session") == 0)
		return sd_bus_open_user(ret);
	r = sd_bus_new(&connection);
	if (r >= 0)
		r = sd_bus_set_address(connection, address);
	if (r >= 0)
		r = sd_bus_set_bus_client(connection, 1);
	if (r >= 0)
		r = sd_bus_start(connection);
	if (r < 0)
		sd_bus_unref(connection);
	else
		*ret = connection;
	return r;
}

static int bus_on_name(sd_bus_message *reply, void *data, sd_bus_error *error)
{
	struct bus *bus = data;
	uint32_t answer;

	(void)error;
	if (sd_bus_message_is_method_error(reply, NULL))
		bus->has_name = -sd_bus_message_get_errno(reply);
	else if (sd_bus_message_read(reply, "u", &answer) < 0)
		bus->has_name = -EPROTO;
	else /* 1: primary owner; 4: already owner; else somebody has it */
		bus->has_name = answer == 1 || answer == 4 ? 1 : -EEXIST;
	return 1;
}

/* Texts are copied: what the caller points at may go. */
static void bus_set_state(struct bus *bus, const struct bus_state *state)
{
	(void)snprintf(bus->collection, sizeof(bus->collection), "%s", state->collection);
	(void)snprintf(bus->trouble, sizeof(bus->trouble), "%s", state->trouble);
	(void)snprintf(bus->store, sizeof(bus->store), "%s", state->store);
	(void)snprintf(bus->fleet, sizeof(bus->fleet), "%s", state->fleet);
	(void)snprintf(bus->fleet_trouble, sizeof(bus->fleet_trouble), "%s", state->fleet_trouble);
	bus->state = *state;
	bus->state.collection = bus->collection;
	bus->state.trouble = bus->trouble;
	bus->state.store = bus->store;
	bus->state.fleet = bus->fleet;
	bus->state.fleet_trouble = bus->fleet_trouble;
}

int bus_open(const struct bus_options *options, struct bus **ret)
{
	_cleanup_(bus_closep) struct bus *bus = calloc(1, sizeof(*bus));
	int r;

	if (!bus)
		return -ENOMEM;
	bus->backend = options->backend;
	bus_quota_init(&bus->quota, geteuid());
	(void)snprintf(bus->host_name, sizeof(bus->host_name), "%s", options->host);
	(void)snprintf(bus->machine, sizeof(bus->machine), "%s",
		options->machine ? options->machine : options->host);
	bus_set_state(bus, &(struct bus_state){ .collection = "none",
				   .trouble = "",
				   .store = "memory",
				   .fleet = "off",
				   .fleet_trouble = "" });
	r = bus_connect(options->address, &bus->connection);
	if (r >= 0)
		r = bus_objects_add(bus, bus->connection);
	if (r >= 0)
		r = sd_bus_request_name_async(bus->connection, NULL, BUS_NAME, 0, bus_on_name, bus);
	if (r < 0)
		return r;
	*ret = cleanup_take(bus);
	return 0;
}

struct bus *bus_close(struct bus *bus)
{
	if (!bus)
		return NULL;
	bus_refresh_done(bus);
	bus_fetch_done(bus);
	bus_work_done(bus);
	/* The bus daemon takes the name back; nothing here waits for that. */
	sd_bus_close_unref(bus->connection);
	bus_world_done(&bus->world);
	free(bus);
	return NULL;
}

int bus_has_name(const struct bus *bus)
{
	return bus->has_name;
}

/* While the connection is made, what is queued waits for input, and only for that. */
static bool bus_is_clogged(struct bus *bus)
{
	uint64_t n;

	return sd_bus_is_ready(bus->connection) > 0 &&
	       sd_bus_get_n_queued_write(bus->connection, &n) >= 0 && n > BUS_QUEUE_MAX;
}

int bus_prepare(struct bus *bus, int *ret_fd, short *ret_events, uint64_t *ret_delay_us)
{
	struct timespec now;
	uint64_t now_us, due_us;
	int fd = sd_bus_get_fd(bus->connection);
	int events = sd_bus_get_events(bus->connection);
	int r = sd_bus_get_timeout(bus->connection, &due_us);

	if (fd < 0 || events < 0 || r < 0)
		return fd < 0 ? fd : events < 0 ? events : r;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	now_us = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	*ret_fd = fd;
	*ret_events = (short)events;
	/* A time that is past, zero above all, means now: there is input in the queue. */
	*ret_delay_us = due_us == UINT64_MAX ? UINT64_MAX : due_us > now_us ? due_us - now_us : 0;
	if (bus_is_clogged(bus)) {
		*ret_events = POLLOUT;
		*ret_delay_us = UINT64_MAX;
	}
	return 0;
}

int bus_process(struct bus *bus)
{
	for (unsigned i = 0; i < BUS_MESSAGES_TURN; i++) {
		int r = sd_bus_process(bus->connection, NULL);

		if (r < 0)
			return r;
		if (r == 0 || bus_is_clogged(bus))
			break;
	}
	return 0;
}

struct bus_changes {
	char *names[BUS_CHANGES_MAX + 1];
	size_t n;
};

static void bus_note(struct bus_changes *changes, bool changed, const char *name)
{
	if (changed)
		changes->names[changes->n++] = (char *)name;
}

static void bus_note_world(
	struct bus_changes *changes, const struct bus_world *old, const struct bus_world *now)
{
	struct host_digests none = { "", "", "" };
	struct host_digests a = old->host ? host_digests(old->host) : none;
	struct host_digests b = now->host ? host_digests(now->host) : none;
	size_t groups_a = old->facts ? facts_count(old->facts->groups) : 0;
	size_t groups_b = now->facts ? facts_count(now->facts->groups) : 0;
	size_t devices_a = old->facts ? facts_count(old->facts->devices) : 0;
	size_t devices_b = now->facts ? facts_count(now->facts->devices) : 0;

	bus_note(changes, !old->host != !now->host, "Ready");
	bus_note(changes, strcmp(a.facts, b.facts) != 0, "FactsDigest");
	bus_note(changes, strcmp(a.class_, b.class_) != 0, "ClassDigest");
	bus_note(changes, strcmp(a.map, b.map) != 0, "MapDigest");
	bus_note(changes, groups_a != groups_b, "Groups");
	bus_note(changes, devices_a != devices_b, "Devices");
}

static void bus_note_state(
	struct bus_changes *changes, const struct bus *bus, const struct bus_state *next)
{
	bus_note(changes, bus->state.collected_us != next->collected_us, "CollectedAtUSec");
	bus_note(changes, strcmp(bus->collection, next->collection) != 0, "CollectionState");
	bus_note(changes, strcmp(bus->trouble, next->trouble) != 0, "CollectionTrouble");
	bus_note(changes, strcmp(bus->store, next->store) != 0, "StoreState");
	bus_note(changes, strcmp(bus->fleet, next->fleet) != 0, "FleetState");
	bus_note(changes, strcmp(bus->fleet_trouble, next->fleet_trouble) != 0, "FleetTrouble");
}

static int bus_swap(struct bus *bus, struct bus_world *next, struct bus_changes *changes)
{
	struct bus_world old = bus->world;
	int gone = bus_objects_announce_gone(bus, next), r;

	bus_note_world(changes, &old, next);
	bus->world = *next;
	*next = old;
	r = bus_objects_announce(bus, &old);
	return gone < 0 ? gone : r;
}

int bus_publish(
	struct bus *bus, struct facts *facts, struct host *host, const struct bus_state *state)
{
	struct bus_changes changes = { .n = 0 };
	struct bus_world next;
	int r = 0, sent = 0;

	bus_note_state(&changes, bus, state);
	if (host != bus->world.host) {
		r = bus_world_init(&next, facts, host);
		if (r < 0)
			return r;
		r = bus_swap(bus, &next, &changes);
		bus_world_done(&next);
	}
	bus_set_state(bus, state);
	if (changes.n > 0)
		sent = sd_bus_emit_properties_changed_strv(
			bus->connection, BUS_PATH, BUS_MANAGER, changes.names);
	return r < 0 ? r : sent < 0 ? sent : 0;
}

int bus_assume_host(const struct bus *bus, const struct assume *assume, struct host **ret)
{
	if (assume)
		return host_new(bus->world.facts, assume, ret);
	*ret = host_ref(bus->world.host);
	return 0;
}
