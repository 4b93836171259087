/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A connection reads one head, answers, says that it has nothing more to say, and waits for the
 * other end to close: closing at once, with something unread, could take the answer away again. One
 * limit of time holds from its beginning to its end, however the bytes come.
 */
#include "daemon/metrics_http.h"

#include "core/cleanup.h"
#include "core/codec/metrics_text.h"
#include "daemon/exchange/http/head.h"
#include "daemon/turn.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>

#define METRICS_HTTP_S	     UINT64_C(1000000)
#define METRICS_HTTP_LIFE    5 /* seconds of a connection */
#define METRICS_HTTP_BACKLOG 16
#define METRICS_HTTP_UNREAD  65536U	    /* bytes that are thrown away after the answer */
#define METRICS_HTTP_FRESH   METRICS_HTTP_S /* as old may what is told be */

struct metrics_http_connection {
	TAILQ_ENTRY(metrics_http_connection) link;
	struct metrics_http *http;
	struct bufferevent *stream;
	struct event *deadline;
	bool answered;
	bool ended; /* the other end has said all */
	size_t thrown_away;
};

TAILQ_HEAD(metrics_http_connections, metrics_http_connection);

struct metrics_http {
	struct metrics *metrics;
	struct event_base *base;
	struct evconnlistener *listener;
	struct event *pause; /* at its end, connections are accepted again */
	struct metrics_http_connections connections; /* oldest first */
	unsigned n_connections;
	char *text; /* what was told last; NULL: nothing yet */
	size_t n_text;
	uint64_t made_us; /* when, by the monotonic clock */
};

static void metrics_http_drop(struct metrics_http_connection *connection)
{
	struct metrics_http *http = connection->http;

	TAILQ_REMOVE(&http->connections, connection, link);
	http->n_connections--;
	if (!connection->answered)
		http->metrics->requests[METRICS_DROPPED]++;
	if (connection->stream)
		bufferevent_free(connection->stream);
	if (connection->deadline)
		event_free(connection->deadline);
	free(connection);
}

/* ------------------------------------------------------------- answers */

/* Makes the text anew unless it is fresh: asking often costs no more than asking. */
static int metrics_http_refresh(struct metrics_http *http)
{
	uint64_t now_us = turn_now_us();
	struct refusal refusal;
	json_t *document;
	char *text;
	size_t n;
	int r;

	if (http->text && now_us - http->made_us < METRICS_HTTP_FRESH)
		return 0;
	r = metrics_document(http->metrics, &document);
	if (r < 0)
		return r;
	r = metrics_text_format(document, &text, &n, &refusal);
	json_decref(document);
	if (r != METRICS_TEXT_DONE)
		return r < 0 ? r : -EINVAL;
	free(http->text);
	http->text = text;
	http->n_text = n;
	http->made_us = now_us;
	return 0;
}

static const char *metrics_http_phrase(unsigned status)
{
	static const struct {
		unsigned status;
		const char *phrase;
	} phrases[] = { { 200, "OK" }, { 400, "Bad Request" }, { 404, "Not Found" },
		{ 405, "Method Not Allowed" }, { 413, "Content Too Large" },
		{ 431, "Request Header Fields Too Large" }, { 503, "Service Unavailable" },
		{ 505, "HTTP Version Not Supported" } };

	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
		if (phrases[i].status == status)
			return phrases[i].phrase;
	}
	return "Internal Server Error";
}

/* An answer without @body tells of its length all the same: HEAD. */
static void metrics_http_send(
	struct metrics_http_connection *connection, unsigned status, bool body)
{
	const struct metrics_http *http = connection->http;
	struct evbuffer *out = bufferevent_get_output(connection->stream);
	const char *text = status == 200 ? http->text : metrics_http_phrase(status);
	size_t n = status == 200 ? http->n_text : strlen(text);

