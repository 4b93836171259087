/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A changed machine in words, in libvirt's XML, and in QEMU's options. */
#pragma once

#include "core/judge/planner.h"

/*
 * Says in @ret (text, xml, option) how ret->machine differs from @from; ret->changes
 * is set. All goes into @arena.
 * -ENOMEM.
 */
int planner_text_say(
	struct arena *arena, const struct machine *from, struct planner_suggestion *ret);
