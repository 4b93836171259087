/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * HTTPS for the hosts of a fleet. Who gets as far as a request is a member, proven in the
 * handshake; everybody else is refused there. A table of routes is all that can be asked for; each
 * request stands alone, and its limits are checked before memory is taken for it. What a peer sends
 * wrongly costs it the connection and its own account, and nothing else.
 *
 * Not libevent's evhttp: it takes two lengths, bare line feeds and folded headers, goes on without
 * TLS when there is no memory for it, and knows no time limit for a whole request.
 */
#pragma once

#include "daemon/exchange/http/head.h"
#include "daemon/exchange/tls.h"

struct event_base;
struct http_server;

struct http_request {
	const char *peer;     /* the host in its certificate */
	const char *argument; /* of the path, what the route ends before */
	const char *tag;      /* of If-None-Match, without quotes; empty: none */
	const char *body;     /* not NUL-terminated */
	size_t n_body;
};

struct http_answer {
	unsigned status;
	const char *type; /* of the body; static */
	char *body;	  /* given away, to be freed with free(); may be NULL */
	size_t n_body;
	char tag[HTTP_HEAD_TAG]; /* ETag, without quotes; empty: none */
};

/* Gives @answer, which is a 500 without a body. What @request points to lives until it returns. */
typedef void (*http_handle)(
	const struct http_request *request, struct http_answer *answer, void *data);

struct http_route {
	const char *method; /* "GET", "POST" */
	const char *path;   /* one that ends with "/" has an argument behind it */
	size_t max_argument;
	size_t max_body; /* 0: it has none */
	unsigned cost;	 /* how many requests it counts as */
	http_handle handle;
};

struct http_limits {
	unsigned connections;	   /* in all */
	unsigned connections_peer; /* of one peer */
	unsigned handshakes;	   /* that are not done yet; the oldest makes room for a new one */
	unsigned requests_minute;  /* of one peer */
	size_t flight_bytes;	   /* bodies on their way, in all */
	size_t flight_peer_bytes;  /* of one peer */
	uint64_t life_us;	   /* of a connection: then who is there has to show it anew */
	uint64_t handshake_us;	   /* from the first byte to the last, however they come */
	uint64_t idle_us;
	uint64_t head_us;
	uint64_t body_us;
	uint64_t answer_us;
};
extern const struct http_limits http_limits_preset;

struct http_server_settings {
	struct event_base *base; /* borrowed, like all of this */
	const struct http_limits *limits;
	const struct http_route *routes;
	size_t n_routes;
	/* Is told what was refused, whose it was (empty: nobody's that is known), not too often. */
	void (*say)(const char *peer, const char *text, void *data);
	void *data; /* of the routes and of say */
};

/* Gives a server that listens nowhere and refuses everybody. -ENOMEM. The caller owns it. */
int http_server_new(const struct http_server_settings *settings, struct http_server **ret);
/* Closes everything. Not from inside a handler. Accepts NULL, returns NULL. */
struct http_server *http_server_free(struct http_server *server);

/*
 * Has @tls (a reference is taken; NULL: nobody gets in) decide from now on. Connections that were
 * let in by another are closed. As tls_new_server().
 */
int http_server_set_tls(struct http_server *server, struct tls *tls);

/* Listens on @address, "192.0.2.1:7443" or "[::]:7443". -EINVAL: it is none; or errno. */
int http_server_listen(struct http_server *server, const char *address);
/* Listens on the socket @fd, which systemd has made; it is the server's from now on. */
int http_server_listen_fd(struct http_server *server, int fd);
/* Stops to listen; what is connected stays. */
void http_server_stop(struct http_server *server);

/* Has settings.say() told that @peer (empty: nobody known) did @what, unless it was told too often.
 */
void http_server_tell(struct http_server *server, const char *peer, const char *what);

/* Calls @each for every word with its count. */
typedef void (*http_each_word)(const char *word, uint64_t count, void *data);
void http_server_list_counters(const struct http_server *server, http_each_word each, void *data);
