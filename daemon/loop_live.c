/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The loop's part that collects when the kernel says that devices changed. Events come in swarms (a
 * PF that makes 64 VFs, a driver that is bound to all of them), so from the first one on nothing is
 * read for a moment, then all at once, until a moment is quiet: then one collection sees what they
 * left. Many cost no more than one: what does not fit the socket's buffer is lost, which counts as
 * a change, too.
 *
 * Such a collection lets sleepers sleep. That is no loss for a device that just came: the kernel
 * wakes it when it finds it and does not suspend it before somebody allows that, so it is read
 * awake. One that fell asleep before is not known until somebody asks for it with Refresh, and
 * answers that need it say so.
 */
#include "daemon/loop_view.h"

#include "daemon/uevents.h"

#include <poll.h>
#include <string.h>

#define LOOP_LIVE_QUIET_US   (UINT64_C(250) * 1000)
#define LOOP_LIVE_LATEST_US  (UINT64_C(2) * 1000000) /* after the first event, quiet or not */
#define LOOP_LIVE_SPACING_US (UINT64_C(5) * 1000000) /* from one collection's start to the next */

static void loop_live_end(struct loop *loop, int error, const char *what)
{
	loop->live.uevents = uevents_close(loop->live.uevents);
	loop->live.error = error;
	turn_silence(loop->live.source);
	log_say(loop->log, LOG_WARNING, LOG_LIVE_TROUBLE,
		"%s: %s; devices that come or go are seen at the next collection only, see "
		"[collect] interval",
		what, strerror(-error));
}

/* Waits for @delay_us, or, if that is TURN_NEVER, for the next event. */
static void loop_live_wait(struct loop *loop, uint64_t delay_us)
{
	bool quiet = delay_us == TURN_NEVER;
	int r = turn_watch(loop->live.source, quiet ? uevents_fd(loop->live.uevents) : -1,
		quiet ? POLLIN : 0, delay_us);

	if (quiet)
		loop->live.first_us = 0;
	if (r < 0)
		loop_live_end(loop, r, "events of devices cannot be waited for");
}

/* True if something came that matters. */
static bool loop_live_drain(struct loop *loop)
{
	bool changed = false;
	int r = uevents_drain(loop->live.uevents, &changed);

	if (r < 0)
		loop_live_end(loop, r, "events of devices cannot be read");
	return r == 0 && changed;
}

/* When the collection that is due may begin; 0: now. */
static uint64_t loop_live_spacing_us(const struct loop *loop, uint64_t now_us)
{
	uint64_t next_us = loop->started_us + LOOP_LIVE_SPACING_US;

	if (loop->collector)
		return LOOP_LIVE_QUIET_US;
	return loop->started_us > 0 && next_us > now_us ? next_us - now_us : 0;
}

void loop_live_on_event(void *data)
{
	struct loop *loop = data;
	bool more = loop->live.uevents && loop_live_drain(loop);
	uint64_t now_us = turn_now_us(), spacing_us;

	if (!loop->live.uevents)
		return;
	if (loop->live.first_us == 0) {
		loop->live.first_us = now_us;
		loop_live_wait(loop, more ? LOOP_LIVE_QUIET_US : TURN_NEVER);
		return;
	}
	spacing_us = loop_live_spacing_us(loop, now_us);
	if (spacing_us > 0) {
		loop_live_wait(loop, spacing_us);
	} else if (more && now_us - loop->live.first_us < LOOP_LIVE_LATEST_US) {
		loop_live_wait(loop, LOOP_LIVE_QUIET_US);
	} else {
		log_say(loop->log, LOG_DEBUG, LOG_COLLECTED, "devices changed: collecting");
		(void)loop_collect_ask(loop, false);
	}
}

/* What came before a collection starts is seen by it. */
void loop_live_covered(struct loop *loop)
{
	if (!loop->live.uevents)
		return;
	(void)loop_live_drain(loop);
	if (loop->live.uevents)
		loop_live_wait(loop, TURN_NEVER);
}

/* Those of this host say nothing of a captured one. */
static bool loop_live_is_wanted(const struct config *config)
{
	return strcmp(config->collect_uevents, "yes") == 0 ||
	       (strcmp(config->collect_uevents, "auto") == 0 && !*config->collect_sysroot);
}

void loop_live_apply(struct loop *loop)
{
	bool wanted = loop_live_is_wanted(loop->config);
	int r;

	if (wanted == (loop->live.uevents != NULL))
		return;
	if (!wanted) {
		turn_silence(loop->live.source);
		loop->live.uevents = uevents_close(loop->live.uevents);
		loop->live.error = 0;
		return;
	}
	r = uevents_open(&loop->live.uevents);
	if (r < 0) {
		loop_live_end(loop, r, "the kernel's events of devices cannot be heard");
		return;
	}
	loop->live.error = 0;
	loop_live_wait(loop, TURN_NEVER);
}

void loop_live_done(struct loop *loop)
{
	loop->live.uevents = uevents_close(loop->live.uevents);
}
