/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What-if: assumptions that replace what was observed of a host before it is judged. What derives
 * from registers or from the kernel version is computed again from the changed facts.
 */
#pragma once

#include "core/codec/refusal.h"
#include "core/model/facts.h"

struct assume {
	char kernel[64];       /* "6.6"; empty: as observed */
	char flavour[32];      /* kernel flavour, from configuration; empty: as observed */
	uint64_t page_size;    /* bytes; 0: as observed */
	int unsafe_interrupts; /* -1: as observed, 0 no, 1 yes */
	unsigned iommu_bits;   /* 0: as observed */
	unsigned cpu_bits;     /* 0: as observed */
	char cpu_vendor[16];
	bool nested_trust; /* the limits of a host that is a guest are believed */
};

#define ASSUME_NOTHING ((struct assume){ .unsafe_interrupts = -1 })

enum assume_outcome {
	ASSUME_DONE,
	ASSUME_E_REFUSED, /* no such assumption, or no such value; the refusal says which are */
};

/*
 * Adds one assumption, @key=@value as in "kernel", "6.6", to @assume. Keys: kernel, page-size,
 * allow-unsafe-interrupts, iommu-bits, cpu-bits, cpu-vendor, nested.
 */
int assume_add(struct assume *assume, const char *key, const char *value, struct refusal *refusal);

/* As assume_add() for "key=value" in one string. */
int assume_add_pair(struct assume *assume, const char *pair, struct refusal *refusal);

/* Calls @each for every assumption that is set, in a fixed order, with its key and value. */
void assume_each(const struct assume *assume,
	void (*each)(const char *key, const char *value, void *data), void *data);

bool assume_is_nothing(const struct assume *assume);
