/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A line about what takes long: on the standard error, to a terminal only, not before a second has
 * gone by, and wiped when it is over.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool wanted; /* somebody would see it */
	bool shown;
	uint64_t due_ms; /* when it may be shown again */
};

/* From here on the time counts. */
void progress_start(struct progress *progress);

/* Says how far it is, instead of what was said before; cheap where it is not due. */
void progress_show(struct progress *progress, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Wipes what is shown. */
void progress_stop(struct progress *progress);
