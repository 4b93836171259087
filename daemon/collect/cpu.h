/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /proc/cpuinfo of any architecture: its form tells the architecture, so that a captured host of
 * another one is told apart. Pure.
 */
#pragma once

#include "core/model/fact.h"
#include "daemon/collect/scan.h"

struct cpu {
	const char *arch;	 /* as uname -m; NULL when the form is not known */
	struct fact_text vendor; /* intel, amd, hygon, zhaoxin, arm; others in their own word */
	struct fact_number bits; /* of physical addresses */
	struct fact_number hypervisor; /* x86: the CPU says that it is emulated */
};

/*
 * Decodes the first processor in @text. A vendor that has no short name here is left unknown with
 * the raw word in @ret_vendor, empty otherwise.
 */
struct cpu cpu_parse(struct scan text, struct scan *ret_vendor);
