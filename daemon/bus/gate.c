/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What every call passes before its method sees it: whose it is, and whether that user may cost so
 * much. The bus is asked who a new caller is while its first call goes on: a call that waited here
 * could not be handed back to sd-bus.
 */
#include "daemon/bus/gate.h"

#include "daemon/bus/internal.h"
#include "daemon/bus/policy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BUS_GATE_COST 1U /* of what the table does not name: sd-bus refuses it */

struct bus_gate_question {
	struct bus *bus;
	char name[BUS_QUOTA_NAME_BYTES];
};

uint64_t bus_gate_now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

int bus_gate_ask(struct bus *bus, const char *name, sd_bus_message_handler_t on_reply, void *data,
	sd_bus_slot **ret)
{
	return sd_bus_call_method_async(bus->connection, ret, "org.freedesktop.DBus",
		"/org/freedesktop/DBus", "org.freedesktop.DBus", "GetConnectionUnixUser", on_reply,
		data, "s", name);
}

static int bus_gate_on_user(sd_bus_message *reply, void *data, sd_bus_error *error)
{
	const struct bus_gate_question *question = data;
	uint32_t uid;

	(void)error;
	/* A caller that is gone by now asks nothing more. */
	if (!sd_bus_message_is_method_error(reply, NULL) &&
		sd_bus_message_read(reply, "u", &uid) >= 0)
		bus_quota_learn(&question->bus->quota, question->name, uid, bus_gate_now_us());
	return 1;
}

static int bus_gate_learn(struct bus *bus, const char *name)
{
	struct bus_gate_question *question = malloc(sizeof(*question));
	sd_bus_slot *slot = NULL;
	int r;

	if (!question)
		return -ENOMEM;
	question->bus = bus;
	(void)snprintf(question->name, sizeof(question->name), "%s", name);
	r = bus_gate_ask(bus, name, bus_gate_on_user, question, &slot);
	if (r < 0) {
		free(question);
		return r;
	}
	(void)sd_bus_slot_set_destroy_callback(slot, free);
	(void)sd_bus_slot_set_floating(slot, 1);
	sd_bus_slot_unref(slot);
	return 0;
}

int bus_gate_on_message(sd_bus_message *message, void *data, sd_bus_error *error)
{
	struct bus *bus = data;
	const char *sender = sd_bus_message_get_sender(message);
	const struct bus_policy *policy;
	bool ask = false;
	int r;

	if (!sender || !sd_bus_message_is_method_call(message, NULL, NULL))
		return 0;
	policy = bus_policy_find(
		sd_bus_message_get_interface(message), sd_bus_message_get_member(message));
	r = bus_quota_charge(&bus->quota, sender, policy ? policy->cost : BUS_GATE_COST,
		bus_gate_now_us(), &ask);
	if (ask && bus_gate_learn(bus, sender) < 0)
		r = BUS_QUOTA_E_HELD;
	if (r == BUS_QUOTA_DONE)
		return 0;
	r = bus_error_set(error, BUS_ERROR_LIMITS_EXCEEDED, NULL);
	if (sd_bus_message_get_expect_reply(message) > 0)
		(void)sd_bus_reply_method_errno(message, r, error);
	return 1;
}
