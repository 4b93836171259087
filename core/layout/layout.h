/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a machine's description to the physical memory map that QEMU builds for it, as it is before
 * firmware runs. What the rules are and where they were measured is said at each of them.
 */
#pragma once

#include "core/model/guest.h"
#include "core/model/machine.h"

/*
 * Where a machine is started: what of a host its map depends on. Under KVM the vendor of an x86 CPU
 * is the host's whatever model is named, and so are the bits of "host"; on Arm the reach of KVM's
 * guests decides which windows exist.
 */
struct layout_place {
	enum tri amd;	   /* the host's CPU is AMD's (not Hygon's) */
	unsigned cpu_bits; /* its physical address bits; 0: not known */
	unsigned ipa_bits; /* Arm: KVM_CAP_ARM_VM_IPA_SIZE; 0: not known */
};

/* A place that nothing is known of. */
#define LAYOUT_ANYWHERE ((struct layout_place){ .amd = TRI_UNKNOWN })

/*
 * Lays @machine out as QEMU would at @place, in @ret, which the caller owns; nothing is borrowed
 * from
 * @machine. Where the place decides and is not known in that respect, guest->open says what it is,
 * and the map is one of those it could be. A machine that QEMU refuses to start has guest->refused
 * set, with QEMU's own numbers, and the map that it would have had. A board that is not modelled
 * becomes guest->opaque and an empty map. -ENOMEM.
 */
int layout_guest(
	const struct machine *machine, const struct layout_place *place, struct guest **ret);

/* True when @a and @b have the same RAM, ROM, RAM-backed BARs and hot-plug windows. On false
 * @ret_a and @ret_b are the first ranges that differ, each NULL where there is none. */
bool layout_same(const struct guest *a, const struct guest *b, const struct guest_range **ret_a,
	const struct guest_range **ret_b);
