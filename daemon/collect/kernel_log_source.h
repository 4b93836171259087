/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the kernel's log of this boot comes from: a file, the ring buffer, or the journal. */
#pragma once

#include "daemon/collect/kernel_log.h"
#include "daemon/collect/sysroot.h"

#define KERNEL_LOG_SOURCE_BYTES (8U << 20)

/*
 * Reads the log for @root: of the live host /dev/kmsg, or what the journal has of this boot where
 * the ring has lost its beginning; a captured host has none of its own. @ret_text is what the log
 * points into, which the caller frees. Never fails: a log that cannot be had is one without a
 * value.
 */
struct kernel_log kernel_log_source_host(const struct sysroot *root, char **ret_text);

/* The same from the file at @path, as dmesg printed it. Negative errno when it cannot be read. */
int kernel_log_source_file(const char *path, char **ret_text, struct kernel_log *ret);

/*
 * The message of one record of /dev/kmsg, "prio,seq,time,flags;message\n KEY=value…", and its
 * sequence number. False when it is none.
 */
bool kernel_log_source_record(struct scan record, uint64_t *ret_sequence, struct scan *ret_message);
