/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The map digest: of a class, what decides where RAM may lie, over the groups that can be assigned
 * at all. Equal digests: every guest map fits both hosts or neither.
 */
#pragma once

#include "core/codec/digest.h"
#include "core/judge/usable.h"

/* The digest of @class_ whose shapes have the sets @usables, in @ret. -ENOMEM. */
int map_digest_compute(
	const struct class *class_, const struct usable *usables, char ret[DIGEST_LENGTH + 1]);
