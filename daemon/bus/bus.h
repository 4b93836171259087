/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The daemon on the bus: org.iommufleet1. It answers from the host that was published last and
 * knows nothing of where that came from; what it cannot do itself it asks of its backend. It never
 * waits: its owner asks before every turn what to wait for, and has it process when that came.
 */
#pragma once

#include "core/codec/refusal.h"
#include "core/judge/host.h"
#include "core/judge/verdict.h"
#include "core/model/resident.h"
#include "daemon/bus/fleet.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define BUS_NAME	  "org.iommufleet1"
#define BUS_PATH	  "/org/iommufleet1"
#define BUS_REPLY_BYTES	  (1U << 20) /* longer texts are handed out as files */
#define BUS_REFRESH_MAX	  64U	     /* callers that wait for one collection */
#define BUS_FETCH_MAX	  256U	     /* and that wait for what is told of other hosts */
#define BUS_WORK_MAX	  64U	     /* and for long answers, those that are made among them */
#define BUS_QUEUE_MAX	  64U /* messages not yet taken by the bus: then nothing more is read */
#define BUS_MESSAGES_TURN 32U /* processed in one turn */

struct bus;

struct bus_backend {
	void *data;
	/* Starts a collection or joins the one that runs; bus_refreshed() ends the wait. */
	int (*refresh)(void *data);
	/* Reads the configuration anew. 1: it was refused, and @refusal says where and why. */
	int (*reload)(void *data, struct refusal *refusal);
	/* The facts document in @ret, to be freed with free(). -ENOMEM. */
	int (*dump)(void *data, char **ret, size_t *ret_n);
	/* An array of periods of @host (NULL: this one), newest first, in @ret. -ENODATA: there is
	 * no store. */
	int (*history)(void *data, const char *host, json_t **ret);
	struct bus_fleet_backend fleet;
	/* Takes the guest, described by the @n bytes at @text, as one that runs here. -E2BIG: there
	 * are too many. -ENOMEM. */
	int (*put_guest)(void *data, const struct resident *guest, const char *text, size_t n);
	/* Drops the guest of that name or UUID. -ENOENT: there is none. */
	int (*drop_guest)(void *data, const char *name);
	/* How many guests run here; @ret has them by name, until one is put or dropped. */
	size_t (*guests)(void *data, struct resident *const **ret);
	/* Is told of every answer that is given, for who counts them. */
	void (*answered)(void *data, const struct verdict *verdict);
	/* What is counted, as a document (core/codec/metrics_text.h) in @ret. -ENOMEM. */
	int (*metrics)(void *data, json_t **ret);
	/* What it finds of itself, as the document iommufleet-doctor-1 in @ret. -ENOMEM. */
	int (*doctor)(void *data, json_t **ret);
	/* Words of levels (emerg to debug) and targets (auto, console, journal). -EINVAL: none
	 * such. */
	const char *(*get_log_level)(void *data);
	int (*set_log_level)(void *data, const char *word);
	const char *(*get_log_target)(void *data);
	int (*set_log_target)(void *data, const char *word);
};

struct bus_options {
	const char *address; /* system, session, or a D-Bus address */
	const char *host;    /* name of this host; copied */
	const char *machine; /* its other name, where that is no other host's, or NULL; copied */
	struct bus_backend backend;
};

/* What is published, besides the host itself. */
struct bus_state {
	const char *collection;	   /* none, running, done, failed */
	const char *trouble;	   /* why the last collection failed; empty */
	const char *store;	   /* "file", or "memory": nothing is kept */
	const char *fleet;	   /* off, starting, published, wrong-clock, expired, refused */
	const char *fleet_trouble; /* what is wrong with the fleet; empty: nothing */
	uint64_t collected_us;	   /* real time; 0: never */
	uint64_t stale_after_us;
};

/*
 * Connects, shows all objects, and asks for the name; the replies come while it is processed. The
 * caller owns @ret. Negative errno.
 */
int bus_open(const struct bus_options *options, struct bus **ret);

/* Gives the name back and closes. Accepts NULL. Returns NULL. */
struct bus *bus_close(struct bus *bus);

/* What to wait for in this turn: poll(2) events, and microseconds at most (UINT64_MAX: for ever).
 */
int bus_prepare(struct bus *bus, int *ret_fd, short *ret_events, uint64_t *ret_delay_us);

/* Handles some of what came. Negative errno: the connection is gone. */
int bus_process(struct bus *bus);

/* True once the name is ours; negative errno when it was refused. */
int bus_has_name(const struct bus *bus);

/*
 * Publishes @facts as they were observed, @host that was made of them (references are taken; both
 * NULL: nothing is known) and @state, and announces what really changed. -ENOMEM: nothing is
 * published. What sd-bus gives: published, but not all of it announced.
 */
int bus_publish(
	struct bus *bus, struct facts *facts, struct host *host, const struct bus_state *state);

/* Announces that @guest fits this host less than it did. Negative errno. */
int bus_tell_risk(struct bus *bus, const struct resident *guest);

/* Announces what happened to a host of the fleet. Negative errno. */
int bus_tell_host(struct bus *bus, const struct bus_fleet_change *change);

/* Answers all who wait for a collection; @trouble is NULL when it went well. */
void bus_refreshed(struct bus *bus, const char *trouble);

/* The interfaces as XML, from the tables that serve them. To be freed with free(). Negative errno.
 */
int bus_introspect(char **ret);
