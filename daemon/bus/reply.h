/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A verdict as D-Bus: dictionaries with the keys that the command line's JSON has. */
#pragma once

#include "daemon/bus/request.h"

/* Answers @message with (a{ss} answers, aa{sv} targets, aa{sv} findings, a{sv} info). */
int bus_reply_verdict(
	const struct bus_subject *subject, const struct verdict *verdict, sd_bus_message *message);
