/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/verb.h"

#include "client/source.h"
#include "core/cleanup.h"

#include <stdint.h>
#include <string.h>

CLEANUP_DEFINE(struct source *, source_close, verb_source_closep);

#define VERB_ASK   (ARGUMENTS_SHOW | ARGUMENTS_ASSUME)
#define VERB_FLEET (VERB_ASK | ARGUMENTS_FLEET)

const struct verb verb_table[] = {
	{ "status", "", 0, 0, VERB_ASK, verb_status_run,
		"the host in one screen, what is wrong first",
		"Shows what this host's IOMMU allows, led by what stands in the way." },
	{ "groups", "", 0, 0, VERB_ASK, verb_inventory_groups,
		"IOMMU groups and their reserved regions",
		"Devices of one group can only be assigned together. ISOLATED: no device outside "
		"the group is reachable past the IOMMU. ASSIGNABLE: as things stand now." },
	{ "devices", "", 0, 0, VERB_ASK, verb_inventory_devices,
		"devices, their groups, drivers and names",
		"ACS lists the isolation features that a port has switched on." },
	{ "explain", "TARGET", 1, 1, VERB_ASK, verb_target_explain,
		"the path of a device to the root, port by port",
		"TARGET is a PCI address (01:00.0 is short for 0000:01:00.0) or a group number. "
		"Shows each port on the way and the first that spoils isolation." },
	{ "usable", "TARGET", 1, 1, VERB_ASK, verb_target_usable,
		"where a device can reach memory, and if not, why",
		"TARGET is a PCI address (01:00.0 is short for 0000:01:00.0) or a group number." },
	{ "check", "--domain FILE", 0, 0,
		VERB_ASK | ARGUMENTS_GUEST | ARGUMENTS_ATTACH | ARGUMENTS_ATTACH_MEMORY |
			ARGUMENTS_QUESTION,
		verb_check_run, "whether a guest's memory map is safe here",
		"Three questions: may the guest run here (migrate), may a device be added later "
		"(hotplug), may memory be added while a device is attached (memory_hotplug)? "
		"Ends with 0 if all answers are safe, 3 if one is unsafe, 4 if one cannot be "
		"told. Addresses of devices are those of the host that is asked, with --facts of "
		"none unless --from says so; --mtree shows PCI devices, by the BARs that they "
		"have, and no others." },
	{ "map", "--domain FILE", 0, 0, VERB_ASK | ARGUMENTS_GUEST, verb_map_run,
		"the memory map that a guest gets here",
		"Shows a guest's physical memory map. A definition (--domain, --cmdline) is laid "
		"out as QEMU would for this host, for --facts FILE, or, with nothing but "
		"--assume=cpu-vendor=... and --assume=cpu-bits=..., for such a CPU. Ends with 0 if "
		"there is a map, 3 if QEMU would refuse to start the guest, 4 if the map cannot be "
		"told." },
	{ "hosts", "[--domain FILE]", 0, 0,
		VERB_FLEET | (ARGUMENTS_GUEST & ~ARGUMENTS_HOST) | ARGUMENTS_ATTACH |
			ARGUMENTS_ATTACH_MEMORY | ARGUMENTS_QUESTION | ARGUMENTS_LABEL |
			ARGUMENTS_CLASS,
		verb_fleet_hosts, "which hosts can take a guest, best first",
		"Asks every host of the fleet that the daemon knows what \"check\" asks of one; "
		"without a guest it lists the hosts. --attach names kinds of devices, such as "
		"8086:10d3. Without the daemon: --facts once for each host, whose name is the "
		"file's, without folder and .json; --from takes one, or another file. Ends with 0 "
		"if a host is safe for all that is asked, 3 if every host is unsafe for some of "
		"it, else with 4; a list ends with 0." },
	{ "classes", "", 0, 0, VERB_FLEET, verb_fleet_classes, "which hosts are interchangeable",
		"Hosts of one class give every guest the same answers, as far as those do not "
		"depend on what is bound or in use at the moment. Hosts of one map have room for "
		"the same memory. Asked of the daemon's fleet, or of --facts, given once for each "
		"host." },
	{ "compare", "HOST HOST", 2, 2, VERB_FLEET, verb_fleet_compare,
		"what differs between two hosts, and for whom",
		"Lists what differs between the classes of two hosts, of the daemon's fleet or of "
		"those that --facts names, which answers it can change and whose. What is bound "
		"to which driver, and numbers, are not compared. Ends with 0 whether they differ "
		"or not." },
	{ "baseline", "[HOST ...]", 0, SIZE_MAX, VERB_FLEET, verb_fleet_baseline,
		"addresses that are usable on all hosts",
		"Shows where memory of a guest may lie so that every device fits on every host of "
		"the daemon's fleet, or of --facts, given once for each, or on those HOSTs of "
		"them; and for each hole whose it is. "
		"Ends with 0 if there are such addresses, 3 if there are none, 4 if some host "
		"does not tell." },
	{ "plan", "--domain FILE [HOST ...]", 0, SIZE_MAX,
		VERB_FLEET | (ARGUMENTS_GUEST & ~ARGUMENTS_HOST) | ARGUMENTS_ATTACH |
			ARGUMENTS_ATTACH_MEMORY | ARGUMENTS_QUESTION | ARGUMENTS_LABEL |
			ARGUMENTS_CLASS,
		verb_plan_run, "what to change for a guest to fit all hosts",
		"Can the guest be started on any host and moved to any other, with room for "
		"devices? If not: the smallest changes to its definition with which it can, each "
		"of them asked about, and the hosts to leave out. Unless --question says "
		"otherwise, migrate and hotplug are asked. Asked of the daemon's fleet, or of "
		"--facts, given once for each host; HOSTs are some of those. Ends with 0 if the "
		"guest fits as it is, 3 if a host is unsafe, 4 if of a host it cannot be told, "
		"whatever is suggested." },
	{ "report", "--html FILE", 0, 0,
		ARGUMENTS_ALWAYS | ARGUMENTS_FACTS | ARGUMENTS_BUS | ARGUMENTS_FLEET |
			ARGUMENTS_ASSUME | ARGUMENTS_HTML | ARGUMENTS_GUESTS |
			(ARGUMENTS_GUEST & ~ARGUMENTS_HOST) | ARGUMENTS_ATTACH |
			ARGUMENTS_ATTACH_MEMORY | ARGUMENTS_QUESTION,
		verb_report_run, "all of it as one page to look at, or to print",
		"Writes a page of HTML that needs nothing else: what is wrong and what to do, "
		"address spaces drawn to scale, groups and devices, and which hosts can take the "
		"guests that are named: --domain and --map can be given more than once. Give "
		"--facts once for each host; the first 8 are shown in full." },
	{ "facts", "", 0, 0, ARGUMENTS_SHOW, verb_record_facts,
		"the host's facts document, as JSON",
		"Prints the document that --facts takes. The daemon gives it to root and its own "
		"user." },
	{ "digests", "", 0, 0, VERB_ASK, verb_status_digests, "digests of facts, class and map",
		"Equal class: every guest gets the same answers on both hosts. Equal map: every "
		"guest's memory fits both hosts or neither." },
	{ "history", "[HOST]", 0, 1, ARGUMENTS_SHOW, verb_history_run, "what a host was when",
		"Shows from the daemon's store when the facts and the class of this host, or of "
		"another host of its fleet, changed." },
	{ "forget", "HOST", 1, 1, ARGUMENTS_ALWAYS | ARGUMENTS_BUS, verb_fleet_forget,
		"drop a host that is gone from the fleet",
		"Has the daemon forget a host of its fleet, and take no record of it until the "
		"one that it had would have ended; a newer one, which only that host can make, is "
		"taken. Each daemon forgets for itself. The daemon lets root and its own user." },
	{ "guests", "[add|remove NAME]", 0, 2,
		ARGUMENTS_SHOW | ARGUMENTS_DOMAIN | ARGUMENTS_CMDLINE | ARGUMENTS_MTREE |
			ARGUMENTS_QMP | ARGUMENTS_MAP,
		verb_guests_run, "the guests that run here, and whether they fit",
		"Lists whom libvirt's hook, or \"guests add\", told the daemon of: what \"check\" "
		"answers about the guest here, judged again whenever this host's class changes, "
		"since when it runs, and which of this host's devices it has. \"guests add NAME "
		"--domain FILE\" tells of one, \"guests remove NAME\" that it is gone; the daemon "
		"lets root and its own user." },
	{ "export", "FORM", 1, 1,
		(ARGUMENTS_SHOW & ~ARGUMENTS_NO_LEGEND) | ARGUMENTS_HOST | ARGUMENTS_OUTPUT,
		verb_export_run, "what Kubernetes, Nova or Prometheus reads",
		"FORM is nfd, a feature file of Node Feature Discovery with labels of this host; "
		"nova, a provider configuration of OpenStack Nova with traits for its class and "
		"map, or with --host for those of another host of its fleet; or prometheus, what "
		"the daemon counts. The first two can be made of --facts. "
		"The daemon can write the feature file and answer Prometheus by itself, see "
		"iommufleetd.conf(5)." },
	{ "doctor", "", 0, 0,
		(ARGUMENTS_SHOW & ~ARGUMENTS_FACTS) | ARGUMENTS_CONFIG | ARGUMENTS_DAEMON,
		verb_doctor_run, "whether iommufleet itself is well on this host",
		"Looks at the daemon, what it may read and what it keeps, configuration, "
		"certificates, clock, peers and etcd, and says of each what to do. Ends with 1 if "
		"something fails; warnings, and what cannot be told, end with 0. Without a daemon "
		"it looks at what can be seen without: then --config is the daemon's, and root "
		"sees more." },
	{ "libvirt-hook", "NAME ...", 4, 4, ARGUMENTS_ALWAYS | ARGUMENTS_BUS | ARGUMENTS_CONFIG,
		verb_hook_run, "judges a guest for libvirt, which runs it",
		"NAME OPERATION SUBOPERATION EXTRA are what libvirt gives a hook. Reads the "
		"domain's XML, and ends with 0 if libvirt may go on and with 1 if it must not: "
		"iommufleet-libvirt-hook(7) tells how to install and to configure it." },
	{ "capture", "", 0, 0, ARGUMENTS_ALWAYS | ARGUMENTS_SYSROOT | ARGUMENTS_KERNEL_LOG,
		verb_record_capture, "this host as a text file, for a bug report",
		"Writes what a collector could read of this host, without serial numbers and MAC "
		"addresses. Run it as root: without, it misses what only root can read." },
};
const size_t verb_table_n = sizeof(verb_table) / sizeof(verb_table[0]);

const struct verb *verb_find(const char *name)
{
	for (size_t i = 0; i < verb_table_n; i++)
		if (strcmp(verb_table[i].name, name) == 0)
			return &verb_table[i];
	return NULL;
}

int verb_report(const struct verb_call *call, const char *kind, const char *target, bool *ret_shown,
	json_t **ret)
{
	_cleanup_(verb_source_closep) struct source *source = NULL;
	json_t *document;
	int r;

	r = source_open(call->options, call->trouble, &source);
	if (r != 0)
		return r;
	r = source_report(source, kind, target, call->trouble, &document);
	if (r != 0)
		return r;
	if (call->display->json != DISPLAY_JSON_OFF) {
		r = display_document(call->display, document);
		if (r < 0) {
			json_decref(document);
			return r;
		}
	}
	*ret_shown = call->display->json != DISPLAY_JSON_OFF;
	*ret = document;
	return 0;
}
