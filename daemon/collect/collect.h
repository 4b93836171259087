/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One collection: a snapshot of what the platform says, built once, for this host or a captured
 * one. */
#pragma once

#include "core/model/facts.h"

#include <stdbool.h>

struct collect_options {
	const char *sysroot;	/* NULL: this host */
	const char *kernel_log; /* a file, or NULL */
	bool wake;		/* read the configuration space of sleeping devices */
	uint64_t budget_us;	/* then the rest is unknown: timed-out */
};

/* What could not be opened, when collect_run() failed on a file that the options name. */
struct collect_failure {
	const char *path; /* borrowed from the options; NULL: none of them */
};

/*
 * Collects into @ret, which the caller owns. Negative errno: memory, or a file that the options
 * name cannot be read (@failure tells which). Whatever else cannot be read is unknown in @ret.
 */
int collect_run(
	const struct collect_options *options, struct facts **ret, struct collect_failure *failure);
