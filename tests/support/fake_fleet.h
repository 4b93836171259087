/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Hosts of a fleet for tests: identities of tests/exchange/vectors, and records that are signed
 * with them when they are needed.
 */
#pragma once

#include "daemon/exchange/signed_record.h"

#define FAKE_FLEET_NOW	1803902400000000ULL /* 2027-03-01 12:00, when the vectors are good */
#define FAKE_FLEET_HOUR 3600000000ULL

/* What a record says, besides what is the same in all. */
struct fake_fleet_record {
	struct identity *identity;
	uint64_t sequence, now_us;
	const char *class_digest; /* 64 digits, or NULL */
	uint32_t projection;	  /* of it; 0: 2 */
	const char *zone;
};

/* The path of a vector, in one of a few buffers. */
const char *fake_fleet_path(const char *name);

/* Of the files of that name among the vectors. */
struct identity *fake_fleet_identity(const char *certificate, const char *key);

/* In the fleet "lab"; @lists may be NULL. */
struct trust *fake_fleet_trust(const char *ca, const char *lists);

/* The record of @what, valid for 12 hours; its bytes are to be freed with free(). */
struct signed_record_bytes fake_fleet_sign(const struct fake_fleet_record *what);
