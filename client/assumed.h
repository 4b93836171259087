/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an answer assumes, which stands before it: no answer may be taken for one about what is. */
#pragma once

#include "client/display.h"

#include <jansson.h>

/* Prints the member "assumed" of @document, "What if: kernel=6.6"; nothing if it is empty. -ENOMEM.
 */
int assumed_print(const struct display *display, const json_t *document);
