/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Facts as D-Bus dictionaries: what is known under its name in the facts document; what does not
 * exist is left out; what is not known stands with its reason in a second dictionary.
 */
#pragma once

#include "core/codec/shape.h"

#include <systemd/sd-bus.h>

/* Appends the a{sv} of what is known in the struct of @shape at @object. */
int bus_dict_append(sd_bus_message *reply, const struct shape *shape, const void *object);

/* Appends the a{ss} of what is not known: "acs/control" to "asleep". */
int bus_dict_append_unknown(sd_bus_message *reply, const struct shape *shape, const void *object);

/* Whether the two would append the same. */
bool bus_dict_equal(const struct shape *shape, const void *a, const void *b);
bool bus_dict_equal_unknown(const struct shape *shape, const void *a, const void *b);

/* The shape of the items of the list @name of the facts document. */
const struct shape *bus_dict_shape(const char *name);
