/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The document iommufleet-doctor-1: one row for each thing that was looked at, by the daemon or
 * here, with a state, a sentence, and what to do. It is also what is printed.
 */
#pragma once

#include "client/arguments.h"
#include "client/display.h"
#include "client/trouble.h"

#include <jansson.h>

enum doctor_state { DOCTOR_OK, DOCTOR_WARN, DOCTOR_FAIL, DOCTOR_UNKNOWN, _DOCTOR_STATE_MAX };

/* The word of @state in the document. */
const char *doctor_state_word(enum doctor_state state);

/* A row, for doctor_add(). Texts are borrowed. */
struct doctor_row {
	const char *check;
	enum doctor_state state;
	const char *remedy; /* NULL: there is nothing to do */
};

/* Adds a row to the array @checks. -ENOMEM. */
int doctor_add(json_t *checks, const struct doctor_row *row, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Adds the rows that a daemon gave as @document, which is looked at like anything that comes from
 * elsewhere: what is no row is left out, a state that is not known is DOCTOR_UNKNOWN. -ENOMEM.
 */
int doctor_take(json_t *checks, const json_t *document);

/* How many rows of @checks are in @state. */
size_t doctor_count(const json_t *checks, enum doctor_state state);

/* Prints a line for each of @checks, and what to do beneath it. -ENOMEM. */
int doctor_print(const struct display *display, const json_t *checks);

/*
 * What can be looked at without a daemon: its configuration, its store, the socket of its
 * collector. The first two are asked of the program iommufleetd. -ENOMEM.
 */
int doctor_local_add(json_t *checks, const struct arguments *options);
