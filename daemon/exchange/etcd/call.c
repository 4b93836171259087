/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Questions to etcd one by one, and the user's token. A call that cannot be answered by one
 * endpoint is asked of the next; after all of them etcd is in trouble: what waits and what comes
 * fails at once, so that nobody waits for it, until a back-off is over; what is in no hurry is the
 * next try. Whoever has a back-off of its own is told when etcd answers again, so that no two of
 * them add up. A token that is refused is replaced once; authentication costs etcd a fifth of a
 * second, so hosts that all lost theirs do not come at once.
 */
#include "core/cleanup.h"
#include "core/codec/text.h"
#include "daemon/exchange/etcd/view.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ETCD_CALLS_AT_ONCE  8U
#define ETCD_CALL_TIME_US   (15 * ETCD_SECOND_US)
#define ETCD_LIST_TIME_US   (60 * ETCD_SECOND_US)
#define ETCD_CONNECT_US	    (5 * ETCD_SECOND_US)
#define ETCD_KNOCK_US	    ETCD_SECOND_US /* a lost token is replaced within that */
#define ETCD_TOKEN_YOUNG_US (2 * ETCD_SECOND_US)
#define ETCD_PASSWORD_BYTES 512U
#define ETCD_URL_BYTES	    512U

CLEANUP_DEFINE(struct arena *, arena_free, etcd_call_arena_freep);

static void etcd_call_set_trouble(
	struct etcd *etcd, enum etcd_reply_kind kind, const char *where, const char *text)
{
	(void)snprintf(etcd->trouble_text, sizeof(etcd->trouble_text), "%.100s: %.200s", where,
		*text ? text : "no reason given");
	etcd->trouble = kind;
	etcd->in_trouble = true;
	etcd->reached = etcd->reached && kind != ETCD_REPLY_GONE;
	(void)etcd_set_timer(etcd->again, etcd_back_off_us(etcd->n_failures));
	etcd->n_failures += etcd->n_failures < 16;
	etcd_call_pump(etcd);
}

static void etcd_call_forget(struct etcd_call *call)
{
	struct etcd *etcd = call->etcd;

	if (call->state == ETCD_CALL_RUNNING) {
		TAILQ_REMOVE(&etcd->running, call, link);
		etcd->n_running -= !call->part;
	} else if (call->state == ETCD_CALL_WAITING) {
		TAILQ_REMOVE(&etcd->waiting, call, link);
	}
	call->state = ETCD_CALL_IDLE;
}

static void etcd_call_end(struct etcd_call *call, const struct etcd_reply *reply)
{
	etcd_call_forget(call);
	free(call->body.bytes);
	call->body = (struct etcd_body){ NULL, 0 };
	etcd_call_pump(call->etcd);
	call->replied(call, reply);
}

static void etcd_call_fail(struct etcd_call *call, enum etcd_reply_kind kind, const char *reason)
{
	struct etcd_reply reply = { .kind = kind, .reason = reason };

	etcd_call_end(call, &reply);
}

void etcd_call_cancel(struct etcd_call *call)
{
	if (call->state == ETCD_CALL_RUNNING)
		curl_loop_cancel(call->request);
	etcd_call_forget(call);
	free(call->body.bytes);
	call->body = (struct etcd_body){ NULL, 0 };
}

void etcd_call_start(
	struct etcd_call *call, const char *path, struct etcd_body *body, size_t max_bytes)
{
	assert(call->state == ETCD_CALL_IDLE && call->etcd && call->replied);
	call->path = path;
	call->body = *body;
	*body = (struct etcd_body){ NULL, 0 };
	call->max_bytes = max_bytes;
	call->attempts = 0;
	call->renewed = false;
	call->state = ETCD_CALL_WAITING;
	TAILQ_INSERT_TAIL(&call->etcd->waiting, call, link);
	etcd_call_pump(call->etcd);
}

/* Has it asked again: of another endpoint, or with another token. */
static void etcd_call_repeat(struct etcd_call *call)
{
	etcd_call_forget(call);
	call->state = ETCD_CALL_WAITING;
	TAILQ_INSERT_HEAD(&call->etcd->waiting, call, link);
	etcd_call_pump(call->etcd);
}

/* ------------------------------------------------------------- answers */

