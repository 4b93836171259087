/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libcurl says which sockets and which time-out it waits for; each socket gets an event, and all of
 * them share one timer. A handle that is added or removed inside one of libcurl's callbacks is
 * refused by it, so both are put off to an event of their own.
 */
#include "daemon/exchange/curl_loop.h"

#include "core/cleanup.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#define CURL_LOOP_FIRST_BYTES 1024U
#define CURL_LOOP_IDLE_S      8L /* an idle connection is not used again after that */

TAILQ_HEAD(curl_loop_list, curl_loop_request);

struct curl_loop_request {
	TAILQ_ENTRY(curl_loop_request) link;
	struct curl_loop *loop;
	struct curl_loop_order order; /* only sizes, times and callbacks are used later */
	struct curl_loop_tls tls;
	CURL *easy;
	struct curl_slist *headers;
	bool running;	/* libcurl has it */
	bool cancelled; /* to be freed */
	bool inspected;
	enum curl_loop_outcome stopped; /* by us; CURL_LOOP_DONE: it was not */
	size_t n_head;
	char *body;
	size_t n_body, allocated;
	char reason[CURL_ERROR_SIZE];
};

struct curl_loop {
	struct event_base *base;
	CURLM *multi;
	struct event *timer, *starter;
	struct curl_loop_list requests;
	unsigned inside; /* of libcurl, or of its messages */
	bool dropped;	 /* connections made before dropped_at are not used again */
	struct timeval dropped_at;
};

struct curl_loop_socket {
	struct event *event;
	short what;
};

static void curl_loop_free_request(struct curl_loop_request *request)
{
	TAILQ_REMOVE(&request->loop->requests, request, link);
	if (request->running)
		(void)curl_multi_remove_handle(request->loop->multi, request->easy);
	curl_easy_cleanup(request->easy);
	curl_slist_free_all(request->headers);
	free(request->body);
	free(request);
}

/* ------------------------------------------------------------- what comes in */

/* Not 0 for what must not go on. */
static int curl_loop_stop(struct curl_loop_request *request, enum curl_loop_outcome outcome)
{
	request->stopped = outcome;
	return -1;
}

static int curl_loop_inspect(struct curl_loop_request *request)
{
	struct curl_tlssessioninfo *info = NULL;

	if (request->inspected || !request->tls.inspect)
		return 0;
	if (curl_easy_getinfo(request->easy, CURLINFO_TLS_SSL_PTR, &info) != CURLE_OK || !info ||
		!info->internals)
		return curl_loop_stop(request, CURL_LOOP_E_FAULT);
	if (request->tls.inspect(info->internals, request->tls.data) != 0)
		return curl_loop_stop(request, CURL_LOOP_E_UNWANTED);
	request->inspected = true;
	return 0;
}

static size_t curl_loop_on_header(char *bytes, size_t size, size_t n, void *data)
{
	struct curl_loop_request *request = data;
	size_t all = size * n;

	(void)bytes;
	if (request->cancelled)
		return 0;
	if (all > CURL_LOOP_HEAD_BYTES - request->n_head) {
		(void)curl_loop_stop(request, CURL_LOOP_E_SIZE);
		return 0;
	}
	request->n_head += all;
	return curl_loop_inspect(request) == 0 ? all : 0;
}

static int curl_loop_collect(struct curl_loop_request *request, const char *bytes, size_t n)
{
	size_t allocated = request->allocated ? request->allocated : CURL_LOOP_FIRST_BYTES;
	char *body;

	if (n > request->order.max_bytes - request->n_body)
		return curl_loop_stop(request, CURL_LOOP_E_SIZE);
	while (allocated < request->n_body + n + 1)
		allocated *= 2;
	if (allocated > request->allocated) {
		body = realloc(request->body, allocated);
		if (!body)
			return curl_loop_stop(request, CURL_LOOP_E_FAULT);
		request->body = body;
		request->allocated = allocated;
	}
	memcpy(request->body + request->n_body, bytes, n);
	request->n_body += n;
	request->body[request->n_body] = '\0';
	return 0;
}

static size_t curl_loop_on_body(char *bytes, size_t size, size_t n, void *data)
{
	struct curl_loop_request *request = data;
	size_t all = size * n;
	long status = 0;
	int r;

	if (request->cancelled || curl_loop_inspect(request) != 0)
		return 0;
	(void)curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
	if (request->order.part && status == 200) {
		r = request->order.part(bytes, all, request->order.data);
		if (r != 0)
			(void)curl_loop_stop(request, CURL_LOOP_E_UNWANTED);
	} else {
		r = curl_loop_collect(request, bytes, all);
	}
	return r == 0 ? all : 0;
}

