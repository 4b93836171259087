/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The holes of a baseline. In the document each is as wide as the region that makes it, so that
 * they overlap; shown is each address once, with all that makes it unusable.
 */
#pragma once

#include "client/display.h"

#include <jansson.h>

/* Prints the member "holes" of answer_fleet_baseline() as a table; nothing if there are none.
 * -ENOMEM.
 */
int verb_fleet_holes_print(const struct display *display, const json_t *holes);
