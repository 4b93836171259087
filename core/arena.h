/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One block of memory for one immutable value: every string, array and index of a facts snapshot, a
 * guest, a class or a verdict lives in the arena it was built in and goes with it in one call. The
 * arena has a cap, so that an absurd platform or a hostile document cannot exhaust the process.
 */
#pragma once

#include <stddef.h>

struct arena;

/* Gives a new empty arena that hands out at most @cap_bytes. -ENOMEM. The caller owns it. */
int arena_new(size_t cap_bytes, struct arena **ret);

/* Frees @arena and all that it handed out. Accepts NULL. Returns NULL. */
struct arena *arena_free(struct arena *arena);

/*
 * Gives @size bytes set to zero, aligned for any type, that live as long as @arena.
 * NULL when memory is short or the cap is reached: the caller returns -ENOMEM.
 */
void *arena_alloc(struct arena *arena, size_t size);

/* As arena_alloc() for an array of @n items of @size bytes; NULL also when the product overflows.
 */
void *arena_array(struct arena *arena, size_t n, size_t size);

/* Copies the @n bytes at @text and ends them with a NUL. NULL as in arena_alloc(). */
char *arena_text(struct arena *arena, const char *text, size_t n);

/* A formatted string in @arena. NULL as in arena_alloc(). */
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* How many bytes @arena has handed out. */
size_t arena_used(const struct arena *arena);
