/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers from a facts document, without a daemon: support can repeat any verdict from a file. */
#pragma once

#include "client/file.h"
#include "client/arguments.h"
#include "client/trouble.h"

#include <jansson.h>

struct offline;

/* Reads and judges options->facts; @options must outlive @ret. TROUBLE_E_SAID, -ENOMEM. */
int offline_open(const struct arguments *options, struct trouble *trouble, struct offline **ret);

struct offline *offline_close(struct offline *offline);

/* As the functions of client/source.h. */
int offline_report(struct offline *offline, const char *kind, const char *target,
	struct trouble *trouble, json_t **ret);
int offline_check(struct offline *offline, const struct file_text *map, struct trouble *trouble,
	json_t **ret);
int offline_facts(struct offline *offline, struct trouble *trouble, struct file_text *ret);
