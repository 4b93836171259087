/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/facts_json.h"
#include "core/codec/digest.h"
#include "core/codec/document.h"
#include "core/codec/facts_shape.h"

static const struct document_kind facts_json_kind = {
	.schema = FACTS_SCHEMA,
	.minor = FACTS_MINOR,
	.limits = {
		.bytes = LIMIT_FACTS_BYTES,
		.nodes = LIMIT_FACTS_NODES,
		.depth = LIMIT_DEPTH,
	},
	.shape = &facts_shape,
};

int facts_json_decode(const char *bytes, size_t n, struct facts **ret, struct refusal *refusal)
{
	struct shape_reader reader = { .refusal = refusal };
	struct facts *facts;
	int r;

	r = facts_new(&facts);
	if (r < 0)
		return r;

	reader.arena = facts->arena;
	r = document_decode(&facts_json_kind, bytes, n, &reader, facts);
	if (r != DOCUMENT_DONE) {
		facts_unref(facts);
		return r == DOCUMENT_E_REFUSED ? FACTS_JSON_E_REFUSED : r;
	}

	facts->minor = reader.minor;
	facts->unread = reader.unread;
	if (facts->unread) {
		r = digest_compute(bytes, n, facts->received);
		if (r < 0) {
			facts_unref(facts);
			return r;
		}
	}
	facts_sort(facts);
	*ret = facts;
	return FACTS_JSON_DONE;
}

int facts_json_encode(const struct facts *facts, char **ret, size_t *ret_n)
{
	return document_encode(&facts_json_kind, facts->minor, facts, ret, ret_n);
}
