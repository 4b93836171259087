/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The daemon itself: it has the collector run, takes what it brings, keeps it in the store and
 * publishes it on the bus. One thread; each turn prepares what to wait for, waits, handles what
 * came and, last, commits and announces what changed.
 */
#pragma once

#include "daemon/log.h"
#include "daemon/options.h"

/*
 * Runs until SIGTERM or SIGINT with @config, which @options led to and is read anew on SIGHUP. 0
 * after such a stop, else negative errno; what went wrong has been logged.
 */
int loop_run(const struct options *options, const struct config *config, struct log *log);
