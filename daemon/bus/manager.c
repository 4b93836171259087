/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/judge/answer_json.h"
#include "daemon/bus/internal.h"

#include <string.h>

static int bus_manager_get_text(sd_bus *connection, const char *path, const char *interface,
	const char *property, sd_bus_message *reply, void *data, sd_bus_error *error)
{
	const struct bus *bus = data;
	struct host_digests digests = { "", "", "" };
	const char *text = "";

	(void)connection;
	(void)path;
	(void)interface;
	(void)error;
	if (bus->world.host)
		digests = host_digests(bus->world.host);
	if (strcmp(property, "Version") == 0)
		text = IOMMUFLEET_VERSION;
	else if (strcmp(property, "Host") == 0)
		text = bus->host_name;
	else if (strcmp(property, "FactsDigest") == 0)
		text = digests.facts;
	else if (strcmp(property, "ClassDigest") == 0)
		text = digests.class_;
	else if (strcmp(property, "MapDigest") == 0)
		text = digests.map;
	else if (strcmp(property, "CollectionState") == 0)
		text = bus->state.collection;
	else if (strcmp(property, "CollectionTrouble") == 0)
		text = bus->state.trouble;
	else if (strcmp(property, "StoreState") == 0)
		text = bus->state.store;
	else if (strcmp(property, "FleetState") == 0)
		text = bus->state.fleet;
	else if (strcmp(property, "FleetTrouble") == 0)
		text = bus->state.fleet_trouble;
	return sd_bus_message_append_basic(reply, 's', text);
}

static int bus_manager_get_number(sd_bus *connection, const char *path, const char *interface,
	const char *property, sd_bus_message *reply, void *data, sd_bus_error *error)
{
	const struct bus *bus = data;
	const struct facts *facts = bus->world.facts;
	uint32_t number = 0;

	(void)connection;
	(void)path;
	(void)interface;
	(void)error;
	if (strcmp(property, "RulesVersion") == 0)
		number = ANSWER_JSON_RULES;
	else if (facts && strcmp(property, "Groups") == 0)
		number = (uint32_t)facts_count(facts->groups);
	else if (facts && strcmp(property, "Devices") == 0)
		number = (uint32_t)facts_count(facts->devices);
	return sd_bus_message_append_basic(reply, 'u', &number);
}

static int bus_manager_get_collected(sd_bus *connection, const char *path, const char *interface,
	const char *property, sd_bus_message *reply, void *data, sd_bus_error *error)
{
	const struct bus *bus = data;

	(void)connection;
	(void)path;
	(void)interface;
	(void)property;
	(void)error;
	return sd_bus_message_append_basic(reply, 't', &bus->state.collected_us);
}

static int bus_manager_get_ready(sd_bus *connection, const char *path, const char *interface,
	const char *property, sd_bus_message *reply, void *data, sd_bus_error *error)
{
	const struct bus *bus = data;
	int ready = bus->world.host != NULL;

	(void)connection;
	(void)path;
	(void)interface;
	(void)property;
	(void)error;
	return sd_bus_message_append_basic(reply, 'b', &ready);
}

#define BUS_MANAGER_CHANGES SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE
#define BUS_MANAGER_ANSWERS "a{ss}aa{sv}aa{sv}a{sv}"
#define BUS_MANAGER_NAMES                                                                          \
	SD_BUS_PARAM(answers) SD_BUS_PARAM(targets) SD_BUS_PARAM(findings) SD_BUS_PARAM(info)

/*
 * Every method is marked unprivileged: the mark's absence would have sd-bus ask, and wait, for
 * CAP_SYS_ADMIN. Who may call what stands in daemon/bus/policy.c; what is restricted there
 * authorises the caller itself.
 */
