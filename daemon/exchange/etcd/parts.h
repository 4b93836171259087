/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of an etcd remember: publish.c, ask.c, observe.c, fetch.c. */
#pragma once

#include "daemon/exchange/etcd.h"
#include "daemon/exchange/etcd/call.h"

#include <event2/event.h>

#define ETCD_PREFIX_LENGTH 255U
#define ETCD_KEY_LENGTH	   (ETCD_PREFIX_LENGTH + sizeof("hosts/") + LIMIT_HOST_NAME)
#define ETCD_ASKS	   64U /* hosts about which something is or was just asked */
#define ETCD_CLASS_FETCHES 4U
#define ETCD_WANTED	   256U

struct etcd_class {
	char digest[DIGEST_LENGTH + 1];
	char *bytes;
	size_t n;
};

/* A record of this host, and the class documents that it names. */
struct etcd_publication {
	char *record; /* NULL: there is nothing to publish */
	size_t n;
	uint64_t valid_until_us;
	unsigned n_classes;
	struct etcd_class classes[LIMIT_PROJECTIONS];
};

/* A class that was seen to stand as it should. */
struct etcd_seen {
	char digest[DIGEST_LENGTH + 1];
	uint64_t revision; /* 0: it does not any more */
};

/* This host's record on its way; see publish.c. */
struct etcd_publisher {
	struct etcd_call call;
	struct event *timer;
	bool due;	 /* there is something newer in the directory */
	bool incomplete; /* a class of it was not there */
	bool published;
	unsigned n_failures;
	struct etcd_publication next;
	unsigned at;	     /* of its classes */
	unsigned n_attempts; /* at that class */
	uint64_t lease, lease_s;
	uint64_t revision; /* of the record that stands there */
	unsigned n_seen;
	struct etcd_seen seen[LIMIT_PROJECTIONS];
};

struct etcd_ask_entry {
	char host[LIMIT_HOST_NAME + 1]; /* empty: unused */
	bool running;
	enum etcd_known known;
	uint64_t at_us; /* when it was known; monotonic */
	struct etcd_call call;
	unsigned n_classes; /* that were asked for */
	struct directory_digest class_;
};

struct etcd_waiter {
	struct etcd_ask_entry *entry; /* NULL: unused */
	uint64_t caller;
	void (*asked)(enum etcd_known known, void *data);
	void *data;
};

struct etcd_wanted {
	struct directory_digest digest;
	int32_t slot;
};

struct etcd_class_fetch {
	struct etcd_call call; /* first, so that it leads back here */
	struct etcd_wanted wanted;
};

struct etcd_observer {
	struct etcd_call watch, list;
	struct event *timer;   /* the watch is opened, or has been silent for too long */
	struct event *slicer;  /* goes on with a page */
	struct event *classes; /* looks for classes again */
	unsigned n_failures;
	uint64_t cluster, revision; /* up to which all is known; 0: nothing is */
	bool watching, listing, listed;
	bool again; /* what is being listed has to be listed once more */
	char *line;
	size_t n_line, line_allocated;
	unsigned page;
	bool skipping;			 /* asks for the name of a value that is too large */
	char after[ETCD_KEY_LENGTH + 1]; /* the next page begins here */
	size_t n_after;
	struct arena *arena; /* of the page that is gone through */
	struct etcd_answer answer;
	size_t at;
	struct etcd_class_fetch fetches[ETCD_CLASS_FETCHES];
	unsigned n_fetches;			/* that run */
	struct etcd_wanted wanted[ETCD_WANTED]; /* classes to be fetched next */
	unsigned n_wanted;
	uint64_t *retry_us; /* by slot: not before; monotonic */
	size_t n_retry;
};
