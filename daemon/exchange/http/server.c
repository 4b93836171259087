/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/exchange/http/view.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HTTP_BACKLOG	64
#define HTTP_LINE_BYTES 512
#define HTTP_S		UINT64_C(1000000)

const struct http_limits http_limits_preset = {
	.connections = 256,
	.connections_peer = 8,
	.handshakes = 64,
	.requests_minute = 6000,
	.flight_bytes = (size_t)64 << 20,
	.flight_peer_bytes = (size_t)16 << 20,
	.life_us = 300 * HTTP_S,
	.handshake_us = 10 * HTTP_S,
	.idle_us = 15 * HTTP_S,
	.head_us = 10 * HTTP_S,
	.body_us = 30 * HTTP_S,
	.answer_us = 120 * HTTP_S,
};

uint64_t http_server_now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * HTTP_S + (uint64_t)now.tv_nsec / 1000;
}

const char *http_server_word(enum http_word word)
{
	static const char *const words[] = {
		[HTTP_WORD_CONNECTIONS] = "http-connections",
		[HTTP_WORD_REQUESTS] = "http-requests",
		[HTTP_WORD_RECEIVED] = "http-received-bytes",
		[HTTP_WORD_SENT] = "http-sent-bytes",
		[HTTP_WORD_PATH] = "http-no-such-path",
		[HTTP_WORD_METHOD] = "http-method",
		[HTTP_WORD_NO_LENGTH] = "http-no-length",
		[HTTP_WORD_BODY] = "http-body-over-limit",
		[HTTP_WORD_RATE] = "http-too-many-requests",
		[HTTP_WORD_FLIGHT] = "http-too-many-bytes",
		[HTTP_WORD_PEER_CONNECTIONS] = "http-too-many-connections-of-a-peer",
		[HTTP_WORD_ALL_CONNECTIONS] = "http-too-many-connections",
		[HTTP_WORD_TIME] = "http-too-slow",
		[HTTP_WORD_ABORTED] = "http-aborted",
		[HTTP_WORD_MEMORY] = "http-no-memory",
	};

	assert(word < _HTTP_WORD_MAX);
	return words[word];
}

void http_server_list_counters(const struct http_server *server, http_each_word each, void *data)
{
	for (unsigned i = 0; i < _HTTP_WORD_MAX; i++)
		each(http_server_word((enum http_word)i), server->counts[i], data);
	for (unsigned i = 0; i < _TLS_OUTCOME_MAX; i++)
		each(tls_word((enum tls_outcome)i), server->tls_counts[i], data);
	for (unsigned i = HTTP_HEAD_E_SIZE; i < _HTTP_HEAD_OUTCOME_MAX; i++)
		each(http_head_word((enum http_head_outcome)i), server->head_counts[i], data);
}

void http_server_tell(struct http_server *server, const char *peer, const char *what)
{
	struct http_account *account;
	char text[HTTP_LINE_BYTES], name[LIMIT_HOST_NAME + 1];
	uint64_t now_us = http_server_now_us(), unsaid;

	(void)snprintf(name, sizeof(name), "%s", peer);
	if (http_accounts_get(server->accounts, name, now_us, &account) < 0 ||
		!http_account_take_line(account, now_us, &unsaid))
		return;
	if (unsaid > 0) {
		(void)snprintf(text, sizeof(text),
			"%.400s (and %" PRIu64 " times before, not told)", what, unsaid);
		what = text;
	}
	server->settings.say(peer, what, server->settings.data);
}

void http_server_complain(
	struct http_server *server, const char *peer, const char *address, const char *what)
{
	char text[HTTP_LINE_BYTES];

	(void)snprintf(text, sizeof(text), "from %s: %.400s", address, what);
	http_server_tell(server, peer, text);
}

/* ------------------------------------------------------------- routes */

static bool http_server_matches(const struct http_route *route, const char *path)
{
	size_t n = strlen(route->path);

	if (route->path[n - 1] != '/')
		return strcmp(route->path, path) == 0;
	return strncmp(route->path, path, n) == 0 && path[n] != '\0' &&
	       strlen(path + n) <= route->max_argument;
}

const struct http_route *http_server_find_route(const struct http_server *server,
	const struct http_head *head, unsigned *ret_status, enum http_word *ret_word)
{
	const struct http_route *found = NULL;

	*ret_status = 404;
	*ret_word = HTTP_WORD_PATH;
	for (size_t i = 0; i < server->settings.n_routes && !found; i++) {
		const struct http_route *route = &server->settings.routes[i];

		if (!http_server_matches(route, head->path))
			continue;
		*ret_status = 405;
		*ret_word = HTTP_WORD_METHOD;
		if (strcmp(route->method, head->method) == 0)
			found = route;
	}
	if (found && found->max_body > 0 && !head->has_length) {
		*ret_status = 411;
		*ret_word = HTTP_WORD_NO_LENGTH;
		found = NULL;
	} else if (found && head->length > found->max_body) {
		*ret_status = 413;
		*ret_word = HTTP_WORD_BODY;
		found = NULL;
	}
	return found;
}

/* ------------------------------------------------------------- listening */

static void http_server_format_address(
	const struct sockaddr *address, char ret[static HTTP_ADDRESS_BYTES])
{
	char host[INET6_ADDRSTRLEN] = "?";

	(void)snprintf(ret, HTTP_ADDRESS_BYTES, "an address of another kind");
	if (address->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)address;

		(void)inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
		(void)snprintf(
			ret, HTTP_ADDRESS_BYTES, "%s:%u", host, (unsigned)ntohs(in->sin_port));
	} else if (address->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;

		(void)inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
		(void)snprintf(
			ret, HTTP_ADDRESS_BYTES, "[%s]:%u", host, (unsigned)ntohs(in6->sin6_port));
	}
}

