/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a host answers its peers: the table of paths is the whole surface. All of it may be asked by
 * every member of the fleet and by nobody else, which the handshake sees to.
 *
 *   GET  /v1/buckets        the hashes of all buckets (codec.h), with a tag: 304 where it is known
 *   GET  /v1/bucket/N       which records are in the Nth one
 *   GET  /v1/record/HOST    the signed record of a host, as it was received
 *   POST /v1/records        a batch of records that are newer than what is held here
 *   GET  /v1/class/DIGEST   a class document
 *   GET  /v1/facts          the facts of this host itself
 */
#pragma once

#include "daemon/exchange/directory/class.h"
#include "daemon/exchange/http/server.h"

#define PEERS_ROUTES 6U

struct peers_service {
	struct directory *directory;
	uint64_t (*now_us)(void *data); /* microseconds since 1970 */
	/* The facts document of this host in @ret, to be freed with free(). -ENOENT, or other. */
	int (*read_facts)(void *data, char **ret, size_t *ret_n);
	/* @peer has sent a record that was refused. */
	void (*refused)(const char *peer, const struct directory_result *result, void *data);
	void *data;
};

/* For a server whose data is a struct peers_service. */
extern const struct http_route peers_routes[PEERS_ROUTES];
