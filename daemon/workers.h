/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Work that takes long, beside the loop: a copy of this process does it, with what was known when
 * it began, and ends. Nothing of what it does is seen here but what it writes into the file that it
 * is given. Without threads nothing has to be locked, and what goes wrong in it ends it alone.
 */
#pragma once

#include "daemon/turn.h"

#include <stdbool.h>
#include <sys/types.h>

#define WORKER_MAX	  4U /* at once */
#define WORKER_TIMEOUT_US (300ULL * 1000000)

/* What a copy is given; read when it begins. */
struct worker_task {
	int fd; /* the only one that it keeps */
	/* In the copy: 0 to 100, which is handed to @ended. */
	int (*run)(void *what, int fd);
	void *what;
	/* In the loop, once it is over: what run() gave, or -EIO, or -ETIMEDOUT. */
	void (*ended)(int result, void *data);
	void *data;
};

struct worker {
	struct turn_source *source;
	pid_t pid; /* 0: it does nothing */
	int alive; /* ends when the copy does */
	bool late;
	uint64_t until_us;
	void (*ended)(int result, void *data);
	void *data;
};

struct workers {
	struct worker items[WORKER_MAX];
};

/* Goes on in @turn. -ENOMEM. */
int workers_open(struct workers *workers, struct turn *turn);
void workers_close(struct workers *workers); /* ends them all; nobody is told */

/* Begins @task. -EBUSY: there are as many as there may be; what fork(2) says. */
int workers_begin(struct workers *workers, const struct worker_task *task);

/* Ends what was begun with @data, of which nobody is told any more. */
void workers_end(struct workers *workers, const void *data);