static CURLcode curl_loop_on_context(CURL *easy, void *context, void *data)
{
	struct curl_loop_request *request = data;

	(void)easy;
	if (!request->cancelled && request->tls.prepare(context, request->tls.data) == 0)
		return CURLE_OK;
	(void)curl_loop_stop(request, CURL_LOOP_E_FAULT);
	return CURLE_ABORTED_BY_CALLBACK;
}

/* ------------------------------------------------------------- a request */

static enum curl_loop_outcome curl_loop_judge(CURLcode code)
{
	switch ((int)code) {
	case CURLE_OK:
		return CURL_LOOP_DONE;
	case CURLE_OPERATION_TIMEDOUT:
		return CURL_LOOP_E_TIME;
	case CURLE_FILESIZE_EXCEEDED:
		return CURL_LOOP_E_SIZE;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
		return CURL_LOOP_E_TLS;
	case CURLE_OUT_OF_MEMORY:
	case CURLE_FAILED_INIT:
	case CURLE_ABORTED_BY_CALLBACK:
		return CURL_LOOP_E_FAULT;
	default:
		return CURL_LOOP_E_UNREACHABLE;
	}
}

static uint64_t curl_loop_count(CURL *easy, CURLINFO head, CURLINFO body)
{
	long n_head = 0;
	curl_off_t n_body = 0;

	(void)curl_easy_getinfo(easy, head, &n_head);
	(void)curl_easy_getinfo(easy, body, &n_body);
	return (uint64_t)n_head + (uint64_t)n_body;
}

static void curl_loop_finish(struct curl_loop_request *request, CURLcode code)
{
	struct curl_loop_result result = {
		.outcome = request->stopped != CURL_LOOP_DONE ? request->stopped
							      : curl_loop_judge(code),
		.reason = "",
		.body = request->body ? request->body : "",
		.n_body = request->n_body,
		.sent_bytes = curl_loop_count(
			request->easy, CURLINFO_REQUEST_SIZE, CURLINFO_SIZE_UPLOAD_T),
		.received_bytes = curl_loop_count(
			request->easy, CURLINFO_HEADER_SIZE, CURLINFO_SIZE_DOWNLOAD_T),
	};

	(void)curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &result.status);
	if (result.outcome != CURL_LOOP_DONE)
		result.reason = *request->reason ? request->reason : curl_easy_strerror(code);
	if (result.outcome == CURL_LOOP_E_SIZE)
		result.reason = "the answer is larger than it may be";
	(void)curl_multi_remove_handle(request->loop->multi, request->easy);
	request->running = false;
	/* Whoever cancels it now, from inside, leaves the freeing to us. */
	request->order.done(&result, request->order.data);
	curl_loop_free_request(request);
}

/* All that libcurl is done with. */
static void curl_loop_read_messages(struct curl_loop *loop)
{
	struct curl_loop_request *request;
	CURLMsg *message;
	CURLcode code;
	int left;

	while ((message = curl_multi_info_read(loop->multi, &left))) {
		if (message->msg != CURLMSG_DONE)
			continue;
		code = message->data.result;
		request = NULL;
		(void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &request);
		if (request->cancelled)
			curl_loop_free_request(request);
		else
			curl_loop_finish(request, code);
	}
}

static int curl_loop_set_tls(struct curl_loop_request *request)
{
	const struct curl_loop_tls *tls = &request->tls;
	CURL *easy = request->easy;
	CURLcode code = CURLE_OK;

	if (!tls->prepare) {
		if (tls->ca_path)
			code = curl_easy_setopt(easy, CURLOPT_CAINFO, tls->ca_path);
		if (code == CURLE_OK && tls->certificate_path)
			code = curl_easy_setopt(easy, CURLOPT_SSLCERT, tls->certificate_path);
		if (code == CURLE_OK && tls->key_path)
			code = curl_easy_setopt(easy, CURLOPT_SSLKEY, tls->key_path);
		return code == CURLE_OK ? 0 : -ENOMEM;
	}
	/* prepare() has the context verify; what is switched off is libcurl's own way of it. */
	(void)curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
	(void)curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	(void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
	(void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	(void)curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	(void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	(void)curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, request);
	code = curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, curl_loop_on_context);
	return code == CURLE_OK ? 0 : -ENOSYS;
}

static int curl_loop_set_headers(
	struct curl_loop_request *request, const struct curl_loop_order *order)
{
	struct curl_slist *headers = curl_slist_append(NULL, "Expect:");

	request->headers = headers;
	for (size_t i = 0; headers && i < CURL_LOOP_HEADERS && order->headers[i]; i++) {
		headers = curl_slist_append(request->headers, order->headers[i]);
		if (headers)
			request->headers = headers;
	}
	if (!headers)
		return -ENOMEM;
	(void)curl_easy_setopt(request->easy, CURLOPT_HTTPHEADER, request->headers);
	return 0;
}

static long curl_loop_ms(uint64_t us)
{
	return us / 1000 < 1 ? 1L : (long)(us / 1000);
}

/* What to send. Strings and bodies are copied by libcurl. */
static int curl_loop_set_order(
	struct curl_loop_request *request, const struct curl_loop_order *order)
{
	CURL *easy = request->easy;

	if (curl_easy_setopt(easy, CURLOPT_URL, order->url) != CURLE_OK ||
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, order->method) != CURLE_OK)
		return -ENOMEM;
	if (order->body) {
		(void)curl_easy_setopt(
			easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)order->n_body);
		if (curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, order->body) != CURLE_OK)
			return -ENOMEM;
	}
	if (!order->part)
		(void)curl_easy_setopt(
			easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)order->max_bytes);
	if (order->time_us)
		(void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, curl_loop_ms(order->time_us));
	if (order->connect_us)
		(void)curl_easy_setopt(
			easy, CURLOPT_CONNECTTIMEOUT_MS, curl_loop_ms(order->connect_us));
	return curl_loop_set_headers(request, order);
}