static bool http_server_make_room(struct http_server *server)
{
	const struct http_limits *limits = server->settings.limits;

	if (server->n_handshakes >= limits->handshakes)
		return http_connection_drop_handshake(server);
	if (server->n_connections >= limits->connections)
		return http_connection_drop_handshake(server);
	return true;
}

static void http_server_on_accept(struct evconnlistener *listener, evutil_socket_t fd,
	struct sockaddr *address, int n_address, void *data)
{
	struct http_server *server = data;
	char text[HTTP_ADDRESS_BYTES];
	int on = 1;

	(void)listener;
	(void)n_address;
	http_server_format_address(address, text);
	if (!server->context) {
		server->tls_counts[TLS_E_NONE]++;
		(void)evutil_closesocket(fd);
		return;
	}
	if (!http_server_make_room(server)) {
		server->counts[HTTP_WORD_ALL_CONNECTIONS]++;
		http_server_complain(server, "", text, "refused: there are too many connections");
		(void)evutil_closesocket(fd);
		return;
	}
	/* Without it an answer waits for the peer's delayed acknowledgement, 40 ms. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	server->counts[HTTP_WORD_CONNECTIONS]++;
	if (http_connection_new(server, fd, text) < 0) {
		server->counts[HTTP_WORD_MEMORY]++;
		(void)evutil_closesocket(fd);
	}
}

/* Without file descriptors: whoever waits would wake us at once, so they wait a second. */
static void http_server_on_accept_error(struct evconnlistener *listener, void *data)
{
	struct http_server *server = data;
	struct timeval delay = { 1, 0 };

	server->counts[HTTP_WORD_MEMORY]++;
	(void)evconnlistener_disable(listener);
	(void)event_add(server->pause, &delay);
}

static void http_server_on_pause_over(evutil_socket_t fd, short what, void *data)
{
	struct http_server *server = data;

	(void)fd;
	(void)what;
	for (size_t i = 0; i < server->n_listeners; i++)
		(void)evconnlistener_enable(server->listeners[i]);
}

static int http_server_add_listener(struct http_server *server, struct evconnlistener *listener)
{
	if (!listener)
		return errno > 0 ? -errno : -EIO;
	evconnlistener_set_error_cb(listener, http_server_on_accept_error);
	server->listeners[server->n_listeners++] = listener;
	return 0;
}

int http_server_listen(struct http_server *server, const char *address)
{
	struct sockaddr_storage parsed;
	int n = sizeof(parsed);

	if (server->n_listeners >= HTTP_LISTENERS)
		return -ENOSPC;
	if (evutil_parse_sockaddr_port(address, (struct sockaddr *)&parsed, &n) != 0)
		return -EINVAL;
	errno = 0;
	return http_server_add_listener(server,
		evconnlistener_new_bind(server->settings.base, http_server_on_accept, server,
			LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE,
			HTTP_BACKLOG, (struct sockaddr *)&parsed, n));
}

int http_server_listen_fd(struct http_server *server, int fd)
{
	if (server->n_listeners >= HTTP_LISTENERS)
		return -ENOSPC;
	if (evutil_make_socket_nonblocking(fd) < 0 || evutil_make_socket_closeonexec(fd) < 0)
		return -errno;
	errno = 0;
	/* The backlog is systemd's; 0 has libevent not listen again. */
	return http_server_add_listener(
		server, evconnlistener_new(server->settings.base, http_server_on_accept, server,
				LEV_OPT_CLOSE_ON_FREE, 0, fd));
}

void http_server_stop(struct http_server *server)
{
	while (server->n_listeners > 0)
		evconnlistener_free(server->listeners[--server->n_listeners]);
}

/* ------------------------------------------------------------- life */

static void http_server_close_all(struct http_server *server)
{
	while (!TAILQ_EMPTY(&server->connections))
		http_connection_free(TAILQ_FIRST(&server->connections));
}

int http_server_set_tls(struct http_server *server, struct tls *tls)
{
	SSL_CTX *context = NULL;
	int r = tls ? tls_new_server(tls, &context) : 0;

	if (r < 0)
		return r;
	http_server_close_all(server);
	SSL_CTX_free(server->context);
	tls_unref(server->tls);
	server->context = context;
	server->tls = tls ? tls_ref(tls) : NULL;
	return 0;
}

int http_server_new(const struct http_server_settings *settings, struct http_server **ret)
{
	struct http_server *server = calloc(1, sizeof(*server));
	int r;

	if (!server)
		return -ENOMEM;
	server->settings = *settings;
	TAILQ_INIT(&server->connections);
	server->pause = evtimer_new(settings->base, http_server_on_pause_over, server);
	r = server->pause ? http_accounts_new(&server->accounts) : -ENOMEM;
	if (r < 0) {
		http_server_free(server);
		return r;
	}
	*ret = server;
	return 0;
}

struct http_server *http_server_free(struct http_server *server)
{
	if (!server)
		return NULL;
	http_server_stop(server);
	http_server_close_all(server);
	SSL_CTX_free(server->context);
	tls_unref(server->tls);
	http_accounts_free(server->accounts);
	if (server->pause)
		event_free(server->pause);
	free(server);
	return NULL;
}
