/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a capture leaves out of the files it carries: serial numbers, MAC addresses, names of
 * machines and people, values of kernel parameters that have nothing to do with the IOMMU, and the
 * bulk of tables of which one part is enough. Pure: works in place on bytes and never makes them
 * longer.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Scrubs the @n bytes read from @path (relative to the root), which a NUL follows, and gives how
 * many are left.
 *
 * proc/cmdline: a parameter that the judgement does not know keeps its name, its value becomes "*".
 * proc/version: the address of whoever built the kernel becomes "*@*", unless it is a
 * distribution's. proc/cpuinfo: the first processor. proc/interrupts: the first processor's column.
 * proc/iomem: without the lines that tell where the kernel itself lies.
 * config of a PCI device: the serial number (PCI Express Base 7.9.3, in network cards the MAC
 * address) and the window into the vital product data (PCI Local Bus 3.0, appendix I) are zero.
 */
size_t capture_scrub_file(const char *path, unsigned char *bytes, size_t n);

/*
 * Scrubs one line of a kernel log, without its newline, in place. Gives whether the line belongs
 * into a capture at all: it names the kernel, the firmware, or something the judgement reads.
 */
bool capture_scrub_log_line(char *line);
