/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* As many classes as are wanted, made of captured hosts. What is wrong ends the program. */
#pragma once

#include "core/judge/host.h"

/* Reads the facts documents at @paths, up to a NULL. False: there is none. */
bool bench_classes_load(char *const *paths);
void bench_classes_done(void);

/*
 * A class of its own for each @index: another limit of mappings, and a reserved region elsewhere.
 * The caller owns the host.
 */
struct host *bench_classes_make(size_t index);
