/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Findings for people: what blocks first, each with what it means and what to do about it. */
#pragma once

#include "client/display.h"

#include <jansson.h>

/* Prints the array @findings of an answer; NULL or empty: nothing. -ENOMEM. */
int findings_print(const json_t *findings, const struct display *display);
