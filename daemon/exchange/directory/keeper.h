/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where a directory keeps what outlives it. The daemon fills these in from its store, which the
 * exchange does not know. Everything that is put is safe once the daemon has committed its turn;
 * the order of what is put is the order in which it is safe.
 */
#pragma once

#include "core/model/kept.h"

/* All of them: 0, -ENOENT where there is no such thing, or another negative errno. */
struct directory_keeper {
	void *data;
	int (*put_host)(void *data, const struct kept_host *kept);
	/* The signed record in @ret, to be freed with free(). */
	int (*get_record)(void *data, const char *host, char **ret, size_t *ret_n);
	int (*drop_host)(void *data, const char *host);
	int (*put_class)(void *data, const char *digest, const char *bytes, size_t n);
	/* The class document in @ret, NUL-terminated, to be freed with free(). */
	int (*get_class)(void *data, const char *digest, char **ret, size_t *ret_n);
};
