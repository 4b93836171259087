/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the libvirt hook asks and tells the daemon, all of it done by one time: the bus may hang
 * while it lets us in, which a time-out of a call does not cover, and libvirt waits for the hook
 * without end.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

enum hook_daemon_outcome {
	HOOK_DAEMON_DONE,
	HOOK_DAEMON_E_MISSING, /* it cannot be asked: not there, or not in time */
	HOOK_DAEMON_E_REFUSED, /* it answers, but not this */
};

struct hook_daemon {
	sd_bus *connection;
	uint64_t due_us; /* CLOCK_MONOTONIC */
	char why[256];	 /* a clause, after any other outcome than done */
};

/* CLOCK_MONOTONIC in microseconds. */
uint64_t hook_daemon_now_us(void);

/* Starts to connect to @bus, for everything to be done by @due_us. HOOK_DAEMON_E_MISSING, -ENOMEM.
 * The caller hands @ret to hook_daemon_done() whatever comes. */
int hook_daemon_open(const char *bus, uint64_t due_us, struct hook_daemon *ret);

void hook_daemon_done(struct hook_daemon *daemon);

struct hook_daemon_question {
	const char *xml; /* the domain */
	size_t n;
	unsigned questions; /* bits of enum finding_question */
	bool started_here;  /* it is about to be started on this host, so its map is this host's */
};

/* CheckGuestFile for this host: a new reference in @ret. Each outcome, -ENOMEM. */
int hook_daemon_check(
	struct hook_daemon *daemon, const struct hook_daemon_question *question, json_t **ret);

/* RegisterGuest, UnregisterGuest: that the guest @name runs here, or no longer does. As above. */
int hook_daemon_register(struct hook_daemon *daemon, const char *name, const char *xml);
int hook_daemon_unregister(struct hook_daemon *daemon, const char *name);
