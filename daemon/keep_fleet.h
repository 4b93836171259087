/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The other hosts of the fleet, kept: between the directory and the store. What is put is safe
 * after keep_fleet_commit(). Without a store everything is -ENODATA, and the fleet is not known.
 */
#pragma once

#include "core/model/kept.h"
#include "daemon/keep.h"

/* 0, -ENOENT, -ENODATA: there is no store, -EIO: it refused, which has been said. -ENOMEM. */
int keep_fleet_put_host(struct keep *keep, const struct kept_host *kept);
int keep_fleet_get_record(struct keep *keep, const char *host, char **ret, size_t *ret_n);
int keep_fleet_drop_host(struct keep *keep, const char *host);
int keep_fleet_put_class(struct keep *keep, const char *digest, const char *bytes, size_t n);
int keep_fleet_get_class(struct keep *keep, const char *digest, char **ret, size_t *ret_n);

/* Hands all that is kept to the two callbacks, hosts first; theirs as in store_list_members(). */
int keep_fleet_list(struct keep *keep, int (*on_host)(const struct kept_host *kept, void *data),
	int (*on_class)(const char *digest, void *data), void *data);

void keep_fleet_commit(struct keep *keep);
