/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Answers about one host from iommufleetd over D-Bus: the Manager's methods ReportFile,
 * CheckGuestFile, MapGuestFile and DumpFacts; and what the daemon is told.
 */
#pragma once

#include "client/file.h"
#include "client/input.h"
#include "client/remote_talk.h"

/* As the functions of client/source.h. */
int remote_report(struct remote_talk *talk, const char *kind, const char *target,
	struct trouble *trouble, json_t **ret);
int remote_check(
	struct remote_talk *talk, const struct input *input, struct trouble *trouble, json_t **ret);
int remote_map(
	struct remote_talk *talk, const struct input *input, struct trouble *trouble, json_t **ret);
int remote_facts(struct remote_talk *talk, struct trouble *trouble, struct file_text *ret);

/* Tells the daemon that the guest of @input runs here by the name @name. TROUBLE_E_SAID, -ENOMEM.
 */
int remote_add_guest(struct remote_talk *talk, const char *name, const struct input *input,
	struct trouble *trouble);

/* Calls @method, which takes @name and no options: something is forgotten. As above. */
int remote_drop(
	struct remote_talk *talk, const char *method, const char *name, struct trouble *trouble);