const sd_bus_vtable bus_manager_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("Version", "s", bus_manager_get_text, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY(
		"RulesVersion", "u", bus_manager_get_number, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("Host", "s", bus_manager_get_text, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("Ready", "b", bus_manager_get_ready, 0, BUS_MANAGER_CHANGES),
	SD_BUS_PROPERTY("FactsDigest", "s", bus_manager_get_text, 0, BUS_MANAGER_CHANGES),
	SD_BUS_PROPERTY("ClassDigest", "s", bus_manager_get_text, 0, BUS_MANAGER_CHANGES),
	SD_BUS_PROPERTY("MapDigest", "s", bus_manager_get_text, 0, BUS_MANAGER_CHANGES),
	SD_BUS_PROPERTY("Groups", "u", bus_manager_get_number, 0, BUS_MANAGER_CHANGES),
	SD_BUS_PROPERTY("Devices", "u", bus_manager_get_number, 0, BUS_MANAGER_CHANGES),
	SD_BUS_PROPERTY("CollectedAtUSec", "t", bus_manager_get_collected, 0, BUS_MANAGER_CHANGES),
	SD_BUS_PROPERTY("CollectionState", "s", bus_manager_get_text, 0, BUS_MANAGER_CHANGES),
	SD_BUS_PROPERTY("CollectionTrouble", "s", bus_manager_get_text, 0, BUS_MANAGER_CHANGES),
	SD_BUS_PROPERTY("StoreState", "s", bus_manager_get_text, 0, BUS_MANAGER_CHANGES),
	SD_BUS_PROPERTY("FleetState", "s", bus_manager_get_text, 0, BUS_MANAGER_CHANGES),
	SD_BUS_PROPERTY("FleetTrouble", "s", bus_manager_get_text, 0, BUS_MANAGER_CHANGES),
	SD_BUS_METHOD_WITH_NAMES("CheckMap", "ssa(tts)asa{sv}",
		SD_BUS_PARAM(host) SD_BUS_PARAM(arch) SD_BUS_PARAM(map) SD_BUS_PARAM(attach)
			SD_BUS_PARAM(options),
		BUS_MANAGER_ANSWERS, BUS_MANAGER_NAMES, bus_check_map, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("CheckGuest", "sssa{sv}",
		SD_BUS_PARAM(host) SD_BUS_PARAM(format) SD_BUS_PARAM(guest) SD_BUS_PARAM(options),
		BUS_MANAGER_ANSWERS, BUS_MANAGER_NAMES, bus_check_guest,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("CheckGuestFile", "ssha{sv}",
		SD_BUS_PARAM(host) SD_BUS_PARAM(format) SD_BUS_PARAM(guest) SD_BUS_PARAM(options),
		BUS_MANAGER_ANSWERS, BUS_MANAGER_NAMES, bus_check_guest,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("MapGuest", "sssa{sv}",
		SD_BUS_PARAM(host) SD_BUS_PARAM(format) SD_BUS_PARAM(guest) SD_BUS_PARAM(options),
		"s", SD_BUS_PARAM(json), bus_map_guest, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("MapGuestFile", "ssha{sv}",
		SD_BUS_PARAM(host) SD_BUS_PARAM(format) SD_BUS_PARAM(guest) SD_BUS_PARAM(options),
		"s", SD_BUS_PARAM(json), bus_map_guest, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("FindHosts", "ssa{sv}",
		SD_BUS_PARAM(format) SD_BUS_PARAM(guest) SD_BUS_PARAM(options), "s",
		SD_BUS_PARAM(json), bus_find_hosts, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("FindHostsFile", "sha{sv}",
		SD_BUS_PARAM(format) SD_BUS_PARAM(guest) SD_BUS_PARAM(options), "h",
		SD_BUS_PARAM(json), bus_find_hosts, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("Plan", "asssa{sv}",
		SD_BUS_PARAM(hosts) SD_BUS_PARAM(format) SD_BUS_PARAM(guest) SD_BUS_PARAM(options),
		"s", SD_BUS_PARAM(json), bus_plan, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("PlanFile", "assha{sv}",
		SD_BUS_PARAM(hosts) SD_BUS_PARAM(format) SD_BUS_PARAM(guest) SD_BUS_PARAM(options),
		"h", SD_BUS_PARAM(json), bus_plan, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("Compare", "ssa{sv}",
		SD_BUS_PARAM(a) SD_BUS_PARAM(b) SD_BUS_PARAM(options), "s", SD_BUS_PARAM(json),
		bus_compare, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("CompareFile", "ssa{sv}",
		SD_BUS_PARAM(a) SD_BUS_PARAM(b) SD_BUS_PARAM(options), "h", SD_BUS_PARAM(json),
		bus_compare, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("Baseline", "asa{sv}", SD_BUS_PARAM(hosts) SD_BUS_PARAM(options),
		"s", SD_BUS_PARAM(json), bus_baseline, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("BaselineFile", "asa{sv}",
		SD_BUS_PARAM(hosts) SD_BUS_PARAM(options), "h", SD_BUS_PARAM(json), bus_baseline,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("Classes", "a{sv}", SD_BUS_PARAM(options), "s", SD_BUS_PARAM(json),
		bus_classes, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("ClassesFile", "a{sv}", SD_BUS_PARAM(options), "h",
		SD_BUS_PARAM(json), bus_classes, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("ListHosts", "sua{sv}",
		SD_BUS_PARAM(cursor) SD_BUS_PARAM(limit) SD_BUS_PARAM(options), "aa{sv}s",
		SD_BUS_PARAM(hosts) SD_BUS_PARAM(next), bus_list_hosts, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("GetHost", "sa{sv}", SD_BUS_PARAM(host) SD_BUS_PARAM(options),
		"a{sv}", SD_BUS_PARAM(properties), bus_get_host, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("Forget", "sa{sv}", SD_BUS_PARAM(host) SD_BUS_PARAM(options), "", ,
		bus_forget, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("Report", "ssa{sv}",
		SD_BUS_PARAM(kind) SD_BUS_PARAM(target) SD_BUS_PARAM(options), "s",
		SD_BUS_PARAM(json), bus_report, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("ReportFile", "ssa{sv}",
		SD_BUS_PARAM(kind) SD_BUS_PARAM(target) SD_BUS_PARAM(options), "h",
		SD_BUS_PARAM(json), bus_report, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("Describe", "", , "s", SD_BUS_PARAM(json), bus_describe,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("DumpFacts", "a{sv}", SD_BUS_PARAM(options), "h",
		SD_BUS_PARAM(facts), bus_dump_facts, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("RegisterGuest", "sssa{sv}",
		SD_BUS_PARAM(name) SD_BUS_PARAM(format) SD_BUS_PARAM(guest) SD_BUS_PARAM(options),
		"", , bus_register_guest, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("UnregisterGuest", "sa{sv}",
		SD_BUS_PARAM(name) SD_BUS_PARAM(options), "", , bus_unregister_guest,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("Refresh", "a{sv}", SD_BUS_PARAM(options), "", , bus_refresh,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("Reload", "a{sv}", SD_BUS_PARAM(options), "", , bus_reload,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_SIGNAL_WITH_NAMES("GuestAtRisk", "ssa{ss}",
		SD_BUS_PARAM(name) SD_BUS_PARAM(uuid) SD_BUS_PARAM(answers), 0),
	SD_BUS_SIGNAL_WITH_NAMES("HostChanged", "ssa{sv}",
		SD_BUS_PARAM(host) SD_BUS_PARAM(change) SD_BUS_PARAM(info), 0),
	SD_BUS_VTABLE_END,
};
