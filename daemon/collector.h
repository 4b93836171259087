/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One run of iommufleet-collect. Either a child, with a pipe for its document and one for what it
 * has to say; or one that systemd starts, with its privileges, for whoever connects to its socket:
 * then both come over that. Nothing here waits: the owner watches the descriptors, pumps when
 * either is readable, reaps on SIGCHLD, and kills at its deadline.
 */
#pragma once

#include "core/codec/refusal.h"

#include <stdbool.h>
#include <stddef.h>

struct collector;

#define COLLECTOR_LINES 32 /* of stderr that are handed on; more are counted */

struct collector_options {
	const char *socket;	/* of who has it run; empty: run it as a child */
	const char *path;	/* of the program */
	const char *sysroot;	/* empty: this host */
	const char *kernel_log; /* empty: the program's own choice */
	bool wake;		/* read the configuration space of sleeping devices */
};

enum collector_outcome {
	COLLECTOR_DONE,
	COLLECTOR_E_FAILED, /* the refusal says how */
	COLLECTOR_E_ABSENT, /* nobody listens at the socket, or not to this user */
};

/*
 * Starts a run: a child in a process group of its own, or a request over the socket, to which only
 * @wake of the options goes. The caller owns @ret. COLLECTOR_E_ABSENT. Negative errno.
 */
int collector_start(const struct collector_options *options, struct collector **ret);

/* Kills what still runs and waits for it. Accepts NULL. Returns NULL. */
struct collector *collector_free(struct collector *collector);

/* What to watch for reading; -1 when it is closed. */
int collector_document_fd(const struct collector *collector);
int collector_message_fd(const struct collector *collector);

/* Reads what is there. -ENOMEM. */
int collector_pump(struct collector *collector);

/* Notes the child's end if it has ended. */
void collector_reap(struct collector *collector);

/* Kills the run with SIGKILL, or hangs up; @why becomes its result. */
void collector_kill(struct collector *collector, const char *why);

/* True once the child has ended and both pipes are read to their end. */
bool collector_is_finished(const struct collector *collector);

/* The next whole line of its stderr, without its end, until the next pump; NULL: none. */
const char *collector_next_line(struct collector *collector);

/* Of a finished run: its document in @ret, to be freed with free(), or why there is none. */
int collector_result(
	struct collector *collector, char **ret, size_t *ret_n, struct refusal *refusal);
