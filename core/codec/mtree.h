/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The text of QEMU's monitor command "info mtree -f" (QEMU 5 to 11): the flat view of the address
 * space "memory" is the guest's map as it is at this moment. If "info mtree" is in the text too, it
 * says where the area of memory devices is. The other address spaces tell of its devices
 * (core/codec/mtree_device.h).
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
 * refused. Devices have the addresses of the host that the guest runs on; those that cannot be told
 * are opaque. Of the guest's own IOMMU no more than the model is known, and what else no map shows
 * is left as it is in a new guest. On MTREE_DONE the caller owns @ret. -ENOMEM.
 */
int mtree_decode(
	const char *bytes, size_t n, const char *arch, struct guest **ret, struct refusal *refusal);

/* As mtree_decode(), for who is told of devices and of an IOMMU elsewhere: both are left alone. */
int mtree_decode_map(
	const char *bytes, size_t n, const char *arch, struct guest **ret, struct refusal *refusal);
