/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/turn.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#define TURN_PREPARES 4
#define TURN_US_PER_S 1000000U

struct turn_source {
	struct turn_source *next;
	struct event *event;
	turn_callback callback;
	void *data;
};

struct turn {
	struct event_base *base;
	struct turn_source *sources;
	unsigned n_prepares;
	struct {
		turn_callback callback;
		void *data;
	} prepares[TURN_PREPARES];
};

int turn_new(struct turn **ret)
{
	struct turn *turn = calloc(1, sizeof(*turn));

	if (!turn)
		return -ENOMEM;
	turn->base = event_base_new();
	if (!turn->base) {
		turn_free(turn);
		return -ENOMEM;
	}
	*ret = turn;
	return 0;
}

struct turn *turn_free(struct turn *turn)
{
	if (!turn)
		return NULL;
	while (turn->sources) {
		struct turn_source *source = turn->sources;

		turn->sources = source->next;
		if (source->event)
			event_free(source->event);
		free(source);
	}
	if (turn->base)
		event_base_free(turn->base);
	free(turn);
	return NULL;
}

struct event_base *turn_get_base(const struct turn *turn)
{
	return turn->base;
}

void turn_add_prepare(struct turn *turn, turn_callback prepare, void *data)
{
	assert(turn->n_prepares < TURN_PREPARES);
	turn->prepares[turn->n_prepares].callback = prepare;
	turn->prepares[turn->n_prepares].data = data;
	turn->n_prepares++;
}

static void turn_on_event(evutil_socket_t fd, short what, void *data)
{
	struct turn_source *source = data;

	(void)fd;
	(void)what;
	source->callback(source->data);
}

static int turn_add_event(
	struct turn *turn, evutil_socket_t fd, short what, struct turn_source *source)
{
	source->event = event_new(turn->base, fd, what, turn_on_event, source);
	if (!source->event)
		return -ENOMEM;
	source->next = turn->sources;
	turn->sources = source;
	return 0;
}

int turn_add(struct turn *turn, turn_callback callback, void *data, struct turn_source **ret)
{
	struct turn_source *source = calloc(1, sizeof(*source));

	if (!source)
		return -ENOMEM;
	source->callback = callback;
	source->data = data;
	if (turn_add_event(turn, -1, 0, source) < 0) {
		free(source);
		return -ENOMEM;
	}
	*ret = source;
	return 0;
}

int turn_add_signal(struct turn *turn, int number, turn_callback callback, void *data)
{
	struct turn_source *source = calloc(1, sizeof(*source));

	if (!source)
		return -ENOMEM;
	source->callback = callback;
	source->data = data;
	if (turn_add_event(turn, number, EV_SIGNAL | EV_PERSIST, source) < 0) {
		free(source);
		return -ENOMEM;
	}
	return event_add(source->event, NULL) < 0 ? -EIO : 0;
}

int turn_watch(struct turn_source *source, int fd, short events, uint64_t delay_us)
{
	struct event_base *base = event_get_base(source->event);
	short what = 0;
	struct timeval delay;

	if (events & POLLIN)
		what |= EV_READ;
	if (events & POLLOUT)
		what |= EV_WRITE;
	(void)event_del(source->event);
	if (fd < 0)
		what = 0;
	if (event_assign(source->event, base, what ? fd : -1, what, turn_on_event, source) < 0)
		return -EINVAL;
	if (delay_us == TURN_NEVER)
		return !what || event_add(source->event, NULL) == 0 ? 0 : -EIO;
	delay.tv_sec = (time_t)(delay_us / TURN_US_PER_S);
	delay.tv_usec = (suseconds_t)(delay_us % TURN_US_PER_S);
	return event_add(source->event, &delay) == 0 ? 0 : -EIO;
}

void turn_silence(struct turn_source *source)
{
	(void)event_del(source->event);
}

int turn_once(struct turn *turn)
{
	int r;

	for (unsigned i = 0; i < turn->n_prepares; i++)
		turn->prepares[i].callback(turn->prepares[i].data);
	r = event_base_loop(turn->base, EVLOOP_ONCE);
	/* 1: nothing to wait for, which no daemon that listens for signals can be. */
	return r < 0 ? -EIO : 0;
}

uint64_t turn_now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * TURN_US_PER_S + (uint64_t)now.tv_nsec / 1000;
}
