/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A member of the fleet as it is kept between two runs: what the exchange hands to the store and
 * gets back from it. A value; everything in it is borrowed. Digests are 64 hexadecimal digits.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct kept_host {
	const char *host;
	const char *verified_under; /* which trust has proven it; empty: none. NULL: forgotten */
	uint64_t valid_until_us;
	const void *summary; /* what the index needs, in a form of the exchange's own */
	size_t n_summary;
	const char *bytes; /* the signed record as it was received. NULL: as it was before */
	size_t n;
	/* For the history: the class that is read here, and since when at the latest. NULL: none.
	 */
	const char *class_digest;
	uint64_t collected_us;
};
