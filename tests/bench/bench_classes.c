/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/bench/bench_classes.h"

#include "core/codec/facts_json.h"
#include "core/model/limits.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BENCH_CLASSES_SOURCES 64U

static char *bench_classes_sources[BENCH_CLASSES_SOURCES]; /* class documents */
static size_t bench_classes_n;

static void bench_classes_read(const char *path)
{
	char *bytes = malloc(LIMIT_FACTS_BYTES);
	FILE *file = fopen(path, "r");
	struct refusal refusal;
	struct facts *facts;
	struct host *host;

	if (!bytes || !file ||
		facts_json_decode(bytes, fread(bytes, 1, LIMIT_FACTS_BYTES, file), &facts,
			&refusal) != FACTS_JSON_DONE ||
		host_new(facts, NULL, &host) < 0) {
		fprintf(stderr, "%s is no facts document\n", path);
		exit(2);
	}
	bench_classes_sources[bench_classes_n++] = strdup(host_class_document(host));
	host_unref(host);
	facts_unref(facts);
	fclose(file);
	free(bytes);
}

struct host *bench_classes_make(size_t index)
{
	const char *source = bench_classes_sources[index % bench_classes_n];
	json_t *json = json_loads(source, 0, NULL), *shapes = json_object_get(json, "shapes");
	unsigned long long first = 0x7000000000ULL + index * 0x10000;
	struct refusal refusal;
	struct host *host;
	char *bytes;

	json_object_set_new(json, "virtual", json_false());
	json_object_set_new(json, "dma_entry_limit", json_integer((json_int_t)(65535 + index)));
	for (size_t i = 0; i < json_array_size(shapes); i++)
		json_array_append_new(json_object_get(json_array_get(shapes, i), "regions"),
			json_pack("{s:o,s:o,s:s}", "first", json_sprintf("0x%llx", first), "last",
				json_sprintf("0x%llx", first + 0xffff), "type", "reserved"));
	bytes = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
	if (!bytes ||
		host_new_of_class(bytes, strlen(bytes), NULL, &host, &refusal) != HOST_CLASS_DONE) {
		fprintf(stderr, "class %zu is refused: %s %s\n", index, refusal.where,
			refusal.text);
		exit(1);
	}
	free(bytes);
	json_decref(json);
	return host;
}

bool bench_classes_load(char *const *paths)
{
	for (; *paths && bench_classes_n < BENCH_CLASSES_SOURCES; paths++)
		bench_classes_read(*paths);
	return bench_classes_n > 0;
}

void bench_classes_done(void)
{
	for (size_t i = 0; i < bench_classes_n; i++)
		free(bench_classes_sources[i]);
}