/* Only connections that are younger than the last drop; libcurl counts whole seconds. */
static void curl_loop_set_age(struct curl_loop_request *request)
{
	struct timeval now, age;

	if (!request->loop->dropped)
		return;
	(void)event_base_gettimeofday_cached(request->loop->base, &now);
	evutil_timersub(&now, &request->loop->dropped_at, &age);
	if (age.tv_sec < 2)
		(void)curl_easy_setopt(request->easy, CURLOPT_FRESH_CONNECT, 1L);
	else
		(void)curl_easy_setopt(
			request->easy, CURLOPT_MAXLIFETIME_CONN, (long)age.tv_sec - 1);
}

/* What holds for every request. */
static int curl_loop_set_up(struct curl_loop_request *request)
{
	CURL *easy = request->easy;
	CURLcode code;

	code = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	if (code == CURLE_OK)
		code = curl_easy_setopt(easy, CURLOPT_PROXY, "");
	if (code != CURLE_OK)
		return -ENOMEM;
	(void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	/* A name that is still being resolved must not hold up who gives the request up. */
	(void)curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
	/* A name of several hosts leads to each of them in turn. */
	(void)curl_easy_setopt(easy, CURLOPT_DNS_SHUFFLE_ADDRESSES, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, CURL_LOOP_IDLE_S);
	(void)curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	(void)curl_easy_setopt(easy, CURLOPT_PRIVATE, request);
	(void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, request->reason);
	(void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, curl_loop_on_header);
	(void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, request);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, curl_loop_on_body);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
	curl_loop_set_age(request);
	return 0;
}

int curl_loop_start(
	struct curl_loop *loop, const struct curl_loop_order *order, struct curl_loop_request **ret)
{
	struct curl_loop_request *request = calloc(1, sizeof(*request));
	int r;

	assert(order->done && order->url && order->method);
	if (!request)
		return -ENOMEM;
	request->loop = loop;
	request->order = *order;
	if (order->tls)
		request->tls = *order->tls;
	TAILQ_INSERT_TAIL(&loop->requests, request, link);
	request->easy = curl_easy_init();
	r = request->easy ? curl_loop_set_up(request) : -ENOMEM;
	if (r == 0)
		r = curl_loop_set_order(request, order);
	if (r == 0)
		r = curl_loop_set_tls(request);
	if (r < 0) {
		curl_loop_free_request(request);
		return r;
	}
	event_active(loop->starter, EV_TIMEOUT, 0);
	*ret = request;
	return 0;
}

void curl_loop_cancel(struct curl_loop_request *request)
{
	if (!request)
		return;
	request->cancelled = true;
	event_active(request->loop->starter, EV_TIMEOUT, 0);
}

void curl_loop_drop_connections(struct curl_loop *loop)
{
	loop->dropped = true;
	(void)event_base_gettimeofday_cached(loop->base, &loop->dropped_at);
}

/* ------------------------------------------------------------- the loop */

static void curl_loop_act(struct curl_loop *loop, curl_socket_t fd, int what)
{
	int running;

	loop->inside++;
	(void)curl_multi_socket_action(loop->multi, fd, what, &running);
	curl_loop_read_messages(loop);
	loop->inside--;
}

static void curl_loop_on_event(evutil_socket_t fd, short what, void *data)
{
	int action = 0;

	if (what & EV_READ)
		action |= CURL_CSELECT_IN;
	if (what & EV_WRITE)
		action |= CURL_CSELECT_OUT;
	curl_loop_act(data, fd, action);
}

static void curl_loop_on_timer(evutil_socket_t fd, short what, void *data)
{
	(void)fd;
	(void)what;
	curl_loop_act(data, CURL_SOCKET_TIMEOUT, 0);
}

