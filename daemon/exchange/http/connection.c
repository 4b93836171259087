/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One connection: handshake, then idle, head, body and answer in turn. Each state has one time
 * limit from its beginning to its end, so that a byte now and then does not prolong it; what is
 * buffered never exceeds what the state may read and one TLS record. There is always room for a
 * whole one: what libevent leaves inside OpenSSL it forgets until the socket has more. For the same
 * reason reading stops while an answer goes out, instead of filling up.
 */
#include "core/cleanup.h"
#include "daemon/exchange/http/view.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HTTP_CONNECTION_RECORD 16384U /* bytes that one TLS record carries at most */

enum http_connection_state {
	HTTP_CONNECTION_HANDSHAKE,
	HTTP_CONNECTION_IDLE,
	HTTP_CONNECTION_HEAD,
	HTTP_CONNECTION_BODY,
	HTTP_CONNECTION_ANSWER,
	HTTP_CONNECTION_BYE, /* the last answer is on its way */
};

struct http_connection {
	TAILQ_ENTRY(http_connection) link;
	struct http_server *server;
	struct bufferevent *stream;
	SSL *ssl; /* the stream's */
	struct event *deadline;
	enum http_connection_state state;
	struct tls_peer peer;
	uint64_t since_us;
	struct http_account *account; /* NULL before the handshake is done */
	char address[HTTP_ADDRESS_BYTES];
	struct http_head head;
	const struct http_route *route;
	size_t in_flight;
};

static void http_connection_read(struct http_connection *connection);

static const char *http_connection_name(const struct http_connection *connection)
{
	return connection->account ? connection->account->name : "";
}

static void http_connection_complain(struct http_connection *connection, const char *what)
{
	http_server_complain(
		connection->server, http_connection_name(connection), connection->address, what);
}

static void http_connection_set_flight(struct http_connection *connection, size_t bytes)
{
	struct http_server *server = connection->server;

	server->in_flight = server->in_flight - connection->in_flight + bytes;
	connection->account->in_flight =
		connection->account->in_flight - connection->in_flight + bytes;
	connection->in_flight = bytes;
}

static bool http_connection_may_carry(const struct http_connection *connection, size_t bytes)
{
	const struct http_limits *limits = connection->server->settings.limits;

	return bytes <= limits->flight_bytes &&
	       connection->server->in_flight <= limits->flight_bytes - bytes &&
	       bytes <= limits->flight_peer_bytes &&
	       connection->account->in_flight <= limits->flight_peer_bytes - bytes;
}

/* Has the callback come once @n bytes are there, and no more read than that and one record. */
static void http_connection_expect(struct http_connection *connection, size_t n, size_t most)
{
	bufferevent_setwatermark(connection->stream, EV_READ, n, most + HTTP_CONNECTION_RECORD);
	(void)bufferevent_enable(connection->stream, EV_READ);
}

static void http_connection_enter(
	struct http_connection *connection, enum http_connection_state state, uint64_t limit_us)
{
	struct timeval delay = { (time_t)(limit_us / 1000000), (suseconds_t)(limit_us % 1000000) };

	connection->state = state;
	(void)event_add(connection->deadline, &delay);
}

void http_connection_free(struct http_connection *connection)
{
	struct http_server *server = connection->server;

	TAILQ_REMOVE(&server->connections, connection, link);
	server->n_connections--;
	if (connection->state == HTTP_CONNECTION_HANDSHAKE)
		server->n_handshakes--;
	if (connection->account) {
		http_connection_set_flight(connection, 0);
		connection->account->n_connections--;
	}
	if (connection->stream) {
		if (connection->state != HTTP_CONNECTION_HANDSHAKE)
			(void)SSL_shutdown(connection->ssl);
		bufferevent_free(connection->stream);
	}
	if (connection->deadline)
		event_free(connection->deadline);
	(void)pem_fault_or(0);
	free(connection);
}

/* ------------------------------------------------------------- answers */

static const char *http_connection_phrase(unsigned status)
{
	static const struct {
		unsigned status;
		const char *phrase;
	} phrases[] = { { 200, "OK" }, { 204, "No Content" }, { 304, "Not Modified" },
		{ 400, "Bad Request" }, { 404, "Not Found" }, { 405, "Method Not Allowed" },
		{ 408, "Request Timeout" }, { 411, "Length Required" },
		{ 413, "Content Too Large" }, { 417, "Expectation Failed" },
		{ 422, "Unprocessable Content" }, { 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" }, { 501, "Not Implemented" },
		{ 503, "Service Unavailable" }, { 505, "HTTP Version Not Supported" } };

	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
		if (phrases[i].status == status)
			return phrases[i].phrase;
	}
	return "Internal Server Error";
}

