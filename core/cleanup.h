/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Cleanup by attribute. A variable marked with _cleanup_(f) is handed to f when its scope ends; the
 * "take" macro moves what it holds out to the caller. Each type defines its own f beside itself.
 */
#pragma once

#include <stdlib.h>

#define _cleanup_(f) __attribute__((cleanup(f)))

/* Moves the pointer out of @variable, which becomes NULL. */
#define cleanup_take(variable)                                                                     \
	({                                                                                         \
		__typeof__(variable) cleanup_taken_ = (variable);                                  \
		(variable) = NULL;                                                                 \
		cleanup_taken_;                                                                    \
	})

/* Defines @name(type *p), which calls @free_function(*p) where *p is not NULL. */
#define CLEANUP_DEFINE(type, free_function, name)                                                  \
	static inline void name(type *p)                                                           \
	{                                                                                          \
		if (*p)                                                                            \
			free_function(*p);                                                         \
	}                                                                                          \
	struct cleanup_semicolon_##name

static inline void cleanup_freep(void *p)
{
	free(*(void **)p);
}