/* What was put off: what was cancelled goes, what is new begins. */
static void curl_loop_on_starter(evutil_socket_t fd, short what, void *data)
{
	struct curl_loop *loop = data;
	struct curl_loop_request *request = TAILQ_FIRST(&loop->requests), *next;
	CURLMcode code;

	(void)fd;
	(void)what;
	for (; request; request = next) {
		next = TAILQ_NEXT(request, link);
		if (request->cancelled) {
			curl_loop_free_request(request);
		} else if (!request->running) {
			code = curl_multi_add_handle(loop->multi, request->easy);
			request->running = code == CURLM_OK;
			if (code != CURLM_OK)
				curl_loop_finish(request, CURLE_OUT_OF_MEMORY);
		}
	}
}

static int curl_loop_on_wanted_timeout(CURLM *multi, long ms, void *data)
{
	struct curl_loop *loop = data;
	struct timeval delay = { ms / 1000, ms % 1000 * 1000 };

	(void)multi;
	if (ms < 0)
		return event_del(loop->timer);
	return event_add(loop->timer, &delay);
}

static void curl_loop_free_socket(struct curl_loop_socket *watched)
{
	if (watched && watched->event)
		event_free(watched->event);
	free(watched);
}

static int curl_loop_watch_socket(
	struct curl_loop *loop, struct curl_loop_socket **watched, curl_socket_t fd, short what)
{
	if (!*watched)
		*watched = calloc(1, sizeof(**watched));
	if (!*watched)
		return -1;
	if ((*watched)->event && (*watched)->what == what)
		return 0;
	if ((*watched)->event)
		event_free((*watched)->event);
	(*watched)->what = what;
	(*watched)->event =
		event_new(loop->base, fd, (short)(what | EV_PERSIST), curl_loop_on_event, loop);
	return (*watched)->event && event_add((*watched)->event, NULL) == 0 ? 0 : -1;
}

static int curl_loop_on_wanted_socket(
	CURL *easy, curl_socket_t fd, int wanted, void *data, void *socket_data)
{
	struct curl_loop *loop = data;
	struct curl_loop_socket *watched = socket_data;
	short what = 0;
	int r;

	(void)easy;
	if (wanted == CURL_POLL_REMOVE) {
		curl_loop_free_socket(watched);
		return 0;
	}
	if (wanted & CURL_POLL_IN)
		what |= EV_READ;
	if (wanted & CURL_POLL_OUT)
		what |= EV_WRITE;
	r = curl_loop_watch_socket(loop, &watched, fd, what);
	(void)curl_multi_assign(loop->multi, fd, watched);
	return r;
}

static int curl_loop_set_multi(struct curl_loop *loop, const struct curl_loop_settings *settings)
{
	CURLM *multi = loop->multi;
	bool good = true;

	good = curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, curl_loop_on_wanted_socket) ==
	       CURLM_OK;
	good = good && curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, loop) == CURLM_OK;
	good = good && curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION,
			       curl_loop_on_wanted_timeout) == CURLM_OK;
	good = good && curl_multi_setopt(multi, CURLMOPT_TIMERDATA, loop) == CURLM_OK;
	good = good && curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
			       settings->connections) == CURLM_OK;
	good = good && curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS,
			       settings->connections_host) == CURLM_OK;
	good = good &&
	       curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, settings->connections) == CURLM_OK;
	return good ? 0 : -EINVAL;
}

int curl_loop_new(const struct curl_loop_settings *settings, struct curl_loop **ret)
{
	struct curl_loop *loop;
	int r;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return -ENOMEM;
	loop = calloc(1, sizeof(*loop));
	if (!loop) {
		curl_global_cleanup();
		return -ENOMEM;
	}
	TAILQ_INIT(&loop->requests);
	loop->base = settings->base;
	loop->multi = curl_multi_init();
	loop->timer = evtimer_new(loop->base, curl_loop_on_timer, loop);
	loop->starter = evtimer_new(loop->base, curl_loop_on_starter, loop);
	r = loop->multi && loop->timer && loop->starter ? curl_loop_set_multi(loop, settings)
							: -ENOMEM;
	if (r < 0) {
		curl_loop_free(loop);
		return r;
	}
	*ret = loop;
	return 0;
}

struct curl_loop *curl_loop_free(struct curl_loop *loop)
{
	if (!loop)
		return NULL;
	assert(loop->inside == 0);
	while (!TAILQ_EMPTY(&loop->requests))
		curl_loop_free_request(TAILQ_FIRST(&loop->requests));
	(void)curl_multi_cleanup(loop->multi);
	if (loop->timer)
		event_free(loop->timer);
	if (loop->starter)
		event_free(loop->starter);
	free(loop);
	curl_global_cleanup();
	return NULL;
}
