/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/tree.h"

#include <errno.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TREE_BLOCK_BYTES ((size_t)256 << 10)

struct tree_block {
	struct tree_block *next;
	size_t used;
	size_t capacity;
	alignas(max_align_t) unsigned char bytes[];
};

struct tree_beside {
	bool refused; /* an allocation failed while tree_watch() was on */
	json_malloc_t watched;
	struct tree_block *blocks; /* of tree_gather() */
};

/*
 * jansson has one allocator a process and hands it no context, so what it was refused, and where it
 * takes from, can only be kept beside it. Neither lives longer than one call from outside.
 */
static _Thread_local struct tree_beside tree_beside;

/*
 * After one refusal all is refused: jansson's reader passes over a letter that it had no room for,
 * and would go on to take apart a text without its closing quote, or a backslash without its
 * letter.
 */
static void *tree_watch_allocate(size_t n)
{
	void *memory = tree_beside.refused ? NULL : tree_beside.watched(n);

	if (!memory)
		tree_beside.refused = true;
	return memory;
}

/* From here to tree_unwatch() every allocation of jansson that fails is noted. */
static struct tree_allocator tree_watch(void)
{
	struct tree_allocator before;

	json_get_alloc_funcs(&before.allocate, &before.release);
	tree_beside.watched = before.allocate;
	json_set_alloc_funcs(tree_watch_allocate, before.release);
	tree_beside.refused = false;
	return before;
}

static bool tree_unwatch(struct tree_allocator before)
{
	json_set_alloc_funcs(before.allocate, before.release);
	return tree_beside.refused;
}

static struct tree_block *tree_block_new(size_t n)
{
	size_t capacity = n > TREE_BLOCK_BYTES ? n : TREE_BLOCK_BYTES;
	struct tree_block *block = malloc(sizeof(*block) + capacity);

	if (!block)
		return NULL;
	block->next = tree_beside.blocks;
	block->used = 0;
	block->capacity = capacity;
	tree_beside.blocks = block;
	return block;
}

static void *tree_block_allocate(size_t n)
{
	struct tree_block *block = tree_beside.blocks;
	void *memory;

	if (n > SIZE_MAX / 2)
		return NULL;
	n = (n + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
	if (!block || n > block->capacity - block->used)
		block = tree_block_new(n);
	if (!block)
		return NULL;
	memory = block->bytes + block->used;
	block->used += n;
	return memory;
}

static void tree_block_release(void *memory)
{
	(void)memory; /* all of it goes at once in tree_drop() */
}

struct tree_allocator tree_gather(void)
{
	struct tree_allocator before;

	json_get_alloc_funcs(&before.allocate, &before.release);
	json_set_alloc_funcs(tree_block_allocate, tree_block_release);
	return before;
}

void tree_drop(struct tree_allocator before)
{
	json_set_alloc_funcs(before.allocate, before.release);
	while (tree_beside.blocks) {
		struct tree_block *next = tree_beside.blocks->next;

		free(tree_beside.blocks);
		tree_beside.blocks = next;
	}
}

int tree_parse(const char *bytes, size_t n, struct refusal *refusal, json_t **ret)
{
	struct tree_allocator before = tree_watch();
	json_error_t error;
	json_t *json = json_loadb(bytes, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	bool short_of_memory = tree_unwatch(before);

	if (short_of_memory || (!json && json_error_code(&error) == json_error_out_of_memory)) {
		json_decref(json);
		return -ENOMEM;
	}
	if (!json) {
		char where[64];

		(void)snprintf(where, sizeof(where), "line %d column %d", error.line, error.column);
		refusal_set(refusal, where, "it is not JSON: %s", error.text);
		return TREE_E_REFUSED;
	}
	*ret = json;
	return TREE_DONE;
}

int tree_format(const json_t *json, char **ret, size_t *ret_n)
{
	struct tree_allocator before = tree_watch();
	char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
	char *copy = NULL;
	size_t n = text ? strlen(text) : 0;

	if (!tree_unwatch(before) && text)
		copy = malloc(n + 1);
	if (copy)
		memcpy(copy, text, n + 1);
	if (text)
		before.release(text);
	if (!copy)
		return -ENOMEM;
	*ret = copy;
	*ret_n = n;
	return 0;
}
