/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * This host as a member of its fleet: who it is, whom it trusts, what it holds of the others and
 * what it tells of itself. Certificates and lists are read again when their files change. How
 * records travel is no matter of it: transports work on the directory.
 */
#pragma once

#include "daemon/fleet_index.h"
#include "daemon/keep.h"
#include "daemon/publisher.h"
#include "daemon/turn.h"

#include <sys/types.h>
#include <time.h>

/* What tells that a file is another one. */
struct membership_stamp {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec changed;
};
#define MEMBERSHIP_FILES 4

/* What it tells of; borrowed, and looked at whenever something is to be told. */
struct membership_source {
	const struct state *state;
	const struct config *config;
	const struct refusal *collection; /* of the last collection; text empty: it went well */
};

struct membership {
	struct log *log;
	struct keep *keep;
	struct membership_source source;
	struct turn_source *tick, *verifying;
	char host[LIMIT_HOST_NAME + 1]; /* its name, where no certificate says another */
	struct directory *directory;
	struct fleet_index *index; /* what questions about the fleet are asked of */
	struct identity *identity; /* NULL: this host cannot sign */
	struct trust *trust;	   /* NULL: nobody is trusted */
	struct publisher publisher;
	struct membership_stamp stamps[MEMBERSHIP_FILES];
	enum publisher_outcome publishing; /* what came of the last try */
	struct refusal trouble;		   /* with it, or with the files; text empty: none */
};

/*
 * Reads the files of the configuration and all that is kept, and goes on in @turn. Trouble with
 * them is said and leaves the host without a fleet. log, keep and source of @membership are set;
 * @host is the name of this host where no certificate says another. -ENOMEM.
 */
int membership_open(struct membership *membership, struct turn *turn, const char *host);
void membership_close(struct membership *membership);

/*
 * Reads the files again if they, or which they are, changed. What is wrong is said, and what was
 * there before stays.
 */
void membership_reload(struct membership *membership);

/* What is known of this host has changed: tells the fleet, at once where class or map changed. */
void membership_take_host(struct membership *membership);

/* A word for status: "off", "starting", "published", "wrong-clock", "expired", "refused". */
const char *membership_word(const struct membership *membership);

/* The name of this host in its fleet. */
const char *membership_name(const struct membership *membership);
