/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a domain is as a whole: name, accelerator, board, firmware, features, and what is beside. */
#pragma once

#include "core/codec/domain_node.h"

/* Reads the root element's own attributes, <name>, <uuid>, <vcpu>, <os> and <features>. */
int domain_platform_read(struct domain_node_reader *reader, const xmlNode *domain);

/* Names the parts of the root element that nothing reads and that are not known to be harmless,
 * those that go around libvirt (qemu:commandline) among them. */
int domain_platform_read_rest(struct domain_node_reader *reader, const xmlNode *domain);
