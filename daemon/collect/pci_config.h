/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the configuration space of one PCI function says, decoded from a byte buffer: no I/O, and no
 * byte is trusted. What lies past the bytes that were given is unknown, never absent: without
 * CAP_SYS_ADMIN the kernel shows 64 bytes only. Names and offsets are those of PCI 3.0 section 6
 * and PCI Express 6.0 section 7.
 */
#pragma once

#include "core/model/facts.h"

#define PCI_CONFIG_BYTES 4096U

struct pci_config_source {
	const uint8_t *bytes;
	size_t n;	    /* how many could be read */
	uint64_t file_size; /* how long the file claims to be */
	uint64_t vendor;    /* of sysfs: a VF's header reads ffff:ffff */
	uint64_t device;
	bool is_vf;
};

struct pci_config {
	struct fact_number header_type;
	struct fact_number multifunction;
	struct fact_text port_type;
	struct facts_acs acs;
	struct facts_ats ats;
	struct facts_pri pri;
	struct facts_pasid pasid;
	struct facts_sriov sriov;
	struct fact_number flr;
	struct facts_msix msix;
};

/* Every fact in @ret is unknown because of @why. */
void pci_config_unknown(enum fact_why why, struct pci_config *ret);

/*
 * Decodes @source into @ret, which is then set in full. A header of all ones is a device that is
 * off or gone: all is unknown: vanished. A capability list that loops, leaves its area or is cut
 * short keeps what was found in it; what was not found is unknown: malformed.
 */
void pci_config_decode(const struct pci_config_source *source, struct pci_config *ret);
