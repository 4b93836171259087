/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is wrong with this host's fleet, in one text for people: what keeps this host out of it, or
 * where records come from, or else what records say of each other. Two names with one machine id
 * are machines that were copied, two payloads of one sequence are machines with one key; records of
 * both stay held, and somebody has to mend it.
 */
#pragma once

#include "daemon/meeting.h"

#define FLEET_TROUBLE_BYTES 256

struct fleet_trouble {
	struct log *log;
	const struct membership *membership;
	struct meeting *meeting;
	struct turn_source *look; /* at all hosts, not too often */
	bool pending;
	uint64_t looked_us; /* monotonic; 0: never */
	uint64_t rest_us;   /* from then on */
	char twins[FLEET_TROUBLE_BYTES];
	char text[FLEET_TROUBLE_BYTES]; /* empty: nothing is wrong */
};

/* Begins; log, membership and meeting are set, and open. -ENOMEM, -ENOSPC. */
int fleet_trouble_open(struct fleet_trouble *trouble, struct turn *turn);

/* After each turn: brings the text up to date. True: it is another one. */
bool fleet_trouble_follow(struct fleet_trouble *trouble);
