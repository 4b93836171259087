/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a person can do about an error of the daemon, where its own text cannot know: that a command
 * line asked. */
#pragma once

/* What to do about the D-Bus error @name, or NULL. */
const char *remote_hint_find(const char *name);
