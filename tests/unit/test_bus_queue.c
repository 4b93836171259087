/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the bus side waits for when the bus takes nothing: the other end is an sd-bus in this
 * process, which says hello and then reads only when it is told to.
 */
#include "daemon/bus/bus.h"
#include "tests/support/unit.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#define TURNS	  1000
#define PUBLISHED 60000

static char folder[64];
static char address[128];
static int listener = -1;
static sd_bus *broker;
static struct bus *bus;
static unsigned n_signals;

static int on_message(sd_bus_message *message, void *data, sd_bus_error *error)
{
	(void)data;
	(void)error;
	n_signals += sd_bus_message_is_signal(message, NULL, "PropertiesChanged") > 0;
	if (sd_bus_message_is_method_call(message, "org.freedesktop.DBus", "Hello"))
		return sd_bus_reply_method_return(message, "s", ":1.1");
	if (sd_bus_message_is_method_call(message, "org.freedesktop.DBus", "RequestName"))
		return sd_bus_reply_method_return(message, "u", 1U);
	return 0;
}

static void set_up(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	struct bus_options options = { .address = address, .host = "h" };

	n_signals = 0;
	(void)snprintf(folder, sizeof(folder), "/tmp/test-queue-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(name.sun_path, sizeof(name.sun_path), "%s/bus", folder);
	(void)snprintf(address, sizeof(address), "unix:path=%s/bus", folder);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&name, sizeof(name)), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(bus_open(&options, &bus), 0);
}

static void tear_down(void)
{
	char path[128];

	bus = bus_close(bus);
	broker = sd_bus_close_unref(broker);
	(void)close(listener);
	(void)snprintf(path, sizeof(path), "%s/bus", folder);
	(void)unlink(path);
	(void)rmdir(folder);
}

static void serve(void)
{
	int fd = accept(listener, NULL, NULL);

	ck_assert_int_ge(sd_bus_new(&broker), 0);
	ck_assert_int_ge(sd_bus_set_fd(broker, fd, fd), 0);
	ck_assert_int_ge(sd_bus_set_server(broker, 1, (sd_id128_t){ { 1 } }), 0);
	ck_assert_int_ge(sd_bus_add_filter(broker, NULL, on_message, NULL), 0);
	ck_assert_int_ge(sd_bus_start(broker), 0);
}

static void publish(unsigned n)
{
	char trouble[200];

	memset(trouble, 'x', sizeof(trouble));
	(void)snprintf(trouble + 180, sizeof(trouble) - 180, "%u", n);
	ck_assert_int_eq(bus_publish(bus, NULL, NULL,
				 &(struct bus_state){ .collection = "failed",
					 .trouble = trouble,
					 .store = "memory",
					 .fleet = "off",
					 .fleet_trouble = "" }),
		0);
}

static short wants(uint64_t *ret_delay_us)
{
	short events;
	int fd;

	ck_assert_int_eq(bus_prepare(bus, &fd, &events, ret_delay_us), 0);
	return events;
}

START_TEST(bus_prepare__queue_before_the_handshake__still_reads)
{
	uint64_t delay_us;

	for (unsigned n = 0; n < 2 * BUS_QUEUE_MAX; n++)
		publish(n);
	serve();
	for (unsigned i = 0; i < TURNS && bus_has_name(bus) == 0; i++) {
		ck_assert_int_ge(sd_bus_process(broker, NULL), 0);
		if (wants(&delay_us) & (POLLIN | POLLOUT))
			ck_assert_int_eq(bus_process(bus), 0);
		ck_assert(bus_has_name(bus) != 0 || wants(&delay_us) != POLLOUT || n_signals > 0);
	}
	ck_assert_int_eq(bus_has_name(bus), 1);
}
END_TEST

START_TEST(bus_prepare__bus_that_takes_nothing__waits_for_that_alone)
{
	uint64_t delay_us = 0;
	unsigned n = 0;

	serve();
	for (unsigned i = 0; i < TURNS && bus_has_name(bus) == 0; i++) {
		ck_assert_int_ge(sd_bus_process(broker, NULL), 0);
		ck_assert_int_eq(bus_process(bus), 0);
	}
	ck_assert_int_eq(bus_has_name(bus), 1);
	ck_assert_int_eq(wants(&delay_us) & POLLIN, POLLIN);
	while (n < PUBLISHED && wants(&delay_us) != POLLOUT)
		publish(n++);
	ck_assert_uint_lt(n, PUBLISHED);
	ck_assert_uint_eq(delay_us, UINT64_MAX);
	/* Once it takes something again, all of it arrives. */
	while (n_signals < n) {
		ck_assert_int_ge(sd_bus_process(broker, NULL), 0);
		if (wants(&delay_us) & POLLOUT)
			ck_assert_int_eq(bus_process(bus), 0);
	}
	ck_assert_int_eq(wants(&delay_us), POLLIN);
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("bus queue");
	TCase *tcase = tcase_create("queue");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, bus_prepare__queue_before_the_handshake__still_reads);
	tcase_add_test(tcase, bus_prepare__bus_that_takes_nothing__waits_for_that_alone);
	suite_add_tcase(all, tcase);
	return all;
}

int main(void)
{
	return unit_run(suite());
}
