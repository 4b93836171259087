/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Why a document was refused, and where in it: what a person needs to mend it. */
#pragma once

#include <stddef.h>

struct refusal {
	char where[160]; /* path of members from the top, "groups/9/reserved/0", or "line 3 column
			    7" */
	char text[160];	 /* a sentence without a full stop */
};

/* Sets both parts; longer text is cut. Returns 1, the "refused" of every codec. */
int refusal_set(struct refusal *refusal, const char *where, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same for the byte @at of the document at @bytes: its line and column, counted from 1. */
int refusal_set_at(struct refusal *refusal, const char *bytes, size_t at, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
