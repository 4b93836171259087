/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/policy.h"

#include "daemon/bus/internal.h"

#include <string.h>

/*
 * Costs are about tenths of a millisecond: a map against one host, a document that is decoded
 * first, every class of a fleet, every guest against every class.
 */
const struct bus_policy bus_policies[] = {
	{ BUS_MANAGER, "CheckMap", false, NULL, 1 },
	{ BUS_MANAGER, "CheckGuest", false, NULL, 5 },
	{ BUS_MANAGER, "CheckGuestFile", false, NULL, 10 },
	{ BUS_MANAGER, "MapGuest", false, NULL, 5 },
	{ BUS_MANAGER, "MapGuestFile", false, NULL, 10 },
	{ BUS_MANAGER, "FindHosts", false, NULL, 50 },
	{ BUS_MANAGER, "FindHostsFile", false, NULL, 50 },
	{ BUS_MANAGER, "Plan", false, NULL, 200 },
	{ BUS_MANAGER, "PlanFile", false, NULL, 200 },
	{ BUS_MANAGER, "Compare", false, NULL, 20 },
	{ BUS_MANAGER, "CompareFile", false, NULL, 20 },
	{ BUS_MANAGER, "Baseline", false, NULL, 100 },
	{ BUS_MANAGER, "BaselineFile", false, NULL, 100 },
	{ BUS_MANAGER, "Classes", false, NULL, 50 },
	{ BUS_MANAGER, "ClassesFile", false, NULL, 50 },
	{ BUS_MANAGER, "ListHosts", false, NULL, 20 },
	{ BUS_MANAGER, "GetHost", false, NULL, 2 },
	{ BUS_MANAGER, "Forget", true, "forget", 20 },
	{ BUS_MANAGER, "Report", false, NULL, 10 },
	{ BUS_MANAGER, "ReportFile", false, NULL, 20 },
	{ BUS_MANAGER, "Describe", false, NULL, 10 },
	{ BUS_MANAGER, "DumpFacts", true, "dump-facts", 20 },
	{ BUS_MANAGER, "RegisterGuest", true, "register-guest", 20 },
	{ BUS_MANAGER, "UnregisterGuest", true, "register-guest", 20 },
	{ BUS_MANAGER, "Refresh", true, "refresh", 20 },
	{ BUS_MANAGER, "Reload", true, "reload", 20 },
	{ "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", false, NULL, 100 },
	{ "org.freedesktop.DBus.Introspectable", "Introspect", false, NULL, 20 },
	{ "org.freedesktop.DBus.Properties", "Get", false, NULL, 1 },
	{ "org.freedesktop.DBus.Properties", "GetAll", false, NULL, 2 },
	/* Of LogControl1, which is all that can be written. */
	{ "org.freedesktop.DBus.Properties", "Set", true, NULL, 5 },
	{ "org.freedesktop.DBus.Peer", "Ping", false, NULL, 1 },
	{ "org.freedesktop.DBus.Peer", "GetMachineId", false, NULL, 1 },
};
const size_t bus_policies_n = sizeof(bus_policies) / sizeof(bus_policies[0]);

const struct bus_policy *bus_policy_find(const char *interface, const char *method)
{
	for (size_t i = 0; i < bus_policies_n; i++) {
		if (strcmp(bus_policies[i].method, method) == 0 &&
			(!interface || strcmp(bus_policies[i].interface, interface) == 0))
			return &bus_policies[i];
	}
	return NULL;
}
