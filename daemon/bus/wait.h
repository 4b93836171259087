/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A caller that waits for its answer. sd_bus_track would tell when it goes, but it waits itself for
 * the bus to say whether the name is there.
 */
#pragma once

#include <systemd/sd-bus.h>

struct bus_wait {
	sd_bus_message *message; /* NULL: nobody waits */
	sd_bus_slot *match;	 /* tells when the caller goes */
	sd_bus_slot *owner;	 /* and whether it had gone before */
	void (*gone)(struct bus_wait *wait);
};

/*
 * Keeps @message until bus_wait_end(), which @gone has to call when the caller has gone. @wait
 * stays where it is meanwhile. Negative errno: nothing is kept.
 */
int bus_wait_begin(
	struct bus_wait *wait, sd_bus_message *message, void (*gone)(struct bus_wait *wait));
void bus_wait_end(struct bus_wait *wait);
