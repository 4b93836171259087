/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inside of host_new_of_class(). */
#pragma once

#include "core/judge/host_view.h"

/*
 * Fills @host, which has an arena, empty facts and its assumptions, from the class document of @n
 * bytes at @bytes. As host_new_of_class().
 */
int host_class_fill(struct host *host, const char *bytes, size_t n, struct refusal *refusal);
