/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Answers from iommufleetd over D-Bus: the Manager's methods ReportFile, CheckGuestFile,
 * MapGuestFile and DumpFacts.
 * What comes back is not trusted more than a file is: it is bounded and parsed with the same guard.
 */
#pragma once

#include "client/file.h"
#include "client/arguments.h"
#include "client/input.h"
#include "client/trouble.h"

#include <jansson.h>

struct remote;

/* Connects to options->bus, the system's when NULL. TROUBLE_E_SAID, -ENOMEM. */
int remote_open(const struct arguments *options, struct trouble *trouble, struct remote **ret);

struct remote *remote_close(struct remote *remote);

/* As the functions of client/source.h. */
int remote_report(struct remote *remote, const char *kind, const char *target,
	struct trouble *trouble, json_t **ret);
int remote_check(
	struct remote *remote, const struct input *input, struct trouble *trouble, json_t **ret);
int remote_map(
	struct remote *remote, const struct input *input, struct trouble *trouble, json_t **ret);
int remote_facts(struct remote *remote, struct trouble *trouble, struct file_text *ret);
