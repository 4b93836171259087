/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The environment, as far as it is looked at: what says how answers are shown, never what they are.
 * iommufleetctl(1) lists the variables, and the locale's are the C library's.
 */
#pragma once

#include <stdbool.h>

/* The value of the variable @name, or NULL: it is not set. Borrowed from the environment. */
const char *variable_find(const char *name);

/* True if the variable is there and not empty. */
bool variable_is_set(const char *name);
