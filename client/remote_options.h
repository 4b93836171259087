/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The dictionary of options that every method of the Manager takes last. */
#pragma once

#include "client/arguments.h"

#include <systemd/sd-bus.h>

/* What a method takes, bits. */
enum remote_options {
	REMOTE_OPTIONS_ASSUME = 1 << 0,
	REMOTE_OPTIONS_GUEST = 1 << 1,	  /* whose guest it is */
	REMOTE_OPTIONS_QUESTION = 1 << 2, /* what is asked about it */
	REMOTE_OPTIONS_FILTER = 1 << 3,	  /* of which hosts */
};

/*
 * Appends what @options say of @which to @call. @from is the host that the guest is defined on, or
 * NULL. Negative errno; -EINVAL: a text is not UTF-8.
 */
int remote_options_append(
	const struct arguments *options, unsigned which, const char *from, sd_bus_message *call);
