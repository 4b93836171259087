/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The loop with the peer that needs it: sd-bus over a socket pair, whose wishes change without an
 * event. With a static watch both bus cases hang.
 */
#include "daemon/turn.h"
#include "tests/support/unit.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#define SIGNALS	     8000
#define SIGNAL_BYTES 4096
#define SECOND_US    UINT64_C(1000000)
#define PATIENCE_US  (30 * SECOND_US)

static struct turn *turn;

static void set_up(void)
{
	ck_assert_int_eq(turn_new(&turn), 0);
}

static void tear_down(void)
{
	turn = turn_free(turn);
}

static void count(void *data)
{
	(*(unsigned *)data)++;
}

START_TEST(turn_watch__delay__calls_back_once_and_not_before)
{
	struct turn_source *source;
	unsigned calls = 0;
	uint64_t begin = turn_now_us();

	ck_assert_int_eq(turn_add(turn, count, &calls, &source), 0);
	ck_assert_int_eq(turn_watch(source, -1, 0, 20000), 0);
	while (calls == 0)
		ck_assert_int_eq(turn_once(turn), 0);
	ck_assert_uint_ge(turn_now_us() - begin, 19000);
	ck_assert_int_eq(turn_watch(source, -1, 0, 0), 0);
	ck_assert_int_eq(turn_once(turn), 0);
	ck_assert_uint_eq(calls, 2);
}
END_TEST

START_TEST(turn_watch__ready_for_one_turn__must_be_set_again)
{
	struct turn_source *source, *timer;
	unsigned calls = 0, ticks = 0;
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert_int_eq(write(pair[1], "x", 1), 1);
	ck_assert_int_eq(turn_add(turn, count, &calls, &source), 0);
	ck_assert_int_eq(turn_add(turn, count, &ticks, &timer), 0);
	ck_assert_int_eq(turn_watch(source, pair[0], POLLIN, TURN_NEVER), 0);
	ck_assert_int_eq(turn_once(turn), 0);
	ck_assert_uint_eq(calls, 1);
	ck_assert_int_eq(turn_watch(timer, -1, 0, 5000), 0);
	ck_assert_int_eq(turn_once(turn), 0);
	ck_assert_uint_eq(calls, 1);
	ck_assert_uint_eq(ticks, 1);
	ck_assert_int_eq(turn_watch(source, pair[0], POLLIN, TURN_NEVER), 0);
	turn_silence(source);
	ck_assert_int_eq(turn_watch(timer, -1, 0, 5000), 0);
	ck_assert_int_eq(turn_once(turn), 0);
	ck_assert_uint_eq(calls, 1);
	(void)close(pair[0]);
	(void)close(pair[1]);
}
END_TEST

START_TEST(turn_add_signal__signal__calls_back)
{
	unsigned calls = 0;

	ck_assert_int_eq(turn_add_signal(turn, SIGUSR1, count, &calls), 0);
	ck_assert_int_eq(raise(SIGUSR1), 0);
	ck_assert_int_eq(turn_once(turn), 0);
	ck_assert_uint_eq(calls, 1);
}
END_TEST

static sd_bus *connect_end(int fd, bool server)
{
	sd_bus *bus;

	ck_assert_int_ge(sd_bus_new(&bus), 0);
	ck_assert_int_ge(sd_bus_set_fd(bus, fd, fd), 0);
	if (server)
		ck_assert_int_ge(sd_bus_set_server(bus, 1, (sd_id128_t){ { 1 } }), 0);
	ck_assert_int_ge(sd_bus_start(bus), 0);
	return bus;
}

/* A child that lets the socket fill before it reads, and exits with 0 once it has all signals. */
static pid_t slow_reader(int fd, int gate)
{
	pid_t child = fork();
	sd_bus *bus;
	char byte;

	ck_assert_int_ge(child, 0);
	if (child != 0)
		return child;
	bus = connect_end(fd, false);
	for (unsigned n = 0; n < SIGNALS;) {
		sd_bus_message *message = NULL;
		int r = sd_bus_process(bus, &message);

		if (r < 0)
			_exit(1);
		/* Takes nothing more until all has been sent, however long that takes. */
		if (message && sd_bus_message_is_signal(message, "a.b", "Burst") && n++ == 0 &&
			read(gate, &byte, 1) != 1)
			_exit(3);
		sd_bus_message_unref(message);
		if (r == 0 && sd_bus_wait(bus, PATIENCE_US) <= 0)
			_exit(2);
	}
	_exit(0);
}

struct sender {
	sd_bus *bus;
	struct turn_source *source;
	int gate; /* a byte into it lets the peer go on */
	bool emitted;
};

static void sender_prepare(void *data)
{
	struct sender *sender = data;
	uint64_t due, now = turn_now_us();

	ck_assert_int_ge(sd_bus_get_timeout(sender->bus, &due), 0);
	ck_assert_int_eq(turn_watch(sender->source, sd_bus_get_fd(sender->bus),
				 (short)sd_bus_get_events(sender->bus),
				 due == UINT64_MAX ? TURN_NEVER
				 : due > now	   ? due - now
						   : 0),
		0);
}

