/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which kernel runs: release, the version that decides rules, flavour, words of its command line.
 */
#pragma once

#include "daemon/collect/context.h"

/* The first line of /proc/version, and /proc/version_signature of Ubuntu (may be empty). */
struct kernel_banner {
	struct scan release;
	struct scan version;
	struct scan signature;
};

/*
 * The flavour: plain, debian, ubuntu, fedora, arch follow upstream's numbers; kernels that carry
 * backports or patches to how groups are made have their own name; "unknown" for any other.
 */
const char *kernel_flavour(const struct kernel_banner *banner);

/*
 * The version that decides rules, "6.1.176": the distribution's own note where the release hides it
 * ("6.1.0-56-amd64"), the numbers of the release otherwise; only "5.15" where the third number is
 * hidden and no note tells it. Empty when there is none.
 */
struct scan kernel_version(const struct kernel_banner *banner, const char *flavour);

/* The words of @line that matter, in @arena, in their order. @ret is set in full. -ENOMEM. */
int kernel_words(struct arena *arena, struct scan line, struct fact_texts *ret);

/* True when the version of @kernel is known to be @major.@minor or later. */
bool kernel_is_at_least(const struct facts_kernel *kernel, uint64_t major, uint64_t minor);

/* Fills facts->host.kernel and facts->host.words. */
void kernel_collect(struct collect_context *context);
