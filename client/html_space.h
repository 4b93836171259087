/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the drawings and the tables of a host's address space have in common. */
#pragma once

#include "client/html.h"

struct html_space_kind {
	const char *type;
	const char *class_; /* how it is drawn */
	const char *label;
	const char *meaning;
};

/* What is said of reserved regions of @type; of one that is not known too. */
const struct html_space_kind *html_space_kind(const char *type);

/* True if @range has a first and a last address, in order. */
bool html_space_range(const json_t *range, uint64_t *ret_first, uint64_t *ret_last);

/*
 * "0-8, 10" of the groups that @members are, in the order of the document; "0-8, ..." where the @n
 * bytes at @buffer do not hold all.
 */
void html_space_ids(const struct html_host *host, const bool *members, char *buffer, size_t n);

/* Notes in @ret which groups are of @shape. False: none. */
bool html_space_members(const struct html_host *host, size_t shape, bool *ret);

/*
 * How far the groups of @shape reach: to @ret_last surely, past @ret_most surely not. False: it is
 * not known.
 */
bool html_space_reach(const struct html_shape *shape, uint64_t *ret_last, uint64_t *ret_most);
