/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inside of a server, for its own files. */
#pragma once

#include "daemon/exchange/http/account.h"
#include "daemon/exchange/http/server.h"

#include <sys/queue.h>

#define HTTP_LISTENERS	   4U
#define HTTP_ADDRESS_BYTES 64U

/* What is counted beside the outcomes of a handshake and of a head. */
enum http_word {
	HTTP_WORD_CONNECTIONS, /* accepted */
	HTTP_WORD_REQUESTS,    /* that a handler answered */
	HTTP_WORD_RECEIVED,    /* bytes of heads and bodies */
	HTTP_WORD_SENT,
	HTTP_WORD_PATH,
	HTTP_WORD_METHOD,
	HTTP_WORD_NO_LENGTH,
	HTTP_WORD_BODY,
	HTTP_WORD_RATE,
	HTTP_WORD_FLIGHT,
	HTTP_WORD_PEER_CONNECTIONS,
	HTTP_WORD_ALL_CONNECTIONS,
	HTTP_WORD_TIME,
	HTTP_WORD_ABORTED,
	HTTP_WORD_MEMORY, /* or file descriptors */
	_HTTP_WORD_MAX,
};

struct http_connection;
TAILQ_HEAD(http_connections, http_connection);

struct http_server {
	struct http_server_settings settings;
	struct tls *tls;
	SSL_CTX *context; /* NULL: nobody gets in */
	struct http_accounts *accounts;
	struct evconnlistener *listeners[HTTP_LISTENERS];
	size_t n_listeners;
	struct event *pause;		     /* at its end, connections are accepted again */
	struct http_connections connections; /* oldest first */
	unsigned n_connections, n_handshakes;
	size_t in_flight;
	uint64_t tls_counts[_TLS_OUTCOME_MAX];
	uint64_t head_counts[_HTTP_HEAD_OUTCOME_MAX];
	uint64_t counts[_HTTP_WORD_MAX];
};

uint64_t http_server_now_us(void); /* monotonic */

/* Counts and says that @peer (empty: not known), who connects from @address, did @what. */
void http_server_complain(
	struct http_server *server, const char *peer, const char *address, const char *what);

/* Which route it is for, or NULL with what is wrong in @ret_status and @ret_word. */
const struct http_route *http_server_find_route(const struct http_server *server,
	const struct http_head *head, unsigned *ret_status, enum http_word *ret_word);

const char *http_server_word(enum http_word word);

/* A connection that was accepted on @fd, which is its own from now on. -ENOMEM. */
int http_connection_new(struct http_server *server, int fd, const char *address);
void http_connection_free(struct http_connection *connection);

/* Closes the oldest one that has not shown who it is. False: there is none. */
bool http_connection_drop_handshake(struct http_server *server);
