/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The hook that libvirt runs for a domain (libvirt docs/hooks.rst): whether the domain may come,
 * start or be restored here, and word to the daemon of who runs here. It has one time for
 * everything, never prints on the standard output, which would replace the domain's XML, and never
 * talks to libvirt, which waits for it.
 */
#pragma once

#include "client/hook_policy.h"

#include <stdbool.h>
#include <stddef.h>

/* What libvirt says of the operation: its four arguments. */
struct hook_call {
	const char *guest; /* name of the domain */
	const char *operation;
	const char *suboperation;
};

struct hook_options {
	const char
		*config; /* file that has to be there, or NULL: HOOK_POLICY_FILE, which need not */
	const char *bus; /* instead of the configured one, or NULL */
};

/*
 * Does what @call is for, with the domain's XML on the standard input. True: libvirt may go on;
 * false: it must not, and the standard error says why.
 */
bool hook_run(const struct hook_call *call, const struct hook_options *options);
