/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The mode "peers": between the configuration, this host's membership and the exchange's peers. It
 * listens where [peers] listen says and on sockets that systemd hands over; who talks, and whom it
 * trusts, follows the membership.
 */
#pragma once

#include "daemon/membership.h"

struct peers;

struct peering {
	struct log *log;
	const struct membership *membership;
	struct peers *peers;	   /* NULL: another mode */
	struct identity *identity; /* that peers have: references */
	struct trust *trust;
};

/*
 * Begins, if the mode is "peers"; log and membership are set. What cannot be listened on or read is
 * said, and the rest goes on without. -ENOMEM.
 */
int peering_open(struct peering *peering, struct turn *turn, const struct config *config);
void peering_close(struct peering *peering);

/* A new configuration. */
void peering_apply(struct peering *peering, const struct config *config);

/* Has peers follow the membership; after each turn. */
void peering_follow(struct peering *peering);

/*
 * Fetches the facts document of another host from itself, as peers_ask_facts(); -EOPNOTSUPP: in
 * this mode hosts do not talk to each other. peering_unask_facts() ends the wait of @data.
 */
struct peers_facts_question;
int peering_ask_facts(struct peering *peering, const struct peers_facts_question *question);
void peering_unask_facts(struct peering *peering, const void *data);
