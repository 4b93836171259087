/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What host bridges decode: /proc/iomem outbound, the device tree's dma-ranges inbound. */
#pragma once

#include "daemon/collect/context.h"

/*
 * The outbound windows in the @iomem text, in @arena: top-level lines "PCI Bus DDDD:BB", and those
 * that carry the node of a bridge of @tree. Unknown: not-readable when the kernel hides the
 * addresses (all zero), not-exposed when no line is one, over-limit. -ENOMEM.
 */
int windows_parse(struct arena *arena, struct scan iomem, const struct devicetree *tree,
	struct fact_list *ret);

/* Fills facts->windows. Needs the device tree. */
void windows_collect(struct collect_context *context);
