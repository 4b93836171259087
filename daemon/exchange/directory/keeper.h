/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where a directory keeps what outlives it. The daemon fills these in from its store, which the
 * exchange does not know. Everything that is put is safe once the daemon has committed its turn;
 * the order of what is put is the order in which it is safe.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* A host as it is kept. Digests are 64 hexadecimal digits. */
struct directory_kept {
	const char *host;
	const char *verified_under; /* trust_get_digest(); empty: not proven. NULL: forgotten */
	uint64_t valid_until_us;
	const void *summary; /* what the index needs, in a form of the directory's own */
	size_t n_summary;
	const char *bytes; /* the signed record as it was received. NULL: as it was before */
	size_t n;
};

/* All of them: 0, -ENOENT where there is no such thing, or another negative errno. */
struct directory_keeper {
	void *data;
	int (*put_host)(void *data, const struct directory_kept *kept);
	/* The signed record in @ret, to be freed with free(). */
	int (*get_record)(void *data, const char *host, char **ret, size_t *ret_n);
	int (*drop_host)(void *data, const char *host);
	int (*put_class)(void *data, const char *digest, const char *bytes, size_t n);
	/* The class document in @ret, NUL-terminated, to be freed with free(). */
	int (*get_class)(void *data, const char *digest, char **ret, size_t *ret_n);
};
