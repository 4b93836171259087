/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/exchange/http/head.h"

#include "core/codec/text.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

/* Letters of a length: no body here comes near to 10 of them. */
#define HTTP_HEAD_DIGITS 10U

struct http_head_reading {
	struct http_head head;
	bool host, length;
};

struct http_head_span {
	const char *at;
	size_t n;
};

const char *http_head_word(enum http_head_outcome outcome)
{
	static const char *const words[] = {
		[HTTP_HEAD_DONE] = "http-accepted",
		[HTTP_HEAD_MORE] = "http-incomplete",
		[HTTP_HEAD_E_SIZE] = "http-head-over-limit",
		[HTTP_HEAD_E_MALFORMED] = "http-malformed",
		[HTTP_HEAD_E_LINE] = "http-bare-or-folded-line",
		[HTTP_HEAD_E_LENGTH] = "http-content-length",
		[HTTP_HEAD_E_ENCODING] = "http-transfer-encoding",
		[HTTP_HEAD_E_EXPECT] = "http-expect",
		[HTTP_HEAD_E_VERSION] = "http-version",
	};

	assert(outcome < _HTTP_HEAD_OUTCOME_MAX);
	return words[outcome];
}

/* RFC 9110 5.6.2: what a method or a header's name is made of. */
static bool http_head_is_token(const struct http_head_span *span)
{
	static const char others[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < span->n; i++) {
		char c = span->at[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
			(c == '\0' || !strchr(others, c)))
			return false;
	}
	return span->n > 0;
}

static bool http_head_is(const struct http_head_span *span, const char *word)
{
	return span->n == strlen(word) && strncasecmp(span->at, word, span->n) == 0;
}

static bool http_head_copy(const struct http_head_span *span, char *ret, size_t n)
{
	if (span->n >= n || !text_is_printable(span->at, span->n))
		return false;
	memcpy(ret, span->at, span->n);
	ret[span->n] = '\0';
	return true;
}

/* ------------------------------------------------------------- lines */

/*
 * Finds the empty line at the end. Every line feed up to it has its carriage return before it, and
 * every carriage return its line feed behind it.
 */
static enum http_head_outcome http_head_find_end(const char *bytes, size_t n, size_t *ret)
{
	size_t most = n < HTTP_HEAD_BYTES ? n : HTTP_HEAD_BYTES;

	for (size_t i = 0; i < most; i++) {
		if (bytes[i] == '\0')
			return HTTP_HEAD_E_MALFORMED;
		if (bytes[i] == '\n' && (i == 0 || bytes[i - 1] != '\r'))
			return HTTP_HEAD_E_LINE;
		if (i > 0 && bytes[i - 1] == '\r' && bytes[i] != '\n')
			return HTTP_HEAD_E_LINE;
		if (i >= 3 && bytes[i] == '\n' && bytes[i - 2] == '\n') {
			*ret = i + 1;
			return HTTP_HEAD_DONE;
		}
	}
	return n >= HTTP_HEAD_BYTES ? HTTP_HEAD_E_SIZE : HTTP_HEAD_MORE;
}

/* "GET /v1/buckets HTTP/1.1": one blank between each. */
static enum http_head_outcome http_head_read_request(
	const struct http_head_span *line, struct http_head *head)
{
	const char *end = line->at + line->n;
	const char *one = memchr(line->at, ' ', line->n);
	const char *two = one ? memchr(one + 1, ' ', (size_t)(end - one - 1)) : NULL;
	struct http_head_span method, path, version;

	if (!two)
		return HTTP_HEAD_E_MALFORMED;
	method = (struct http_head_span){ line->at, (size_t)(one - line->at) };
	path = (struct http_head_span){ one + 1, (size_t)(two - one - 1) };
	version = (struct http_head_span){ two + 1, (size_t)(end - two - 1) };
	if (!http_head_is_token(&method) ||
		!http_head_copy(&method, head->method, sizeof(head->method)))
		return HTTP_HEAD_E_MALFORMED;
	if (path.n == 0 || path.at[0] != '/' ||
		!http_head_copy(&path, head->path, sizeof(head->path)))
		return HTTP_HEAD_E_MALFORMED;
	if (version.n != 8 || memcmp(version.at, "HTTP/1.1", 8) != 0)
		return HTTP_HEAD_E_VERSION;
	return HTTP_HEAD_DONE;
}

