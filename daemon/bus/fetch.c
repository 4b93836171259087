/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/fetch.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUS_FETCH_HOSTS	    1000U /* as many as one question names */
#define BUS_FETCH_SIGNATURE 64U

struct bus_fetch {
	struct bus *bus;
	struct bus_wait wait;
	bus_authorised then;
	size_t n, at;	    /* names, and the one that is fetched: one after the other */
	const char **names; /* of the message; the last is NULL: the fleet itself */
};

static void bus_fetch_free(struct bus_fetch *fetch)
{
	free(fetch->names);
	free(fetch);
}

/* ---------------------------------------------------------------- names */

static int bus_fetch_add(struct bus_fetch *fetch, const char *name)
{
	/* Whose names are too many is told so by the method. */
	if (fetch->n == BUS_FETCH_HOSTS || !*name || strcmp(name, fetch->bus->host_name) == 0)
		return 0;
	if (!fetch->names)
		fetch->names = calloc(BUS_FETCH_HOSTS + 1, sizeof(*fetch->names));
	if (!fetch->names)
		return -ENOMEM;
	fetch->names[fetch->n++] = name;
	return 0;
}

static int bus_fetch_read_name(struct bus_fetch *fetch, sd_bus_message *message)
{
	const char *name;
	int r = sd_bus_message_read(message, "s", &name);

	return r <= 0 ? r : bus_fetch_add(fetch, name) < 0 ? -ENOMEM : 1;
}

static int bus_fetch_read_names(
	struct bus_fetch *fetch, sd_bus_message *message, enum bus_fetch_names names)
{
	int r = 0;

	if (names == BUS_FETCH_ONE || names == BUS_FETCH_TWO)
		r = bus_fetch_read_name(fetch, message);
	if (r >= 0 && names == BUS_FETCH_TWO)
		r = bus_fetch_read_name(fetch, message);
	if (r < 0 || names != BUS_FETCH_LIST)
		return r;
	r = sd_bus_message_enter_container(message, 'a', "s");
	while (r > 0)
		r = bus_fetch_read_name(fetch, message);
	return r < 0 ? r : sd_bus_message_exit_container(message);
}

/* Goes on to the options, which are last. */
static int bus_fetch_skip(sd_bus_message *message)
{
	for (;;) {
		char signature[BUS_FETCH_SIGNATURE];
		const char *contents;
		char type;
		int r = sd_bus_message_peek_type(message, &type, &contents);

		if (r <= 0)
			return r < 0 ? r : -ENXIO;
		if (type == 'a' && strcmp(contents, "{sv}") == 0)
			return sd_bus_message_enter_container(message, 'a', "{sv}");
		(void)snprintf(
			signature, sizeof(signature), "%c%s", type, type == 'a' ? contents : "");
		r = sd_bus_message_skip(message, signature);
		if (r < 0)
			return r;
	}
}

/* One option, and what it names if it is "from". Positive when there was one. */
static int bus_fetch_read_option(struct bus_fetch *fetch, sd_bus_message *message)
{
	const char *name, *contents;
	char type;
	int r = sd_bus_message_enter_container(message, 'e', "sv");

	if (r <= 0)
		return r;
	r = sd_bus_message_read(message, "s", &name);
	if (r >= 0)
		r = sd_bus_message_peek_type(message, &type, &contents);
	if (r >= 0 && strcmp(name, "from") == 0 && strcmp(contents, "s") == 0) {
		r = sd_bus_message_enter_container(message, 'v', "s");
		if (r >= 0)
			r = bus_fetch_read_name(fetch, message);
		if (r >= 0)
			r = sd_bus_message_exit_container(message);
	} else if (r >= 0) {
		r = sd_bus_message_skip(message, "v");
	}
	if (r >= 0)
		r = sd_bus_message_exit_container(message);
	return r < 0 ? r : 1;
}

/* The fleet comes last: what was fetched is in it then. */
static int bus_fetch_add_fleet(struct bus_fetch *fetch)
{
	if (!fetch->names)
		fetch->names = calloc(1, sizeof(*fetch->names));
	if (!fetch->names)
		return -ENOMEM;
	fetch->names[fetch->n++] = NULL;
	return 0;
}

static int bus_fetch_read(
	struct bus_fetch *fetch, sd_bus_message *message, enum bus_fetch_names names)
{
	int r = bus_fetch_read_names(fetch, message, names);

	if (r >= 0)
		r = bus_fetch_skip(message);
	while (r > 0)
		r = bus_fetch_read_option(fetch, message);
	if (r == 0)
		r = sd_bus_message_rewind(message, 1);
	if (r >= 0 && (fetch->n > 0 || names != BUS_FETCH_ONE))
		r = bus_fetch_add_fleet(fetch);
	return r;
}

/* ---------------------------------------------------------------- waiting */

static struct bus_fetch **bus_fetch_place(struct bus *bus, const struct bus_fetch *fetch)
{
	for (size_t i = 0; i < BUS_FETCH_MAX; i++)
		if (bus->fetches[i] == fetch)
			return &bus->fetches[i];
	return NULL;
}

