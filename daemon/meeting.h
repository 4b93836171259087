/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The mode "etcd": between the configuration, this host's membership and the exchange's etcd. What
 * it takes up comes into the directory, and what comes into the directory of this host it brings
 * there. A new configuration counts after a restart; the files that it names are read again when
 * they are needed.
 */
#pragma once

#include "daemon/membership.h"

struct etcd;

struct meeting {
	struct log *log;
	const struct membership *membership;
	struct trust *trust;		/* whom it trusted when all was read last: a reference */
	struct etcd *etcd;		/* NULL: another mode, or no settings that can be used */
	struct meeting_waiter *waiters; /* MEETING_WAITERS of them */
	struct turn_source *deadline;	/* of whoever waits longest */
	struct refusal refusal;		/* of the settings; text empty: they are good */
	char trouble[400];		/* see meeting_trouble() */
};

/*
 * Begins, if the mode is "etcd"; log and membership are set. Settings that cannot be used are said,
 * and the host goes on with what it holds. -ENOMEM, -ENOSPC.
 */
int meeting_open(struct meeting *meeting, struct turn *turn, const struct config *config);

/* Has etcd follow the membership; after each turn. */
void meeting_follow(struct meeting *meeting);

/* Before the membership ends. */
void meeting_close(struct meeting *meeting);

/* ------------------------------------------------------------- questions about one host */

enum meeting_ask_outcome {
	MEETING_ASK_KNOWN, /* the directory has all that can be had; then() is not called */
	MEETING_ASK_WAIT,  /* then() is called once it has, or after 10 seconds at most */
	MEETING_ASK_BUSY,  /* @caller, or all of them, ask too much at once */
};

/*
 * Before a question about @host: has its record and class fetched where this mode reads on demand.
 * In the others all there is comes by itself, so it is known at once. @caller is any number by
 * which callers are told apart, such as a bus connection's. then() comes from the loop, never from
 * inside this; what it finds in the directory may still be nothing, or old: meeting_trouble() says
 * why.
 */
enum meeting_ask_outcome meeting_ask(struct meeting *meeting, const char *host, uint64_t caller,
	void (*then)(void *data), void *data);

/* Whoever waits with @data is told nothing any more. */
void meeting_unask(struct meeting *meeting, const void *data);

/* Why what is held may be old, for people, with what to do; empty: nothing is wrong. */
const char *meeting_trouble(struct meeting *meeting);
