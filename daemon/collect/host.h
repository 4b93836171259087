/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host itself: architecture, CPU, page size, boot, and whether it is a guest. */
#pragma once

#include "daemon/collect/context.h"
#include "daemon/collect/cpu.h"

/*
 * Bits of the kernel's virtual addresses on Arm, from the text of /proc/self/maps: the stack lies
 * just below the end. A kernel of 52 bits keeps it below 48 unless asked, so that 48 is what is
 * safe to rely on. Unknown when the text has no such mapping.
 */
struct fact_number host_va_bits(struct scan maps);

/* True when @maker, of DMI or of the device tree, makes virtual machines. */
bool host_is_virtual_maker(struct scan maker);

/* Fills facts->host but for kernel and words. Needs the log and the device tree. */
void host_collect(struct collect_context *context);