/* This endpoint is of no use now. */
static void etcd_call_turn_away(struct etcd_call *call, const char *reason)
{
	struct etcd *etcd = call->etcd;
	const char *url = etcd->endpoints[call->endpoint];

	if (etcd->endpoint == call->endpoint)
		etcd->endpoint = (etcd->endpoint + 1) % etcd->n_endpoints;
	etcd_tell(etcd, ETCD_WORD_UNREACHABLE, url, "no answer: %.200s",
		*reason ? reason : "an error of its own");
	if (call->part) {
		/* A stream may end for many reasons; whether etcd is there others find out. */
		etcd_call_fail(call, ETCD_REPLY_GONE, reason);
		return;
	}
	if (++call->attempts < etcd->n_endpoints) {
		etcd_call_repeat(call);
		return;
	}
	if (!etcd->in_trouble)
		etcd_call_set_trouble(etcd, ETCD_REPLY_GONE, url, reason);
	etcd_call_fail(call, ETCD_REPLY_GONE, etcd->trouble_text);
}

void etcd_call_note_answer(struct etcd *etcd)
{
	if (!etcd->reached || etcd->n_failures > 0) {
		etcd_publish_try(etcd);
		etcd_observe_try(etcd);
	}
	etcd->reached = true;
	etcd->reached_us = etcd->settings.now_us(etcd->settings.data);
	etcd->trouble_text[0] = '\0';
}

static void etcd_call_on_answer(struct etcd_call *call, const struct curl_loop_result *result)
{
	struct etcd *etcd = call->etcd;
	_cleanup_(etcd_call_arena_freep) struct arena *arena = NULL;
	struct etcd_reply reply = { .kind = ETCD_REPLY_DONE, .arena = &arena };
	struct etcd_answer answer;
	struct refusal refusal;
	int r = arena_new(2 * ETCD_ANSWER_BYTES, &arena);

	if (r == 0)
		r = etcd_read_answer(result->body, result->n_body, arena, &answer, &refusal);
	if (r < 0) {
		etcd_call_fail(call, ETCD_REPLY_REFUSED, strerror(-r));
		return;
	}
	if (r != ETCD_MESSAGE_DONE || answer.trouble) {
		etcd->counts[ETCD_WORD_MALFORMED]++;
		etcd_call_turn_away(call, answer.trouble && r == ETCD_MESSAGE_DONE
						  ? answer.trouble
						  : "it does not answer as etcd does");
		return;
	}
	etcd_call_note_answer(etcd);
	if (!call->plain)
		etcd->n_failures = 0;
	reply.answer = &answer;
	etcd_call_end(call, &reply);
}

static void etcd_call_on_denied(
	struct etcd_call *call, const struct etcd_trouble *trouble, bool token)
{
	struct etcd *etcd = call->etcd;

	if (token && !call->renewed && !call->plain && *etcd->settings.user) {
		call->renewed = true;
		etcd->open = false;
		etcd_call_distrust(etcd, call->token_number);
		etcd_call_repeat(call);
		return;
	}
	etcd_tell(etcd, ETCD_WORD_DENIED, "", "/v3/%s is denied to user %.60s: %s", call->path,
		*etcd->settings.user ? etcd->settings.user : "(none)", trouble->text);
	etcd_call_fail(call, ETCD_REPLY_DENIED, trouble->text);
}

static void etcd_call_on_error(struct etcd_call *call, const struct etcd_trouble *trouble)
{
	struct etcd_reply reply = { .kind = ETCD_REPLY_REFUSED,
		.reason = *trouble->text ? trouble->text : "an error without words",
		.code = trouble->code };

	(void)snprintf(
		call->etcd->trouble_text, sizeof(call->etcd->trouble_text), "%s", reply.reason);
	etcd_call_end(call, &reply);
}

static void etcd_call_on_status(struct etcd_call *call, const struct curl_loop_result *result)
{
	struct etcd_trouble trouble;

	etcd_read_trouble(result->body, result->n_body, &trouble);
	if (result->status >= 500)
		etcd_call_turn_away(call, trouble.text);
	else if (result->status == 401 || trouble.code == ETCD_CODE_INVALID)
		/* A token of an older set of rights, or none, counts as an invalid argument. */
		etcd_call_on_denied(call, &trouble, true);
	else if (result->status == 403)
		etcd_call_on_denied(call, &trouble, false);
	else
		etcd_call_on_error(call, &trouble);
}

