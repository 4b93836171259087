/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest document, schema/guest-1.schema.json: what `check --map` and CheckGuest are given. */
#pragma once

#include "core/codec/refusal.h"
#include "core/model/guest.h"

enum guest_json_outcome {
	GUEST_JSON_DONE,
	GUEST_JSON_E_REFUSED,
};

/*
 * Decodes and checks the @n bytes at @bytes. On GUEST_JSON_DONE the caller owns @ret; on
 * GUEST_JSON_E_REFUSED @refusal is set. -ENOMEM.
 */
int guest_json_decode(const char *bytes, size_t n, struct guest **ret, struct refusal *refusal);
