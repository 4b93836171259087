/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/doctor.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#define DOCTOR_TEXT_BYTES 1024

static const struct {
	const char *name;
	void (*run)(struct doctor *doctor);
} doctor_checks[] = {
	{ "collection", doctor_host_collection },
	{ "privilege", doctor_host_privilege },
	{ "collector", doctor_host_collector },
	{ "uevents", doctor_host_uevents },
	{ "store", doctor_host_store },
	{ "config", doctor_host_config },
	{ "clock", doctor_host_clock },
	{ "fleet", doctor_fleet_membership },
	{ "certificate", doctor_fleet_certificate },
	{ "ca", doctor_fleet_authorities },
	{ "crl", doctor_fleet_lists },
	{ "peers", doctor_fleet_peers },
	{ "etcd", doctor_fleet_etcd },
};

void doctor_say(
	struct doctor *doctor, enum doctor_state state, const char *remedy, const char *format, ...)
{
	static const char *const states[] = { "ok", "warn", "fail", "unknown" };
	char text[DOCTOR_TEXT_BYTES];
	json_t *row;
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	/* Texts of the system and of others are in it. */
	for (char *c = text; *c; c++) {
		if (*c < ' ' || *c > '~')
			*c = '?';
	}
	row = json_pack("{s:s, s:s, s:s, s:s*}", "check", doctor->check, "state", states[state],
		"text", text, "remedy", remedy);
	if (json_array_append_new(doctor->checks, row) < 0)
		doctor->failed = true;
}

const char *doctor_span(uint64_t us, char ret[static DOCTOR_SPAN_BYTES])
{
	static const struct {
		uint64_t s;
		const char *word;
	} units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" } };
	uint64_t s = us / 1000000;
	size_t i = 0;

	while (i < 3 && s < 2 * units[i].s)
		i++;
	(void)snprintf(ret, DOCTOR_SPAN_BYTES, "%" PRIu64 " %s", s / units[i].s, units[i].word);
	return ret;
}

int doctor_document(struct loop *loop, json_t **ret)
{
	struct doctor doctor = { .loop = loop, .checks = json_array() };
	struct timespec now;
	json_t *document;

	if (!doctor.checks)
		return -ENOMEM;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	doctor.now_us = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	for (size_t i = 0; i < sizeof(doctor_checks) / sizeof(doctor_checks[0]); i++) {
		doctor.check = doctor_checks[i].name;
		doctor_checks[i].run(&doctor);
	}
	document = json_pack("{s:s, s:s, s:s, s:o}", "schema", "iommufleet-doctor-1", "host",
		loop->host_name, "daemon", IOMMUFLEET_VERSION, "checks", doctor.checks);
	if (document && doctor.failed) {
		json_decref(document);
		document = NULL;
	}
	if (!document)
		return -ENOMEM;
	*ret = document;
	return 0;
}