static void http_connection_free_body(const void *body, size_t n, void *data)
{
	(void)n;
	(void)data;
	free((void *)body);
}

/* Sends @answer, whose body is given away; @close: and nothing else on this connection. */
static void http_connection_send(
	struct http_connection *connection, const struct http_answer *answer, bool close)
{
	struct http_server *server = connection->server;
	struct evbuffer *out = bufferevent_get_output(connection->stream);
	const char *type = answer->type ? answer->type : "text/plain";
	bool good;

	(void)bufferevent_disable(connection->stream, EV_READ);
	http_connection_enter(connection, close ? HTTP_CONNECTION_BYE : HTTP_CONNECTION_ANSWER,
		server->settings.limits->answer_us);
	/* A 304 has no body, and says no length that one would wait for. */
	good = evbuffer_add_printf(out, "HTTP/1.1 %u %s\r\n", answer->status,
		       http_connection_phrase(answer->status)) >= 0;
	if (good && answer->status != 304 && answer->status != 204)
		good = evbuffer_add_printf(out, "Content-Length: %zu\r\nContent-Type: %s\r\n",
			       answer->n_body, type) >= 0;
	if (good && *answer->tag)
		good = evbuffer_add_printf(out, "ETag: \"%s\"\r\n", answer->tag) >= 0;
	if (good)
		good = evbuffer_add_printf(out, "%s\r\n", close ? "Connection: close\r\n" : "") >=
		       0;
	if (good && answer->n_body > 0 &&
		evbuffer_add_reference(
			out, answer->body, answer->n_body, http_connection_free_body, NULL) == 0) {
		server->counts[HTTP_WORD_SENT] += evbuffer_get_length(out);
		return;
	}
	good = good && answer->n_body == 0;
	free(answer->body);
	if (good) {
		server->counts[HTTP_WORD_SENT] += evbuffer_get_length(out);
		return;
	}
	/* Half an answer must not go out: the other end would wait for the rest. */
	server->counts[HTTP_WORD_MEMORY]++;
	(void)evbuffer_drain(out, evbuffer_get_length(out));
	http_connection_enter(connection, HTTP_CONNECTION_BYE, 0);
}

/* Refuses what was asked: an answer that says why, then the end. */
static void http_connection_refuse(
	struct http_connection *connection, unsigned status, const char *word)
{
	struct http_answer answer = { .status = status };
	char text[160];

	(void)snprintf(text, sizeof(text), "refused with %u: %s", status, word);
	http_connection_complain(connection, text);
	answer.body = strdup(word);
	answer.n_body = answer.body ? strlen(word) : 0;
	http_connection_send(connection, &answer, true);
}

static void http_connection_refuse_word(
	struct http_connection *connection, unsigned status, enum http_word word)
{
	connection->server->counts[word]++;
	http_connection_refuse(connection, status, http_server_word(word));
}

/* ------------------------------------------------------------- requests */

static void http_connection_handle(struct http_connection *connection)
{
	struct http_server *server = connection->server;
	struct evbuffer *in = bufferevent_get_input(connection->stream);
	struct http_head *head = &connection->head;
	size_t n_tag = strlen(head->tag);
	struct http_request request = { .peer = connection->account->name,
		.argument = head->path + strlen(connection->route->path),
		.tag = "",
		.n_body = head->length };
	struct http_answer answer = { .status = 500 };

	if (head->length > 0)
		request.body = (const char *)evbuffer_pullup(in, (ev_ssize_t)head->length);
	if (head->length > 0 && !request.body) {
		http_connection_refuse_word(connection, 503, HTTP_WORD_MEMORY);
		return;
	}
	if (n_tag > 2 && head->tag[0] == '"' && head->tag[n_tag - 1] == '"') {
		head->tag[n_tag - 1] = '\0';
		request.tag = head->tag + 1;
	}
	server->counts[HTTP_WORD_REQUESTS]++;
	connection->route->handle(&request, &answer, server->settings.data);
	(void)evbuffer_drain(in, head->length);
	if (!http_connection_may_carry(connection, answer.n_body)) {
		free(answer.body);
		http_connection_refuse_word(connection, 503, HTTP_WORD_FLIGHT);
		return;
	}
	http_connection_set_flight(connection, answer.n_body);
	http_connection_send(connection, &answer,
		head->close || http_server_now_us() - connection->since_us >
				       server->settings.limits->life_us);
}

