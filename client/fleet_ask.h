/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Questions about several hosts, each answered with one JSON document (core/judge/answer_fleet.h,
 * answer_json_compare()): of the facts documents that the options name, or of the fleet that the
 * daemon knows. A new reference in @ret. TROUBLE_E_SAID, -ENOMEM.
 */
#pragma once

#include "client/arguments.h"
#include "client/input.h"
#include "client/trouble.h"

#include <jansson.h>

/* Which hosts can take the guest of @input; NULL: which hosts there are. */
int fleet_ask_hosts(const struct arguments *options, const struct input *input,
	struct trouble *trouble, json_t **ret);

/* Which hosts are alike. */
int fleet_ask_classes(const struct arguments *options, struct trouble *trouble, json_t **ret);

/* What differs between the hosts @names[0] and @names[1]. */
int fleet_ask_compare(const struct arguments *options, const char *const names[2],
	struct trouble *trouble, json_t **ret);

/* Which addresses are usable on all of the @n hosts at @names, 0: on all there are. */
int fleet_ask_baseline(const struct arguments *options, size_t n, const char *const *names,
	struct trouble *trouble, json_t **ret);
