/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The payload of a signed record, schema/record-1.schema.json. What was received is kept and passed
 * on as it is; reading it never makes it anew. A member that is not known is passed over in a
 * document of a newer minor version and refused in any other; a document of another schema number
 * is refused whole.
 */
#pragma once

#include "core/arena.h"
#include "core/codec/refusal.h"
#include "core/model/record.h"

enum record_json_outcome {
	RECORD_JSON_DONE,
	RECORD_JSON_E_REFUSED,
	RECORD_JSON_E_SCHEMA, /* another kind of document, or another number */
};

/*
 * Decodes and checks the @n bytes at @bytes into @ret, whose texts and arrays live in @arena. For
 * RECORD_JSON_E_… @refusal is set. -ENOMEM. Of times only their form is checked here.
 */
int record_json_decode(const char *bytes, size_t n, struct arena *arena, struct record *ret,
	struct refusal *refusal);

/* The canonical bytes of @record in @ret, NUL-terminated, to be freed with free(). -ENOMEM. */
int record_json_write(const struct record *record, char **ret, size_t *ret_n);
