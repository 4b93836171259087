/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which method is for whom, and what it costs: one table, which a test walks and compares with the
 * interfaces and with the actions of polkit. Quota (daemon/bus/quota.h) and authorisation
 * (daemon/bus/authorise.c) read it; no method decides for itself.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bus_policy {
	const char *interface;
	const char *method;
	bool restricted;    /* to root, the daemon's user, and whom polkit allows @action */
	const char *action; /* without its beginning, org.iommufleet1.; NULL: polkit is not asked */
	uint32_t cost;	    /* to a caller who is neither; a small question is 1 */
};

#define BUS_POLICY_ACTION "org.iommufleet1."

extern const struct bus_policy bus_policies[];
extern const size_t bus_policies_n;

/* The row of a method; @interface may be NULL, as in a message. NULL: nothing is said about it. */
const struct bus_policy *bus_policy_find(const char *interface, const char *method);
