/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inside of the loop, for its own files. */
#pragma once

#include "daemon/collector.h"
#include "daemon/guests.h"
#include "daemon/loop_fleet.h"
#include "daemon/fleet_trouble.h"
#include "daemon/meeting.h"
#include "daemon/membership.h"
#include "daemon/metrics.h"
#include "daemon/nfd_file.h"
#include "daemon/options.h"
#include "daemon/peering.h"
#include "daemon/risk.h"
#include "daemon/workers.h"
#include "daemon/supervisor.h"

#define LOOP_HOST_BYTES 256

struct bus;
struct metrics_http;
struct uevents;

/* A collection that was asked for while another one ran, or too soon after it. */
enum loop_again { LOOP_ENOUGH, LOOP_AGAIN, LOOP_AGAIN_WAKING };

/* Following the host as it changes. */
struct loop_live {
	struct uevents *uevents; /* NULL: not followed */
	struct turn_source *source;
	uint64_t first_us; /* when the first event came that no collection saw; 0: none did */
	int error;	   /* why it cannot be followed; 0: it is, or is not to be */
};

struct loop {
	const struct options *options;
	struct config *config;
	struct log *log;
	struct turn *turn;
	struct turn_source *bus_source, *document_source, *message_source;
	struct turn_source *deadline, *interval;
	struct bus *bus;
	struct keep keep;
	struct guests guests;
	struct risk risk;
	struct collector *collector; /* NULL: none runs */
	uint64_t started_us;	     /* the last of them, by the monotonic clock; 0: none */
	struct loop_live live;
	struct state state;
	struct membership membership;
	struct peering peering;
	struct meeting meeting;
	struct fleet_trouble fleet_trouble;
	struct metrics metrics;
	struct metrics_http *metrics_http; /* NULL: nobody can ask */
	struct nfd_file nfd;
	struct loop_fleet_news news;
	struct loop_fleet_warming warming;
	struct workers workers;
	struct supervisor supervisor;
	const char *fleet; /* its word, as it was published */
	char host_name[LOOP_HOST_BYTES];
	const char *collection; /* as in struct bus_state */
	struct refusal trouble; /* of the last collection; text empty: none */
	const char *advice;	/* what would let the collector read more; NULL: nothing */
	bool waking;		/* the collection that runs reads sleepers */
	bool reached;		/* systemd has the collector run, as it did before */
	enum loop_again again;	/* without a collection that runs: it is to start when it may */
	uint64_t ended_us;	/* when the last one did, by the clock of turn_now_us(); 0: none */
	unsigned failures;	/* in a row */
	bool changed;		/* something is to be published at the end of the turn */
	bool collected;		/* and it is a new snapshot, to be kept */
	bool ended;		/* a collection ended in this turn: those who wait get to know */
	bool named, stop;
	int error;
};

/* Stops the loop with @error, and says so. */
void loop_fail(struct loop *loop, int error, const char *what);

/* What the configuration lets assume. */
struct assume loop_assume(const struct loop *loop);

/*
 * Has the collector run, which reads sleepers too if @wake is set: now, after the one that runs, or
 * as soon as enough time has passed since the last one. Negative errno: it cannot be started.
 */
int loop_collect_ask(struct loop *loop, bool wake);

/* Sees to what the collector said or brought. */
void loop_collect_check(struct loop *loop);

/* Callbacks of sources and signals, and of the bus. */
void loop_collect_on_pipe(void *data);
void loop_collect_on_child(void *data);
void loop_collect_on_deadline(void *data);
void loop_collect_on_interval(void *data);
int loop_collect_on_refresh(void *data);

/* Follows the host, or no longer, as the configuration says. What fails is said, once. */
void loop_live_apply(struct loop *loop);

/* A collection starts now: what changed before is seen by it. */
void loop_live_covered(struct loop *loop);

void loop_live_on_event(void *data);
void loop_live_done(struct loop *loop);

/*
 * What is told to other systems: begins when the rest is there, ends before it does. What cannot be
 * listened on or written is said, and the daemon goes on without.
 */
void loop_export_open(struct loop *loop);
void loop_export_close(struct loop *loop);
/* Has the feature file follow what is known. */
void loop_export_follow(struct loop *loop);
/* Callbacks of the bus. */
void loop_export_on_answered(void *data, const struct verdict *verdict);
int loop_export_on_metrics(void *data, json_t **ret);
