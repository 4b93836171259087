/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/fleet_ask.h"

#include "client/fleet_offline.h"
#include "client/remote_fleet.h"
#include "core/cleanup.h"

int fleet_ask_hosts(const struct arguments *options, const struct input *input,
	struct trouble *trouble, json_t **ret)
{
	_cleanup_(remote_talk_done) struct remote_talk talk = { 0 };
	int r;

	if (options->facts)
		return fleet_offline_hosts(options, input, trouble, ret);
	r = remote_talk_open(options, trouble, &talk);
	return r != 0 ? r : remote_fleet_hosts(&talk, input, trouble, ret);
}

int fleet_ask_classes(const struct arguments *options, struct trouble *trouble, json_t **ret)
{
	_cleanup_(remote_talk_done) struct remote_talk talk = { 0 };
	int r;

	if (options->facts)
		return fleet_offline_classes(options, trouble, ret);
	r = remote_talk_open(options, trouble, &talk);
	return r != 0 ? r : remote_fleet_classes(&talk, trouble, ret);
}

int fleet_ask_compare(const struct arguments *options, const char *const names[2],
	struct trouble *trouble, json_t **ret)
{
	_cleanup_(remote_talk_done) struct remote_talk talk = { 0 };
	int r;

	if (options->facts)
		return fleet_offline_compare(options, names, trouble, ret);
	r = remote_talk_open(options, trouble, &talk);
	return r != 0 ? r : remote_fleet_compare(&talk, names, trouble, ret);
}

int fleet_ask_baseline(const struct arguments *options, size_t n, const char *const *names,
	struct trouble *trouble, json_t **ret)
{
	_cleanup_(remote_talk_done) struct remote_talk talk = { 0 };
	int r;

	if (options->facts)
		return fleet_offline_baseline(options, n, names, trouble, ret);
	r = remote_talk_open(options, trouble, &talk);
	return r != 0 ? r
		      : remote_fleet_baseline(
				&talk, &(struct remote_fleet_names){ n, names }, trouble, ret);
}
