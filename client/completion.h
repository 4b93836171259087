/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a shell may offer for the last word of a command line that is not finished, from the tables
 * of verbs and options. The files for bash and zsh (shell/) run "iommufleetctl --complete WORD ..."
 * with all words after the program's name and read client/completion_offer.h.
 */
#pragma once

#include <stddef.h>
#include <stdio.h>

/* The word that asks for this; it has to be the first. */
#define COMPLETION_ASKED "--complete"

/* Prints candidates for the last of the @n @words. Never fails: then there are none. */
void completion_run(size_t n, const char *const *words, FILE *out);
