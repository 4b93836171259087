/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The feature file that Node Feature Discovery reads on this host ([export] nfd-file). Whoever
 * reads it sees the old one or the new one, whole: what changed is written to a hidden file beside
 * it, which then takes its name. While nothing has changed, it is left alone.
 */
#pragma once

#include "daemon/log.h"
#include "daemon/state.h"

struct nfd_file {
	struct log *log;
	int said; /* the error that was said last; 0: it could be written */
};

/* What it is to be made of. */
struct nfd_file_source {
	const char *path; /* empty: there is to be none */
	const struct state *state;
	uint64_t stale_after_us;
};

/*
 * Has the file hold what is known now, which is compared with what it holds. While nothing is known
 * it stays as it is. What is wrong with it is said once.
 */
void nfd_file_follow(struct nfd_file *file, const struct nfd_file_source *source);
