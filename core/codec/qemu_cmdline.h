/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * QEMU's own arguments: as a shell would be given them (quotes, backslashes, line ends), or
 * NUL-separated as in /proc/PID/cmdline. The program's name gives the architecture.
 */
#pragma once

#include "core/codec/refusal.h"
#include "core/model/machine.h"

enum qemu_cmdline_outcome {
	QEMU_CMDLINE_DONE,
	QEMU_CMDLINE_E_REFUSED, /* no such command line; where is the number of the argument */
};

/* Decodes the @n bytes at @bytes (at most LIMIT_CMDLINE_BYTES). On QEMU_CMDLINE_DONE the caller
 * owns
 * @ret. What it does not know and could matter becomes machine->opaque. -ENOMEM. */
int qemu_cmdline_decode(const char *bytes, size_t n, struct machine **ret, struct refusal *refusal);
