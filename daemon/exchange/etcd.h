/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A fleet that meets in etcd: this host's record stands at PREFIXhosts/HOST under a lease of the
 * record's validity, class documents at PREFIXclasses/DIGEST. A member reads what it is asked
 * about, an observer all of it and every change. etcd is a place, not an authority: what it holds
 * is offered to the directory like what comes from anywhere; what it deletes or has lost stays with
 * us until its own time is over. Speaks to the JSON gateway, over TLS, as a user of etcd if there
 * is one. Callbacks come from the loop, never from inside a call.
 */
#pragma once

#include "daemon/exchange/directory.h"

struct etcd;
struct event_base;

#define ETCD_ENDPOINTS	  8U
#define ETCD_WAITERS	  256U /* who wait for answers, in all */
#define ETCD_WAITERS_EACH 16U  /* of one caller */

enum etcd_outcome {
	ETCD_DONE,
	ETCD_E_REFUSED, /* the settings: the refusal says which and why */
};

struct etcd_settings {
	struct event_base *base;     /* borrowed, as is all that is not said to be copied */
	struct directory *directory; /* what comes into it of this host is published */
	const char *host;	     /* this one; copied */
	const char *endpoints; /* "https://NAME:PORT", one or more with spaces between; copied */
	const char *prefix;    /* begins and ends with '/'; copied */
	const char *user;      /* of etcd; empty: none. Copied, as are the paths */
	const char *password_path;    /* is read again before each authentication */
	const char *ca_path;	      /* empty: whom the system trusts */
	const char *certificate_path; /* empty: none; see iommufleetd.conf(5) about its name */
	const char *key_path;
	bool observer;
	unsigned page;	   /* keys an answer; 0: 1,000 */
	uint64_t check_us; /* how often it looks whether its record still stands; 0: 10 min */
	uint64_t (*now_us)(void *data); /* microseconds since 1970 */
	/* Tells people what is wrong; how often is limited. */
	void (*say)(void *data, const char *where, const char *text);
	void *data;
};

/* Begins at once. -ENOMEM, -ENOSPC of directory_watch(). The caller owns @ret. */
int etcd_new(const struct etcd_settings *settings, struct etcd **ret, struct refusal *refusal);

/*
 * Whoever waits is told nothing any more. The directory may not change between this and its own
 * end. Accepts NULL, returns NULL.
 */
struct etcd *etcd_free(struct etcd *etcd);

/* ------------------------------------------------------------- of others */

/* What was refused before may be proven now: whoever is trusted has changed. */
void etcd_list_again(struct etcd *etcd);

/* What asking etcd about a host came to. What is held of the host is in the directory. */
enum etcd_known {
	ETCD_KNOWN_FRESH,   /* it is what etcd holds, or newer */
	ETCD_KNOWN_ABSENT,  /* etcd holds nothing of it */
	ETCD_KNOWN_REFUSED, /* what etcd holds was refused */
	ETCD_KNOWN_GONE,    /* etcd cannot be asked: what is held is as old as it is */
};

enum etcd_ask_outcome {
	ETCD_ASK_KNOWN, /* @ret says what; asked() is not called */
	ETCD_ASK_WAIT,
	ETCD_ASK_E_BUSY, /* the caller, or all of them, ask too much at once */
};

struct etcd_question {
	const char *host;
	uint64_t caller; /* any number by which callers are told apart */
	void (*asked)(enum etcd_known known, void *data);
	void *data;
};

/* Fetches the record of a host and the class that it names. Who ask about one host share it. */
int etcd_ask(struct etcd *etcd, const struct etcd_question *question, enum etcd_known *ret);

/* Whoever waits with @data is told nothing any more. */
void etcd_unask(struct etcd *etcd, const void *data);

/* ------------------------------------------------------------- how it is */

struct etcd_status {
	bool reached;	      /* the last that was asked of it was answered */
	uint64_t reached_us;  /* when it last answered; 0: never */
	bool published;	      /* this host's newest record stands there */
	bool listed;	      /* an observer has seen all, and sees every change */
	const char *endpoint; /* that is asked now */
	const char *trouble;  /* of the last failure; empty: none. Both live until the next turn */
};
void etcd_get_status(const struct etcd *etcd, struct etcd_status *ret);

/* Counters, of words like "unreachable", "strange-key". */
void etcd_list_counters(const struct etcd *etcd, directory_each_word each, void *data);
