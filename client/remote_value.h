/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * D-Bus dictionaries as the JSON that they were made of: strings stay strings, numbers numbers,
 * "first" and "last" of a range become addresses "0x...".
 */
#pragma once

#include <jansson.h>
#include <systemd/sd-bus.h>

/*
 * Reads one complete value of any basic type, variant, array or dictionary with string keys at the
 * place that @message is at. A new reference in @ret. -EBADMSG on other types or too deep nesting,
 * -ENOMEM.
 */
int remote_value_read(sd_bus_message *message, json_t **ret);
