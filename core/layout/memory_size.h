/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How much memory a machine has and can have (QEMU system/vl.c, hw/core/machine.c): what the boards
 * share, and what is refused before any of them lays out.
 */
#pragma once

#include "core/layout/plan.h"

struct memory_size {
	uint64_t ram; /* bytes at boot, as QEMU rounds them */
	uint64_t add; /* bytes that memory devices may have in all; 0: none can be added */
	unsigned slots;
};

/*
 * Works out the sizes in @ret and says what QEMU refuses. False when they are such that nothing can
 * be laid out, which is said too.
 */
bool memory_size_get(struct plan *plan, struct memory_size *ret);
