/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The class document: canonical JSON whose digest names the class. A document of another projection
 * version is another schema, so that classes of different versions never compare equal. The
 * projection before the current one is read and written too: what it lacks is not collected, so
 * that whatever needs it is unknown.
 */
#pragma once

#include "core/codec/refusal.h"
#include "core/codec/shape.h"
#include "core/model/class.h"

/* The shapes of one group and of one of its members, for putting them into canonical order. */
extern const struct shape class_json_shape;
extern const struct shape class_json_member;

enum class_json_outcome {
	CLASS_JSON_DONE,
	CLASS_JSON_E_REFUSED,
};

/*
 * Decodes the @n bytes at @bytes into @ret, whose strings and lists live in @arena. On
 * CLASS_JSON_E_REFUSED @refusal is set. -ENOMEM.
 */
int class_json_decode(const char *bytes, size_t n, struct arena *arena, struct class *ret,
	struct refusal *refusal);

/*
 * The canonical bytes of @class_ in its own projection in @ret, NUL-terminated, to be freed with
 * free(). -ENOMEM.
 */
int class_json_encode(const struct class *class_, char **ret, size_t *ret_n);

/* The same in @projection: the class's own, or the one before the current. */
int class_json_encode_as(
	const struct class *class_, uint32_t projection, char **ret, size_t *ret_n);
