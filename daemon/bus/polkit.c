/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/polkit.h"

#include "daemon/bus/internal.h"

#define BUS_POLKIT_INTERACTIVE 1U			 /* of CheckAuthorizationFlags */
#define BUS_POLKIT_TIMEOUT_US  (UINT64_C(10) * 1000000)	 /* a rule may be a script */
#define BUS_POLKIT_PATIENCE_US (UINT64_C(120) * 1000000) /* a person types a password */

int bus_polkit_ask(sd_bus *connection, const struct bus_polkit_question *question,
	sd_bus_message_handler_t on_reply, void *data, sd_bus_slot **ret)
{
	_cleanup_(bus_message_unrefp) sd_bus_message *call = NULL;
	int r = sd_bus_message_new_method_call(connection, &call, "org.freedesktop.PolicyKit1",
		"/org/freedesktop/PolicyKit1/Authority", "org.freedesktop.PolicyKit1.Authority",
		"CheckAuthorization");

	if (r >= 0)
		r = sd_bus_message_append(call, "(sa{sv})sa{ss}us", "system-bus-name", 1, "name",
			"s", question->caller, question->action, 0,
			question->interactive ? BUS_POLKIT_INTERACTIVE : 0, "");
	if (r >= 0)
		r = sd_bus_call_async(connection, ret, call, on_reply, data,
			question->interactive ? BUS_POLKIT_PATIENCE_US : BUS_POLKIT_TIMEOUT_US);
	return r;
}

int bus_polkit_read(sd_bus_message *reply)
{
	int allowed = 0, challenge = 0, r;

	if (sd_bus_message_is_method_error(reply, NULL))
		return BUS_POLKIT_E_ABSENT;
	r = sd_bus_message_enter_container(reply, 'r', "bba{ss}");
	if (r >= 0)
		r = sd_bus_message_read(reply, "bb", &allowed, &challenge);
	if (r < 0)
		return BUS_POLKIT_E_ABSENT;
	if (allowed)
		return BUS_POLKIT_YES;
	return challenge ? BUS_POLKIT_E_CHALLENGE : BUS_POLKIT_E_NO;
}
