/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The loop's part about the fleet: what the bus asks of it, and what it announces. */
#pragma once

#include "core/model/limits.h"

#include <stdbool.h>
#include <stddef.h>

#define LOOP_FLEET_SLICE   16U	/* classes made ready in one turn */
#define LOOP_FLEET_WAITERS 256U /* who wait for that */
#define LOOP_FLEET_NEWS	   256U /* changes of hosts announced after one turn, one by one */

struct loop;
struct turn_source;
struct bus_fleet_backend;

/* Who waits until the fleet can be asked. */
struct loop_fleet_warming {
	struct turn_source *source;
	size_t n;
	void (*then[LOOP_FLEET_WAITERS])(void *data);
	void *data[LOOP_FLEET_WAITERS];
};

/* What happened to other hosts in this turn. */
struct loop_fleet_news {
	bool own; /* this host has another class */
	size_t n;
	bool many;	/* there was more */
	bool documents; /* of classes came */
	struct {
		char host[LIMIT_HOST_NAME + 1];
		const char *change;
	} items[LOOP_FLEET_NEWS];
	/* Hosts that were announced with a class of which the document was not there yet. */
	size_t n_awaiting;
	char awaiting[LOOP_FLEET_NEWS][LIMIT_HOST_NAME + 1];
};

/* How the bus asks about the fleet. */
struct bus_fleet_backend loop_fleet_backend(const struct loop *loop);

/* Has changes of the fleet noted, and announces them. -ENOMEM, -ENOSPC. */
int loop_fleet_watch(struct loop *loop);
void loop_fleet_announce(struct loop *loop);
