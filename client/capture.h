/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The walk behind `iommufleetctl capture`: reads what a collector could read of a host, from a
 * fixed list of places, and writes it in the form of client/capture_text.h, scrubbed as told in
 * client/capture_scrub.h. It follows no link out of its root and writes nothing but the capture.
 */
#pragma once

#include <stdio.h>

/*
 * Captures the host below the directory @root_fd ("/" of this host, or a sysroot) to @out.
 * @kernel_log_path is "/dev/kmsg", or a file of the form that dmesg prints, or NULL for none; it is
 * opened as given, not below the root. What cannot be read becomes an "unreadable" entry; so does
 * what is larger than 16 MiB, or comes after the 64 MiB that a capture may hold. Reading the
 * configuration space of a sleeping device wakes it, as lspci does.
 *
 * 0, -ENOMEM, -EFBIG when there are more than 400,000 paths, or the errno of a failed write to
 * @out.
 */
int capture_write(int root_fd, const char *kernel_log_path, FILE *out);
