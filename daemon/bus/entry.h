/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Entries of a dictionary a{sv} that are arrays themselves. */
#pragma once

#include <systemd/sd-bus.h>

/*
 * Opens in @message the entry @key, its variant, and in that the array @signature ("as", "a{ss}"),
 * for its items to be appended. What sd-bus gives.
 */
int bus_entry_open(sd_bus_message *message, const char *key, const char *signature);

/* Closes all three. */
int bus_entry_close(sd_bus_message *message);