static enum http_head_outcome http_head_take_length(
	struct http_head_reading *reading, const struct http_head_span *value)
{
	uint64_t length;

	if (reading->length || value->n > HTTP_HEAD_DIGITS ||
		text_parse_decimal(value->at, value->n, &length) < 0)
		return HTTP_HEAD_E_LENGTH;
	reading->length = true;
	reading->head.has_length = true;
	reading->head.length = (size_t)length;
	return HTTP_HEAD_DONE;
}

/* What means something here; of every other header only the form is looked at. */
static enum http_head_outcome http_head_take(struct http_head_reading *reading,
	const struct http_head_span *name, const struct http_head_span *value)
{
	struct http_head *head = &reading->head;

	if (http_head_is(name, "content-length"))
		return http_head_take_length(reading, value);
	if (http_head_is(name, "transfer-encoding"))
		return HTTP_HEAD_E_ENCODING;
	if (http_head_is(name, "expect"))
		return HTTP_HEAD_E_EXPECT;
	if (http_head_is(name, "connection") && http_head_is(value, "close"))
		head->close = true;
	if (http_head_is(name, "if-none-match") &&
		!http_head_copy(value, head->tag, sizeof(head->tag)))
		head->tag[0] = '\0';
	if (http_head_is(name, "host")) {
		if (reading->host)
			return HTTP_HEAD_E_MALFORMED;
		reading->host = true;
	}
	return HTTP_HEAD_DONE;
}

static enum http_head_outcome http_head_read_header(
	const struct http_head_span *line, struct http_head_reading *reading)
{
	const char *colon = memchr(line->at, ':', line->n);
	struct http_head_span name, value;

	if (line->at[0] == ' ' || line->at[0] == '\t')
		return HTTP_HEAD_E_LINE;
	if (!colon)
		return HTTP_HEAD_E_MALFORMED;
	name = (struct http_head_span){ line->at, (size_t)(colon - line->at) };
	value = (struct http_head_span){ colon + 1, line->n - name.n - 1 };
	if (!http_head_is_token(&name))
		return HTTP_HEAD_E_MALFORMED;
	while (value.n > 0 && (value.at[0] == ' ' || value.at[0] == '\t')) {
		value.at++;
		value.n--;
	}
	while (value.n > 0 && (value.at[value.n - 1] == ' ' || value.at[value.n - 1] == '\t'))
		value.n--;
	return http_head_take(reading, &name, &value);
}

enum http_head_outcome http_head_parse(const char *bytes, size_t n, struct http_head *ret)
{
	struct http_head_reading reading = { .host = false };
	enum http_head_outcome outcome;
	unsigned n_lines = 0;
	size_t end;

	outcome = http_head_find_end(bytes, n, &end);
	for (size_t at = 0; outcome == HTTP_HEAD_DONE && at < end - 2;) {
		const char *feed = memchr(bytes + at, '\r', end - at);
		struct http_head_span line = { bytes + at, (size_t)(feed - bytes) - at };

		if (n_lines > HTTP_HEAD_HEADERS)
			return HTTP_HEAD_E_SIZE;
		outcome = n_lines == 0 ? http_head_read_request(&line, &reading.head)
				       : http_head_read_header(&line, &reading);
		at += line.n + 2;
		n_lines++;
	}
	if (outcome != HTTP_HEAD_DONE)
		return outcome;
	if (!reading.host)
		return HTTP_HEAD_E_MALFORMED;
	reading.head.n = end;
	*ret = reading.head;
	return HTTP_HEAD_DONE;
}
