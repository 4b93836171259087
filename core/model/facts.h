/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What one host's platform says of its IOMMUs, groups and devices: one snapshot, built once by the
 * collector or the decoder, then never changed. Everything in it lives in its arena. Members carry
 * the names that they have in the document (schema/facts-1.schema.json). The document holds no
 * time, so that two collections of an unchanged host are the same bytes.
 */
#pragma once

#include "core/arena.h"
#include "core/model/fact.h"
#include "core/model/region.h"

#define FACTS_SCHEMA "iommufleet-facts-1"
/* The minor version that this program writes and reads in full. */
#define FACTS_MINOR 0U

struct facts_kernel {
	struct fact fact;
	struct fact_text release; /* as uname -r */
	struct fact_text
		version;	  /* what decides rules, "6.1.176": the distribution's own note in
				   * /proc/version where the release hides it, else from the release */
	struct fact_text flavour; /* plain, debian, ubuntu, fedora, arch, or a name: el, pve, ... */
};

struct facts_host {
	struct fact fact;
	struct fact_text arch; /* as uname -m: x86_64, aarch64, riscv64, ppc64le, s390x, ... */
	struct facts_kernel kernel;
	struct fact_text boot_id;
	struct fact_number page_size;  /* bytes */
	struct fact_text cpu_vendor;   /* intel, amd, hygon, zhaoxin, arm, or the platform's word */
	struct fact_number cpu_bits;   /* physical address bits of the CPU */
	struct fact_number va_bits;    /* kernel virtual-address bits, Arm only */
	struct fact_number is_virtual; /* JSON "virtual": this host is itself a guest */
	struct fact_texts words;       /* kernel command-line words that matter, in their order */
};

/* A unit of /sys/class/iommu. */
struct facts_iommu {
	struct fact_text name;
	struct fact_text kind; /* intel-vtd, amd-vi, arm-smmu-v3, arm-smmu, virtio-iommu, other */
	struct fact_text version; /* intel: "1:0" */
	/* Raw registers as the kernel shows them. Null on kinds that have none such. */
	struct fact_number cap;		  /* VT-d CAP_REG, or AMD capability header */
	struct fact_number ecap;	  /* VT-d ECAP_REG */
	struct fact_number efr;		  /* AMD EFR */
	struct fact_number efr2;	  /* AMD EFR2 */
	struct fact_number ivrs_efr;	  /* AMD: the EFR copy of the first IVHD block 11h or 40h;
					   * null when IVRS has no such block */
	struct fact_number smmu_features; /* SMMUv3: "features" of the kernel log */
	struct fact_number smmu_ias; /* SMMUv3, SMMUv2: input address bits of stage 2, of the log */
	/* Decoded. */
	struct fact_number
		input_bits;		  /* VT-d: min(widest SAGAW, MGAW + 1); virtio-iommu: of the
					   * log;    SMMUv2: stage 1 virtual address bits. Others: null */
	struct fact_number page_sizes;	  /* bit map of supported page sizes, in bytes */
	struct fact_number first_stage;	  /* stage-1 (first-level, guest, v2) tables */
	struct fact_number second_stage;  /* stage-2 (second-level, host, v1) tables */
	struct fact_number scalable_mode; /* VT-d: scalable mode is on; null on other kinds */
	struct fact_number caching_mode;  /* VT-d CAP.CM: the unit is emulated */
	struct fact_number nesting;
	struct fact_number pasid_bits; /* 0: no PASID */
	struct fact_number page_requests;
	struct fact_number ats;
	struct fact_number interrupt_remapping; /* the unit is able to */
	struct fact_texts formats; /* page tables a guest can share: vtd-s1, smmuv3, amd-v2 */
};

struct facts_type1 {
	struct fact fact; /* null: the module is not loaded */
	struct fact_number allow_unsafe_interrupts;
	struct fact_number dma_entry_limit;
};

struct facts_iommufd {
	struct fact fact; /* null: not in this kernel, or not loaded */
	struct fact_number allow_unsafe_interrupts;
};

struct facts_interrupts {
	struct fact fact;
	struct fact_number isolated; /* interrupts of devices are remapped or checked per device */
	struct fact_text known_by;   /* proc-interrupts, device-tree, kernel-log */
};

struct facts_vfio {
	struct fact fact;
	struct facts_type1 type1;
	struct facts_iommufd iommufd;
	struct facts_interrupts interrupts;
	struct fact_text invalidation; /* strict, lazy */
};

struct facts_kvm {
	struct fact fact;
	struct fact_number present;
	struct fact_number ipa_bits; /* Arm: KVM_CAP_ARM_VM_IPA_SIZE; null elsewhere */
	struct fact_number
		cacheable_device_memory; /* Arm: KVM_CAP_ARM_CACHEABLE_PFNMAP_SUPPORTED */
};

struct facts_region {
	struct fact_number first;
	struct fact_number last;
	struct fact_text
		type; /* direct, direct-relaxable, reserved, msi, or a word we do not know */
};

struct facts_group {
	struct fact_number id;
	struct fact_text type;	   /* of the default domain: DMA, DMA-FQ, identity, ... */
	struct fact_list reserved; /* struct facts_region, sorted by (first, last, type); an empty
				    * file is unknown: not-exposed, a cut one unknown: over-limit */
	struct fact_texts devices; /* names, sorted */
};

