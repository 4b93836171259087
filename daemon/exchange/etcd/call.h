/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One question to etcd and its answer. Who asks has a call of its own, which it uses again. */
#pragma once

#include "daemon/exchange/curl_loop.h"
#include "daemon/exchange/etcd/message.h"

#include <sys/queue.h>

struct etcd;

enum etcd_reply_kind {
	ETCD_REPLY_DONE,
	ETCD_REPLY_GONE,    /* no endpoint answers */
	ETCD_REPLY_DENIED,  /* this user may not, or is none */
	ETCD_REPLY_SIZE,    /* the answer is larger than it may be */
	ETCD_REPLY_REFUSED, /* any other error of etcd; or a stream has ended */
};

struct etcd_reply {
	enum etcd_reply_kind kind;
	const struct etcd_answer *answer; /* with ETCD_REPLY_DONE */
	struct arena **arena;		  /* in which the answer lives; may be taken */
	const char *reason;		  /* without; for people */
	unsigned code;			  /* with ETCD_REPLY_REFUSED: gRPC's number; 0: none came */
};

enum etcd_call_state { ETCD_CALL_IDLE, ETCD_CALL_WAITING, ETCD_CALL_RUNNING };

/*
 * One question to etcd, inside whoever asks: the first part is set by it, once. Calls wait while
 * the user is authenticated, and are asked of all endpoints in turn before they fail.
 */
struct etcd_call {
	struct etcd *etcd;
	void (*replied)(struct etcd_call *call, const struct etcd_reply *reply);
	int (*part)(const char *bytes, size_t n, void *call); /* of a stream; or NULL */
	bool plain;					      /* goes without a token */
	bool patient; /* while etcd is away it waits for the next try; others fail at once */

	TAILQ_ENTRY(etcd_call) link;
	enum etcd_call_state state;
	const char *path;
	struct etcd_body body;
	size_t max_bytes;
	unsigned endpoint, attempts, token_number;
	bool renewed; /* it was asked again with a new token */
	struct curl_loop_request *request;
};
TAILQ_HEAD(etcd_calls, etcd_call);

/*
 * Asks @path, "kv/range", with @body, which is taken; @call is idle. replied() comes later, always,
 * unless it is cancelled; it may start the call again, but after a failure only with a delay.
 */
void etcd_call_start(
	struct etcd_call *call, const char *path, struct etcd_body *body, size_t max_bytes);
void etcd_call_cancel(struct etcd_call *call);
/* Starts what waits, or fails it, in the next turn. */
void etcd_call_pump(struct etcd *etcd);
/* etcd has answered: whoever has something to try again does. */
void etcd_call_note_answer(struct etcd *etcd);
/* The token of that number is worth nothing any more. */
void etcd_call_distrust(struct etcd *etcd, unsigned token_number);
int etcd_call_init(struct etcd *etcd); /* -ENOMEM */
void etcd_call_done(struct etcd *etcd);
