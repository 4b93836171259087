/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fleet as one question sees it, and one host of it as what is asked about. */
#pragma once

#include "daemon/bus/request.h"

struct bus_view {
	struct fleet fleet;
	const char *own; /* this host's name in it */
	/* Under assumptions, hosts of its own. */
	size_t n_made;
	struct host **made;
};

/* The fleet, until the caller returns to the loop. A fault. */
int bus_view_open(const struct bus *bus, struct bus_view *ret);
void bus_view_done(struct bus_view *view);

/* Has every host be as @request assumes. -ENOMEM. */
int bus_view_assume(
	const struct bus *bus, struct bus_view *view, const struct bus_request *request);

/* The member that @name means, empty for this host; NULL with @error set: there is none. */
const struct fleet_member *bus_view_find(
	const struct bus *bus, const struct bus_view *view, const char *name, sd_bus_error *error);

/* What is known of the host that @name means. 0, or a negative errno with @error set. */
int bus_subject_find(
	const struct bus *bus, const char *name, struct bus_subject *ret, sd_bus_error *error);

/* The subject of @request as that assumes it. -ENOMEM. The caller owns @ret. */
int bus_subject_assume(const struct bus *bus, const struct bus_request *request, struct host **ret);

/*
 * Where the guest of @request comes from; it is here if that is this host. 0, or a negative errno
 * with @error set.
 */
int bus_subject_origin(const struct bus *bus, const struct bus_request *request,
	struct definition_origin *ret, sd_bus_error *error);
