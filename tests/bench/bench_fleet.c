/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench_fleet FACTS...: the time of one question to a whole fleet, which ought to grow with
 * classes, not with hosts. The hosts of FACTS are made into as many classes as are wanted, known by
 * their class documents alone. Prints one JSON object; medians of rounds, in nanoseconds.
 */
#define _GNU_SOURCE
#include "core/judge/fleet.h"
#include "tests/bench/bench_classes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BENCH_ROUNDS  11U
#define BENCH_CLASSES 200U
#define BENCH_NAME    16U

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
	const struct fleet *fleet, const struct fleet_question *question)
{
	unsigned long long rounds[BENCH_ROUNDS];
	struct refusal refusal;
	struct fleet_found found;

	for (unsigned i = 0; i < BENCH_ROUNDS; i++) {
		unsigned long long begin = bench_now_ns();

		if (fleet_find(fleet, question, &found, &refusal) != FLEET_DONE)
			abort();
		fleet_found_done(&found);
		rounds[i] = bench_now_ns() - begin;
	}
	qsort(rounds, BENCH_ROUNDS, sizeof(rounds[0]), bench_compare);
	return rounds[BENCH_ROUNDS / 2];
}

/* The time for @n_members hosts of @n_classes classes, in turn. */
static unsigned long long bench_fleet(const struct host *const *classes, size_t n_classes,
	size_t n_members, const struct fleet_question *question)
{
	struct fleet_member *members = calloc(n_members, sizeof(*members));
	char(*names)[BENCH_NAME] = calloc(n_members, sizeof(*names));
	struct fleet fleet = {
		.n_classes = n_classes,
		.classes = classes,
		.n_members = n_members,
		.members = members,
	};
	unsigned long long time;

	if (!members || !names)
		abort();
	for (size_t i = 0; i < n_members; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "node%06zu", i);
		members[i] = (struct fleet_member){
			.name = names[i],
			.class_index = (int32_t)(i % n_classes),
		};
	}
	time = bench_measure(&fleet, question);
	free(members);
	free(names);
	return time;
}

/* A definition is laid out for each place that the fleet has. */
static struct guest_text bench_guest(void)
{
	struct guest_text text = { 0 };

	if (machine_new(&text.machine) < 0)
		abort();
	text.machine->arch = "x86_64";
	text.machine->type = "pc-q35-7.2";
	text.machine->cpu.kind = MACHINE_CPU_HOST;
	text.machine->ram = 8ULL << 30;
	return text;
}

static void bench_print(
	const char *name, const struct host *const *classes, const struct fleet_question *question)
{
	printf("\"%s\":{\"1000_hosts_ns\":%llu,\"10000_hosts_ns\":%llu,\"100000_hosts_ns\":%llu,"
	       "\"own_classes_10000_hosts_ns\":%llu}",
		name, bench_fleet(classes, BENCH_CLASSES, 1000, question),
		bench_fleet(classes, BENCH_CLASSES, 10000, question),
		bench_fleet(classes, BENCH_CLASSES, 100000, question),
		bench_fleet(classes, 10000, 10000, question));
}

int main(int argc, char **argv)
{
	static const struct host *classes[10000];
	static const char *const attach[] = { "8086:10d3" };
	struct guest_text text = bench_guest();
	struct fleet_question question = { .guest = &text };

	(void)argc;
	if (!bench_classes_load(argv + 1)) {
		fprintf(stderr, "usage: bench_fleet FACTS...\n");
		return 2;
	}
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		classes[i] = bench_classes_make(i);
	printf("{\"classes\":%u,", BENCH_CLASSES);
	bench_print("all_devices", classes, &question);
	question.question.n_attach = 1;
	question.question.attach = attach;
	putchar(',');
	bench_print("named", classes, &question);
	question.question.questions = FINDING_MIGRATE;
	question.question.n_attach = 0;
	putchar(',');
	bench_print("migrate", classes, &question);
	printf("}\n");
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		host_unref((struct host *)classes[i]);
	bench_classes_done();
	guest_text_done(&text);
	return 0;
}
