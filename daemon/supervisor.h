/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the service manager is told, as in sd_notify(3): ready, reloading, one line of status, and
 * that the loop still turns. Without such a manager nothing is said to anybody.
 */
#pragma once

#include "daemon/turn.h"

#include <stdbool.h>

#define SUPERVISOR_STATUS_BYTES 256

struct supervisor {
	struct turn_source *watchdog;
	uint64_t period_us; /* between two signs of life; 0: nobody waits for them */
	bool ready;
	char status[SUPERVISOR_STATUS_BYTES]; /* as it was told last */
};

/* Gives signs of life from now on, if any are expected. Negative errno. */
int supervisor_open(struct supervisor *supervisor, struct turn *turn);

/* Says READY once; later calls do nothing. */
void supervisor_ready(struct supervisor *supervisor);

/* Says that the configuration is being read, and that it has been. */
void supervisor_reloading(const struct supervisor *supervisor);
void supervisor_reloaded(const struct supervisor *supervisor);

/* Says @status, which is for people, if it is another one. */
void supervisor_status(struct supervisor *supervisor, const char *status);

void supervisor_stopping(void);
