/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/keep_fleet.h"

#include "daemon/store/fleet.h"

#include <errno.h>
#include <time.h>

/* What came of a call of the store; a refusal is said once, until something is written again. */
static int keep_fleet_result(struct keep *keep, int r, const struct refusal *refusal)
{
	if (r == STORE_E_NOTHING)
		return -ENOENT;
	if (r != STORE_E_REFUSED)
		return r;
	if (!keep->fleet_refused)
		log_say(keep->log, LOG_WARNING, LOG_STORE_TROUBLE,
			"%s: %s; what other hosts tell is not kept, and not taken", refusal->where,
			refusal->text);
	keep->fleet_refused = true;
	return -EIO;
}

int keep_fleet_put_host(struct keep *keep, const struct kept_host *kept)
{
	struct refusal refusal;

	int r;

	if (!keep->store)
		return -ENODATA;
	r = keep_fleet_result(keep, store_put_member(keep->store, kept, &refusal), &refusal);
	if (r == 0)
		keep->fleet_refused = false;
	return r;
}

int keep_fleet_get_record(struct keep *keep, const char *host, char **ret, size_t *ret_n)
{
	struct refusal refusal;

	if (!keep->store)
		return -ENODATA;
	return keep_fleet_result(
		keep, store_get_record(keep->store, host, ret, ret_n, &refusal), &refusal);
}

int keep_fleet_drop_host(struct keep *keep, const char *host)
{
	struct refusal refusal;

	if (!keep->store)
		return -ENODATA;
	return keep_fleet_result(keep, store_drop_member(keep->store, host, &refusal), &refusal);
}

int keep_fleet_put_class(struct keep *keep, const char *digest, const char *bytes, size_t n)
{
	struct store_class class_ = { digest, bytes, n, 0 };
	struct refusal refusal;
	struct timespec now;

	if (!keep->store)
		return -ENODATA;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	class_.now_us = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	return keep_fleet_result(keep, store_put_class(keep->store, &class_, &refusal), &refusal);
}

int keep_fleet_get_class(struct keep *keep, const char *digest, char **ret, size_t *ret_n)
{
	struct refusal refusal;

	if (!keep->store)
		return -ENODATA;
	return keep_fleet_result(
		keep, store_get_class(keep->store, digest, ret, ret_n, &refusal), &refusal);
}

int keep_fleet_list(struct keep *keep, int (*on_host)(const struct kept_host *kept, void *data),
	int (*on_class)(const char *digest, void *data), void *data)
{
	struct store_members query = { on_host, on_class, data };
	struct refusal refusal;

	if (!keep->store)
		return -ENODATA;
	return keep_fleet_result(keep, store_list_members(keep->store, &query, &refusal), &refusal);
}

void keep_fleet_commit(struct keep *keep)
{
	struct refusal refusal;

	if (!keep->store)
		return;
	(void)keep_fleet_result(keep, store_commit(keep->store, &refusal), &refusal);
}
