/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/domain_guard.h"

#include "core/model/limits.h"

#include <stdbool.h>
#include <string.h>

#define DOMAIN_GUARD_ATTRIBUTES 64U

struct domain_guard {
	const char *bytes;
	size_t n;
	size_t at;
	unsigned nodes;
	unsigned depth;
	struct refusal *refusal;
};

static bool domain_guard_sees(const struct domain_guard *guard, const char *text)
{
	size_t n = strlen(text);

	return guard->n - guard->at >= n && memcmp(guard->bytes + guard->at, text, n) == 0;
}

/* Goes over @start and behind the next @end; to the end of the document where there is none. */
static void domain_guard_skip(struct domain_guard *guard, const char *start, const char *end)
{
	guard->at += strlen(start);
	while (guard->at < guard->n && !domain_guard_sees(guard, end))
		guard->at++;
	if (guard->at < guard->n)
		guard->at += strlen(end);
}

/* Goes to the next @c, or to the end. */
static void domain_guard_seek(struct domain_guard *guard, char c)
{
	const char *next = memchr(guard->bytes + guard->at, c, guard->n - guard->at);

	guard->at = next ? (size_t)(next - guard->bytes) : guard->n;
}

/* Goes behind a value in quotes. */
static void domain_guard_skip_value(struct domain_guard *guard)
{
	char quote = guard->bytes[guard->at++];

	domain_guard_seek(guard, quote);
	guard->at += guard->at < guard->n;
}

static int domain_guard_refuse(const struct domain_guard *guard, const char *text)
{
	return refusal_set_at(guard->refusal, guard->bytes, guard->at, "%s", text);
}

/* At the '<' of a tag: goes behind its '>'. An attribute has one '=' outside of quotes. */
static int domain_guard_tag(struct domain_guard *guard)
{
	bool ends = guard->at + 1 < guard->n && guard->bytes[guard->at + 1] == '/';
	unsigned attributes = 0;
	bool empty = false;

	guard->at++;
	while (guard->at < guard->n && guard->bytes[guard->at] != '>') {
		char c = guard->bytes[guard->at];

		if (c == '"' || c == '\'') {
			domain_guard_skip_value(guard);
			continue;
		}
		attributes += c == '=';
		if (attributes > DOMAIN_GUARD_ATTRIBUTES)
			return domain_guard_refuse(guard, "its element has too many attributes");
		empty = c == '/';
		guard->at++;
	}
	guard->nodes += 1 + attributes;
	if (ends)
		guard->depth -= guard->depth > 0;
	else
		guard->depth += !empty;
	guard->at += guard->at < guard->n;
	return DOMAIN_GUARD_DONE;
}

static int domain_guard_markup(struct domain_guard *guard)
{
	char next = guard->at + 1 < guard->n ? guard->bytes[guard->at + 1] : '\0';

	if (next != '!' && next != '?')
		return domain_guard_tag(guard);
	if (domain_guard_sees(guard, "<!--"))
		domain_guard_skip(guard, "<!--", "-->");
	else if (domain_guard_sees(guard, "<![CDATA["))
		domain_guard_skip(guard, "<![CDATA[", "]]>");
	else if (domain_guard_sees(guard, "<?"))
		domain_guard_skip(guard, "<?", "?>");
	else
		return domain_guard_refuse(guard, "a document type is not read");
	guard->nodes++;
	return DOMAIN_GUARD_DONE;
}

static int domain_guard_start(struct domain_guard *guard)
{
	if (domain_guard_sees(guard, "\xef\xbb\xbf"))
		guard->at += 3;
	while (guard->at < guard->n && memchr(" \t\r\n", guard->bytes[guard->at], 4))
		guard->at++;
	if (guard->at == guard->n)
		return domain_guard_refuse(guard, "the document is empty");
	if (guard->bytes[guard->at] != '<')
		return domain_guard_refuse(guard, "it does not start like XML in UTF-8");
	return DOMAIN_GUARD_DONE;
}

int domain_guard_scan(const char *bytes, size_t n, struct refusal *refusal)
{
	struct domain_guard guard = { .bytes = bytes, .n = n, .refusal = refusal };
	const char *nul;
	int r;

	if (n > LIMIT_DOMAIN_BYTES)
		return refusal_set(refusal, "document",
			"it is %zu bytes long, and at most %u are read", n, LIMIT_DOMAIN_BYTES);
	nul = n ? memchr(bytes, '\0', n) : NULL;
	if (nul)
		return refusal_set_at(refusal, bytes, (size_t)(nul - bytes), "it holds a NUL byte");
	r = domain_guard_start(&guard);
	while (r == DOMAIN_GUARD_DONE && guard.at < n) {
		r = domain_guard_markup(&guard);
		if (r == DOMAIN_GUARD_DONE && guard.nodes > LIMIT_DOMAIN_NODES)
			r = domain_guard_refuse(&guard, "it holds too many elements");
		if (r == DOMAIN_GUARD_DONE && guard.depth > LIMIT_DOMAIN_DEPTH)
			r = domain_guard_refuse(&guard, "its elements are nested too deep");
		/* Text is counted with the tag behind it. */
		domain_guard_seek(&guard, '<');
	}
	return r;
}
