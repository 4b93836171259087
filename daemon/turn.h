/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The event loop, one turn at a time: prepare, wait for something, call back. Watches of file
 * descriptors last for one turn and are set again by their owner's prepare function, because what
 * sd-bus wants to wait for changes without an event: with input already queued it asks for none and
 * reports a timeout of zero. Nothing else in the daemon includes libevent, but for the network of
 * daemon/exchange and metrics_http.
 */
#pragma once

#include <stdint.h>

struct event_base;
struct turn;
struct turn_source;

#define TURN_NEVER UINT64_MAX

typedef void (*turn_callback)(void *data);

/* Gives an empty loop. -ENOMEM. The caller owns it and all sources in it. */
int turn_new(struct turn **ret);

struct turn *turn_free(struct turn *turn); /* accepts NULL, returns NULL */

/* libevent's part of it, for who has many sockets; lives as long as @turn. */
struct event_base *turn_get_base(const struct turn *turn);

/* Has @prepare called before every wait. At most 4 of them. */
void turn_add_prepare(struct turn *turn, turn_callback prepare, void *data);

/* Gives a source that calls @callback; it is silent until it is set. -ENOMEM. Owned by @turn. */
int turn_add(struct turn *turn, turn_callback callback, void *data, struct turn_source **ret);

/* Calls @callback in each turn in which signal @number came. -ENOMEM. */
int turn_add_signal(struct turn *turn, int number, turn_callback callback, void *data);

/*
 * Has @source call back once: when @fd is ready for @events (POLLIN, POLLOUT) or @delay_us
 * microseconds have passed (0: in this turn; TURN_NEVER). @fd may be -1: only the time counts. What
 * was set before is forgotten. Negative errno.
 */
int turn_watch(struct turn_source *source, int fd, short events, uint64_t delay_us);

/* Makes @source silent. */
void turn_silence(struct turn_source *source);

/* One turn: waits until something is due and calls back. Negative errno. */
int turn_once(struct turn *turn);

/* Microseconds of the monotonic clock. */
uint64_t turn_now_us(void);
