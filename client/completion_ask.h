/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Candidates that only a host knows: asked of the facts documents that the options name, or of the
 * daemon. Whatever goes wrong, nothing is offered and nothing is said. An answer that takes longer
 * than a person waits for ends the program, with what was offered until then.
 */
#pragma once

#include "client/arguments.h"
#include "client/completion_offer.h"

/* Addresses of devices and numbers of groups. */
void completion_ask_targets(const struct arguments *options, const struct completion_offer *offer);

/* Kinds of devices, such as 8086:10d3. */
void completion_ask_kinds(const struct arguments *options, const struct completion_offer *offer);

/* Names of hosts. */
void completion_ask_hosts(const struct arguments *options, const struct completion_offer *offer);

/* How classes of hosts begin. */
void completion_ask_classes(const struct arguments *options, const struct completion_offer *offer);

/* Names of the guests that run here. */
void completion_ask_guests(const struct arguments *options, const struct completion_offer *offer);
