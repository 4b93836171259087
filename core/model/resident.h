/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A guest that runs on a host now, and which of the host's devices it has. A value; every text is
 * borrowed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct resident {
	const char *name;
	const char *uuid;   /* lower case with dashes; empty: it has none */
	const char *format; /* of the text that described it: "libvirt-xml", ... */
	uint64_t since_us;  /* real time at which it was first told of */
	size_t n_devices;
	const char *const *devices; /* their addresses on this host, sorted, each once */
	bool judged;		    /* by the host as it is now, as far as that can be done */
	/* "safe", "unknown" or "unsafe" here: to migrate, hotplug, memory_hotplug. NULL: not judged
	 */
	const char *answers[3];
};
