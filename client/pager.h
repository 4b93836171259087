/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is longer than the terminal goes through a pager: $IOMMUFLEET_PAGER, $PAGER, less, or more.
 * All that a verb shows on a terminal is collected first, so that what fits is printed as it is,
 * and what the pager ends with changes nothing. What goes elsewhere is not touched.
 */
#pragma once

#include "client/display.h"

#include <stddef.h>
#include <stdio.h>

struct pager {
	FILE *out;    /* where it goes in the end; borrowed. NULL: nothing is collected */
	FILE *stream; /* collects */
	char *text;
	size_t n;
};

/*
 * From here on @display->out collects, if a pager could be wanted: on a terminal that can move its
 * cursor and says how high it is, unless a variable names no pager. -ENOMEM.
 */
int pager_open(struct pager *pager, struct display *display);

/* Shows what was collected, through a pager if it is too long; waits for its end. -ENOMEM. */
int pager_close(struct pager *pager, struct display *display);
