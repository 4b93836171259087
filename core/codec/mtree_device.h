/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the text of "info mtree -f" tells of a guest's devices and of an IOMMU of its own. Each PCI
 * device has an address space that is named after its type, and the BARs of one of the host's are
 * named after its address there; an IOMMU has an address space for each device behind it. What has
 * neither does not show: a disk that QEMU drives through VFIO itself, a network back end of vDPA.
 * Everything noted is borrowed from the text.
 */
#pragma once

#include "core/codec/mtree_line.h"
#include "core/model/guest.h"
#include "core/model/limits.h"

enum mtree_device_source { MTREE_DEVICE_VIEWS, MTREE_DEVICE_TREES, _MTREE_DEVICE_SOURCE_MAX };

struct mtree_device_reader {
	/* Address spaces of devices of the host: each is in a flat view and, if they are there, has
	 * a tree. */
	size_t n_spaces[_MTREE_DEVICE_SOURCE_MAX];
	struct mtree_line_name space; /* the name of one of them */
	struct mtree_line_name
		foreign;    /* of a device that maps memory, but not through VFIO's PCI */
	size_t n_addresses; /* of BARs, each once */
	struct mtree_line_name addresses[LIMIT_GUEST_DEVICES];
	size_t n_unnamed;		/* devices of which a BAR is named, but not by an address */
	struct mtree_line_name unnamed; /* the last of them */
	enum viommu_model model;	/* of the guest's IOMMU */
	bool several;			/* of more than one model */
	bool accelerated;		/* the host walks its tables */
	bool has_io;			/* the address space that every QEMU has besides "memory" */
	bool cut;			/* views are missing */
	uint64_t n_views;
};

/* A view of that number begins: they are counted from 0. */
void mtree_device_note_view(struct mtree_device_reader *reader, const struct mtree_line *line);

/* An address space is named: in front of a view, or of its tree. */
void mtree_device_note_space(struct mtree_device_reader *reader, const struct mtree_line *line,
	enum mtree_device_source source);

/* A range of the flat view of "memory". */
void mtree_device_note_range(struct mtree_device_reader *reader, const struct mtree_line *line);

/*
 * Adds to @guest what was noted: devices at addresses of the host that it runs on, the IOMMU, and
 * by name, as opaque, what cannot be told. -ENOMEM.
 */
int mtree_device_finish(const struct mtree_device_reader *reader, struct guest *guest);

/* Names one thing more that is not modelled; past LIMIT_WORDS nothing is added. -ENOMEM. */
int mtree_device_add_opaque(struct guest *guest, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
