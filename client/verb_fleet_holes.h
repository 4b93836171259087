/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The holes of a baseline. In the document each is as wide as the region that makes it, so that
 * they overlap; shown is each address once, with all that makes it unusable.
 */
#pragma once

#include "client/display.h"

#include <jansson.h>
#include <stddef.h>

/* "node1, node2 and 4 more" of the list @names, in the @n bytes at @ret. */
void verb_fleet_holes_names(const json_t *names, char *ret, size_t n);

/* Prints the member "holes" of answer_fleet_baseline() as a table; nothing if there are none.
 * -ENOMEM.
 */
int verb_fleet_holes_print(const struct display *display, const json_t *holes);
