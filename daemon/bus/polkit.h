/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Asking polkit: CheckAuthorization of org.freedesktop.PolicyKit1.Authority, as polkit(8) documents
 * it, for a caller by its name on the bus. polkit is on the system bus only; elsewhere, and where
 * it does not answer, nobody is allowed anything.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

struct bus_polkit_question {
	const char *caller; /* unique name */
	const char *action;
	bool interactive; /* the caller agreed that a person is asked, and waits for that */
};

enum bus_polkit_outcome {
	BUS_POLKIT_YES,
	BUS_POLKIT_E_NO,
	BUS_POLKIT_E_CHALLENGE, /* somebody would have to be asked */
	BUS_POLKIT_E_ABSENT,	/* polkit is not there, or does not answer */
};

/* Sends the question; the reply comes to @on_reply. Negative errno. */
int bus_polkit_ask(sd_bus *connection, const struct bus_polkit_question *question,
	sd_bus_message_handler_t on_reply, void *data, sd_bus_slot **ret);

int bus_polkit_read(sd_bus_message *reply);
