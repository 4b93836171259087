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
	struct trust *trust; /* whom it trusted when all was read last: a reference */
	struct etcd *etcd;   /* NULL: another mode, or no settings that can be used */
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
