/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What to change for a guest to fit all hosts: of the facts documents that the options name, or of
 * the fleet that the daemon knows.
 */
#pragma once

#include "client/arguments.h"
#include "client/input.h"
#include "client/trouble.h"

#include <jansson.h>

/*
 * The plan (core/judge/answer_json_plan.h) for the guest of @input on the hosts that the words
 * after the verb name; without such words on all there are. On a terminal the standard error shows
 * what takes long. A new reference in @ret. TROUBLE_E_SAID, -ENOMEM.
 */
int plan_ask(const struct arguments *options, const struct input *input, struct trouble *trouble,
	json_t **ret);
