/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compare, Baseline and Classes: what hosts have in common, and what not. */
#include "core/judge/answer_fleet.h"
#include "core/judge/answer_json.h"
#include "daemon/bus/fetch.h"
#include "daemon/bus/inquiry.h"

#include <errno.h>
#include <stdlib.h>

static int bus_compare_side(const struct bus_inquiry *inquiry, size_t index,
	struct answer_json_named *ret, sd_bus_error *error)
{
	const struct fleet *fleet = &inquiry->view.fleet;
	const struct fleet_member *member = &fleet->members[inquiry->members[index]];

	if (member->class_index < 0)
		return bus_error_set(error, BUS_ERROR_NO_FACTS,
			"what class \"%.64s\" is of is not known here", member->name);
	*ret = (struct answer_json_named){
		.name = member->name,
		.host = fleet->classes[member->class_index],
		.collected_us = member->collected_us,
		.stale = fleet_is_stale(fleet, member),
	};
	return 0;
}

static int bus_compare_make(struct bus_inquiry *inquiry, json_t **ret, sd_bus_error *error)
{
	struct answer_json_named a, b;
	int r = bus_compare_side(inquiry, 0, &a, error);

	if (r == 0)
		r = bus_compare_side(inquiry, 1, &b, error);
	return r < 0 ? r : answer_json_compare(&a, &b, ret);
}

static int bus_compare_known(struct bus *bus, sd_bus_message *message, sd_bus_error *error)
{
	_cleanup_(bus_inquiry_done) struct bus_inquiry inquiry;
	int r = bus_inquiry_init(&inquiry, bus, BUS_REQUEST_HOSTS);

	inquiry.again = bus_compare_known;
	inquiry.make = bus_compare_make;
	if (r >= 0)
		r = bus_inquiry_read_host(&inquiry, message, error);
	if (r >= 0)
		r = bus_inquiry_read_host(&inquiry, message, error);
	if (r >= 0)
		r = bus_request_read_options(&inquiry.request, message, error);
	return r < 0 ? r : bus_inquiry_answer(&inquiry, message, error);
}

int bus_compare(sd_bus_message *message, void *data, sd_bus_error *error)
{
	return bus_fetch_then(data, message, BUS_FETCH_TWO, bus_compare_known, error);
}

/* ---------------------------------------------------------------- baseline */

/* Nobody named means all. */
static int bus_baseline_all(struct bus_inquiry *inquiry)
{
	size_t n = inquiry->view.fleet.n_members;

	inquiry->members = calloc(n + 1, sizeof(*inquiry->members));
	if (!inquiry->members)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		inquiry->members[i] = i;
	inquiry->n_members = n;
	return 0;
}

static int bus_baseline_make(struct bus_inquiry *inquiry, json_t **ret, sd_bus_error *error)
{
	struct fleet_baseline baseline;
	int r = inquiry->n_members ? 0 : bus_baseline_all(inquiry);

	(void)error;
	if (r == 0)
		r = fleet_baseline_compute(
			&inquiry->view.fleet, inquiry->members, inquiry->n_members, &baseline);
	if (r < 0)
		return r;
	r = answer_fleet_baseline(&baseline, ret);
	arena_free(baseline.arena);
	return r;
}

static int bus_baseline_known(struct bus *bus, sd_bus_message *message, sd_bus_error *error)
{
	_cleanup_(bus_inquiry_done) struct bus_inquiry inquiry;
	int r = bus_inquiry_init(&inquiry, bus, BUS_REQUEST_HOSTS);

	inquiry.again = bus_baseline_known;
	inquiry.make = bus_baseline_make;
	inquiry.class_us = 25;
	inquiry.member_us = 3;
	if (r >= 0)
		r = bus_inquiry_read_hosts(&inquiry, message, error);
	if (r >= 0)
		r = bus_request_read_options(&inquiry.request, message, error);
	return r < 0 ? r : bus_inquiry_answer(&inquiry, message, error);
}

int bus_baseline(sd_bus_message *message, void *data, sd_bus_error *error)
{
	return bus_fetch_then(data, message, BUS_FETCH_LIST, bus_baseline_known, error);
}

/* ---------------------------------------------------------------- classes */

static int bus_classes_make(struct bus_inquiry *inquiry, json_t **ret, sd_bus_error *error)
{
	(void)error;
	return answer_fleet_classes(&inquiry->view.fleet, ret);
}

static int bus_classes_known(struct bus *bus, sd_bus_message *message, sd_bus_error *error)
{
	_cleanup_(bus_inquiry_done) struct bus_inquiry inquiry;
	int r = bus_inquiry_init(&inquiry, bus, BUS_REQUEST_HOSTS);

	inquiry.again = bus_classes_known;
	inquiry.make = bus_classes_make;
	inquiry.class_us = 10;
	inquiry.member_us = 2;
	if (r >= 0)
		r = bus_request_read_options(&inquiry.request, message, error);
	return r < 0 ? r : bus_inquiry_answer(&inquiry, message, error);
}

int bus_classes(sd_bus_message *message, void *data, sd_bus_error *error)
{
	return bus_fetch_then(data, message, BUS_FETCH_NONE, bus_classes_known, error);
}