/* Forgets @fetch, which waits. */
static void bus_fetch_drop(struct bus_fetch *fetch)
{
	struct bus *bus = fetch->bus;

	bus->backend.fleet.unknow(bus->backend.data, fetch);
	bus_wait_end(&fetch->wait);
	*bus_fetch_place(bus, fetch) = NULL;
	bus_fetch_free(fetch);
}

static void bus_fetch_on_gone(struct bus_wait *wait)
{
	bus_fetch_drop((struct bus_fetch *)((char *)wait - offsetof(struct bus_fetch, wait)));
}

void bus_fetch_done(struct bus *bus)
{
	for (size_t i = 0; i < BUS_FETCH_MAX; i++)
		if (bus->fetches[i])
			bus_fetch_drop(bus->fetches[i]);
}

/* Callers by their unique name, ":1.42"; two that come to one number share what it may ask. */
static uint64_t bus_fetch_caller(sd_bus_message *message)
{
	const char *sender = sd_bus_message_get_sender(message);
	uint64_t hash = 14695981039346656037ULL; /* FNV-1a */

	for (; sender && *sender; sender++)
		hash = (hash ^ (unsigned char)*sender) * 1099511628211ULL;
	return hash;
}

static void bus_fetch_on_known(void *data);

/* 1: it waits. 0: all is known. A negative errno with @error set. */
static int bus_fetch_go_on(struct bus_fetch *fetch, sd_bus_message *message, sd_bus_error *error)
{
	const struct bus_backend *backend = &fetch->bus->backend;

	for (; fetch->at < fetch->n; fetch->at++) {
		struct bus_fleet_asking asking = {
			.host = fetch->names[fetch->at],
			.caller = bus_fetch_caller(message),
			.then = bus_fetch_on_known,
			.data = fetch,
		};

		switch (backend->fleet.know(backend->data, &asking)) {
		case BUS_FLEET_KNOWN:
			break;
		case BUS_FLEET_WAIT:
			return 1;
		case BUS_FLEET_BUSY:
			return bus_error_set(error, BUS_ERROR_TOO_MUCH,
				"too many hosts are asked about at once; try again");
		}
	}
	return 0;
}

static void bus_fetch_on_known(void *data)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	_cleanup_(bus_message_unrefp) sd_bus_message *message = NULL;
	struct bus_fetch *fetch = data;
	struct bus *bus = fetch->bus;
	bus_authorised then = fetch->then;
	int r;

	fetch->at++;
	message = sd_bus_message_ref(fetch->wait.message);
	r = bus_fetch_go_on(fetch, message, &error);
	if (r > 0)
		return;
	bus_fetch_drop(fetch);
	if (r == 0)
		r = then(bus, message, &error);
	if (r < 0)
		(void)sd_bus_reply_method_errno(message, r, &error);
}

/* Has @fetch, which waits already, be known to the bus. */
static int bus_fetch_keep(struct bus_fetch *fetch, sd_bus_message *message, sd_bus_error *error)
{
	struct bus *bus = fetch->bus;
	struct bus_fetch **place = bus_fetch_place(bus, NULL);
	int r = place ? bus_wait_begin(&fetch->wait, message, bus_fetch_on_gone)
		      : bus_error_set(error, BUS_ERROR_TOO_MUCH,
				"too many hosts are asked about at once; try again");

	if (r >= 0)
		*place = fetch;
	else
		bus->backend.fleet.unknow(bus->backend.data, fetch);
	return r;
}

/* True if the first argument of @message names this host: then nothing else has to be known. */
static int bus_fetch_is_own(const struct bus *bus, sd_bus_message *message)
{
	const char *name;
	int own = 0, r = sd_bus_message_read(message, "s", &name);

	if (r > 0)
		own = !*name || strcmp(name, bus->host_name) == 0;
	if (r >= 0)
		r = sd_bus_message_rewind(message, 1);
	return r < 0 ? r : own;
}

int bus_fetch_then(struct bus *bus, sd_bus_message *message, enum bus_fetch_names names,
	bus_authorised then, sd_bus_error *error)
{
	struct bus_fetch *fetch;
	int r;

	if (!bus->backend.fleet.on_demand && names == BUS_FETCH_ONE) {
		r = bus_fetch_is_own(bus, message);
		if (r != 0)
			return r < 0 ? r : then(bus, message, error);
	}
	fetch = calloc(1, sizeof(*fetch));
	if (!fetch)
		return -ENOMEM;
	fetch->bus = bus;
	fetch->then = then;
	r = bus_fetch_read(fetch, message, names);
	if (r >= 0)
		r = bus_fetch_go_on(fetch, message, error);
	if (r > 0) {
		r = bus_fetch_keep(fetch, message, error);
		if (r >= 0)
			return 1;
	}
	bus_fetch_free(fetch);
	return r < 0 ? r : then(bus, message, error);
}
