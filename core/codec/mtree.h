/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The text of QEMU's monitor command "info mtree -f" (QEMU 5 to 11): the flat view of the address
 * space "memory" is the guest's map as it is at this moment. If "info mtree" is in the text too, it
 * says where the area of memory devices is.
 */
#pragma once

#include "core/codec/refusal.h"
#include "core/model/guest.h"

enum mtree_outcome {
	MTREE_DONE,
	MTREE_E_REFUSED, /* no such view in it, or lines that are none; says the line */
};

/*
 * Decodes the @n bytes at @bytes (at most LIMIT_MTREE_BYTES). The text does not say which
 * architecture it is of: @arch does, or NULL, then it is told from the names of the regions, or
 * refused. On MTREE_DONE the caller owns @ret; devices, vIOMMU and what else no map shows are left
 * as they are in a new guest. -ENOMEM.
 */
int mtree_decode(
	const char *bytes, size_t n, const char *arch, struct guest **ret, struct refusal *refusal);
