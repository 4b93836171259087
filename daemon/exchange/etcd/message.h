/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The words of etcd's JSON gateway (etcd 3.4 and newer, below /v3/): requests as bytes, and answers
 * as values. In it 64-bit numbers are texts, members with a default value are left out, keys and
 * values are base64. What etcd holds others have written, and what answers may be no etcd at all:
 * answers are counted before they are read. Members that are not known are left alone, since newer
 * versions add some. Pure.
 */
#pragma once

#include "core/arena.h"
#include "core/codec/refusal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ETCD_PAGE_MOST	  5000U		     /* keys in one answer */
#define ETCD_ANSWER_BYTES ((size_t)12 << 20) /* the longest that is ever read */
#define ETCD_ANSWER_NODES (ETCD_PAGE_MOST * 8U + 100U)
#define ETCD_TOKEN_LENGTH 4096U /* letters; a JWT has hundreds */

/* ------------------------------------------------------------- requests */

/* Bytes; text where they come from here. */
struct etcd_bytes {
	const char *bytes;
	size_t n;
};

/* A request's body, to be freed with free(). */
struct etcd_body {
	char *bytes;
	size_t n;
};

struct etcd_range {
	struct etcd_bytes first;
	struct etcd_bytes end; /* the first key that is not wanted; n is 0: first alone */
	unsigned limit;	       /* 0: all */
	bool keys_only;
};

/* What follows all keys that begin with the @n bytes at @prefix, which end in '/': in @prefix. */
void etcd_write_end(char *prefix, size_t n);

/* All of them: 0 with @ret, or -ENOMEM; -EINVAL: user or password is not UTF-8. */
int etcd_write_authenticate(const char *user, const char *password, struct etcd_body *ret);
int etcd_write_range(const struct etcd_range *range, struct etcd_body *ret);
/* Without a lease, @lease is 0; with @before it asks for what was there, too. */
int etcd_write_put(const struct etcd_bytes *key, const struct etcd_bytes *value, uint64_t lease,
	bool before, struct etcd_body *ret);
/* Puts, if there is no such key: one transaction. */
int etcd_write_create(
	const struct etcd_bytes *key, const struct etcd_bytes *value, struct etcd_body *ret);
int etcd_write_grant(uint64_t seconds, struct etcd_body *ret);
int etcd_write_keepalive(uint64_t lease, struct etcd_body *ret);
/* From @revision on, of keys from range->first to its end; 0: from now on. */
int etcd_write_watch(const struct etcd_range *range, uint64_t revision, struct etcd_body *ret);

/* ------------------------------------------------------------- answers */

enum etcd_message_outcome {
	ETCD_MESSAGE_DONE,
	ETCD_MESSAGE_E_REFUSED, /* it is not what the gateway says; the refusal tells */
};

struct etcd_pair {
	struct etcd_bytes key;
	struct etcd_bytes value; /* empty where only keys were asked for */
	uint64_t revision;	 /* of its last change */
	bool deleted;		 /* of an event: it is gone, by hand or with its lease */
};

/* Everything that one answer may say; what it leaves out is 0. */
struct etcd_answer {
	uint64_t cluster, revision;
	const char *token; /* NULL: none */
	uint64_t lease;	   /* its id */
	uint64_t seconds;  /* that the lease lives; 0: there is no such lease */
	bool succeeded;	   /* of a transaction: the condition held */
	bool more;	   /* there are keys behind these */
	bool has_before;   /* a put has replaced something, which is in before */
	bool created;	   /* of a watch */
	bool canceled;
	bool fragment;	    /* more events of this revision follow */
	uint64_t compacted; /* a watch cannot begin before this revision; 0: it can */
	struct etcd_pair before;
	size_t n_pairs; /* keys, or what happened to them */
	const struct etcd_pair *pairs;
	const char *trouble; /* what it says instead of an answer, or why it was canceled; NULL */
};

/*
 * Reads the @n bytes at @bytes: the body of an answer with status 200, or one line of a stream.
 * What @ret points to is in @arena. -ENOMEM, also where the arena is too small.
 */
int etcd_read_answer(const char *bytes, size_t n, struct arena *arena, struct etcd_answer *ret,
	struct refusal *refusal);

/* Reads the body of an answer with another status. @ret_code: gRPC's number, 0 where it has none.
 */
#define ETCD_CODE_INVALID	  3U
#define ETCD_CODE_PRECONDITION	  9U
#define ETCD_CODE_UNAUTHENTICATED 16U
struct etcd_trouble {
	unsigned code;
	char text[160]; /* printable; empty where it says nothing */
};
void etcd_read_trouble(const char *bytes, size_t n, struct etcd_trouble *ret);
