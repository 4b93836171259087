/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Of the words that there are the one that was meant, where what was typed is none of them. */
#pragma once

#include <stddef.h>

struct nearest {
	const char *typed;
	size_t n;	  /* bytes of typed */
	const char *word; /* the nearest so far, or NULL: none is near; borrowed */
	unsigned slips;	  /* that lead from it to what was typed */
};

/* Looks at @word too: it is near if it begins as typed, or if two slips at most lead there. */
void nearest_see(struct nearest *nearest, const char *word);
