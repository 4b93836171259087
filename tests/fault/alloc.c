/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/fault/alloc.h"

#include <errno.h>
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void __wrap_free(void *p);

#define ALLOC_SLOTS (1U << 18)

/* Volatile: the compiler knows that free() changes nothing of ours, and here it does. */
static volatile struct {
	bool on;
	unsigned long n_calls;
	unsigned long fail_at;
	bool for_good;
	long n_live;
} alloc;

/*
 * The blocks that were given, by address: what the C library allocates for itself and hands out
 * (open_memstream) comes back through free() as well, and is not counted. Freed slots stay marked.
 */
static volatile uintptr_t alloc_blocks[ALLOC_SLOTS];
#define ALLOC_FREED ((uintptr_t)1)

static volatile uintptr_t *alloc_slot(uintptr_t block, bool free_one)
{
	size_t at = (size_t)(block >> 4) * 0x9e3779b1U % ALLOC_SLOTS;

	for (size_t i = 0; i < ALLOC_SLOTS; i++, at = (at + 1) % ALLOC_SLOTS) {
		if (alloc_blocks[at] == block)
			return &alloc_blocks[at];
		if (free_one && alloc_blocks[at] <= ALLOC_FREED)
			return &alloc_blocks[at];
		if (alloc_blocks[at] == 0)
			return NULL;
	}
	return NULL;
}

void alloc_begin(void)
{
	json_set_alloc_funcs(__wrap_malloc, __wrap_free);
}

void alloc_on(unsigned long fail_at, bool for_good)
{
	alloc.on = true;
	alloc.n_calls = 0;
	alloc.fail_at = fail_at;
	alloc.for_good = for_good;
}

void alloc_off(void)
{
	alloc.on = false;
}

int alloc_expected(void)
{
	return alloc.fail_at == 0 || alloc.n_calls < alloc.fail_at ? 0 : -ENOMEM;
}

long alloc_live(void)
{
	return alloc.n_live;
}

static bool alloc_fails(void)
{
	if (!alloc.on)
		return false;
	alloc.n_calls++;
	if (alloc.fail_at == 0 || alloc.n_calls < alloc.fail_at)
		return false;
	return alloc.for_good || alloc.n_calls == alloc.fail_at;
}

static void *alloc_given(void *p)
{
	volatile uintptr_t *slot = alloc.on && p ? alloc_slot((uintptr_t)p, true) : NULL;

	if (slot) {
		*slot = (uintptr_t)p;
		alloc.n_live++;
	}
	return p;
}

static void alloc_taken(void *p)
{
	volatile uintptr_t *slot = p ? alloc_slot((uintptr_t)p, false) : NULL;

	if (slot) {
		*slot = ALLOC_FREED;
		alloc.n_live--;
	}
}

void *__wrap_malloc(size_t n)
{
	return alloc_given(alloc_fails() ? NULL : __real_malloc(n));
}

void *__wrap_calloc(size_t n, size_t size)
{
	return alloc_given(alloc_fails() ? NULL : __real_calloc(n, size));
}

void *__wrap_realloc(void *p, size_t n)
{
	void *grown = alloc_fails() ? NULL : __real_realloc(p, n);

	if (!grown)
		return NULL;
	alloc_taken(p);
	return alloc_given(grown);
}

void __wrap_free(void *p)
{
	alloc_taken(p);
	__real_free(p);
}
