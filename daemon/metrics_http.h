/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The address that Prometheus asks ([metrics] listen): plain HTTP, GET and HEAD of /metrics, one
 * request a connection. Anybody who reaches the address may ask, so what is told is no secret; and
 * nothing that is sent there costs more than one of a few connections, for a few seconds.
 *
 * Not libevent's evhttp, for the reasons that http/server.h has: its limits of time begin anew with
 * each byte, and it has none for connections.
 */
#pragma once

#include "daemon/metrics.h"

#define METRICS_HTTP_CONNECTIONS 16U /* then the oldest makes room for a new one */

struct event_base;
struct metrics_http;

/*
 * Listens on @address, "127.0.0.1:9469" or "[::1]:9469", and counts in @metrics what it does; both
 * it and @base are borrowed. -EINVAL: @address is none. -ENOMEM, or what the socket gives. The
 * caller owns @ret.
 */
int metrics_http_new(struct event_base *base, const char *address, struct metrics *metrics,
	struct metrics_http **ret);

struct metrics_http *metrics_http_free(struct metrics_http *http); /* NULL gives NULL */
