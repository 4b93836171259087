/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/exchange/http/account.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HTTP_ACCOUNT_MINUTE_US (UINT64_C(60) * 1000000)
#define HTTP_ACCOUNT_LINES     5U /* at once, then one in a minute */

struct http_accounts {
	size_t n;
	struct http_account *items[HTTP_ACCOUNTS]; /* sorted by name */
};

int http_accounts_new(struct http_accounts **ret)
{
	struct http_accounts *accounts = calloc(1, sizeof(*accounts));

	if (!accounts)
		return -ENOMEM;
	*ret = accounts;
	return 0;
}

struct http_accounts *http_accounts_free(struct http_accounts *accounts)
{
	if (!accounts)
		return NULL;
	for (size_t i = 0; i < accounts->n; i++)
		free(accounts->items[i]);
	free(accounts);
	return NULL;
}

/* Where @name is or belongs. */
static size_t http_accounts_find(const struct http_accounts *accounts, const char *name)
{
	size_t first = 0, end = accounts->n;

	while (first < end) {
		size_t middle = first + (end - first) / 2;

		if (strcmp(accounts->items[middle]->name, name) < 0)
			first = middle + 1;
		else
			end = middle;
	}
	return first;
}

/* Closes the account that was not used for longest, of those without connections. */
static int http_accounts_make_room(struct http_accounts *accounts)
{
	size_t oldest = accounts->n;

	for (size_t i = 0; i < accounts->n; i++) {
		if (accounts->items[i]->n_connections == 0 &&
			(oldest == accounts->n ||
				accounts->items[i]->used_us < accounts->items[oldest]->used_us))
			oldest = i;
	}
	if (oldest == accounts->n)
		return -ENOSPC;
	free(accounts->items[oldest]);
	accounts->n--;
	memmove(&accounts->items[oldest], &accounts->items[oldest + 1],
		(accounts->n - oldest) * sizeof(accounts->items[0]));
	return 0;
}

int http_accounts_get(struct http_accounts *accounts, const char *name, uint64_t now_us,
	struct http_account **ret)
{
	size_t at = http_accounts_find(accounts, name);
	struct http_account *account;
	int r;

	if (at < accounts->n && strcmp(accounts->items[at]->name, name) == 0) {
		*ret = accounts->items[at];
		(*ret)->used_us = now_us;
		return 0;
	}
	r = accounts->n < HTTP_ACCOUNTS ? 0 : http_accounts_make_room(accounts);
	if (r < 0)
		return r;
	account = calloc(1, sizeof(*account));
	if (!account)
		return -ENOMEM;
	(void)snprintf(account->name, sizeof(account->name), "%s", name);
	account->requests_us = HTTP_ACCOUNT_MINUTE_US;
	account->lines_us = HTTP_ACCOUNT_LINES * HTTP_ACCOUNT_MINUTE_US;
	account->requests_at_us = account->lines_at_us = account->used_us = now_us;
	at = http_accounts_find(accounts, name);
	memmove(&accounts->items[at + 1], &accounts->items[at],
		(accounts->n - at) * sizeof(accounts->items[0]));
	accounts->items[at] = account;
	accounts->n++;
	*ret = account;
	return 0;
}

/* Time comes back as it passes, up to @most; a thing costs some of it. */
static bool http_account_take(
	uint64_t *has_us, uint64_t *at_us, uint64_t now_us, uint64_t most_us, uint64_t costs_us)
{
	uint64_t passed_us = now_us - *at_us;

	*at_us = now_us;
	*has_us = passed_us > most_us - *has_us ? most_us : *has_us + passed_us;
	if (*has_us < costs_us)
		return false;
	*has_us -= costs_us;
	return true;
}

bool http_account_take_requests(
	struct http_account *account, uint64_t now_us, unsigned n, unsigned per_minute)
{
	return http_account_take(&account->requests_us, &account->requests_at_us, now_us,
		HTTP_ACCOUNT_MINUTE_US, HTTP_ACCOUNT_MINUTE_US / per_minute * n);
}

bool http_account_take_line(struct http_account *account, uint64_t now_us, uint64_t *ret_unsaid)
{
	uint64_t most_us = HTTP_ACCOUNT_LINES * HTTP_ACCOUNT_MINUTE_US;

	/* One line in a minute; the first few of a quiet peer come at once. */
	if (!http_account_take(&account->lines_us, &account->lines_at_us, now_us, most_us,
		    HTTP_ACCOUNT_MINUTE_US)) {
		account->unsaid++;
		return false;
	}
	*ret_unsaid = account->unsaid;
	account->unsaid = 0;
	return true;
}