static void http_connection_refuse_head(
	struct http_connection *connection, enum http_head_outcome outcome)
{
	unsigned status = 400;

	if (outcome == HTTP_HEAD_E_SIZE)
		status = 431;
	else if (outcome == HTTP_HEAD_E_ENCODING)
		status = 501;
	else if (outcome == HTTP_HEAD_E_EXPECT)
		status = 417;
	else if (outcome == HTTP_HEAD_E_VERSION)
		status = 505;
	connection->server->head_counts[outcome]++;
	http_connection_refuse(connection, status, http_head_word(outcome));
}

/* A head is there: decides whether its body may come. */
static void http_connection_begin(struct http_connection *connection)
{
	struct http_server *server = connection->server;
	struct http_head *head = &connection->head;
	enum http_word word;
	unsigned status;

	server->counts[HTTP_WORD_RECEIVED] += head->n + head->length;
	connection->route = http_server_find_route(server, head, &status, &word);
	if (!http_account_take_requests(connection->account, http_server_now_us(),
		    connection->route ? connection->route->cost : 1,
		    server->settings.limits->requests_minute)) {
		http_connection_refuse_word(connection, 429, HTTP_WORD_RATE);
		return;
	}
	if (!connection->route) {
		http_connection_refuse_word(connection, status, word);
		return;
	}
	if (!http_connection_may_carry(connection, head->length)) {
		http_connection_refuse_word(connection, 503, HTTP_WORD_FLIGHT);
		return;
	}
	http_connection_set_flight(connection, head->length);
	http_connection_enter(connection, HTTP_CONNECTION_BODY, server->settings.limits->body_us);
	http_connection_expect(connection, head->length, head->length);
}

static void http_connection_read_head(struct http_connection *connection)
{
	struct evbuffer *in = bufferevent_get_input(connection->stream);
	size_t n = evbuffer_get_length(in);
	size_t most = n < HTTP_HEAD_BYTES ? n : HTTP_HEAD_BYTES;
	const char *bytes = n > 0 ? (const char *)evbuffer_pullup(in, (ev_ssize_t)most) : NULL;
	enum http_head_outcome outcome;

	if (!bytes)
		return;
	if (connection->state == HTTP_CONNECTION_IDLE)
		http_connection_enter(connection, HTTP_CONNECTION_HEAD,
			connection->server->settings.limits->head_us);
	outcome = http_head_parse(bytes, most, &connection->head);
	if (outcome == HTTP_HEAD_MORE)
		return;
	if (outcome != HTTP_HEAD_DONE) {
		http_connection_refuse_head(connection, outcome);
		return;
	}
	(void)evbuffer_drain(in, connection->head.n);
	http_connection_begin(connection);
}

/* Goes on as far as what has come allows; one answer at a time. */
static void http_connection_read(struct http_connection *connection)
{
	struct evbuffer *in = bufferevent_get_input(connection->stream);

	if (connection->state == HTTP_CONNECTION_IDLE || connection->state == HTTP_CONNECTION_HEAD)
		http_connection_read_head(connection);
	if (connection->state == HTTP_CONNECTION_BODY &&
		evbuffer_get_length(in) >= connection->head.length)
		http_connection_handle(connection);
}

static void http_connection_wait(struct http_connection *connection)
{
	http_connection_expect(connection, 0, HTTP_HEAD_BYTES);
	http_connection_enter(
		connection, HTTP_CONNECTION_IDLE, connection->server->settings.limits->idle_us);
}

/* ------------------------------------------------------------- events */

static void http_connection_on_read(struct bufferevent *stream, void *data)
{
	(void)stream;
	http_connection_read(data);
}

/* All of an answer is on its way. */
static void http_connection_on_written(struct bufferevent *stream, void *data)
{
	struct http_connection *connection = data;

	(void)stream;
	if (connection->state == HTTP_CONNECTION_BYE) {
		http_connection_free(connection);
		return;
	}
	if (connection->state != HTTP_CONNECTION_ANSWER)
		return;
	http_connection_set_flight(connection, 0);
	http_connection_wait(connection);
	http_connection_read(connection);
}

static void http_connection_admit(struct http_connection *connection)
{
	struct http_server *server = connection->server;
	struct http_account *account;
	uint64_t now_us = http_server_now_us();

	server->n_handshakes--;
	server->tls_counts[TLS_DONE]++;
	connection->state = HTTP_CONNECTION_IDLE;
	if (http_accounts_get(server->accounts, connection->peer.name.host, now_us, &account) < 0) {
		server->counts[HTTP_WORD_MEMORY]++;
		http_connection_free(connection);
		return;
	}
	connection->account = account;
	account->n_connections++;
	if (account->n_connections > server->settings.limits->connections_peer) {
		server->counts[HTTP_WORD_PEER_CONNECTIONS]++;
		http_connection_complain(connection, http_server_word(HTTP_WORD_PEER_CONNECTIONS));
		http_connection_free(connection);
		return;
	}
	http_connection_wait(connection);
}

