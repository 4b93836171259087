/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The text of /sys/kernel/iommu_groups/N/reserved_regions (iommu_group_show_resv_regions() in Linux
 * drivers/iommu/iommu.c): lines "FIRST LAST TYPE", hexadecimal, the end inclusive. Lenient in the
 * width of numbers, in order and in words that are new; a line that is not one spoils the list.
 */
#pragma once

#include "core/model/facts.h"

/*
 * A list of struct facts_region in @arena from the @n bytes at @text. Unknown: not-exposed when the
 * file is empty (a group without a real IOMMU behind it: no information, not "nothing reserved"),
 * over-limit when it may have been cut at one page or has too many lines, malformed otherwise.
 * -ENOMEM.
 */
int reserved_regions_parse(struct arena *arena, const char *text, size_t n, struct fact_list *ret);
