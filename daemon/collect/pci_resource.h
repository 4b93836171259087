/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sysfs file "resource" of a PCI function: lines "FIRST LAST FLAGS" in hexadecimal, 0 to 5
 * BARs, 6 the ROM, then the BARs of VFs (7 to 12, where the kernel has SR-IOV), and on bridges the
 * last four what it routes: I/O, memory, prefetchable memory, and one more for CardBus. Pure.
 */
#pragma once

#include "core/model/facts.h"
#include "daemon/collect/scan.h"

struct pci_resource {
	struct fact_list bars;	  /* struct facts_bar */
	struct fact_list windows; /* struct facts_window, memory only; null: not a bridge */
};

/* Decodes @text in @arena; all in @ret is unknown: malformed when a line makes no sense. -ENOMEM.
 */
int pci_resource_parse(
	struct arena *arena, struct scan text, bool is_bridge, struct pci_resource *ret);
