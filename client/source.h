/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where answers come from: the daemon, over D-Bus, or a facts document, judged here by the same
 * core. Both give the same JSON documents (core/judge/answer_json.h).
 */
#pragma once

#include "client/file.h"
#include "client/arguments.h"
#include "client/input.h"
#include "client/trouble.h"

#include <jansson.h>

struct source;

/*
 * Opens what @options name; they must outlive @ret. TROUBLE_E_SAID, -ENOMEM.
 */
int source_open(const struct arguments *options, struct trouble *trouble, struct source **ret);

/*
 * True when @options name no host, but a CPU to assume: a map can be laid out for that alone. What
 * else can be assumed says something only of a host.
 */
bool source_is_assumed(const struct arguments *options);

/* As source_open(), of a host that nothing is known of but what @options assume. Only for maps. */
int source_open_assumed(
	const struct arguments *options, struct trouble *trouble, struct source **ret);

struct source *source_close(struct source *source);

/*
 * The document of @kind: status, groups, devices, digests, or of a target: usable, explain; only
 * from the daemon: history. @target is empty for the others. A new reference in @ret.
 * TROUBLE_E_SAID, -ENOMEM.
 */
int source_report(struct source *source, const char *kind, const char *target,
	struct trouble *trouble, json_t **ret);

/* The answer about the guest of @input, under the options. As source_report(). */
int source_check(
	struct source *source, const struct input *input, struct trouble *trouble, json_t **ret);

/*
 * The map that the guest of @input has, or would get on the host: a guest document with more to it
 * (core/judge/answer_json.h). As source_report().
 */
int source_map(
	struct source *source, const struct input *input, struct trouble *trouble, json_t **ret);

/* The facts document. TROUBLE_E_SAID, -ENOMEM. */
int source_facts(struct source *source, struct trouble *trouble, struct file_text *ret);
