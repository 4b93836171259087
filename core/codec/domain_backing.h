/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What stands behind memory: <memoryBacking>, the cells' memAccess, a memory device's own <source>
 * (libvirt qemu/qemu_command.c qemuBuildMemoryGetPagesize, qemuBuildMemoryBackendProps).
 */
#pragma once

#include "core/codec/domain_node.h"

struct domain_backing {	      /* borrowed from the tree */
	const xmlNode *huge;  /* <hugepages>, or NULL */
	const xmlNode *cells; /* <numa>, or NULL */
	bool file;	      /* source is a file or a memfd, or an access mode was asked for */
};

struct domain_backing_kind {
	enum machine_backing backing;
	uint64_t page_bytes; /* of MACHINE_BACKING_HUGE */
	bool of_host;	     /* that size is the host's default, which is taken to be 2 MiB */
};

/* The parts of <memoryBacking> and <cpu> below @domain. */
int domain_backing_find(
	struct domain_node_reader *reader, const xmlNode *domain, struct domain_backing *ret);

/* For RAM, and for memory that is added without saying more. */
int domain_backing_general(struct domain_node_reader *reader, const struct domain_backing *backing,
	struct domain_backing_kind *ret);

/* For the memory device @memory of @model. */
int domain_backing_of(struct domain_node_reader *reader, const struct domain_backing *backing,
	const xmlNode *memory, enum machine_memory_model model, struct domain_backing_kind *ret);
