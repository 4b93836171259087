/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory is taken in chunks that double in size, so that a small value costs little and a large one
 * few allocations. A request that the current chunk cannot hold gets a new one; the rest of the old
 * one is given up.
 */
#include "core/arena.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_ALIGN	  _Alignof(max_align_t)
#define ARENA_CHUNK_FIRST ((size_t)2048)
#define ARENA_CHUNK_LAST  ((size_t)256 << 10)

struct arena_chunk {
	struct arena_chunk *next;
	size_t size; /* bytes of data */
	size_t used;
	_Alignas(max_align_t) unsigned char data[];
};

struct arena {
	struct arena_chunk *chunks; /* the one that is handed out from comes first */
	size_t cap;
	size_t used;
	size_t next_size;
};

int arena_new(size_t cap_bytes, struct arena **ret)
{
	struct arena *arena = calloc(1, sizeof(*arena));

	if (!arena)
		return -ENOMEM;

	arena->cap = cap_bytes;
	arena->next_size = ARENA_CHUNK_FIRST;
	*ret = arena;
	return 0;
}

struct arena *arena_free(struct arena *arena)
{
	if (!arena)
		return NULL;

	while (arena->chunks) {
		struct arena_chunk *chunk = arena->chunks;

		arena->chunks = chunk->next;
		free(chunk);
	}
	free(arena);
	return NULL;
}

static struct arena_chunk *arena_grow(struct arena *arena, size_t size)
{
	size_t bytes = size > arena->next_size ? size : arena->next_size;
	struct arena_chunk *chunk;

	if (bytes > PTRDIFF_MAX - sizeof(*chunk))
		return NULL;
	chunk = calloc(1, sizeof(*chunk) + bytes);
	if (!chunk)
		return NULL;

	chunk->size = bytes;
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	if (arena->next_size < ARENA_CHUNK_LAST)
		arena->next_size *= 2;
	return chunk;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_chunk *chunk = arena->chunks;
	void *data;

	if (size == 0)
		size = 1;
	if (size > SIZE_MAX - ARENA_ALIGN)
		return NULL;
	size = (size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
	if (size > arena->cap - arena->used)
		return NULL;

	if (!chunk || size > chunk->size - chunk->used)
		chunk = arena_grow(arena, size);
	if (!chunk)
		return NULL;

	data = chunk->data + chunk->used;
	chunk->used += size;
	arena->used += size;
	return data;
}

void *arena_array(struct arena *arena, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return arena_alloc(arena, bytes);
}

char *arena_text(struct arena *arena, const char *text, size_t n)
{
	char *copy = n < SIZE_MAX ? arena_alloc(arena, n + 1) : NULL;

	if (copy && n > 0)
		memcpy(copy, text, n);
	return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	char *text;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	assert(n >= 0);

	text = arena_alloc(arena, (size_t)n + 1);
	if (!text)
		return NULL;
	va_start(args, format);
	(void)vsnprintf(text, (size_t)n + 1, format, args);
	va_end(args);
	return text;
}

size_t arena_used(const struct arena *arena)
{
	return arena->used;
}
