/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rules of time and order between records, which need nothing but numbers: which times a record
 * may have, which of two records of a host counts, and what a host writes into its next one.
 */
#pragma once

#include "core/model/record.h"

#define RECORD_TIME_SKEW_US	(5ULL * 60 * 1000000)	    /* by which clocks may differ */
#define RECORD_TIME_VALIDITY_US (24ULL * 60 * 60 * 1000000) /* at most, from issue */
#define RECORD_TIME_LIMIT_US	((uint64_t)INT64_MAX)	    /* what a document can say */

enum record_time {
	RECORD_TIME_CURRENT,
	RECORD_TIME_STALE,   /* valid-until has passed: it is kept and shown, and proves nothing */
	RECORD_TIME_E_AHEAD, /* issued further ahead of now than clocks may differ */
	RECORD_TIME_E_BACKWARDS,   /* valid-until is before the time of issue */
	RECORD_TIME_E_TOO_LONG,	   /* valid-until is more than RECORD_TIME_VALIDITY_US after it */
	RECORD_TIME_E_COLLECTED,   /* collected after the time of issue */
	RECORD_TIME_E_CERTIFICATE, /* valid-until or issue lie outside the certificates */
	RECORD_TIME_E_SEQUENCE, /* further ahead of its time, or of now, than clocks may differ */
	_RECORD_TIME_MAX,
};

/*
 * Judges the times of @record, whose certificates are valid in @certificates, at @now_us. The
 * sequence is bound to the record's own time, so that a key that was stolen after its certificate
 * expired cannot reach the sequences of today.
 */
enum record_time record_time_judge(
	const struct record *record, const struct record_span *certificates, uint64_t now_us);

/* A sentence about @time for people, beginning with the member that it is about. */
const char *record_time_text(enum record_time time);

/* What decides which of two records of one host counts. The digest is that of the payload. */
struct record_time_version {
	uint64_t sequence;
	const char *digest;
};

enum record_time_order {
	RECORD_TIME_ORDER_OLDER,
	RECORD_TIME_ORDER_SAME,
	RECORD_TIME_ORDER_NEWER,
};

/*
 * How @record stands to @held, the newest that was ever held (its floor, which outlives it). Of two
 * different payloads with one sequence the greater digest is the newer, so that everybody keeps the
 * same one; that they exist at all says that two machines use one key.
 */
enum record_time_order record_time_compare(
	const struct record_time_version *record, const struct record_time_version *held);

enum record_time_stamp_outcome {
	RECORD_TIME_STAMP_DONE,
	RECORD_TIME_STAMP_E_SEQUENCE, /* others would refuse it: the clock is behind, or was ahead
				       */
	RECORD_TIME_STAMP_E_EARLY,    /* the certificate is not valid yet */
	RECORD_TIME_STAMP_E_EXPIRED,  /* the certificate is not valid any more */
};

struct record_time_stamp {
	uint64_t last_sequence; /* of this host, as it remembers or has seen it itself; 0: none */
	uint64_t now_us;
	uint64_t validity_us; /* wanted; at most RECORD_TIME_VALIDITY_US */
	struct record_span certificates;
};

/*
 * Gives @record, which is about to be signed, its sequence (the greater of last + 1 and now), its
 * time of issue and its valid-until, which ends with the certificates. After RECORD_TIME_STAMP_E_…
 * it is as it was. With a last sequence that is ahead of now it cannot go on by itself: either this
 * clock is behind, or it once was ahead; in that case nobody took what it signed then, and it may
 * start again from 0.
 */
enum record_time_stamp_outcome record_time_stamp(
	struct record *record, const struct record_time_stamp *stamp);

/*
 * The sequence to remember as the last one by a host that remembers @last and sees a valid record
 * of its own with @seen: a restored or reinstalled host goes on above what the fleet has of it.
 */
uint64_t record_time_adopt(uint64_t last, uint64_t seen);
