/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every unit test program needs: running a suite, and random numbers that can be replayed. */
#pragma once

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Runs @suite, which it frees; gives what main() returns. */
static inline int unit_run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int n_failed;

	srunner_run_all(runner, CK_NORMAL);
	n_failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return n_failed > 0;
}

/* The seed of this run, printed: the first argument, else the clock. */
static inline uint64_t unit_seed(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : (uint64_t)time(NULL);

	printf("seed %llu (give it as the first argument to repeat this run)\n",
		(unsigned long long)seed);
	(void)fflush(stdout);
	return seed;
}

/* The next random number of @state (splitmix64). */
static inline uint64_t unit_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15U;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
	z = (z ^ z >> 27) * 0x94d049bb133111ebU;
	return z ^ z >> 31;
}
