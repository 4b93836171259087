/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What becomes of an answer of the daemon, or of its absence, under a policy: libvirt may go on,
 * with or without a warning, or must not. Pure.
 */
#pragma once

#include "client/hook_policy.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define HOOK_ANSWER_BYTES 2048

enum hook_answer_kind {
	HOOK_ANSWER_SAFE,
	HOOK_ANSWER_UNSAFE,
	HOOK_ANSWER_CANNOT_TELL,
	HOOK_ANSWER_NO_DAEMON,
	HOOK_ANSWER_NO_POLICY, /* a policy is there and cannot be read: the strictest may be meant
				*/
};

struct hook_answer {
	enum hook_answer_kind kind;
	char code[64];		      /* of the finding that decides, or empty */
	char text[HOOK_ANSWER_BYTES]; /* lines for a person: what, and what to do */
};

/* The worst of what @document answers to the questions @require, with the findings behind it. */
void hook_answer_read(const json_t *document, unsigned require, struct hook_answer *ret);

/* One of the other kinds, with @format as its first line. */
void hook_answer_set(struct hook_answer *answer, enum hook_answer_kind kind, const char *format,
	...) __attribute__((format(printf, 3, 4)));

/* True when @answer stands against @operation under @policy. */
bool hook_answer_refuses(const struct hook_answer *answer, const struct hook_policy *policy,
	enum hook_policy_operation operation);
