/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether the guests that run here still fit: each is judged when it is first told of, and again
 * whenever this host's class changes, a few in one turn. One whose answers got worse is at risk.
 * What describes a guest is in the store: without it, or where it cannot be read, there is no
 * answer.
 */
#pragma once

#include "core/judge/host.h"
#include "daemon/guests.h"
#include "daemon/turn.h"

struct risk {
	struct guests *guests;
	const char *host_name;
	/* Is told of a guest that has an answer worse than before. */
	void (*at_risk)(const struct resident *guest, void *data);
	void *data;
	struct turn_source *source;
	struct host *host; /* that guests are judged by; NULL: nothing is known of it yet */
};

/* Goes on in @turn; the first four members of @risk are set. @host may be NULL. -ENOMEM. */
int risk_open(struct risk *risk, struct turn *turn, struct host *host);
void risk_close(struct risk *risk);

/* Has guests judged by @host from now on, and all of them anew if it is of another class. */
void risk_take_host(struct risk *risk, struct host *host);

/* As guests_put(); it is judged soon. */
int risk_put_guest(struct risk *risk, const struct resident *guest, const char *text, size_t n);
