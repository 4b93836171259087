/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A map in the making: what a machine is laid out from, for one place of which all is known, and
 * the guest that its ranges go to. The first fault is kept, and every later call does nothing, so
 * that who lays out does not have to ask after each range.
 */
#pragma once

#include "core/layout/layout.h"
#include "core/layout/machine_type.h"

#define PLAN_4G	 (UINT64_C(1) << 32)
#define PLAN_GIB (UINT64_C(1) << 30)
#define PLAN_MIB (UINT64_C(1) << 20)
#define PLAN_KIB (UINT64_C(1) << 10)
#define PLAN_CXL                                                                                   \
	(UINT64_C(256) << 20)	/* fixed windows are aligned to this, and multiples of it          \
				 */
#define PLAN_CXL_HOST  PLAN_MIB /* registers of CXL host bridges */
#define PLAN_BITS_MOST 52U	/* physical address bits of any CPU */
/* No size is larger: sums of a few of them never wrap. No address space is as wide. */
#define PLAN_SIZE_MOST (UINT64_C(1) << 60)

/* A place, with nothing left open, and what is tried where it was. */
struct plan_case {
	bool amd;	   /* the vendor that the guest's x86 CPU shows is AMD */
	bool amd_guessed;  /* that is tried, not known */
	unsigned bits;	   /* physical address bits: x86: of the host; Arm: of the guest */
	bool bits_guessed; /* likewise */
	bool old_build;	   /* QEMU itself, not the machine type, is older than 8.2 */
};

struct plan {
	const struct machine *machine;
	const struct machine_type *type;
	struct plan_case at;
	struct guest *guest;
	size_t capacity; /* of the guest's ranges */
	int fault;	 /* 0 or a negative errno */
};

/* Adds @size bytes at @first; none where @size is 0. @name is copied. */
void plan_add(
	struct plan *plan, uint64_t first, uint64_t size, enum guest_kind kind, const char *name);

/* Adds @range as it is; its name is copied. */
void plan_add_range(struct plan *plan, const struct guest_range *range);

/* Says why QEMU would not start the machine. Only the first reason is kept, as QEMU stops there. */
void plan_refuse(struct plan *plan, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Names what is not modelled. */
void plan_opaque(struct plan *plan, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* @value rounded up to a multiple of @align, a power of two; both below 2^62. */
static inline uint64_t plan_up(uint64_t value, uint64_t align)
{
	return (value + (align - 1)) & ~(align - 1);
}

/* The first address that @bits, fewer than 64, do not reach. */
static inline uint64_t plan_space(unsigned bits)
{
	return UINT64_C(1) << bits;
}

static inline bool plan_is_power_of_two(uint64_t value)
{
	return value && !(value & (value - 1));
}
