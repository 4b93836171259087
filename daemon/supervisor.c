/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/supervisor.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#define SUPERVISOR_SIGNS 3 /* of life in the time that is allowed: one may come late */

/* A timer of the loop says it, so it is said only while the loop turns. */
static void supervisor_on_watchdog(void *data)
{
	struct supervisor *supervisor = data;

	(void)sd_notify(0, "WATCHDOG=1");
	(void)turn_watch(supervisor->watchdog, -1, 0, supervisor->period_us);
}

int supervisor_open(struct supervisor *supervisor, struct turn *turn)
{
	uint64_t allowed_us = 0;
	int r;

	if (sd_watchdog_enabled(0, &allowed_us) <= 0)
		return 0;
	supervisor->period_us = allowed_us / SUPERVISOR_SIGNS;
	r = turn_add(turn, supervisor_on_watchdog, supervisor, &supervisor->watchdog);
	return r < 0 ? r : turn_watch(supervisor->watchdog, -1, 0, 0);
}

void supervisor_ready(struct supervisor *supervisor)
{
	if (supervisor->ready)
		return;
	supervisor->ready = true;
	(void)sd_notify(0, "READY=1");
}

void supervisor_reloading(const struct supervisor *supervisor)
{
	/* The time is what systemd 253 and later ask for. */
	if (supervisor->ready)
		(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, turn_now_us());
}

void supervisor_reloaded(const struct supervisor *supervisor)
{
	if (supervisor->ready)
		(void)sd_notify(0, "READY=1");
}

void supervisor_status(struct supervisor *supervisor, const char *status)
{
	if (strncmp(supervisor->status, status, sizeof(supervisor->status) - 1) == 0)
		return;
	(void)snprintf(supervisor->status, sizeof(supervisor->status), "%s", status);
	(void)sd_notifyf(0, "STATUS=%s", supervisor->status);
}

void supervisor_stopping(void)
{
	(void)sd_notify(0, "STOPPING=1");
}
