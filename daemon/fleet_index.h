/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The fleet as the core asks it: what the directory holds, and this host with its own facts. A
 * class becomes a host that can be asked when it is first needed, once for all its members. Made
 * anew when something changed and somebody asks.
 */
#pragma once

#include "core/judge/fleet.h"
#include "daemon/exchange/directory.h"

struct fleet_index;

/* An index of @directory, which outlives it. -ENOMEM, -ENOSPC. The caller owns @ret. */
int fleet_index_new(struct directory *directory, struct fleet_index **ret);

struct fleet_index *fleet_index_free(struct fleet_index *index); /* accepts NULL, returns NULL */

/* This host, as it is known by its own facts. */
struct fleet_index_own {
	const char *name;  /* copied */
	struct host *host; /* a reference is taken; NULL: nothing is known */
	uint64_t collected_us;
};
/* Has @own stand for the member of its name. */
void fleet_index_set_own(struct fleet_index *index, const struct fleet_index_own *own);

/*
 * Makes up to @most of the classes that can be asked next but are not ready. 1: there may be more;
 * 0: fleet_index_get() takes no longer than its members do. -ENOMEM.
 */
int fleet_index_prepare(struct fleet_index *index, size_t most);

/* The fleet in @ret, but for its times; it lives until something changes. -ENOMEM. */
int fleet_index_get(struct fleet_index *index, struct fleet *ret);
