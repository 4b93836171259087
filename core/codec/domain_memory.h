/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How much memory libvirt tells QEMU to give a domain: RAM by <memory> or by NUMA cells, memory
 * devices, what stands behind each. Sizes are rounded as libvirt rounds them when it starts a
 * domain (qemu/qemu_domain.c qemuDomainAlignMemorySizes); those of a running one are already, but
 * the hook "prepare" shows a domain with an id that is only about to be started.
 */
#pragma once

#include "core/codec/domain_node.h"

/* Sets memory, maxmem, slots, backing and memory devices of the machine from the root element. Its
 * arch and whether it runs have to be known. */
int domain_memory_read(struct domain_node_reader *reader, const xmlNode *domain);
