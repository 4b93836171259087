/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <cpu>: what of it decides the map, the vendor and how many physical address bits there are. */
#pragma once

#include "core/codec/domain_node.h"

/* Sets the machine's CPU from the root element. Its arch and accelerator have to be known. */
int domain_cpu_read(struct domain_node_reader *reader, const xmlNode *domain);
