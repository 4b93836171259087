/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Class documents of a directory. They go round once per class: a record names them by digest, and
 * whoever needs one asks a holder for it. What comes is hashed before it is looked at, bounded, and
 * read in full before it is kept.
 */
#pragma once

#include "daemon/exchange/directory.h"

/* The class in @slot, a member's; the slot stays the class's while a member names it. */
void directory_get_class(
	const struct directory *directory, int32_t slot, struct directory_class *ret);
/* One more than the greatest slot in use, for arrays beside it. */
size_t directory_count_slots(const struct directory *directory);

/* A class to fetch: of those that a member names, the newest projection that is read here. */
typedef bool (*directory_each_class)(
	const struct directory_class *class_, int32_t slot, void *data);
void directory_list_wanted(
	const struct directory *directory, directory_each_class each, void *data);
/* The hosts that name the class in @slot, which are its first holders. */
void directory_list_holders(
	const struct directory *directory, int32_t slot, directory_each each, void *data);

/*
 * Takes the class document of @n bytes if one is wanted by its digest. DIRECTORY_TAKEN,
 * DIRECTORY_SAME, DIRECTORY_E_REFUSED with @ret (its host stays empty), or negative errno.
 */
int directory_put_class(
	struct directory *directory, const char *bytes, size_t n, struct directory_result *ret);

/* The document of @digest, to be freed with free(). -ENOENT, or other negative errno. */
int directory_read_class(const struct directory *directory, const struct directory_digest *digest,
	char **ret, size_t *ret_n);
