/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every call passes first, and what there is asked about callers. */
#pragma once

#include <stdint.h>
#include <systemd/sd-bus.h>

struct bus;

/* Refuses a call that its user may not cost; sd-bus's filter. */
int bus_gate_on_message(sd_bus_message *message, void *data, sd_bus_error *error);

/* Asks the bus whose connection @name is; the reply holds a u. Negative errno. */
int bus_gate_ask(struct bus *bus, const char *name, sd_bus_message_handler_t on_reply, void *data,
	sd_bus_slot **ret);

/* Of the monotonic clock. */
uint64_t bus_gate_now_us(void);