static void etcd_call_on_done(const struct curl_loop_result *result, void *data)
{
	struct etcd_call *call = data;
	struct etcd *etcd = call->etcd;

	call->request = NULL;
	switch (result->outcome) {
	case CURL_LOOP_DONE:
		if (result->status != 200)
			etcd_call_on_status(call, result);
		else if (call->part)
			etcd_call_fail(call, ETCD_REPLY_REFUSED, "the stream has ended");
		else
			etcd_call_on_answer(call, result);
		return;
	case CURL_LOOP_E_SIZE:
		etcd_call_fail(call, ETCD_REPLY_SIZE, result->reason);
		return;
	case CURL_LOOP_E_UNWANTED:
	case CURL_LOOP_E_FAULT:
		etcd_call_fail(call, ETCD_REPLY_REFUSED, result->reason);
		return;
	case CURL_LOOP_E_TIME:
		/* What does not answer may have gone without a word. */
		curl_loop_drop_connections(etcd->curl);
		break;
	case CURL_LOOP_E_UNREACHABLE:
	case CURL_LOOP_E_TLS:
		break;
	}
	etcd_call_turn_away(call, result->reason);
}

/* ------------------------------------------------------------- the token */

void etcd_call_distrust(struct etcd *etcd, unsigned token_number)
{
	if (!etcd->token || token_number != etcd->token_number)
		return;
	free(etcd->token);
	etcd->token = NULL;
	if (etcd_monotonic_us() - etcd->token_us < ETCD_TOKEN_YOUNG_US) {
		etcd_call_set_trouble(etcd, ETCD_REPLY_DENIED, "authentication",
			"the token is refused as soon as it is given");
		return;
	}
	/* etcd may have restarted under all hosts. */
	etcd->knocking = true;
	(void)etcd_set_timer(etcd->knock, etcd_jitter_us(ETCD_KNOCK_US));
}

/* The first line of the file that holds it. A reason why not, or NULL. */
static const char *etcd_call_read_password(const char *path, char password[ETCD_PASSWORD_BYTES])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat status;
	ssize_t n;

	if (fd < 0)
		return strerror(errno);
	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode)) {
		(void)close(fd);
		return "is not a file";
	}
	n = read(fd, password, ETCD_PASSWORD_BYTES - 1);
	(void)close(fd);
	/* Its group may read it: systemd hands credentials over like that. */
	if ((status.st_mode & (S_IRWXO | S_IWGRP)) != 0)
		return "can be read by everybody, or written by its group; chmod 0600";
	if (n <= 0 || n == ETCD_PASSWORD_BYTES - 1)
		return "holds no password of 1 to 510 letters";
	password[n] = '\0';
	password[strcspn(password, "\n")] = '\0';
	return *password && text_is_printable(password, strlen(password))
		       ? NULL
		       : "holds no password in printable letters";
}

static void etcd_call_authenticate(struct etcd *etcd)
{
	char password[ETCD_PASSWORD_BYTES];
	const char *path = etcd->settings.password_path;
	const char *reason = etcd_call_read_password(path, password);
	struct etcd_body body;
	int r;

	if (reason) {
		etcd_tell(etcd, ETCD_WORD_DENIED, "", "the password file %.100s %s", path, reason);
		etcd_call_set_trouble(etcd, ETCD_REPLY_DENIED, path, reason);
		return;
	}
	r = etcd_write_authenticate(etcd->settings.user, password, &body);
	explicit_bzero(password, sizeof(password));
	if (r < 0)
		etcd_call_set_trouble(etcd, ETCD_REPLY_DENIED, "authentication", strerror(-r));
	else
		etcd_call_start(
			&etcd->authentication, "auth/authenticate", &body, ETCD_SMALL_BYTES);
}

static void etcd_call_on_authenticated(struct etcd_call *call, const struct etcd_reply *reply)
{
	struct etcd *etcd = call->etcd;
	const char *token = reply->kind == ETCD_REPLY_DONE ? reply->answer->token : NULL;

	if (token && !strpbrk(token, " ,")) {
		etcd->token = strdup(token);
		etcd->token_number++;
		etcd->token_us = etcd_monotonic_us();
		etcd->counts[ETCD_WORD_AUTHENTICATED]++;
	} else if (reply->code == ETCD_CODE_PRECONDITION) {
		/* "authentication is not enabled": what is written is signed by hosts anyway. */
		etcd_tell(etcd, ETCD_WORD_REFUSED, "",
			"asks for no user, goes on without one: %.120s", reply->reason);
		etcd->open = true;
	} else if (!etcd->in_trouble) {
		etcd_call_set_trouble(etcd, ETCD_REPLY_DENIED, "authentication",
			reply->reason ? reply->reason : "no token");
	}
	etcd_call_pump(etcd);
}

