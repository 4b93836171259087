/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the daemon finds when it is asked how it is: one check after the other, each with a state,
 * a sentence, and what to do about it. The client adds what can only be seen from outside
 * (client/doctor.h); schema/doctor-1.schema.json is the document of both.
 */
#pragma once

#include "daemon/loop_view.h"

enum doctor_state { DOCTOR_OK, DOCTOR_WARN, DOCTOR_FAIL, DOCTOR_UNKNOWN };

struct doctor {
	struct loop *loop; /* whose daemon it is; borrowed */
	uint64_t now_us;   /* real time */
	const char *check; /* that runs */
	json_t *checks;
	bool failed; /* memory was short */
};

/* The document in @ret, a new reference. -ENOMEM. */
int doctor_document(struct loop *loop, json_t **ret);

/* Notes what the check that runs found; @remedy, NULL where there is none, is what to do. */
void doctor_say(struct doctor *doctor, enum doctor_state state, const char *remedy,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

#define DOCTOR_SPAN_BYTES 32

/* "3 min", "2 h", "5 d": @us in the largest unit that gives two of it. */
const char *doctor_span(uint64_t us, char ret[static DOCTOR_SPAN_BYTES]);

/* The checks. */
void doctor_host_collection(struct doctor *doctor);
void doctor_host_privilege(struct doctor *doctor);
void doctor_host_collector(struct doctor *doctor);
void doctor_host_uevents(struct doctor *doctor);
void doctor_host_store(struct doctor *doctor);
void doctor_host_config(struct doctor *doctor);
void doctor_host_clock(struct doctor *doctor);
void doctor_fleet_membership(struct doctor *doctor);
void doctor_fleet_certificate(struct doctor *doctor);
void doctor_fleet_authorities(struct doctor *doctor);
void doctor_fleet_lists(struct doctor *doctor);
void doctor_fleet_peers(struct doctor *doctor);
void doctor_fleet_etcd(struct doctor *doctor);
