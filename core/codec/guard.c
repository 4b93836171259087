/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/guard.h"

#include <stdbool.h>

struct guard {
	unsigned nodes;
	unsigned depth;
	bool in_text;
	bool in_word; /* in a number, true, false or null */
};

static void guard_step(struct guard *guard, char c)
{
	bool was_in_word = guard->in_word;

	guard->in_word = false;
	switch (c) {
	case '"':
		guard->in_text = true;
		guard->nodes++;
		break;
	case '{':
	case '[':
		guard->depth++;
		guard->nodes++;
		break;
	case '}':
	case ']':
		guard->depth -= guard->depth > 0;
		break;
	case ':': /* the text before it was the name of a member */
		guard->nodes -= guard->nodes > 0;
		break;
	case ',':
	case ' ':
	case '\t':
	case '\r':
	case '\n':
		break;
	default:
		guard->in_word = true;
		guard->nodes += !was_in_word;
		break;
	}
}

int guard_scan(
	const char *bytes, size_t n, const struct guard_limits *limits, struct refusal *refusal)
{
	struct guard guard = { 0 };

	if (n > limits->bytes)
		return refusal_set(refusal, "document",
			"it is %zu bytes long, and at most %zu are read", n, limits->bytes);

	for (size_t i = 0; i < n; i++) {
		if (bytes[i] == '\0')
			return refusal_set_at(refusal, bytes, i, "it holds a NUL byte");
		if (!guard.in_text)
			guard_step(&guard, bytes[i]);
		else if (bytes[i] == '"')
			guard.in_text = false;
		else if (bytes[i] == '\\' && i + 1 < n && bytes[i + 1] != '\0')
			i++;
		if (guard.nodes > limits->nodes)
			return refusal_set_at(refusal, bytes, i, "it holds too many values");
		if (guard.depth > limits->depth)
			return refusal_set_at(refusal, bytes, i, "its members are nested too deep");
	}
	return GUARD_DONE;
}
