/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The facts document: its one strict decoder and its canonical encoder. Canonical JSON has sorted
 * keys, no white space, and no reals. A member that is missing decodes to "missing" (not
 * collected); one that this version does not know is refused in a document of our own or an older
 * minor version and, in a newer one, noted (facts.unread) and kept out of every rule.
 */
#pragma once

#include "core/codec/refusal.h"
#include "core/model/facts.h"

enum facts_json_outcome {
	FACTS_JSON_DONE,
	FACTS_JSON_E_REFUSED, /* not such a document; the refusal says where and why */
};

/*
 * Decodes the @n bytes at @bytes. On FACTS_JSON_DONE the caller owns @ret; on FACTS_JSON_E_REFUSED
 * @refusal is set. -ENOMEM.
 */
int facts_json_decode(const char *bytes, size_t n, struct facts **ret, struct refusal *refusal);

/*
 * The canonical bytes of @facts in @ret, NUL-terminated, to be freed with free(), and their number
 * in @ret_n. -ENOMEM.
 */
int facts_json_encode(const struct facts *facts, char **ret, size_t *ret_n);