static void sender_process(void *data)
{
	struct sender *sender = data;

	while (sd_bus_process(sender->bus, NULL) > 0)
		;
}

static void sender_emit(void *data)
{
	struct sender *sender = data;
	static char text[SIGNAL_BYTES];
	uint64_t queued;

	memset(text, 'x', sizeof(text) - 1);
	for (unsigned i = 0; i < SIGNALS; i++)
		ck_assert_int_ge(
			sd_bus_emit_signal(sender->bus, "/a", "a.b", "Burst", "s", text), 0);
	sender->emitted = true;
	/* Else the peer was too fast for this to show anything. */
	ck_assert_int_ge(sd_bus_get_n_queued_write(sender->bus, &queued), 0);
	ck_assert_uint_gt(queued, SIGNALS / 4);
	ck_assert_int_eq(write(sender->gate, "", 1), 1);
}

START_TEST(turn_once__burst_of_signals_to_a_slow_peer__all_arrive)
{
	struct sender sender = { 0 };
	struct turn_source *timer;
	uint64_t end = turn_now_us() + PATIENCE_US, queued = 1;
	int pair[2], gate[2], status;
	pid_t child;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	ck_assert_int_eq(pipe(gate), 0);
	child = slow_reader(pair[1], gate[0]);
	(void)close(pair[1]);
	(void)close(gate[0]);
	sender.gate = gate[1];
	sender.bus = connect_end(pair[0], true);
	ck_assert_int_eq(turn_add(turn, sender_process, &sender, &sender.source), 0);
	ck_assert_int_eq(turn_add(turn, sender_emit, &sender, &timer), 0);
	ck_assert_int_eq(turn_watch(timer, -1, 0, 50000), 0);
	turn_add_prepare(turn, sender_prepare, &sender);
	while (queued > 0 || !sender.emitted) {
		ck_assert_uint_lt(turn_now_us(), end);
		ck_assert_int_eq(turn_once(turn), 0);
		ck_assert_int_ge(sd_bus_get_n_queued_write(sender.bus, &queued), 0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	(void)close(gate[1]);
	sd_bus_close_unref(sender.bus);
}
END_TEST

/* Answers one call, after signals that its caller finds in front of the reply. */
static pid_t answerer(int fd)
{
	pid_t child = fork();
	sd_bus *bus;

	ck_assert_int_ge(child, 0);
	if (child != 0)
		return child;
	bus = connect_end(fd, true);
	for (;;) {
		sd_bus_message *message = NULL;
		int r = sd_bus_process(bus, &message);

		if (r < 0)
			_exit(0);
		if (message && sd_bus_message_is_method_call(message, "a.b", "Ask")) {
			for (unsigned i = 0; i < 3; i++)
				(void)sd_bus_emit_signal(bus, "/a", "a.b", "Early", "");
			(void)sd_bus_reply_method_return(message, "");
		}
		sd_bus_message_unref(message);
		if (r == 0)
			(void)sd_bus_wait(bus, PATIENCE_US);
	}
}

static int count_signal(sd_bus_message *message, void *data, sd_bus_error *error)
{
	(void)error;
	(*(unsigned *)data) += sd_bus_message_is_signal(message, "a.b", "Early") > 0;
	return 0;
}

START_TEST(turn_once__input_queued_behind_a_reply__is_delivered_without_an_event)
{
	struct sender sender = { 0 };
	struct turn_source *timer;
	unsigned signals = 0, ticks = 0;
	int pair[2];
	pid_t child;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	child = answerer(pair[1]);
	(void)close(pair[1]);
	sender.bus = connect_end(pair[0], false);
	ck_assert_int_ge(sd_bus_add_filter(sender.bus, NULL, count_signal, &signals), 0);
	ck_assert_int_eq(turn_add(turn, sender_process, &sender, &sender.source), 0);
	ck_assert_int_eq(turn_add(turn, count, &ticks, &timer), 0);
	turn_add_prepare(turn, sender_prepare, &sender);
	ck_assert_int_ge(
		sd_bus_call_method(sender.bus, NULL, "/a", "a.b", "Ask", NULL, NULL, ""), 0);
	ck_assert_uint_eq(signals, 0);
	ck_assert_int_eq(turn_watch(timer, -1, 0, 3 * SECOND_US), 0);
	while (signals < 3 && ticks == 0)
		ck_assert_int_eq(turn_once(turn), 0);
	ck_assert_uint_eq(signals, 3);
	sd_bus_close_unref(sender.bus);
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("turn");
	TCase *tcase = tcase_create("turn");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, turn_watch__delay__calls_back_once_and_not_before);
	tcase_add_test(tcase, turn_watch__ready_for_one_turn__must_be_set_again);
	tcase_add_test(tcase, turn_add_signal__signal__calls_back);
	tcase_add_test(tcase, turn_once__burst_of_signals_to_a_slow_peer__all_arrive);
	tcase_add_test(
		tcase, turn_once__input_queued_behind_a_reply__is_delivered_without_an_event);
	suite_add_tcase(all, tcase);
	return all;
}

int main(void)
{
	return unit_run(suite());
}
