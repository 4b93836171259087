/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the programs that stand for a host in a fleet have in common. */
#pragma once

#include "daemon/exchange/directory.h"

#include <stdbool.h>

/* Says "fault WHAT" and ends the program unless @condition holds. */
void node_must(bool condition, const char *what);

/*
 * Who it is and whom it trusts from now on, in the fleet lab: @argv is the certificate, its key,
 * the bundle of CAs and the revocation list or "-". What was there before is released.
 */
void node_load(char **argv, struct identity **identity, struct trust **trust);

struct node_time {
	uint64_t now_us;
	uint64_t validity_us;
};

/* Signs @record as @identity and has @directory take it, after what it holds of that host. */
void node_sign(struct directory *directory, const struct identity *identity, struct record *record,
	const struct node_time *when);
