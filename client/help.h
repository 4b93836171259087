/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Help texts, made from the tables of verbs and options. They fit 80 columns. */
#pragma once

#include "client/verb.h"

#include <stdio.h>

/* Prints the help of @verb, or of the program when it is NULL. */
void help_print(const struct verb *verb, FILE *out);
