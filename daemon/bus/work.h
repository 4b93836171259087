/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Answers that take long: made beside the loop, a few at a time; who asks meanwhile waits for its
 * turn, and asks again then.
 */
#pragma once

#include "daemon/bus/inquiry.h"

/* Answers @message with what @inquiry makes, which is not needed after this. */
int bus_work_answer(struct bus_inquiry *inquiry, sd_bus_message *message, sd_bus_error *error);
