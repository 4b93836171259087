/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether the interrupts of devices are isolated, as VFIO asks (iommu_group_has_isolated_msi()):
 * told from the names of the chips in /proc/interrupts, or from there being an interrupt
 * translation service. Pure. On all captured hosts with a probe this agreed with VFIO's answer.
 */
#pragma once

#include "core/model/facts.h"

struct interrupts_seen {
	struct fact fact; /* a value, or why the table tells nothing */
	bool isolating; /* a chip that remaps (IR-…) or translates (ITS-…) serves some device */
	bool plain_msi; /* message-signalled interrupts of a device bypass that */
	bool plain_io_apic; /* x86: so do the lines of the I/O APIC */
};

/* What else is known of the host. */
struct interrupts_evidence {
	const char *arch; /* as uname -m, NULL when unknown */
	struct fact_number its_in_tree;
	struct fact_number its_in_log;
	struct fact_number remapping_in_log; /* x86 */
};

/* What the @n bytes of /proc/interrupts at @text show. */
struct interrupts_seen interrupts_parse(const char *text, size_t n);

/* The fact, and how it is known. */
struct facts_interrupts interrupts_judge(
	const struct interrupts_seen *seen, const struct interrupts_evidence *evidence);
