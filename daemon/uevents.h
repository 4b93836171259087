/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel tells of devices that come, go, or get another driver. Only that something may
 * have changed is taken from it, never what: facts are read by the collector alone.
 *
 * Of the two sources that libudev has this listens to the kernel's. udevd repeats each event once
 * its rules have run, for those who need what rules make: links below /dev, permissions, its
 * database. No fact depends on those, and the kernel's own events come without udevd too. Both need
 * the network namespace of the host, or one that the host's root made.
 */
#pragma once

#include <stdbool.h>

struct uevents;

/* Starts to listen. The caller owns @ret. Negative errno: this host does not let it. */
int uevents_open(struct uevents **ret);

struct uevents *uevents_close(struct uevents *uevents); /* accepts NULL, returns NULL */

/* What to watch for reading. */
int uevents_fd(const struct uevents *uevents);

/*
 * Takes all that waits. @ret_changed says whether facts may be different: an event was about what
 * they are read from, or some were lost because too many came. Negative errno: nothing can be heard
 * any more.
 */
int uevents_drain(struct uevents *uevents, bool *ret_changed);
