/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The store of a host that holds a large fleet, filled by the code that is shipped.
 *
 *   bench_store classes DIR N FACTS...  N classes, one a line of DIR/classes; DIR/digests of them
 *   bench_store fill DIR STATE          the records of DIR (bench_etcd make) and those classes
 *
 * The last prints one JSON object.
 */
#include "core/codec/digest.h"
#include "daemon/exchange/directory.h"
#include "daemon/exchange/directory/class.h"
#include "daemon/keep_fleet.h"
#include "tests/bench/bench_classes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BENCH_STORE_PATH  512
#define BENCH_STORE_BYTES (UINT64_C(8) << 30)
#define BENCH_STORE_SLICE 1000U /* records in a transaction */

static void bench_store_must(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "bench_store: %s\n", what);
	exit(1);
}

static FILE *bench_store_open(const char *folder, const char *name, const char *mode)
{
	char path[BENCH_STORE_PATH];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, mode);
	bench_store_must(file != NULL, path);
	return file;
}

static uint64_t bench_store_now_us(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static int bench_store_classes(const char *folder, size_t n)
{
	FILE *classes = bench_store_open(folder, "classes", "w");
	FILE *digests = bench_store_open(folder, "digests", "w");

	for (size_t i = 0; i < n; i++) {
		struct host *host = bench_classes_make(i);
		const char *document = host_class_document(host);
		char digest[DIGEST_LENGTH + 1];

		bench_store_must(digest_compute(document, strlen(document), digest) == 0, "digest");
		fprintf(classes, "%s\n", document);
		fprintf(digests, "%s\n", digest);
		host_unref(host);
	}
	return fclose(classes) + fclose(digests) == 0 ? 0 : 1;
}

/* ------------------------------------------------------------- the keeper */

static int bench_store_put_host(void *data, const struct kept_host *kept)
{
	return keep_fleet_put_host(data, kept);
}

static int bench_store_get_record(void *data, const char *host, char **ret, size_t *ret_n)
{
	return keep_fleet_get_record(data, host, ret, ret_n);
}

static int bench_store_drop_host(void *data, const char *host)
{
	return keep_fleet_drop_host(data, host);
}

static int bench_store_put_class(void *data, const char *digest, const char *bytes, size_t n)
{
	return keep_fleet_put_class(data, digest, bytes, n);
}

static int bench_store_get_class(void *data, const char *digest, char **ret, size_t *ret_n)
{
	return keep_fleet_get_class(data, digest, ret, ret_n);
}

/* ------------------------------------------------------------- filling */

static void bench_store_offer(struct directory *directory, const char *bytes, size_t n)
{
	struct signed_record_input input = { bytes, n, bench_store_now_us(CLOCK_REALTIME) };
	struct directory_result result;

	bench_store_must(directory_offer(directory, &input, &result) == DIRECTORY_TAKEN,
		result.refusal.text);
}

static void bench_store_put(struct directory *directory, const char *bytes, size_t n)
{
	struct directory_result result;

	bench_store_must(directory_put_class(directory, bytes, n, &result) == DIRECTORY_TAKEN,
		result.refusal.text);
}

/* Hands each line of a file on; gives how many. */
static size_t bench_store_lines(FILE *file, struct directory *directory, struct keep *keep,
	void (*take)(struct directory *directory, const char *bytes, size_t n))
{
	char *line = NULL;
	size_t room = 0, n_lines = 0;
	ssize_t n;

	while ((n = getline(&line, &room, file)) > 0) {
		take(directory, line, (size_t)n - 1);
		if (++n_lines % BENCH_STORE_SLICE == 0)
			keep_fleet_commit(keep);
	}
	keep_fleet_commit(keep);
	free(line);
	(void)fclose(file);
	return n_lines;
}

static int bench_store_fill(const char *folder, const char *state)
{
	static struct config config = { .store_max_bytes = BENCH_STORE_BYTES,
		.store_facts_per_host = 10,
		.store_history_days = 180,
		.store_history_rows = 1000 };
	struct keep keep = { .host = "bench" };
	struct directory_settings settings = { .host = "bench",
		.keeper = { &keep, bench_store_put_host, bench_store_get_record,
			bench_store_drop_host, bench_store_put_class, bench_store_get_class } };
	char ca[BENCH_STORE_PATH];
	struct trust_settings trust_settings = { "bench", ca, NULL };
	struct refusal refusal = { "", "" };
	struct directory *directory;
	struct trust *trust;
	uint64_t begin_us;
	size_t n, n_classes;

	(void)snprintf(ca, sizeof(ca), "%s/ca.pem", folder);
	(void)snprintf(config.store_path, sizeof(config.store_path), "%s/iommufleet.db", state);
	bench_store_must(log_new(&keep.log) == 0, "log_new");
	bench_store_must(trust_load(&trust_settings, &trust, &refusal) == TRUST_DONE, refusal.text);
	keep_open(&keep, &config);
	bench_store_must(keep.store && directory_new(&settings, &directory) == 0, "directory_new");
	directory_set_trust(directory, trust);
	begin_us = bench_store_now_us(CLOCK_MONOTONIC);
	n = bench_store_lines(
		bench_store_open(folder, "records-0", "r"), directory, &keep, bench_store_offer);
	begin_us = bench_store_now_us(CLOCK_MONOTONIC) - begin_us;
	n_classes = bench_store_lines(
		bench_store_open(folder, "classes", "r"), directory, &keep, bench_store_put);
	printf("{\"records\":%zu,\"classes\":%zu,\"verified_and_kept_s\":%.2f}\n", n, n_classes,
		(double)begin_us / 1e6);
	directory_free(directory);
	keep_done(&keep);
	trust_unref(trust);
	log_free(keep.log);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 4 && strcmp(argv[1], "classes") == 0 && bench_classes_load(argv + 4)) {
		int r = bench_store_classes(argv[2], strtoul(argv[3], NULL, 10));

		bench_classes_done();
		return r;
	}
	if (argc == 4 && strcmp(argv[1], "fill") == 0)
		return bench_store_fill(argv[2], argv[3]);
	return 2;
}
