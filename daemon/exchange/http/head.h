/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The head of an HTTP/1.1 request, read strictly: where others would guess where a message ends or
 * whom it is for (two lengths, a bare line feed, a folded line, a transfer encoding, a blank before
 * a colon), it is refused, since who guesses otherwise can be made to see another message. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define HTTP_HEAD_BYTES	  4096U /* with the empty line at its end */
#define HTTP_HEAD_HEADERS 32U
#define HTTP_HEAD_PATH	  320U /* letters of a path, with the NUL */
#define HTTP_HEAD_TAG	  72U

enum http_head_outcome {
	HTTP_HEAD_DONE,
	HTTP_HEAD_MORE, /* it is not all there yet */
	HTTP_HEAD_E_SIZE,
	HTTP_HEAD_E_MALFORMED,
	HTTP_HEAD_E_LINE,     /* a bare line feed, or a folded line */
	HTTP_HEAD_E_LENGTH,   /* Content-Length twice, or not a number */
	HTTP_HEAD_E_ENCODING, /* a Transfer-Encoding, which no request here needs */
	HTTP_HEAD_E_EXPECT,   /* an Expect */
	HTTP_HEAD_E_VERSION,  /* not HTTP/1.1 */
	_HTTP_HEAD_OUTCOME_MAX,
};

struct http_head {
	char method[8];
	char path[HTTP_HEAD_PATH]; /* begins with "/"; printable, nothing decoded */
	char tag[HTTP_HEAD_TAG];   /* of If-None-Match, with its quotes; empty: none */
	bool has_length;
	bool close; /* the connection ends with the answer */
	size_t length;
	size_t n; /* bytes of the head itself */
};

/* Reads the head at the start of the @n bytes at @bytes. */
enum http_head_outcome http_head_parse(const char *bytes, size_t n, struct http_head *ret);

/* One word for counters and logs, "http-two-lengths". */
const char *http_head_word(enum http_head_outcome outcome);
