/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Several facts documents as a fleet: each host has the name of its file, without its folder and
 * its ".json". How old they are nobody knows.
 */
#pragma once

#include "client/arguments.h"
#include "client/trouble.h"
#include "core/judge/fleet.h"

struct fleet_files_host {
	const char *name;
	const char *path;
	struct facts *facts;
	struct host *host; /* assumptions applied */
};

struct fleet_files {
	struct arena *arena;
	size_t n;
	struct fleet_files_host *hosts; /* sorted by name, as the members of the fleet are */
	struct fleet fleet;		/* a view of them */
};

/*
 * Reads and judges all documents that @options name, which outlive @ret. On 0 the caller hands @ret
 * to fleet_files_done(). On a terminal the standard error shows what takes long. TROUBLE_E_SAID,
 * -ENOMEM.
 */
int fleet_files_load(
	const struct arguments *options, struct trouble *trouble, struct fleet_files *ret);

void fleet_files_done(struct fleet_files *files);

/* The host that @word is the name, or the path, of; NULL: none. */
const struct fleet_files_host *fleet_files_find(const struct fleet_files *files, const char *word);
