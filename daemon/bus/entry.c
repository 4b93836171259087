/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/entry.h"

int bus_entry_open(sd_bus_message *message, const char *key, const char *signature)
{
	int r = sd_bus_message_open_container(message, 'e', "sv");

	if (r >= 0)
		r = sd_bus_message_append_basic(message, 's', key);
	if (r >= 0)
		r = sd_bus_message_open_container(message, 'v', signature);
	return r < 0 ? r : sd_bus_message_open_container(message, 'a', signature + 1);
}

int bus_entry_close(sd_bus_message *message)
{
	int r = sd_bus_message_close_container(message);

	if (r >= 0)
		r = sd_bus_message_close_container(message);
	return r < 0 ? r : sd_bus_message_close_container(message);
}
