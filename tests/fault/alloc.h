/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory that runs out when a test says so. The linker sends the allocations of the core here
 * (--wrap), jansson has a hook. Only what happens between alloc_on() and alloc_off() counts: Check
 * allocates too.
 */
#pragma once

#include <stdbool.h>

/* Sends jansson's allocations here as well. For main(). */
void alloc_begin(void);

/* From now on the allocation number @fail_at fails (from 1; 0: none), or all from it on. */
void alloc_on(unsigned long fail_at, bool for_good);
void alloc_off(void);

/* What the code under test must have answered: -ENOMEM if an allocation failed, else 0. */
int alloc_expected(void);

/* How many blocks are still held. */
long alloc_live(void);
