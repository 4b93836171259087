/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What each peer may cost, by the name in its certificate: requests, connections, bytes on their
 * way in and out, and lines in the log. Whoever spends its share is refused until it has some
 * again; nobody else notices. Times are monotonic.
 */
#pragma once

#include "core/model/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_ACCOUNTS 4096U

struct http_account {
	char name[LIMIT_HOST_NAME + 1]; /* empty: all those who have shown none */
	uint64_t requests_at_us;	/* when requests_us was right */
	uint64_t requests_us;		/* what it has, in time that it takes to come back */
	uint64_t lines_at_us, lines_us;
	uint64_t unsaid; /* lines that were left out */
	unsigned n_connections;
	size_t in_flight; /* bytes */
	uint64_t used_us;
};

struct http_accounts;

int http_accounts_new(struct http_accounts **ret); /* -ENOMEM; the caller owns @ret */
struct http_accounts *http_accounts_free(struct http_accounts *accounts);

/*
 * The account of @name, opened if need be; another one without connections makes room for it. It
 * stays while it has connections, else until the next call. -ENOMEM, -ENOSPC.
 */
int http_accounts_get(struct http_accounts *accounts, const char *name, uint64_t now_us,
	struct http_account **ret);

/* Takes @n requests from what it may make in a minute. False: there are not so many left. */
bool http_account_take_requests(
	struct http_account *account, uint64_t now_us, unsigned n, unsigned per_minute);

/*
 * Takes one line of the log. False: none is left, and it is counted; @ret_unsaid is how many were
 * left out before this one.
 */
bool http_account_take_line(struct http_account *account, uint64_t now_us, uint64_t *ret_unsaid);
