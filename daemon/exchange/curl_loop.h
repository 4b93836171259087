/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * HTTP requests to others, in the daemon's loop: libcurl's multi handle driven by libevent. Names
 * are resolved in threads of libcurl's, never in the loop. Everything that comes back is bounded
 * before memory is taken for it. The environment (proxies, .netrc) has no say, and no redirection
 * is followed. What an answer means is the caller's.
 */
#pragma once

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CURL_LOOP_HEAD_BYTES   16384U /* of all the headers of an answer */
#define CURL_LOOP_REASON_BYTES 256
#define CURL_LOOP_HEADERS      4U

struct event_base;
struct curl_loop;
struct curl_loop_request;

struct curl_loop_settings {
	struct event_base *base; /* borrowed */
	long connections;	 /* in all; requests beyond wait, within their time */
	long connections_host;	 /* to one host and port */
};

/* Gives a loop without requests. -ENOMEM. The caller owns it. */
int curl_loop_new(const struct curl_loop_settings *settings, struct curl_loop **ret);

/* Gives up all requests, whose callbacks are not called. Not from inside one. Accepts NULL. */
struct curl_loop *curl_loop_free(struct curl_loop *loop);

/* Whom to trust, and who we are. Everything is borrowed until the request is over. */
struct curl_loop_tls {
	const char *ca_path;	      /* CAs; NULL: those of the system */
	const char *certificate_path; /* NULL: none is shown */
	const char *key_path;
	/*
	 * In place of the files: prepares the context of a new connection, and all verifying with
	 * it, which includes the name. 0, or negative errno. HTTP/1.1 is spoken then, and no
	 * session is resumed.
	 */
	int (*prepare)(SSL_CTX *context, void *data);
	/*
	 * Looks at the connection that the answer comes over, which may have been made for an
	 * earlier request, before its body is taken. Not 0: the answer is not wanted. May be NULL.
	 */
	int (*inspect)(SSL *connection, void *data);
	void *data;
};

enum curl_loop_outcome {
	CURL_LOOP_DONE,		 /* there is an answer; its status may be anything */
	CURL_LOOP_E_UNREACHABLE, /* no such name, nobody listens, or the connection broke */
	CURL_LOOP_E_TLS,	 /* one of both does not trust the other */
	CURL_LOOP_E_TIME,	 /* it took too long */
	CURL_LOOP_E_SIZE,	 /* head or body is larger than wanted */
	CURL_LOOP_E_UNWANTED,	 /* inspect() or part() said no */
	CURL_LOOP_E_FAULT,	 /* memory, or a request that cannot be made */
};

/* What became of a request. It lives until the callback returns. */
struct curl_loop_result {
	enum curl_loop_outcome outcome;
	const char *reason; /* for people, empty if there is an answer */
	long status;	    /* of HTTP; 0: no head came */
	const char *body;   /* NUL-terminated; empty where part() took it */
	size_t n_body;
	uint64_t sent_bytes, received_bytes; /* heads and bodies */
};

typedef void (*curl_loop_done)(const struct curl_loop_result *result, void *data);

/* What to ask. All of it is copied, but for what tls points to. */
struct curl_loop_order {
	const char *url;
	const char *method; /* "GET", "POST" */
	const char *body;   /* NULL: none */
	size_t n_body;
	const char *headers[CURL_LOOP_HEADERS]; /* "Name: value"; NULL: no more */
	const struct curl_loop_tls *tls;	/* NULL: whom the system trusts */
	size_t max_bytes;			/* of the answer's body */
	uint64_t connect_us;			/* until there is a connection; 0: time_us counts */
	uint64_t time_us;			/* in all; 0: as long as it likes, for a stream */
	/*
	 * Takes each part of the body of an answer with status 200 as it comes; max_bytes does not
	 * count then. Not 0 ends the request. NULL: the body is collected.
	 */
	int (*part)(const char *bytes, size_t n, void *data);
	/* Is called once, unless the request is cancelled. It may start and cancel requests. */
	curl_loop_done done;
	void *data; /* of part and done */
};

/*
 * Starts a request, at the next turn of the loop, so that it may be called from anywhere. @ret is
 * for curl_loop_cancel() and lives until done() has been called. -ENOMEM, -EINVAL: no such URL.
 */
int curl_loop_start(struct curl_loop *loop, const struct curl_loop_order *order,
	struct curl_loop_request **ret);

/* Gives @request up; no callback is called for it any more. Accepts NULL. */
void curl_loop_cancel(struct curl_loop_request *request);

/* Requests from now on use no connection that was made before, so that trust is asked anew. */
void curl_loop_drop_connections(struct curl_loop *loop);