static void etcd_call_on_knock(evutil_socket_t fd, short what, void *data)
{
	struct etcd *etcd = data;

	(void)fd;
	(void)what;
	etcd->knocking = false;
	etcd_call_pump(etcd);
}

/* ------------------------------------------------------------- what waits */

static int etcd_call_send(struct etcd_call *call)
{
	struct etcd *etcd = call->etcd;
	char url[ETCD_URL_BYTES], token[ETCD_TOKEN_LENGTH + sizeof("Authorization: ")];
	struct curl_loop_order order = { .url = url,
		.method = "POST",
		.body = call->body.bytes,
		.n_body = call->body.n,
		.headers = { "Content-Type: application/json" },
		.tls = &etcd->tls,
		.max_bytes = call->max_bytes,
		.connect_us = ETCD_CONNECT_US,
		.time_us = call->part				 ? 0
			   : call->max_bytes > ETCD_CLASS_ANSWER ? ETCD_LIST_TIME_US
								 : ETCD_CALL_TIME_US,
		.part = call->part,
		.done = etcd_call_on_done,
		.data = call };

	(void)snprintf(url, sizeof(url), "%s/v3/%s", etcd->endpoints[etcd->endpoint], call->path);
	(void)snprintf(token, sizeof(token), "Authorization: %s", etcd->token ? etcd->token : "");
	if (etcd->token && !call->plain)
		order.headers[1] = token;
	call->endpoint = etcd->endpoint;
	call->token_number = etcd->token_number;
	return curl_loop_start(etcd->curl, &order, &call->request);
}

/* What can be done now with something that waits: NULL, nothing. */
static struct etcd_call *etcd_call_pick(struct etcd *etcd)
{
	bool ready = !*etcd->settings.user || etcd->token || etcd->open;
	struct etcd_call *call;

	TAILQ_FOREACH(call, &etcd->waiting, link)
	{
		if (etcd->in_trouble && !call->patient)
			return call;
		if (etcd->in_trouble || (!ready && !call->plain))
			continue;
		if (call->part || call->plain || etcd->n_running < ETCD_CALLS_AT_ONCE)
			return call;
	}
	return NULL;
}

static void etcd_call_on_pump(evutil_socket_t fd, short what, void *data)
{
	struct etcd *etcd = data;
	struct etcd_call *call;
	int r;

	(void)fd;
	(void)what;
	if (*etcd->settings.user && !etcd->token && !etcd->open && !etcd->knocking &&
		!etcd->in_trouble && etcd->authentication.state == ETCD_CALL_IDLE)
		etcd_call_authenticate(etcd);
	while ((call = etcd_call_pick(etcd))) {
		if (etcd->in_trouble) {
			etcd_call_fail(call, etcd->trouble, etcd->trouble_text);
			continue;
		}
		r = etcd_call_send(call);
		if (r < 0) {
			etcd_call_fail(call, ETCD_REPLY_REFUSED, strerror(-r));
			continue;
		}
		etcd_call_forget(call);
		call->state = ETCD_CALL_RUNNING;
		TAILQ_INSERT_TAIL(&etcd->running, call, link);
		etcd->n_running += !call->part;
	}
}

void etcd_call_pump(struct etcd *etcd)
{
	event_active(etcd->pump, EV_TIMEOUT, 0);
}

static void etcd_call_on_again(evutil_socket_t fd, short what, void *data)
{
	struct etcd *etcd = data;

	(void)fd;
	(void)what;
	etcd->in_trouble = false;
	etcd_call_pump(etcd);
}

int etcd_call_init(struct etcd *etcd)
{
	struct event_base *base = etcd->settings.base;

	etcd->authentication = (struct etcd_call){
		.etcd = etcd, .replied = etcd_call_on_authenticated, .plain = true
	};
	etcd->pump = evtimer_new(base, etcd_call_on_pump, etcd);
	etcd->again = evtimer_new(base, etcd_call_on_again, etcd);
	etcd->knock = evtimer_new(base, etcd_call_on_knock, etcd);
	return etcd->pump && etcd->again && etcd->knock ? 0 : -ENOMEM;
}

static void etcd_call_free_event(struct event *event)
{
	if (event)
		event_free(event);
}

void etcd_call_done(struct etcd *etcd)
{
	if (etcd->authentication.etcd)
		etcd_call_cancel(&etcd->authentication);
	etcd_call_free_event(etcd->pump);
	etcd_call_free_event(etcd->again);
	etcd_call_free_event(etcd->knock);
	if (etcd->token)
		explicit_bzero(etcd->token, strlen(etcd->token));
	free(etcd->token);
}
