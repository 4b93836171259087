/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an answer rests on: what was assumed, and how old the facts behind it are. */
#pragma once

#include "client/display.h"

#include <jansson.h>
#include <stddef.h>

/*
 * Prints the member "assumed" of @document, "What if: kernel=6.6", which stands before the answer:
 * it may not be taken for one about what is. Nothing if it is empty. -ENOMEM.
 */
int basis_print_assumed(const struct display *display, const json_t *document);

/*
 * Prints how old the facts behind @document are, as its "collected_at" says, and the hosts of its
 * "stale", after an empty line. Nothing where nobody knows. -ENOMEM.
 */
int basis_print_age(const struct display *display, const json_t *document);

/* "node1, node2 and 4 more" of the list @names, in the @n bytes at @ret. */
void basis_format_names(const json_t *names, char *ret, size_t n);
