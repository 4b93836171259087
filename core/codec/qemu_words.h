/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A command line cut into the words that a program is given. Three forms are told apart:
 * NUL-separated bytes as in /proc/PID/cmdline, one word a line, and what a POSIX shell reads
 * (quotes, backslashes, continued lines), of which libvirt's logs are a case: lines that begin with
 * a date are theirs. Nothing is ever run or expanded: what a shell would expand is refused.
 */
#pragma once

#include "core/arena.h"
#include "core/codec/refusal.h"

enum qemu_words_outcome {
	QEMU_WORDS_DONE,
	QEMU_WORDS_E_REFUSED,
};

/* The words from the program's name on; what stands before it (sudo, numactl ...) is left out. */
struct qemu_words {
	size_t n;
	const char **items;
};

/* Cuts the @n bytes at @bytes; the words are of @arena. -ENOMEM. */
int qemu_words_split(struct arena *arena, const char *bytes, size_t n, struct refusal *refusal,
	struct qemu_words *ret);
