/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the daemon counts, and what it can be asked for in numbers. The same document is behind the
 * report "metrics" on the bus and behind [metrics] listen. No name of a host or of a guest is in
 * it, and no secret.
 */
#pragma once

#include "core/judge/verdict.h"
#include "daemon/guests.h"
#include "daemon/meeting.h"
#include "daemon/membership.h"
#include "daemon/metrics_list.h"
#include "daemon/peering.h"

#define METRICS_CLASSES 200U /* with their own number of hosts: the largest; the rest is one */

/* Where numbers are read; borrowed, and looked at whenever somebody asks. */
struct metrics_source {
	const struct config *config;
	const struct state *state;
	const struct keep *keep;
	const struct guests *guests;
	const struct membership *membership;
	const struct peering *peering;
	const struct meeting *meeting;
};

/* What came of a request for the metrics. */
enum metrics_request {
	METRICS_ANSWERED,
	METRICS_REFUSED,
	METRICS_DROPPED, /* too slow, gone, or one too many */
	_METRICS_REQUEST_MAX,
};

struct metrics {
	struct metrics_source source;
	uint64_t answers[3][3]; /* by question, as its bit is numbered, and enum verdict_answer */
	uint64_t collected, not_collected;
	uint64_t at_risk; /* guests that were announced to be */
	uint64_t requests[_METRICS_REQUEST_MAX];
};

/* Counts an answer that was given. */
void metrics_count_answer(struct metrics *metrics, const struct verdict *verdict);

/* The document of core/codec/metrics_text.h in @ret, a new reference. -ENOMEM. */
int metrics_document(const struct metrics *metrics, json_t **ret);

/* Adds what is known of the hosts of the fleet, at @now_us. -ENOMEM. */
int metrics_fleet_add(
	const struct metrics_source *source, uint64_t now_us, struct metrics_list *list);

/* Adds what came from other hosts and went to them. */
void metrics_exchange_add(const struct metrics_source *source, struct metrics_list *list);
