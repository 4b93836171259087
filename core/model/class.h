/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The class of a host: exactly what the static part of the verdict reads, and nothing else. Two
 * hosts of one class give every guest the same static answer. So it holds no group number, no
 * address of a device, no driver, no count of functions: groups become shapes, equal shapes become
 * one. What depends on the kernel's version is already decided here.
 */
#pragma once

#include "core/arena.h"
#include "core/model/fact.h"
#include "core/model/region.h"

#define CLASS_SCHEMA "iommufleet-class-2"
/* The version of the projection: classes of different versions never compare equal. */
#define CLASS_PROJECTION 2U
/* The one before, in which hosts tell of their class too while a fleet is upgraded. */
#define CLASS_SCHEMA_PREVIOUS "iommufleet-class-1"

/* A range of addresses, inclusive. */
struct class_window {
	struct fact_number first;
	struct fact_number last;
};

struct class_region {
	struct fact_number first;
	struct fact_number last;
	struct fact_text type;
};

/* A kind of device in a group. */
struct class_member {
	struct fact_text bus;
	struct fact_number vendor;
	struct fact_number device;
	struct fact_number subsystem_vendor;
	struct fact_number subsystem_device;
	struct fact_number class_code;
	struct fact_number no_group; /* the kernel gave it none */
	struct fact_number bridge;   /* cannot be assigned, harms nobody */
	struct fact_number resettable;
	struct fact_number msix_page_shared; /* its MSI-X table shares a host page */
	struct fact_number vf_device; /* device id of the VFs that it could make; null: none */
	struct fact_number
		path_isolated;	    /* no device outside the group is reachable past the IOMMU */
	struct fact_text path_hole; /* "downstream-port: SV RR CR UF"; null: none */
	struct fact_number hole_in_group; /* the port of the hole was made part of the group */
	struct fact_list peers;		  /* struct class_window: reached past the IOMMU for sure */
	struct fact_list peers_doubtful;  /* reached unless a port redirects, which is not known */
	struct fact_number peers_complete; /* all that may be reached is in the two lists */
	struct fact_list inbound; /* struct class_window; null: the bridge states no limit */
};

/* A group without its number. */
struct class_shape {
	struct fact_list regions;    /* struct class_region, canonically merged */
	struct fact_number aperture; /* last address that the unit surely reaches; unknown: none */
	struct fact_number aperture_at_most; /* last address that it can possibly reach */
	struct fact_text aperture_known_by; /* register, driver-rule, acpi-table, kernel-log, probe,
					     * administrator, assumption */
	struct fact_number min_page;	    /* bytes, of the unit */
	struct fact_texts formats;	    /* page tables of a guest that the unit can walk */
	struct fact_number pasid_bits;	    /* of the unit; 0: none */
	struct fact_number direct_refused;  /* a direct region makes the kernel refuse the group */
	struct fact_number msi_conflict;    /* hardware and software MSI windows at once */
	struct fact_list members;	    /* struct class_member, sorted; at most two of a kind */
};

struct class
{
	struct arena *arena;
	uint32_t projection; /* CLASS_PROJECTION, or the one before */
	struct fact_text arch;
	struct fact_number page_size;
	struct fact_number cpu_bits; /* physical; on Arm the IPA limit */
	struct fact_number cpu_amd;  /* the CPU is AMD's: it moves RAM of guests; null: not x86 */
	struct fact_number is_virtual;
	struct fact_number kvm;
	struct fact_number interrupts_isolated;
	struct fact_number type1_unsafe; /* allow_unsafe_interrupts; null: module not loaded */
	struct fact_number iommufd_unsafe;
	struct fact_number iommufd; /* this host has it */
	struct fact_number dma_entry_limit;
	struct fact_number bar_write_combining;
	struct fact_number acs_override; /* pcie_acs_override is on the command line */
	struct fact_number unread;	 /* the facts have members of a newer version */
	struct fact_number grouped;	 /* the host has groups at all */
	struct fact_number devices_known;
	struct fact_list shapes;    /* struct class_shape, sorted */
	struct fact_list ungrouped; /* struct class_member: devices without a group */
};
