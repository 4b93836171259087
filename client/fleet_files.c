/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/fleet_files.h"

#include "client/offline.h"
#include "client/progress.h"
#include "core/judge/host.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FLEET_FILES_ARENA_BYTES (64U << 20)

/* "hosts/node1.json" is of node1. */
static const char *fleet_files_name(struct arena *arena, const char *path)
{
	static const char ending[] = ".json";
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	size_t n = strlen(base);

	if (n > sizeof(ending) - 1 && strcmp(base + n - (sizeof(ending) - 1), ending) == 0)
		n -= sizeof(ending) - 1;
	return arena_text(arena, base, n);
}

static int fleet_files_compare(const void *a, const void *b)
{
	return strcmp(((const struct fleet_files_host *)a)->name,
		((const struct fleet_files_host *)b)->name);
}

/* Names go into documents, which are UTF-8. */
static int fleet_files_check_name(const struct fleet_files_host *host, struct trouble *trouble)
{
	json_t *name = host->name[0] ? json_string(host->name) : NULL;

	json_decref(name);
	if (name)
		return 0;
	return trouble_usage(trouble,
		"--facts=%s: the file's name is the host's, so it has to be one, in UTF-8",
		host->path);
}

static int fleet_files_list(
	const struct arguments *options, struct trouble *trouble, struct fleet_files *files)
{
	int r;

	files->hosts = arena_array(files->arena, options->n_facts, sizeof(*files->hosts));
	if (!files->hosts)
		return -ENOMEM;
	for (size_t i = 0; i < options->n_facts; i++) {
		files->hosts[i].path = options->all_facts[i];
		files->hosts[i].name = fleet_files_name(files->arena, options->all_facts[i]);
		if (!files->hosts[i].name)
			return -ENOMEM;
		r = fleet_files_check_name(&files->hosts[i], trouble);
		if (r != 0)
			return r;
	}
	files->n = options->n_facts;
	if (files->n)
		qsort(files->hosts, files->n, sizeof(*files->hosts), fleet_files_compare);
	for (size_t i = 1; i < files->n; i++)
		if (strcmp(files->hosts[i - 1].name, files->hosts[i].name) == 0)
			return trouble_usage(trouble,
				"--facts=%.255s and --facts=%.255s: both are a host %.200s; rename "
				"one of the files",
				files->hosts[i - 1].path, files->hosts[i].path,
				files->hosts[i].name);
	return 0;
}

static int fleet_files_read(
	const struct arguments *options, struct trouble *trouble, struct fleet_files *files)
{
	struct progress progress;
	int r = 0;

	progress_start(&progress);
	for (size_t i = 0; r == 0 && i < files->n; i++) {
		struct fleet_files_host *host = &files->hosts[i];

		progress_show(&progress, "reading facts of hosts: %zu of %zu", i, files->n);
		r = offline_read(host->path, trouble, &host->facts);
		if (r == 0)
			r = host_new(host->facts, &options->assumed, &host->host);
	}
	progress_stop(&progress);
	return r;
}

static int fleet_files_view(struct fleet_files *files)
{
	const struct host **classes = arena_array(files->arena, files->n, sizeof(*classes));
	struct fleet_member *members = arena_array(files->arena, files->n, sizeof(*members));

	if (!classes || !members)
		return -ENOMEM;
	for (size_t i = 0; i < files->n; i++) {
		classes[i] = files->hosts[i].host;
		members[i] = (struct fleet_member){
			.name = files->hosts[i].name,
			.class_index = (int32_t)i,
		};
	}
	files->fleet = (struct fleet){
		.n_classes = files->n,
		.classes = classes,
		.n_members = files->n,
		.members = members,
	};
	return 0;
}

int fleet_files_load(
	const struct arguments *options, struct trouble *trouble, struct fleet_files *ret)
{
	struct fleet_files files = { 0 };
	int r;

	if (options->label)
		return trouble_usage(trouble,
			"--label does not go with --facts: a facts document has no labels");
	r = arena_new(FLEET_FILES_ARENA_BYTES, &files.arena);

	if (r == 0)
		r = fleet_files_list(options, trouble, &files);
	if (r == 0)
		r = fleet_files_read(options, trouble, &files);
	if (r == 0)
		r = fleet_files_view(&files);
	if (r != 0) {
		fleet_files_done(&files);
		return r;
	}
	*ret = files;
	return 0;
}

void fleet_files_done(struct fleet_files *files)
{
	for (size_t i = 0; i < files->n; i++) {
		host_unref(files->hosts[i].host);
		facts_unref(files->hosts[i].facts);
	}
	arena_free(files->arena);
	*files = (struct fleet_files){ 0 };
}

const struct fleet_files_host *fleet_files_find(const struct fleet_files *files, const char *word)
{
	for (size_t i = 0; i < files->n; i++)
		if (strcmp(files->hosts[i].name, word) == 0)
			return &files->hosts[i];
	for (size_t i = 0; i < files->n; i++)
		if (strcmp(files->hosts[i].path, word) == 0)
			return &files->hosts[i];
	return NULL;
}
