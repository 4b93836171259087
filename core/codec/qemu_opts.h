/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What stands behind an option of QEMU: "type,key=value,key2=value2" with ",," for a comma (QEMU
 * util/qemu-option.c, util/keyval.c), or the same as a JSON object. Both become a list of names and
 * texts: a value within another has both names with a dot between, a JSON boolean is "on" or "off".
 */
#pragma once

#include "core/codec/refusal.h"
#include "core/arena.h"

#include <stdbool.h>
#include <stdint.h>

enum qemu_opts_outcome {
	QEMU_OPTS_DONE,
	QEMU_OPTS_E_REFUSED,
};

struct qemu_opt {
	const char *key, *value;
};

struct qemu_opts {
	const char *option; /* "-device" */
	size_t argument;    /* its number: the program is 0 */
	bool json;
	size_t n;
	struct qemu_opt *items; /* as written; of the same key the last one counts */
};

/* What every step of reading a command line needs: where texts are kept, and whom to tell. */
struct qemu_opts_place {
	struct arena *arena;
	struct refusal *refusal;
};

/*
 * Reads @text into @ret, whose option and argument are set. @implied is the key of a first value
 * that stands without one, or NULL. Texts are of the arena. -ENOMEM.
 */
int qemu_opts_parse(const struct qemu_opts_place *place, const char *text, const char *implied,
	struct qemu_opts *ret);

/* The last value of @key, or NULL. */
const char *qemu_opts_find(const struct qemu_opts *opts, const char *key);

/* Adds to @opts what it has not, and replaces what it has, by what @more has. QEMU_OPTS_DONE,
 * QEMU_OPTS_E_REFUSED, -ENOMEM. */
int qemu_opts_merge(
	const struct qemu_opts_place *place, struct qemu_opts *opts, const struct qemu_opts *more);

/* Sets the refusal to the place of @opts and this sentence. QEMU_OPTS_E_REFUSED. */
int qemu_opts_refuse(const struct qemu_opts_place *place, const struct qemu_opts *opts,
	const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * The value of @key as a size (of @unit when it has no suffix), a number or a boolean in @ret,
 * which is left alone where there is none. QEMU_OPTS_DONE or QEMU_OPTS_E_REFUSED.
 */
int qemu_opts_size(const struct qemu_opts_place *place, const struct qemu_opts *opts,
	const char *key, char unit, uint64_t *ret);
int qemu_opts_number(const struct qemu_opts_place *place, const struct qemu_opts *opts,
	const char *key, uint64_t *ret);
int qemu_opts_bool(const struct qemu_opts_place *place, const struct qemu_opts *opts,
	const char *key, bool *ret);
