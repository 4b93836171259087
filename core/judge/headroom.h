/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Free windows of guest-physical space that are usable on every host in question: where a context
 * table, an MSI doorbell or a DIMM could still be put after boot.
 */
#pragma once

#include "core/judge/host.h"
#include "core/judge/usable.h"
#include "core/model/guest.h"

/* Windows that are shown on either side of 4 GiB. */
#define HEADROOM_MAX 4U

struct headroom_side {
	bool known; /* false: a host does not say what is usable, or the width of the CPU is open */
	size_t n;
	struct region windows[HEADROOM_MAX]; /* the largest first */
};

struct headroom {
	unsigned bits; /* physical address bits that bound it; 0: not known */
	struct headroom_side below_4g;
	struct headroom_side above_4g;
};

/*
 * What is left by @guest on the @n hosts at @hosts, for devices that can be assigned there. Whole
 * 4 KiB pages. Memory for the work is of an arena of its own. -ENOMEM.
 */
int headroom_compute(
	const struct guest *guest, const struct host *const *hosts, size_t n, struct headroom *ret);

/* The same for one device that is given what @usable says, on a host of @class_. */
int headroom_beside(const struct guest *guest, const struct class *class_,
	const struct usable *usable, struct headroom *ret);
