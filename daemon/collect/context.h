/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of one collection share: where they read, what they fill, what is known already.
 */
#pragma once

#include "daemon/collect/devicetree.h"
#include "daemon/collect/kernel_log.h"
#include "daemon/collect/reader.h"

struct collect_context {
	struct reader reader;
	struct facts *facts; /* host is filled first, then iommus, groups, devices */
	struct kernel_log log;
	struct devicetree tree;
	bool live;	  /* this host, not a captured one */
	bool wake;	  /* sleeping devices may be woken */
	bool late_groups; /* a device gets its group only when a driver is bound */
};
