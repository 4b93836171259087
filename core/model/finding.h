/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The catalogue of findings: what a rule can say, how much it weighs, and for which questions. A
 * finding is one rule's answer with what it looked at. Each code has one text in schema/findings/.
 */
#pragma once

#include "core/model/region.h"

enum finding_severity {
	FINDING_BLOCKS,	  /* counts in the answer */
	FINDING_DEGRADES, /* works, but less well */
	FINDING_INFORMS,
};

enum finding_answer {
	FINDING_HOLDS, /* nothing to say; never listed */
	FINDING_VIOLATED,
	FINDING_CANNOT_TELL,
};

enum finding_question { /* bits */
	FINDING_MIGRATE = 1 << 0,
	FINDING_HOTPLUG = 1 << 1,
	FINDING_MEMORY_HOTPLUG = 1 << 2,
};
#define FINDING_QUESTIONS (FINDING_MIGRATE | FINDING_HOTPLUG | FINDING_MEMORY_HOTPLUG)

enum finding_code {
	FINDING_RAM_IN_RESERVED,
	FINDING_RAM_BEYOND_APERTURE,
	FINDING_RAM_UNALIGNED,
	FINDING_APERTURE_UNKNOWN,
	FINDING_REGIONS_UNKNOWN,
	FINDING_HOTPLUG_MEMORY_IN_RESERVED,
	FINDING_HOTPLUG_MEMORY_BEYOND_APERTURE,
	FINDING_HOTPLUG_MEMORY_NO_ROOM,
	FINDING_HOTPLUG_MEMORY_UNKNOWN,
	FINDING_DMA_MAPPINGS_EXHAUSTED,
	FINDING_BAR_IN_RESERVED,
	FINDING_BAR_WINDOW_UNUSABLE,
	FINDING_PEER_WINDOW_OVERLAP,
	FINDING_RAM_OUTSIDE_DMA_RANGES,
	FINDING_DEVICE_NEEDS_IDENTITY_MAP,
	FINDING_MSI_KINDS_CONFLICT,
	FINDING_IOMMUFD_ABSENT,
	FINDING_INTERRUPTS_NOT_ISOLATED,
	FINDING_INTERRUPTS_UNSAFE_ALLOWED,
	FINDING_GROUP_SHARED,
	FINDING_GROUP_NOT_VIABLE,
	FINDING_ACS_MISSING,
	FINDING_PEER_PATH_OPEN,
	FINDING_ACS_OVERRIDE,
	FINDING_DEVICE_ABSENT,
	FINDING_DEVICE_CREATABLE,
	FINDING_DEVICE_OF_ANOTHER_HOST,
	FINDING_DEVICE_IS_BRIDGE,
	FINDING_DEVICE_NOT_RESETTABLE,
	FINDING_DEVICE_NOT_PCI,
	FINDING_NO_IOMMU,
	FINDING_NO_KVM,
	FINDING_ARCH_DIFFERS,
	FINDING_HOST_IS_VIRTUAL,
	FINDING_PAGE_SIZE_DIFFERS,
	FINDING_MSIX_PAGE_SHARED,
	FINDING_BAR_NOT_WRITE_COMBINING,
	FINDING_ADDRESS_BITS_TOO_FEW,
	FINDING_GUEST_CANNOT_START,
	FINDING_MAP_UNKNOWN,
	FINDING_MAP_DIFFERS_THERE,
	FINDING_MACHINE_ASSUMED,
	FINDING_VIOMMU_WIDER_THAN_HOST,
	FINDING_VIOMMU_CACHING_MODE_MISSING,
	FINDING_VIOMMU_REGIONS_DIFFER,
	FINDING_PAGE_TABLE_FORMAT_DIFFERS,
	FINDING_PASID_NARROWER,
	FINDING_CONTEXT_TABLES_NEED_MEMORY,
	FINDING_DEVICE_IN_USE,
	FINDING_GUEST_OPAQUE,
	FINDING_DEPENDS_ON_DEVICE,
	FINDING_FACTS_STALE,
	FINDING_FACTS_INCOMPLETE,
	FINDING_FACTS_NEWER,
	FINDING_ASSUMPTION_NOT_OBSERVED,
	_FINDING_CODE_MAX,
};

struct finding_kind {
	const char *word; /* "ram-in-reserved" */
	enum finding_severity severity;
	unsigned questions; /* bits of enum finding_question that it can speak to */
	const char *remedy; /* one sentence: who can do what about it */
};

/* The row of @code. */
const struct finding_kind *finding_kind(enum finding_code code);

const char *finding_severity_word(enum finding_severity severity);
const char *finding_answer_word(enum finding_answer answer);	   /* "violated", "cannot-tell" */
const char *finding_question_word(enum finding_question question); /* "migrate", ... */

/* The question of that name, as a bit, or 0 when there is none. */
unsigned finding_question_parse(const char *word);

/* One thing that a verdict says. Strings live in the verdict's arena. */
struct finding {
	enum finding_code code;
	enum finding_severity severity; /* mostly the code's own; a BAR's own depends */
	enum finding_answer answer;	/* violated or cannot tell */
	unsigned questions;		/* for which it was said, bits */
	const struct region *guest;	/* guest range it is about, or NULL */
	const char *guest_kind;
	const struct region *region; /* host range it is about, or NULL */
	const char *region_type;
	int64_t group;	      /* -1: about no group */
	const char *device;   /* address, or NULL */
	const char *facts[4]; /* paths into the facts document, NULL after the last */
	const char *text;     /* a sentence */
	unsigned others;      /* devices beside this one that it is as true of */
};
