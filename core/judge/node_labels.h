/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a scheduler may choose a host by, in a few words: its class, its map, and yes, no or unknown
 * to what most choose by. It says nothing of a guest: that is a verdict.
 */
#pragma once

#include "core/judge/host.h"

#include <jansson.h>

#define NODE_LABELS_SCHEMA "iommufleet-labels-1"

/* How old the facts are; a member that is 0 is not said, and then nor is whether they are old. */
struct node_labels_age {
	uint64_t now_us; /* real time */
	uint64_t collected_us;
	uint64_t stale_after_us;
};

/*
 * {"schema":"iommufleet-labels-1","class":"64 digits","map":"64 digits","address_bits":n,
 * "labels":{NAME:"yes|no|unknown"}} in @ret, a new reference. What was true of facts that are too
 * old is unknown. "address_bits", what a device of any group surely reaches, is left out where it
 * is not known. The names: "acs-override", "assignable" (some device, once it is on a VFIO driver),
 * "current" (the facts are not too old), "interrupts-isolated", "iommu", "iommufd", "kvm",
 * "virtual" (a virtual machine itself). -ENOMEM.
 */
int node_labels_json(const struct host *host, const struct node_labels_age *age, json_t **ret);
