/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench_verdict FACTS TARGET: the time of one verdict on a map of 16 ranges, for one named device
 * and for all that the host has. Prints one JSON object; medians of rounds, in nanoseconds.
 */
#define _GNU_SOURCE
#include "core/codec/facts_json.h"
#include "core/judge/verdict.h"
#include "core/model/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BENCH_RANGES	16U
#define BENCH_ROUNDS	21U
#define BENCH_PER_ROUND 200U

static unsigned long long bench_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (unsigned long long)now.tv_sec * 1000000000ULL + (unsigned long long)now.tv_nsec;
}

static int bench_compare(const void *a, const void *b)
{
	const unsigned long long *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static unsigned long long bench_measure(
	const struct host *host, const struct verdict_question *question)
{
	unsigned long long rounds[BENCH_ROUNDS];
	struct refusal refusal;
	struct verdict *verdict;

	for (unsigned i = 0; i < BENCH_ROUNDS; i++) {
		unsigned long long begin = bench_now_ns();

		for (unsigned j = 0; j < BENCH_PER_ROUND; j++) {
			if (verdict_compute(host, question, &verdict, &refusal) != VERDICT_DONE)
				abort();
			verdict_free(verdict);
		}
		rounds[i] = (bench_now_ns() - begin) / BENCH_PER_ROUND;
	}
	qsort(rounds, BENCH_ROUNDS, sizeof(rounds[0]), bench_compare);
	return rounds[BENCH_ROUNDS / 2];
}

static struct guest *bench_guest(void)
{
	struct guest *guest;

	if (guest_new(&guest) < 0)
		abort();
	guest->arch = "x86_64";
	guest->hotplug_none = true;
	guest->n_ranges = BENCH_RANGES;
	guest->ranges = arena_array(guest->arena, BENCH_RANGES, sizeof(*guest->ranges));
	for (unsigned i = 0; guest->ranges && i < BENCH_RANGES; i++)
		guest->ranges[i] = (struct guest_range){
			.region = { (uint64_t)i << 32, ((uint64_t)i << 32) + 0x7fffffff },
			.kind = GUEST_RAM,
			.placed = true,
		};
	return guest;
}

int main(int argc, char **argv)
{
	char *bytes = malloc(LIMIT_FACTS_BYTES);
	FILE *file = argc == 3 ? fopen(argv[1], "r") : NULL;
	const char *attach[1] = { argc == 3 ? argv[2] : NULL };
	struct verdict_question question = { .attach = attach, .n_attach = 1 };
	unsigned long long named, all;
	struct refusal refusal;
	struct guest *guest = bench_guest();
	struct facts *facts;
	struct host *host;

	if (!bytes || !file ||
		facts_json_decode(bytes, fread(bytes, 1, LIMIT_FACTS_BYTES, file), &facts,
			&refusal) != FACTS_JSON_DONE ||
		host_new(facts, NULL, &host) < 0) {
		fprintf(stderr, "usage: bench_verdict FACTS TARGET\n");
		return 2;
	}
	fclose(file);
	free(bytes);
	question.guest = guest;
	named = bench_measure(host, &question);
	question.n_attach = 0;
	all = bench_measure(host, &question);
	printf("{\"named_ns\":%llu,\"all_devices_ns\":%llu,\"ranges\":%u}\n", named, all,
		BENCH_RANGES);
	guest_free(guest);
	host_unref(host);
	facts_unref(facts);
	return 0;
}
