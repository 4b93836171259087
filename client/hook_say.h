/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the libvirt hook speaks: the journal, with ids that stay the same over versions
 * ("journalctl MESSAGE_ID="), and the standard error, which libvirt shows to the user when the hook
 * refuses and drops otherwise.
 */
#pragma once

#include "client/hook.h"
#include "client/hook_answer.h"

/* That libvirt must not go on, or that it may in spite of @answer. */
void hook_say_answer(const struct hook_call *call, const struct hook_answer *answer, bool refused);

/* What the daemon was not told of the guest, and why: to the journal only. */
void hook_say_untold(const struct hook_call *call, const char *why);