struct facts_acs { /* null: no such capability */
	struct fact fact;
	struct fact_number capability; /* PCIe 6.0 section 7.7.11, raw */
	struct fact_number control;
};

struct facts_ats {
	struct fact fact;
	struct fact_number enabled;
};

struct facts_pri {
	struct fact fact;
	struct fact_number enabled;
};

struct facts_pasid {
	struct fact fact;
	struct fact_number bits;
	struct fact_number enabled;
};

struct facts_sriov { /* of a physical function */
	struct fact fact;
	struct fact_number total_vfs;
	struct fact_number num_vfs;
	struct fact_number vf_device; /* device id of its VFs */
};

struct facts_msix {
	struct fact fact;
	struct fact_number vectors;
	struct fact_number table_bar;
	struct fact_number table_offset; /* bytes from the start of the BAR */
	struct fact_number pba_bar;
	struct fact_number pba_offset;
};

struct facts_bar { /* a line of sysfs "resource": 0 to 5 BARs, 6 ROM, then the VF BARs of a PF */
	struct fact_number index;
	struct fact_number first;
	struct fact_number last;
	struct fact_number flags; /* IORESOURCE_*, as the kernel prints them */
};

struct facts_window { /* what a bridge routes to its secondary side; memory only */
	struct fact_number first;
	struct fact_number last;
};

struct facts_device {
	struct fact_text address; /* "0000:01:00.0", or the name of a device of another bus */
	struct fact_text bus;	  /* pci, platform, other */
	struct fact_number vendor;
	struct fact_number device;
	struct fact_number subsystem_vendor; /* null: the header has none (bridges) or reads 0 */
	struct fact_number subsystem_device;
	struct fact_number class_code; /* JSON "class": 24 bits */
	struct fact_number revision;
	struct fact_text driver;	/* null: none bound */
	struct fact_number vfio_driver; /* the driver is one of VFIO's */
	struct fact_number group;	/* null: the kernel gave none */
	struct fact_text iommu;		/* name of the unit that serves it; null: none */
	struct fact_number numa_node;	/* null: no node */
	struct fact_text parent;	/* the bridge above it; null: on a root bus */
	struct fact_number header_type; /* 0 endpoint, 1 bridge; null: not PCI */
	struct fact_number multifunction;
	struct fact_text
		port_type; /* endpoint, legacy-endpoint, root-port, upstream-port,
			    * downstream-port, pcie-to-pci-bridge, pci-to-pcie-bridge,
			    * integrated-endpoint, event-collector; null: not PCI Express */
	struct facts_acs acs;
	struct facts_ats ats;
	struct facts_pri pri;
	struct facts_pasid pasid;
	struct facts_sriov sriov;
	struct fact_text physfn;	 /* a VF's physical function; null: not a VF */
	struct fact_number flr;		 /* DevCap or AF says it can */
	struct fact_texts reset_methods; /* null: the kernel has no way to reset it */
	struct facts_msix msix;
	struct fact_list bars;	  /* struct facts_bar; only those that are set */
	struct fact_list windows; /* struct facts_window; null: not a bridge */
};

struct facts_bridge_window {	    /* what a host bridge decodes */
	struct fact_text bus;	    /* "0000:00" */
	struct fact_text direction; /* outbound: CPU to PCI; inbound: PCI to memory (dma-ranges) */
	struct fact_number first;
	struct fact_number last;
};

struct facts {
	unsigned references;
	struct arena *arena;
	unsigned minor;	   /* of the document that this came from */
	bool unread;	   /* a newer minor version had members that we do not know */
	char received[65]; /* SHA-256 of the bytes of such a document, in hexadecimal; else empty */
	struct facts_host host;
	struct fact_list iommus; /* struct facts_iommu, sorted by name */
	struct facts_vfio vfio;
	struct facts_kvm kvm;
	struct fact_list groups;  /* struct facts_group, sorted by id */
	struct fact_list devices; /* struct facts_device, sorted by address (strcmp) */
	struct fact_list windows; /* struct facts_bridge_window, sorted; "inbound" only where the
				   * platform states one */
};

/* Gives an empty snapshot in an arena of its own: all facts are missing. -ENOMEM. */
int facts_new(struct facts **ret);

struct facts *facts_ref(struct facts *facts);

/* Accepts NULL and half-built ones. Returns NULL. */
struct facts *facts_unref(struct facts *facts);

/*
 * Sorts every list to its canonical order: reserved regions, groups, devices, units, windows, BARs,
 * names of members. The collector calls it once, last.
 */
void facts_sort(struct facts *facts);

/* The number of items of @list, 0 unless it is known. */
static inline size_t facts_count(struct fact_list list)
{
	return fact_is_value(list.fact) ? list.n : 0;
}

/* Each returns what is known, or NULL where the list or the item is not. Borrowed from @facts. */
const struct facts_group *facts_find_group(const struct facts *facts, uint64_t id);
const struct facts_device *facts_find_device(const struct facts *facts, const char *address);
const struct facts_iommu *facts_find_iommu(const struct facts *facts, const char *name);
