/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who may do what is restricted: root, the daemon's user, and whom polkit allows the method's
 * action. The bus is asked who the sender is, polkit what they may, and the method goes on when
 * they have answered: a call that waits here would stop everything else.
 */
#include "daemon/bus/gate.h"
#include "daemon/bus/internal.h"
#include "daemon/bus/policy.h"
#include "daemon/bus/polkit.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BUS_AUTHORISE_MAX 256U /* questions that are under way */

struct bus_authorise {
	struct bus *bus;
	sd_bus_message *message;
	const struct bus_policy *policy;
	bus_authorised then;
	uint32_t uid; /* once it is known */
};

static void bus_authorise_done(struct bus_authorise *pending)
{
	pending->bus->n_authorising--;
	sd_bus_message_unref(pending->message);
	free(pending);
}

static void bus_authorise_on_end(void *data)
{
	bus_authorise_done(data);
}

static void bus_authorise_on_polkit_end(void *data)
{
	struct bus_authorise *pending = data;

	bus_quota_release(&pending->bus->quota, pending->uid);
	bus_authorise_done(pending);
}

/* A copy of @asked that lives until its question has an answer. */
static struct bus_authorise *bus_authorise_new(const struct bus_authorise *asked)
{
	struct bus_authorise *pending = malloc(sizeof(*pending));

	if (!pending)
		return NULL;
	*pending = *asked;
	sd_bus_message_ref(pending->message);
	pending->bus->n_authorising++;
	return pending;
}

static void bus_authorise_float(sd_bus_slot *slot, sd_bus_destroy_t on_end)
{
	(void)sd_bus_slot_set_destroy_callback(slot, on_end);
	(void)sd_bus_slot_set_floating(slot, 1);
	sd_bus_slot_unref(slot);
}

static int bus_authorise_refuse(
	const struct bus_policy *policy, int outcome, bool interactive, sd_bus_error *error)
{
	if (!policy->action)
		return bus_error_set(error, BUS_ERROR_ACCESS_DENIED, NULL);
	if (outcome == BUS_POLKIT_E_CHALLENGE && !interactive)
		return bus_error_set(error, BUS_ERROR_INTERACTIVE,
			"an administrator has to agree to " BUS_POLICY_ACTION
			"%s, and the call does not allow that one is asked",
			policy->action);
	return bus_error_set(error, BUS_ERROR_ACCESS_DENIED,
		"only root, the daemon's user, and whom polkit allows " BUS_POLICY_ACTION
		"%s may do this%s",
		policy->action, outcome == BUS_POLKIT_E_ABSENT ? "; polkit does not answer" : "");
}

static bool bus_authorise_is_interactive(sd_bus_message *message)
{
	return sd_bus_message_get_allow_interactive_authorization(message) > 0;
}

static int bus_authorise_on_polkit(sd_bus_message *reply, void *data, sd_bus_error *ignored)
{
	struct bus_authorise *pending = data;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	int outcome = bus_polkit_read(reply), r;

	(void)ignored;
	if (outcome == BUS_POLKIT_YES)
		r = pending->then(pending->bus, pending->message, &error);
	else
		r = bus_authorise_refuse(pending->policy, outcome,
			bus_authorise_is_interactive(pending->message), &error);
	if (r < 0)
		(void)sd_bus_reply_method_errno(pending->message, r, &error);
	return 1;
}

static int bus_authorise_ask_polkit(const struct bus_authorise *asked, sd_bus_error *error)
{
	char action[64];
	struct bus_polkit_question question = {
		.caller = sd_bus_message_get_sender(asked->message),
		.action = action,
		.interactive = bus_authorise_is_interactive(asked->message),
	};
	struct bus_quota *quota = &asked->bus->quota;
	struct bus_authorise *pending;
	sd_bus_slot *slot = NULL;
	int r;

	if (!asked->policy->action)
		return bus_authorise_refuse(asked->policy, BUS_POLKIT_E_NO, false, error);
	if (bus_quota_hold(quota, asked->uid, bus_gate_now_us()) != BUS_QUOTA_DONE)
		return bus_error_set(error, BUS_ERROR_LIMITS_EXCEEDED,
			"polkit is being asked about this user often enough; try again");
	(void)snprintf(action, sizeof(action), BUS_POLICY_ACTION "%s", asked->policy->action);
	pending = bus_authorise_new(asked);
	r = !pending ? -ENOMEM
		     : bus_polkit_ask(asked->bus->connection, &question, bus_authorise_on_polkit,
			       pending, &slot);
	if (r >= 0) {
		bus_authorise_float(slot, bus_authorise_on_polkit_end);
		return 1;
	}
	bus_quota_release(quota, asked->uid);
	if (pending)
		bus_authorise_done(pending);
	return r;
}

/* What follows once the user is known. */
static int bus_authorise_decide(const struct bus_authorise *asked, sd_bus_error *error)
{
	if (asked->uid == 0 || asked->uid == geteuid())
		return asked->then(asked->bus, asked->message, error);
	return bus_authorise_ask_polkit(asked, error);
}

static int bus_authorise_on_user(sd_bus_message *reply, void *data, sd_bus_error *ignored)
{
	struct bus_authorise *pending = data;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	int r;

	(void)ignored;
	/* A sender that is gone by now has no user, and is told so. */
	if (sd_bus_message_is_method_error(reply, NULL) ||
		sd_bus_message_read(reply, "u", &pending->uid) < 0)
		r = bus_authorise_refuse(pending->policy, BUS_POLKIT_E_NO, false, &error);
	else
		r = bus_authorise_decide(pending, &error);
	if (r < 0)
		(void)sd_bus_reply_method_errno(pending->message, r, &error);
	return 1;
}

static int bus_authorise_ask_user(const struct bus_authorise *asked, const char *sender)
{
	struct bus_authorise *pending = bus_authorise_new(asked);
	sd_bus_slot *slot = NULL;
	int r;

	if (!pending)
		return -ENOMEM;
	r = bus_gate_ask(asked->bus, sender, bus_authorise_on_user, pending, &slot);
	if (r < 0) {
		bus_authorise_done(pending);
		return r;
	}
	bus_authorise_float(slot, bus_authorise_on_end);
	return 1;
}

int bus_authorise(
	struct bus *bus, sd_bus_message *message, bus_authorised then, sd_bus_error *error)
{
	const char *sender = sd_bus_message_get_sender(message);
	struct bus_authorise asked = { .bus = bus,
		.message = message,
		.policy = bus_policy_find(
			sd_bus_message_get_interface(message), sd_bus_message_get_member(message)),
		.then = then };

	assert(asked.policy && asked.policy->restricted);
	/* Without a bus between the two there is nobody who vouches for the sender. */
	if (!sender)
		return bus_error_set(error, BUS_ERROR_ACCESS_DENIED, NULL);
	if (bus->n_authorising >= BUS_AUTHORISE_MAX)
		return bus_error_set(
			error, BUS_ERROR_TOO_MUCH, "too many such calls at once; try again");
	if (bus_quota_whose(&bus->quota, sender, &asked.uid))
		return bus_authorise_decide(&asked, error);
	return bus_authorise_ask_user(&asked, sender);
}
