/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether a device, or a whole group, can be given to some guest through VFIO, whatever that
 * guest's map is: as things are bound now, and once the target itself is on a VFIO driver.
 */
#pragma once

#include "core/judge/rule.h"

struct assignable {
	enum tri now;
	enum tri after_rebind;
};

/*
 * Of the device at @index of the host's facts. What speaks against it is added to @report, which
 * may be that of a scratch arena. -ENOMEM.
 */
int assignable_device(
	const struct host *host, size_t index, struct report *report, struct assignable *ret);

/* Of the group at @index of facts.groups, all its endpoints being given to one guest. -ENOMEM. */
int assignable_group(
	const struct host *host, size_t index, struct report *report, struct assignable *ret);