	connection->answered = true;
	connection->http->metrics->requests[status == 200 ? METRICS_ANSWERED : METRICS_REFUSED]++;
	/* Half an answer must not go out. */
	if (evbuffer_add_printf(out,
		    "HTTP/1.1 %u %s\r\nContent-Length: %zu\r\nContent-Type: %s\r\n"
		    "%sConnection: close\r\n\r\n",
		    status, metrics_http_phrase(status), n,
		    status == 200 ? METRICS_TEXT_TYPE : "text/plain",
		    status == 405 ? "Allow: GET, HEAD\r\n" : "") < 0 ||
		(body && evbuffer_add(out, text, n) < 0))
		(void)evbuffer_drain(out, evbuffer_get_length(out));
	(void)bufferevent_enable(connection->stream, EV_WRITE);
}

static unsigned metrics_http_status_of_head(enum http_head_outcome outcome)
{
	if (outcome == HTTP_HEAD_E_SIZE)
		return 431;
	return outcome == HTTP_HEAD_E_VERSION ? 505 : 400;
}

static unsigned metrics_http_status(struct metrics_http *http, const struct http_head *head)
{
	if (strcmp(head->path, "/metrics") != 0)
		return 404;
	if (strcmp(head->method, "GET") != 0 && strcmp(head->method, "HEAD") != 0)
		return 405;
	if (head->length > 0)
		return 413;
	return metrics_http_refresh(http) < 0 ? 503 : 200;
}

/* ------------------------------------------------------------- events */

static void metrics_http_throw_away(struct metrics_http_connection *connection)
{
	struct evbuffer *in = bufferevent_get_input(connection->stream);
	size_t n = evbuffer_get_length(in);

	(void)evbuffer_drain(in, n);
	connection->thrown_away += n;
	if (connection->thrown_away > METRICS_HTTP_UNREAD)
		metrics_http_drop(connection);
}

static void metrics_http_on_read(struct bufferevent *stream, void *data)
{
	struct metrics_http_connection *connection = data;
	struct evbuffer *in = bufferevent_get_input(stream);
	size_t n = evbuffer_get_length(in);
	enum http_head_outcome outcome;
	struct http_head head;
	const char *bytes;

	if (connection->answered) {
		metrics_http_throw_away(connection);
		return;
	}
	bytes = (const char *)evbuffer_pullup(in, (ev_ssize_t)n);
	if (!bytes) {
		metrics_http_drop(connection);
		return;
	}
	outcome = http_head_parse(bytes, n, &head);
	if (outcome == HTTP_HEAD_MORE)
		return;
	if (outcome == HTTP_HEAD_DONE)
		metrics_http_send(connection, metrics_http_status(connection->http, &head),
			strcmp(head.method, "HEAD") != 0);
	else
		metrics_http_send(connection, metrics_http_status_of_head(outcome), true);
	(void)evbuffer_drain(in, n);
}

/* All has gone out. */
static void metrics_http_on_written(struct bufferevent *stream, void *data)
{
	struct metrics_http_connection *connection = data;

	if (connection->ended)
		metrics_http_drop(connection);
	else if (connection->answered)
		(void)shutdown(bufferevent_getfd(stream), SHUT_WR);
}

static void metrics_http_on_event(struct bufferevent *stream, short what, void *data)
{
	struct metrics_http_connection *connection = data;

	/* Who has said all may still be listening. */
	if ((what & BEV_EVENT_EOF) && connection->answered &&
		evbuffer_get_length(bufferevent_get_output(stream)) > 0)
		connection->ended = true;
	else
		metrics_http_drop(connection);
}

static void metrics_http_on_deadline(evutil_socket_t fd, short what, void *data)
{
	(void)fd;
	(void)what;
	metrics_http_drop(data);
}

/* ------------------------------------------------------------- connections */

