/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/tree.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * jansson has one allocator a process and hands it no context, so what it was refused can only be
 * noted beside it. The note lives no longer than one call below.
 */
static _Thread_local bool tree_refused_memory;

struct tree_allocator {
	json_malloc_t allocate;
	json_free_t release;
};

static void *tree_allocate(size_t n)
{
	void *memory = malloc(n);

	if (!memory)
		tree_refused_memory = true;
	return memory;
}

/* From here to tree_unwatch() every allocation of jansson that fails is noted. */
static struct tree_allocator tree_watch(void)
{
	struct tree_allocator before;

	json_get_alloc_funcs(&before.allocate, &before.release);
	json_set_alloc_funcs(tree_allocate, before.release);
	tree_refused_memory = false;
	return before;
}

static bool tree_unwatch(struct tree_allocator before)
{
	json_set_alloc_funcs(before.allocate, before.release);
	return tree_refused_memory;
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

	if (tree_unwatch(before) || !text) {
		free(text);
		return -ENOMEM;
	}
	*ret = text;
	*ret_n = strlen(text);
	return 0;
}
