/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The questions of client/fleet_ask.h, asked of the facts documents that the options name. */
#pragma once

#include "client/arguments.h"
#include "client/input.h"
#include "client/trouble.h"

#include <jansson.h>

int fleet_offline_hosts(const struct arguments *options, const struct input *input,
	struct trouble *trouble, json_t **ret);
int fleet_offline_classes(const struct arguments *options, struct trouble *trouble, json_t **ret);
int fleet_offline_compare(const struct arguments *options, const char *const names[2],
	struct trouble *trouble, json_t **ret);
int fleet_offline_baseline(const struct arguments *options, size_t n, const char *const *names,
	struct trouble *trouble, json_t **ret);
