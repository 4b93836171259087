/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Feeds a fuzz program the files and folders that it is given, or else its corpus. */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A copy of the exact size, so that a sanitizer sees a read past the end. */
static int replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct stat status;
	uint8_t *bytes;
	size_t n;

	if (!file || fstat(fileno(file), &status) < 0) {
		perror(path);
		return -1;
	}
	n = (size_t)status.st_size;
	bytes = malloc(n > 0 ? n : 1);
	if (!bytes || fread(bytes, 1, n, file) != n) {
		perror(path);
		return -1;
	}
	printf("%s: %zu bytes\n", path, n);
	(void)fflush(stdout);
	(void)LLVMFuzzerTestOneInput(bytes, n);
	free(bytes);
	(void)fclose(file);
	return 1;
}

/* The number of files that were fed, or -1. */
static int replay_path(const char *path)
{
	struct dirent **entries;
	struct stat status;
	int n_fed = 0;
	int n;

	if (stat(path, &status) == 0 && !S_ISDIR(status.st_mode))
		return replay_file(path);
	n = scandir(path, &entries, NULL, alphasort);
	if (n < 0) {
		perror(path);
		return -1;
	}
	for (int i = 0; i < n; i++) {
		char name[4096];

		(void)snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.' && n_fed >= 0)
			n_fed = replay_file(name) < 0 ? -1 : n_fed + 1;
		free(entries[i]);
	}
	free(entries);
	return n_fed;
}

int main(int argc, char **argv)
{
	const char *name = strstr(argv[0], "fuzz_");
	const char *top = getenv("srcdir");
	char corpus[4096];

	for (int i = 1; i < argc; i++) {
		if (replay_path(argv[i]) < 0)
			return 1;
	}
	if (argc > 1)
		return 0;
	if (!name)
		return 99;
	(void)snprintf(corpus, sizeof(corpus), "%s/tests/fuzz/corpus/%s", top ? top : ".",
		name + strlen("fuzz_"));
	return replay_path(corpus) > 0 ? 0 : 1;
}
