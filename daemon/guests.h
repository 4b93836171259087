/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The guests that run here, as libvirt's hook and others told. A guest is known by its name and, if
 * it has one, its UUID; who is told of again takes the place of whom it was. The list outlives the
 * daemon through the store, and ends with the boot.
 */
#pragma once

#include "core/model/resident.h"
#include "daemon/keep.h"

#define GUESTS_MAX 4096U

struct guests {
	struct keep *keep;
	size_t n;
	struct resident **items; /* sorted by name */
};

/* Takes those of this boot from the store of guests->keep, into an empty list. */
void guests_load(struct guests *guests);

/*
 * Adds @guest, described by the @n bytes at @text, or puts it in the place of the one of its name
 * or UUID. One that is told of again keeps its time. What @guest says of the time is not looked at.
 * -E2BIG: there are GUESTS_MAX. -ENOMEM.
 */
int guests_put(struct guests *guests, const struct resident *guest, const char *text, size_t n);

/* Drops the guest of that name or UUID. -ENOENT: there is none. */
int guests_drop(struct guests *guests, const char *name);

void guests_done(struct guests *guests);
