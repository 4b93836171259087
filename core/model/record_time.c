/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/model/record_time.h"

#include <assert.h>
#include <string.h>

static uint64_t record_time_later(uint64_t time_us, uint64_t by_us)
{
	return time_us > UINT64_MAX - by_us ? UINT64_MAX : time_us + by_us;
}

static enum record_time record_time_judge_validity(
	const struct record *record, const struct record_span *certificates)
{
	if (record->valid_until_us < record->issued_us)
		return RECORD_TIME_E_BACKWARDS;
	if (record->valid_until_us - record->issued_us > RECORD_TIME_VALIDITY_US)
		return RECORD_TIME_E_TOO_LONG;
	if (record->collected_us > record->issued_us)
		return RECORD_TIME_E_COLLECTED;
	if (record->valid_until_us > certificates->last_us ||
		record_time_later(record->issued_us, RECORD_TIME_SKEW_US) < certificates->first_us)
		return RECORD_TIME_E_CERTIFICATE;
	return RECORD_TIME_CURRENT;
}

enum record_time record_time_judge(
	const struct record *record, const struct record_span *certificates, uint64_t now_us)
{
	enum record_time time;

	if (record->issued_us > record_time_later(now_us, RECORD_TIME_SKEW_US))
		return RECORD_TIME_E_AHEAD;
	time = record_time_judge_validity(record, certificates);
	if (time != RECORD_TIME_CURRENT)
		return time;
	if (record->sequence > record_time_later(now_us, RECORD_TIME_SKEW_US) ||
		record->sequence > record_time_later(record->issued_us, RECORD_TIME_SKEW_US))
		return RECORD_TIME_E_SEQUENCE;
	return record->valid_until_us < now_us ? RECORD_TIME_STALE : RECORD_TIME_CURRENT;
}

const char *record_time_text(enum record_time time)
{
	static const char *const texts[] = {
		[RECORD_TIME_CURRENT] = "valid_until is yet to come",
		[RECORD_TIME_STALE] = "valid_until has passed",
		[RECORD_TIME_E_AHEAD] = "issued_at is more than 5 minutes ahead of the clock here; "
					"compare both clocks",
		[RECORD_TIME_E_BACKWARDS] = "valid_until is before issued_at",
		[RECORD_TIME_E_TOO_LONG] = "valid_until is more than 24 hours after issued_at",
		[RECORD_TIME_E_COLLECTED] = "collected_at is after issued_at",
		[RECORD_TIME_E_CERTIFICATE] = "issued_at and valid_until are not within the time "
					      "of the certificate",
		[RECORD_TIME_E_SEQUENCE] = "sequence is more than 5 minutes ahead of the clock "
					   "here or of issued_at",
	};

	assert(time < _RECORD_TIME_MAX);
	return texts[time];
}

enum record_time_order record_time_compare(
	const struct record_time_version *record, const struct record_time_version *held)
{
	int order;

	if (record->sequence != held->sequence)
		return record->sequence > held->sequence ? RECORD_TIME_ORDER_NEWER
							 : RECORD_TIME_ORDER_OLDER;
	order = strcmp(record->digest, held->digest);
	if (order == 0)
		return RECORD_TIME_ORDER_SAME;
	return order > 0 ? RECORD_TIME_ORDER_NEWER : RECORD_TIME_ORDER_OLDER;
}

enum record_time_stamp_outcome record_time_stamp(
	struct record *record, const struct record_time_stamp *stamp)
{
	uint64_t sequence = record_time_later(stamp->last_sequence, 1);
	uint64_t until = record_time_later(stamp->now_us, stamp->validity_us);

	assert(stamp->validity_us <= RECORD_TIME_VALIDITY_US);
	if (stamp->now_us < stamp->certificates.first_us)
		return RECORD_TIME_STAMP_E_EARLY;
	if (stamp->now_us > stamp->certificates.last_us)
		return RECORD_TIME_STAMP_E_EXPIRED;
	if (sequence < stamp->now_us)
		sequence = stamp->now_us;
	if (sequence > record_time_later(stamp->now_us, RECORD_TIME_SKEW_US))
		return RECORD_TIME_STAMP_E_SEQUENCE;

	record->sequence = sequence;
	record->issued_us = stamp->now_us;
	record->valid_until_us =
		until < stamp->certificates.last_us ? until : stamp->certificates.last_us;
	return RECORD_TIME_STAMP_DONE;
}

uint64_t record_time_adopt(uint64_t last, uint64_t seen)
{
	return seen > last ? seen : last;
}
