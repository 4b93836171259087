/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest document, schema/guest-1.schema.json: what `check --map` and CheckGuest are given. */
#pragma once

#include "core/codec/refusal.h"
#include "core/model/guest.h"

#include <jansson.h>

#define GUEST_JSON_SCHEMA "iommufleet-guest-1"

enum guest_json_outcome {
	GUEST_JSON_DONE,
	GUEST_JSON_E_REFUSED,
};

/*
 * Decodes and checks the @n bytes at @bytes. On GUEST_JSON_DONE the caller owns @ret; on
 * GUEST_JSON_E_REFUSED @refusal is set. -ENOMEM.
 */
int guest_json_decode(const char *bytes, size_t n, struct guest **ret, struct refusal *refusal);

/*
 * The document of @guest in @ret, a new reference: guest_json_decode() reads it back as the same
 * question. Texts that no document may hold are cleaned. -ENOMEM.
 */
int guest_json_tree(const struct guest *guest, json_t **ret);
