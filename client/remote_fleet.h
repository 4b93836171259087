/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Answers about the fleet from iommufleetd over D-Bus: FindHostsFile, PlanFile, CompareFile,
 * BaselineFile and ClassesFile. Each gives the document that the same question to facts documents
 * gives, a new reference in @ret. TROUBLE_E_SAID, -ENOMEM.
 */
#pragma once

#include "client/input.h"
#include "client/remote_talk.h"

/* @input may be NULL: hosts are only listed. */
int remote_fleet_hosts(
	struct remote_talk *talk, const struct input *input, struct trouble *trouble, json_t **ret);

/* Names of hosts; none: all there are. */
struct remote_fleet_names {
	size_t n;
	const char *const *names;
};

int remote_fleet_plan(struct remote_talk *talk, const struct remote_fleet_names *hosts,
	const struct input *input, struct trouble *trouble, json_t **ret);
int remote_fleet_compare(struct remote_talk *talk, const char *const names[2],
	struct trouble *trouble, json_t **ret);
int remote_fleet_baseline(struct remote_talk *talk, const struct remote_fleet_names *hosts,
	struct trouble *trouble, json_t **ret);
int remote_fleet_classes(struct remote_talk *talk, struct trouble *trouble, json_t **ret);
