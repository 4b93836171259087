/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The interfaces as the bus would show them, without a bus: the tables are served to ourselves over
 * a socket pair and asked for, so that what is printed is what is served.
 */
#include "daemon/bus/internal.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUS_INTROSPECT_TURNS 1000 /* far more than three questions need */

CLEANUP_DEFINE(sd_bus *, sd_bus_close_unref, bus_introspect_closep);

static const struct {
	const char *path;
	const char *interface;
	const sd_bus_vtable *vtable;
} bus_introspect_tables[] = {
	{ "/manager", BUS_MANAGER, bus_manager_vtable },
	{ "/group", BUS_GROUP, bus_group_vtable },
	{ "/device", BUS_DEVICE, bus_device_vtable },
};
#define BUS_INTROSPECT_N (sizeof(bus_introspect_tables) / sizeof(bus_introspect_tables[0]))

static int bus_introspect_serve(int fd, sd_bus **ret)
{
	_cleanup_(bus_introspect_closep) sd_bus *server = NULL;
	int r = sd_bus_new(&server);

	if (r < 0) {
		(void)close(fd);
		return r;
	}
	r = sd_bus_set_fd(server, fd, fd);
	if (r >= 0)
		r = sd_bus_set_server(server, 1, (sd_id128_t){ { 1 } });
	if (r >= 0)
		r = sd_bus_start(server);
	for (size_t i = 0; r >= 0 && i < BUS_INTROSPECT_N; i++)
		r = sd_bus_add_object_vtable(server, NULL, bus_introspect_tables[i].path,
			bus_introspect_tables[i].interface, bus_introspect_tables[i].vtable, NULL);
	if (r >= 0)
		*ret = cleanup_take(server);
	return r;
}

static int bus_introspect_connect(int fd, sd_bus **ret)
{
	_cleanup_(bus_introspect_closep) sd_bus *client = NULL;
	int r = sd_bus_new(&client);

	if (r < 0) {
		(void)close(fd);
		return r;
	}
	r = sd_bus_set_fd(client, fd, fd);
	if (r >= 0)
		r = sd_bus_start(client);
	if (r >= 0)
		*ret = cleanup_take(client);
	return r;
}

struct bus_introspect_answer {
	char *xml;
	int error;
};

static int bus_introspect_on_reply(sd_bus_message *reply, void *data, sd_bus_error *error)
{
	struct bus_introspect_answer *answer = data;
	const char *xml;

	(void)error;
	if (sd_bus_message_is_method_error(reply, NULL) ||
		sd_bus_message_read(reply, "s", &xml) < 0)
		answer->error = -EPROTO;
	else
		answer->xml = strdup(xml);
	if (!answer->xml && !answer->error)
		answer->error = -ENOMEM;
	return 1;
}

/* One side's work; waits a little when there is none. */
static int bus_introspect_turn(sd_bus *side)
{
	int r = sd_bus_process(side, NULL);

	return r == 0 ? sd_bus_wait(side, 1000) : r;
}

static int bus_introspect_ask(sd_bus *server, sd_bus *client, const char *path, char **ret)
{
	struct bus_introspect_answer answer = { 0 };
	int r = sd_bus_call_method_async(client, NULL, NULL, path,
		"org.freedesktop.DBus.Introspectable", "Introspect", bus_introspect_on_reply,
		&answer, "");

	for (unsigned i = 0; r >= 0 && i < BUS_INTROSPECT_TURNS; i++) {
		if (answer.xml || answer.error)
			break;
		r = bus_introspect_turn(server);
		if (r >= 0)
			r = bus_introspect_turn(client);
	}
	if (r >= 0 && answer.error)
		r = answer.error;
	if (r >= 0 && !answer.xml)
		r = -ETIMEDOUT;
	if (r < 0)
		free(answer.xml);
	else
		*ret = answer.xml;
	return r < 0 ? r : 0;
}

/* The part of @xml that is interface @name, to @file. */
static int bus_introspect_copy(const char *xml, const char *name, FILE *file)
{
	static const char ending[] = " </interface>\n";
	char opening[128];
	const char *first, *last;

	(void)snprintf(opening, sizeof(opening), " <interface name=\"%s\">", name);
	first = strstr(xml, opening);
	last = first ? strstr(first, ending) : NULL;
	if (!last)
		return -EPROTO;
	(void)fwrite(first, 1, (size_t)(last - first) + sizeof(ending) - 1, file);
	return 0;
}

static int bus_introspect_all(sd_bus *server, sd_bus *client, FILE *file)
{
	int r = 0;

	fputs("<node>\n", file);
	for (size_t i = 0; r == 0 && i < BUS_INTROSPECT_N; i++) {
		_cleanup_(cleanup_freep) char *xml = NULL;

		r = bus_introspect_ask(server, client, bus_introspect_tables[i].path, &xml);
		if (r == 0)
			r = bus_introspect_copy(xml, bus_introspect_tables[i].interface, file);
	}
	fputs("</node>\n", file);
	return r;
}

int bus_introspect(char **ret)
{
	_cleanup_(bus_introspect_closep) sd_bus *server = NULL;
	_cleanup_(bus_introspect_closep) sd_bus *client = NULL;
	_cleanup_(cleanup_freep) char *text = NULL;
	size_t n;
	int pair[2], r;
	FILE *file;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return -errno;
	r = bus_introspect_serve(pair[0], &server);
	if (r < 0) {
		(void)close(pair[1]);
		return r;
	}
	r = bus_introspect_connect(pair[1], &client);
	if (r < 0)
		return r;
	file = open_memstream(&text, &n);
	if (!file)
		return -ENOMEM;
	r = bus_introspect_all(server, client, file);
	if (fclose(file) != 0 && r == 0)
		r = -ENOMEM;
	if (r == 0)
		*ret = cleanup_take(text);
	return r;
}
