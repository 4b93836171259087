/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the bus asks of its owner about the fleet, and what it is told. Without a fleet this host is
 * all of it.
 */
#pragma once

#include "core/codec/digest.h"
#include "core/judge/fleet.h"

#include <jansson.h>

/* What is told of a member besides its place in struct fleet. Texts last as long as that does. */
struct bus_fleet_member {
	const char *standing;	/* "current", "expired", "unproven" */
	const char *collection; /* how its last collection went, a word of its record */
	bool contradicted;	/* two use its key */
	uint64_t sequence;
	uint64_t valid_until_us;
	char host_id[33];
	/* As its record names them; empty: it does not. */
	char facts[DIGEST_LENGTH + 1], class_[DIGEST_LENGTH + 1], map[DIGEST_LENGTH + 1];
	unsigned n_endpoints;
	const char *endpoints; /* "https://NAME:PORT", NUL, and so on */
};

enum bus_fleet_known {
	BUS_FLEET_KNOWN, /* there is no more to be had: then() is not called */
	BUS_FLEET_WAIT,	 /* then() is called from the loop */
	BUS_FLEET_BUSY,	 /* the caller, or all of them, ask too much at once */
};

/* Who has to know of a host before it goes on. */
struct bus_fleet_asking {
	const char *host; /* NULL: of the fleet, as get() gives it */
	uint64_t caller;  /* a number by which callers are told apart */
	void (*then)(void *data);
	void *data;
};

/* What is to be done beside the loop, by a copy of this process. */
struct bus_fleet_task {
	int fd; /* all that the copy can write into */
	/* In the copy: a number from 0 to 100. */
	int (*run)(void *what, int fd);
	void *what; /* is read when it begins */
	/* In the loop, once it is over: that number, -ETIMEDOUT, or what else went wrong. */
	void (*ended)(int result, void *data);
	void *data;
};

struct bus_fleet_backend {
	/* -EBUSY: as much is done as there may be. */
	int (*begin)(void *data, const struct bus_fleet_task *task);
	/* Ends what was begun with @working as its data, of which nobody is told any more. */
	void (*end)(void *data, const void *working);
	bool on_demand; /* nothing is held of a host before somebody asks about it */
	/* Before a question about a host: has what is told of it fetched, if that is how things
	 * are; before any about the fleet: has it made ready, so that get() takes no time. */
	enum bus_fleet_known (*know)(void *data, const struct bus_fleet_asking *asking);
	/* Whoever waits with @waiting is told nothing any more. */
	void (*unknow)(void *data, const void *waiting);
	/* Why what is held may be old or nothing, for people; empty: nothing is wrong. */
	const char *(*trouble)(void *data);
	/* The fleet in @ret, with its times, and this host's name in it; both last until the caller
	 * returns to the loop. -ENOMEM. */
	int (*get)(void *data, struct fleet *ret, const char **ret_own);
	/* What is held of @host. False: nothing, or it is this one and tells nobody of itself. */
	bool (*find)(void *data, const char *host, struct bus_fleet_member *ret);
	/* Forgets @host. -ENOENT: there is none; what else went wrong. */
	int (*forget)(void *data, const char *host);
};

/* What happened to a host. */
struct bus_fleet_change {
	const char *host;
	const char *change; /* "new", "class", "standing", "gone", "many" */
	const char *class_; /* digests; empty: not known */
	const char *map;
};
