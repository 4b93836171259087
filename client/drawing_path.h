/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The way from a device up to the root as a tree: each port with its ACS features as the field
 * writes them, "SV+" on, "TB-" off though it could be on, and the first that spoils isolation
 * marked. Where a line is too narrow for a port, the port takes several.
 */
#pragma once

#include "client/display.h"

#include <jansson.h>

/* Draws the member "path" of the document "explain"; nothing when there is none. -ENOMEM. */
int drawing_path_print(const json_t *document, const struct display *display);
