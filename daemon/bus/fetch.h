/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where nothing is held of other hosts until somebody asks, a question about one waits until what
 * that host tells has been fetched.
 */
#pragma once

#include "daemon/bus/internal.h"

/* Which arguments of a method name hosts; its option "from" does too. */
enum bus_fetch_names {
	BUS_FETCH_NONE,
	BUS_FETCH_ONE,	/* the first is a host */
	BUS_FETCH_TWO,	/* the first and the second are */
	BUS_FETCH_LIST, /* the first is a list of them */
};

/* Calls @then, which reads @message from its start, once all is known of the hosts that it names.
 */
int bus_fetch_then(struct bus *bus, sd_bus_message *message, enum bus_fetch_names names,
	bus_authorised then, sd_bus_error *error);
