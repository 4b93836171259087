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
struct facts;

/* The facts document at @path, "-" for the standard input, in @ret. TROUBLE_E_SAID, -ENOMEM. */
int offline_read(const char *path, struct trouble *trouble, struct facts **ret);

/* Says that what @name names was refused, and where in it. Returns TROUBLE_E_SAID. */
int offline_refused(const char *name, const struct refusal *refusal, struct trouble *trouble);

/*
 * Decodes the guest of @input in @ret, which the caller hands to guest_text_done(). Of a guest that
 * runs, on a host that the options do not name, addresses of devices stand for no host that is
 * asked. TROUBLE_E_SAID, -ENOMEM.
 */
int offline_decode_guest(const struct arguments *options, const struct input *input,
	struct trouble *trouble, struct guest_text *ret);

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
