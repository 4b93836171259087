/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench_layout DOMAIN: the time from the text of a libvirt domain to the map that QEMU builds for
 * it, and that of libxml2 alone to read the same text. Prints one JSON object; medians of rounds,
 * in nanoseconds.
 */
#define _GNU_SOURCE
#include "core/codec/domain_xml.h"
#include "core/layout/layout.h"
#include "core/model/limits.h"

#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

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

static void bench_lay_out(const char *bytes, size_t n)
{
	struct layout_place place = { .amd = TRI_YES, .cpu_bits = 48, .ipa_bits = 48 };
	struct refusal refusal;
	struct machine *machine;
	struct guest *guest;

	if (domain_xml_decode(bytes, n, &machine, &refusal) != DOMAIN_XML_DONE ||
		layout_guest(machine, &place, &guest) < 0 || guest->n_ranges == 0)
		abort();
	guest_free(guest);
	machine_free(machine);
}

static void bench_parse(const char *bytes, size_t n)
{
	xmlDoc *document = xmlReadMemory(bytes, (int)n, NULL, NULL, XML_PARSE_NONET);

	if (!document)
		abort();
	xmlFreeDoc(document);
}

static unsigned long long bench_measure(
	void (*what)(const char *bytes, size_t n), const char *bytes, size_t n)
{
	unsigned long long rounds[BENCH_ROUNDS];

	for (unsigned i = 0; i < BENCH_ROUNDS; i++) {
		unsigned long long begin = bench_now_ns();

		for (unsigned j = 0; j < BENCH_PER_ROUND; j++)
			what(bytes, n);
		rounds[i] = (bench_now_ns() - begin) / BENCH_PER_ROUND;
	}
	qsort(rounds, BENCH_ROUNDS, sizeof(rounds[0]), bench_compare);
	return rounds[BENCH_ROUNDS / 2];
}

int main(int argc, char **argv)
{
	char *bytes = malloc(LIMIT_DOMAIN_BYTES);
	FILE *file = argc == 2 ? fopen(argv[1], "r") : NULL;
	unsigned long long map, parse;
	size_t n;

	if (!bytes || !file) {
		fprintf(stderr, "usage: bench_layout DOMAIN\n");
		return 2;
	}
	n = fread(bytes, 1, LIMIT_DOMAIN_BYTES, file);
	fclose(file);
	map = bench_measure(bench_lay_out, bytes, n);
	parse = bench_measure(bench_parse, bytes, n);
	printf("{\"bytes\":%zu,\"map_ns\":%llu,\"libxml2_ns\":%llu,\"ratio\":%.2f}\n", n, map,
		parse, (double)map / (double)parse);
	free(bytes);
	return 0;
}
