/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The document "status" on one screen: what is wrong, the daemon's own trouble first, each with
 * what to do about it; then what the host is.
 */
#pragma once

#include "client/display.h"

#include <jansson.h>
#include <stdint.h>

/*
 * Prints @document, at @now_us since the epoch. On a terminal of less than a screen's room remedies
 * are left out, those of the least important problems first, then problems, which is said. -ENOMEM.
 */
int status_print(const json_t *document, uint64_t now_us, const struct display *display);
