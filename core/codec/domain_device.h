/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <devices>: each kind is read, known to be harmless, or named as not modelled. */
#pragma once

#include "core/codec/domain_node.h"

/* Takes the devices below the root element into the machine, but those of memory. Its arch has to
 * be known. */
int domain_device_read_all(struct domain_node_reader *reader, const xmlNode *domain);
