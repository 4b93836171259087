/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* FindHosts and Plan: which hosts can take a guest, and with which change all of them can. */
#include "core/judge/answer_fleet.h"
#include "core/judge/answer_json_plan.h"
#include "daemon/bus/fetch.h"
#include "daemon/bus/inquiry.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A label as it is asked for. */
struct bus_find_label {
	char name[LIMIT_TEXT + 1];
	const char *value; /* in it; NULL: any */
};

static void bus_find_split(const char *text, struct bus_find_label *ret)
{
	char *equals;

	(void)snprintf(ret->name, sizeof(ret->name), "%s", text);
	equals = strchr(ret->name, '=');
	ret->value = equals ? equals + 1 : NULL;
	if (equals)
		*equals = '\0';
}

/* The question of @inquiry, which borrows from it and from @label. */
static struct fleet_question bus_find_question(
	const struct bus_inquiry *inquiry, struct bus_find_label *label)
{
	const struct bus_request *request = &inquiry->request;
	struct fleet_question question = {
		.guest = inquiry->has_guest ? &request->text : NULL,
		.origin = inquiry->origin,
		.question = {
			.questions = request->questions,
			.n_attach = request->n_attach,
			.attach = request->attach,
			.attach_memory = request->attach_memory,
			.n_in_use = inquiry->n_in_use,
			.in_use = inquiry->in_use,
		},
		.class_digest = request->class_digest,
	};

	if (request->label) {
		bus_find_split(request->label, label);
		question.label = label->name;
		question.label_value = label->value;
	}
	return question;
}

static int bus_find_refused(int r, const struct refusal *refusal, sd_bus_error *error)
{
	if (r <= 0)
		return r;
	return bus_error_set(
		error, BUS_ERROR_NO_SUCH_TARGET, "%s: %s", refusal->where, refusal->text);
}

static int bus_find_make(struct bus_inquiry *inquiry, json_t **ret, sd_bus_error *error)
{
	_cleanup_(fleet_found_done) struct fleet_found found = { 0 };
	const struct fleet *fleet = &inquiry->view.fleet;
	struct bus_find_label label;
	struct fleet_question question = bus_find_question(inquiry, &label);
	struct refusal refusal;
	int r = fleet_find(fleet, &question, &found, &refusal);

	if (r != FLEET_DONE)
		return bus_find_refused(r, &refusal, error);
	return answer_fleet_hosts(fleet, &found, 0, found.n, ret);
}

static int bus_find_hosts_known(struct bus *bus, sd_bus_message *message, sd_bus_error *error)
{
	_cleanup_(bus_inquiry_done) struct bus_inquiry inquiry;
	int r = bus_inquiry_init(&inquiry, bus, BUS_REQUEST_FLEET);

	inquiry.again = bus_find_hosts_known;
	inquiry.make = bus_find_make;
	inquiry.class_us = 50;
	inquiry.member_us = 15;
	if (r >= 0)
		r = bus_inquiry_read_guest(&inquiry, true, message, error);
	return r < 0 ? r : bus_inquiry_answer(&inquiry, message, error);
}

int bus_find_hosts(sd_bus_message *message, void *data, sd_bus_error *error)
{
	return bus_fetch_then(data, message, BUS_FETCH_NONE, bus_find_hosts_known, error);
}

/* ---------------------------------------------------------------- plan */

/* Leaves of the fleet the members that were named, if any were. -ENOMEM. */
static int bus_plan_members(
	const struct bus_inquiry *inquiry, struct fleet *fleet, struct fleet_member **ret)
{
	struct fleet_member *members;

	if (inquiry->n_members == 0)
		return 0;
	members = calloc(inquiry->n_members, sizeof(*members));
	if (!members)
		return -ENOMEM;
	for (size_t i = 0; i < inquiry->n_members; i++)
		members[i] = fleet->members[inquiry->members[i]];
	fleet->members = members;
	fleet->n_members = inquiry->n_members;
	*ret = members;
	return 0;
}

static int bus_plan_make(struct bus_inquiry *inquiry, json_t **ret, sd_bus_error *error)
{
	_cleanup_(cleanup_freep) struct fleet_member *members = NULL;
	struct fleet fleet = inquiry->view.fleet;
	struct bus_find_label label;
	struct planner_question question = {
		.ask = bus_find_question(inquiry, &label),
		.cmdline = inquiry->cmdline,
	};
	struct planner_plan plan;
	struct refusal refusal;
	int r = bus_plan_members(inquiry, &fleet, &members);

	if (r < 0)
		return r;
	r = planner_compute(&fleet, &question, &plan, &refusal);
	if (r != PLANNER_DONE)
		return bus_find_refused(r, &refusal, error);
	r = answer_json_plan(&fleet, &plan, ret);
	arena_free(plan.arena);
	return r;
}

static int bus_plan_known(struct bus *bus, sd_bus_message *message, sd_bus_error *error)
{
	_cleanup_(bus_inquiry_done) struct bus_inquiry inquiry;
	int r = bus_inquiry_init(&inquiry, bus, BUS_REQUEST_FLEET);

	inquiry.again = bus_plan_known;
	inquiry.make = bus_plan_make;
	/* Nothing tells beforehand how many changes are tried. */
	inquiry.class_us = inquiry.member_us = UINT32_MAX;
	if (r >= 0)
		r = bus_inquiry_read_hosts(&inquiry, message, error);
	if (r >= 0)
		r = bus_inquiry_read_guest(&inquiry, false, message, error);
	return r < 0 ? r : bus_inquiry_answer(&inquiry, message, error);
}

int bus_plan(sd_bus_message *message, void *data, sd_bus_error *error)
{
	return bus_fetch_then(data, message, BUS_FETCH_LIST, bus_plan_known, error);
}