static void http_connection_fail_handshake(struct http_connection *connection)
{
	const struct tls_peer *peer = &connection->peer;
	enum tls_outcome outcome = peer->outcome != TLS_DONE ? peer->outcome : TLS_E_NONE;
	char text[400];

	connection->server->tls_counts[outcome]++;
	(void)snprintf(text, sizeof(text), "refused in the handshake: %s%s%s%s%s",
		tls_word(outcome), *peer->refusal.where ? ", " : "", peer->refusal.where,
		*peer->refusal.text ? ": " : "", peer->refusal.text);
	http_connection_complain(connection, text);
	http_connection_free(connection);
}

static void http_connection_on_event(struct bufferevent *stream, short what, void *data)
{
	struct http_connection *connection = data;
	enum http_connection_state state = connection->state;

	(void)stream;
	if (what & BEV_EVENT_CONNECTED) {
		http_connection_admit(connection);
		return;
	}
	if (state == HTTP_CONNECTION_HANDSHAKE) {
		http_connection_fail_handshake(connection);
		return;
	}
	if (state == HTTP_CONNECTION_HEAD || state == HTTP_CONNECTION_BODY ||
		state == HTTP_CONNECTION_ANSWER) {
		connection->server->counts[HTTP_WORD_ABORTED]++;
		http_connection_complain(connection, http_server_word(HTTP_WORD_ABORTED));
	}
	http_connection_free(connection);
}

static void http_connection_on_deadline(evutil_socket_t fd, short what, void *data)
{
	struct http_connection *connection = data;

	(void)fd;
	(void)what;
	if (connection->state != HTTP_CONNECTION_IDLE && connection->state != HTTP_CONNECTION_BYE) {
		connection->server->counts[HTTP_WORD_TIME]++;
		http_connection_complain(connection, connection->state == HTTP_CONNECTION_HANDSHAKE
							     ? "the handshake takes too long"
							     : "http-too-slow");
	}
	http_connection_free(connection);
}

bool http_connection_drop_handshake(struct http_server *server)
{
	struct http_connection *connection;

	TAILQ_FOREACH(connection, &server->connections, link)
	{
		if (connection->state == HTTP_CONNECTION_HANDSHAKE) {
			server->counts[HTTP_WORD_ALL_CONNECTIONS]++;
			http_connection_free(connection);
			return true;
		}
	}
	return false;
}

/* On failure the socket is still the caller's. */
static int http_connection_open(struct http_connection *connection, int fd)
{
	struct http_server *server = connection->server;
	int r;

	connection->deadline =
		evtimer_new(server->settings.base, http_connection_on_deadline, connection);
	if (!connection->deadline)
		return -ENOMEM;
	r = tls_accept(server->tls, server->context, &connection->peer, &connection->ssl);
	if (r < 0)
		return r;
	connection->stream = bufferevent_openssl_socket_new(server->settings.base, fd,
		connection->ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	if (!connection->stream) {
		SSL_free(connection->ssl);
		return -ENOMEM;
	}
	return 0;
}

int http_connection_new(struct http_server *server, int fd, const char *address)
{
	struct http_connection *connection = calloc(1, sizeof(*connection));
	int r;

	if (!connection)
		return -ENOMEM;
	connection->server = server;
	connection->since_us = http_server_now_us();
	(void)snprintf(connection->address, sizeof(connection->address), "%s", address);
	TAILQ_INSERT_TAIL(&server->connections, connection, link);
	server->n_connections++;
	server->n_handshakes++;
	r = http_connection_open(connection, fd);
	if (r < 0) {
		http_connection_free(connection);
		return r;
	}
	bufferevent_openssl_set_allow_dirty_shutdown(connection->stream, 1);
	bufferevent_setcb(connection->stream, http_connection_on_read, http_connection_on_written,
		http_connection_on_event, connection);
	(void)bufferevent_enable(connection->stream, EV_WRITE);
	http_connection_expect(connection, 0, HTTP_HEAD_BYTES);
	http_connection_enter(
		connection, HTTP_CONNECTION_HANDSHAKE, server->settings.limits->handshake_us);
	return 0;
}
