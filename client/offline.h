/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Answers from a facts document, without a daemon: support can repeat any verdict from a file.
 * Without one the host is one that nothing is known of but what is assumed.
 */
#pragma once

#include "client/file.h"
#include "client/arguments.h"
#include "client/input.h"
#include "client/trouble.h"

#include <jansson.h>

struct offline;

/*
 * Reads and judges options->facts, if any: without, there are only maps. @options must outlive
 * @ret. TROUBLE_E_SAID, -ENOMEM.
 */
int offline_open(const struct arguments *options, struct trouble *trouble, struct offline **ret);

struct offline *offline_close(struct offline *offline);

/* As the functions of client/source.h. */
int offline_report(struct offline *offline, const char *kind, const char *target,
	struct trouble *trouble, json_t **ret);
int offline_check(
	struct offline *offline, const struct input *input, struct trouble *trouble, json_t **ret);
int offline_map(
	struct offline *offline, const struct input *input, struct trouble *trouble, json_t **ret);
int offline_facts(struct offline *offline, struct trouble *trouble, struct file_text *ret);