/* A connection on @fd, which is its own from now on. -ENOMEM: it is still the caller's. */
static int metrics_http_take(struct metrics_http *http, evutil_socket_t fd)
{
	struct timeval life = { METRICS_HTTP_LIFE, 0 };
	struct metrics_http_connection *connection = calloc(1, sizeof(*connection));

	if (!connection)
		return -ENOMEM;
	connection->http = http;
	TAILQ_INSERT_TAIL(&http->connections, connection, link);
	http->n_connections++;
	connection->deadline = evtimer_new(http->base, metrics_http_on_deadline, connection);
	if (connection->deadline)
		connection->stream = bufferevent_socket_new(http->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!connection->stream || event_add(connection->deadline, &life) < 0) {
		/* Only a stream closes it. */
		int r = connection->stream ? 0 : -ENOMEM;

		metrics_http_drop(connection);
		return r;
	}
	bufferevent_setcb(connection->stream, metrics_http_on_read, metrics_http_on_written,
		metrics_http_on_event, connection);
	bufferevent_setwatermark(connection->stream, EV_READ, 0, HTTP_HEAD_BYTES);
	(void)bufferevent_enable(connection->stream, EV_READ);
	return 0;
}

static void metrics_http_on_accept(struct evconnlistener *listener, evutil_socket_t fd,
	struct sockaddr *address, int n_address, void *data)
{
	struct metrics_http *http = data;

	(void)listener;
	(void)address;
	(void)n_address;
	if (http->n_connections >= METRICS_HTTP_CONNECTIONS)
		metrics_http_drop(TAILQ_FIRST(&http->connections));
	if (metrics_http_take(http, fd) < 0)
		(void)evutil_closesocket(fd);
}

/* Without file descriptors: whoever waits would wake us at once, so they wait a second. */
static void metrics_http_on_accept_error(struct evconnlistener *listener, void *data)
{
	struct metrics_http *http = data;
	struct timeval delay = { 1, 0 };

	(void)evconnlistener_disable(listener);
	(void)event_add(http->pause, &delay);
}

static void metrics_http_on_pause_over(evutil_socket_t fd, short what, void *data)
{
	struct metrics_http *http = data;

	(void)fd;
	(void)what;
	(void)evconnlistener_enable(http->listener);
}

static int metrics_http_listen(struct metrics_http *http, const char *address)
{
	struct sockaddr_storage parsed;
	int n = sizeof(parsed);

	if (evutil_parse_sockaddr_port(address, (struct sockaddr *)&parsed, &n) != 0)
		return -EINVAL;
	errno = 0;
	http->listener = evconnlistener_new_bind(http->base, metrics_http_on_accept, http,
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE,
		METRICS_HTTP_BACKLOG, (struct sockaddr *)&parsed, n);
	if (!http->listener)
		return errno > 0 ? -errno : -EIO;
	evconnlistener_set_error_cb(http->listener, metrics_http_on_accept_error);
	return 0;
}

int metrics_http_new(struct event_base *base, const char *address, struct metrics *metrics,
	struct metrics_http **ret)
{
	struct metrics_http *http = calloc(1, sizeof(*http));
	int r;

	if (!http)
		return -ENOMEM;
	*http = (struct metrics_http){ .metrics = metrics, .base = base };
	TAILQ_INIT(&http->connections);
	http->pause = evtimer_new(base, metrics_http_on_pause_over, http);
	r = http->pause ? metrics_http_listen(http, address) : -ENOMEM;
	if (r < 0) {
		metrics_http_free(http);
		return r;
	}
	*ret = http;
	return 0;
}

struct metrics_http *metrics_http_free(struct metrics_http *http)
{
	if (!http)
		return NULL;
	if (http->listener)
		evconnlistener_free(http->listener);
	while (!TAILQ_EMPTY(&http->connections))
		metrics_http_drop(TAILQ_FIRST(&http->connections));
	if (http->pause)
		event_free(http->pause);
	free(http->text);
	free(http);
	return NULL;
}
