/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A member of a group that is no PCI function: a platform, AMBA or other device. */
#pragma once

#include "daemon/collect/context.h"

/* Fills @ret with device @name of @group. What only PCI has is null in it. */
void other_device_read(struct collect_context *context, const struct facts_group *group,
	const char *name, struct facts_device *ret);
